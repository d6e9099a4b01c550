"""Protects the Prefect servers that PopCon starts from web pages and from other people of this machine.

Prefect's API runs commands and shows keys, and any page in a browser can send requests to 127.0.0.1. Every server has a
password of its own (`server_access`), and `Guard` refuses what comes from another site: a Host that is no loopback name
(a site whose name was pointed at 127.0.0.1), an Origin or `Sec-Fetch-Site` that is not the server's own.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

CLIENT_AUTH = "PREFECT_API_AUTH_STRING"
SERVER_AUTH = "PREFECT_SERVER_API_AUTH_STRING"
"""Environment variables: the password as `user:password`, for clients and for the server."""

LOGIN_PATH = "/popcon-login"

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_IN_PROCESS = "prefect-in-memory"
"""What Prefect's services call the server when they ask it without a connection."""

_SCRIPT = """
const given = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
const encoded = btoa(given);
fetch("/api/admin/version", {headers: {Authorization: `Basic ${encoded}`}}).then(answer => {
  if (!answer.ok) throw new Error(answer.statusText);
  localStorage.setItem("prefect-password", encoded);
  location.replace("/");
}).catch(() => {
  document.querySelector("p").textContent = "The password in this link is not this server's. "
    + "Open the link that popcon up printed last.";
});
"""
_PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Log in to Prefect</title>
<p role="status">Logging in …</p>
<script>{_SCRIPT}</script></html>
""".encode()
_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_PAGE_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; script-src 'sha256-{_SCRIPT_HASH}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_SAFE = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers of every answer."""


def new_auth() -> str:
    """Create a random password for a server, as `user:password`."""
    return f"popcon:{secrets.token_urlsafe(32)}"


def server_access(auth: str, origin: str) -> dict[str, str]:
    """Give the environment variables of a server's process.

    Arguments:
        auth: the password, as `user:password`.
        origin: where the server is, such as `http://127.0.0.1:4200`.
    """
    return {
        SERVER_AUTH: auth,
        CLIENT_AUTH: auth,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": origin,
        # Relative, so that the UI asks the server under the name by which it was opened.
        "PREFECT_UI_API_URL": "/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "DO_NOT_TRACK": "1",
    }


def login_url(origin: str, auth: str) -> str:
    """Give the link that logs a browser in to the server's UI. The fragment of an address is not sent to anybody."""
    return f"{origin}{LOGIN_PATH}#{quote(auth, safe=':')}"


def private_folder(path: Path) -> None:
    """Create a folder that only this user can read, or make an existing one so."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)


class Guard:
    """An ASGI application that answers its own pages and clients only.

    Arguments:
        app: the Prefect server.
    """

    def __init__(self, app: Any) -> None:
        self._app: App = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or (scope.get("server") or ("",))[0] == _IN_PROCESS:
            return await self._app(scope, receive, send)
        refusal = _refusal(scope)
        if scope["type"] == "websocket":
            if refusal is None:
                return await self._app(scope, receive, send)
            await receive()
            return await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_encoded(_SAFE)]}
            await send(message)

        if refusal is not None:
            status, sentence = refusal
            return await _answer(tell, status, {"content-type": "text/plain"}, sentence.encode())
        if scope["path"] == LOGIN_PATH:
            return await _answer(tell, 200, _PAGE_HEADERS, _PAGE)
        return await self._app(scope, receive, tell)


def _refusal(scope: Message) -> tuple[int, str] | None:
    given: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        given.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    hosts = given.get("host", [])
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        return 421, "This address is not this server's; open it under the address that it printed."
    own = {f"{scheme}://{hosts[0]}".lower() for scheme in ("http", "https")}
    if any(origin.lower() not in own for origin in given.get("origin", [])):
        return 403, "A page of another site asked; that is not allowed."
    if {"cross-site", "same-site"} & set(given.get("sec-fetch-site", [])) and not _is_link(scope, given):
        return 403, "A page of another site asked; that is not allowed."
    return None


def _is_link(scope: Message, given: Mapping[str, list[str]]) -> bool:
    """Return whether a person followed a link from another site to one of the server's pages."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and given.get("sec-fetch-mode") == ["navigate"]
        and given.get("sec-fetch-dest") == ["document"]
    )


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def _answer(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    length = {"content-length": str(len(body))}
    await send({"type": "http.response.start", "status": status, "headers": _encoded({**headers, **length})})
    await send({"type": "http.response.body", "body": body})


def guard() -> None:
    """Guard the server that this process starts. Before it starts; once in a process."""
    import prefect.server.api.server as api

    create_app = api.create_app
    api.create_app = lambda *args, **options: Guard(create_app(*args, **options))  # type: ignore[assignment]
