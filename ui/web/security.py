"""Who may talk to the app, and what its pages may do.

The app listens on loopback unless told otherwise, and then asks for a token. Every request must name a host that the
app knows (a page elsewhere cannot reach it by pointing a name of its own at 127.0.0.1), and one that changes anything
must come from the app's own pages or from no page at all.
"""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "popcon_token"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OPEN = ("/login", "/api/login", "/static/", "/favicon.ico")
"""What a person sees before they gave the token."""

_PAGE_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": _PAGE_RULES,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-site",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""Headers of every answer."""


class Guard:
    """ASGI middleware that turns strangers away and puts the safety headers on every answer.

    Arguments:
        app: what is guarded.
        hosts: names, without ports, that the app is reached by.
        token: what a person or a program has to show; None: nothing.
    """

    def __init__(self, app: App, hosts: tuple[str, ...], token: str | None) -> None:
        self._app, self._hosts, self._token = app, hosts, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _answer(send, *refusal)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((n.encode(), v.encode()) for n, v in SECURITY_HEADERS.items() if n.encode() not in given),
                ]
            await send(message)

        await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str | None] | None:
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return 421, "This address is not one of PopCon's; open it under the address that it printed.", None
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get("origin")
            foreign = origin is not None and urlsplit(origin).netloc != host
            if foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                return 403, "A page of another site tried to change something here; that is not allowed.", None
        path = scope["path"]
        if self._token and not path.startswith(_OPEN) and not self._is_authenticated(headers):
            if path.startswith("/api") or "text/html" not in headers.get("accept", ""):
                return 401, "Show the token: as the header `Authorization: Bearer …`, or log in on the page.", None
            return 303, "", "/login"
        return None

    def _is_authenticated(self, headers: dict[str, str]) -> bool:
        given = [headers.get("authorization", "").removeprefix("Bearer ").strip()]
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == COOKIE:
                given.append(unquote(value))
        return any(self.is_token(each) for each in given)

    def is_token(self, text: str) -> bool:
        return is_token(text, self._token)


def is_token(text: str, token: str | None) -> bool:
    """Compare without telling by the time it takes."""
    return token is not None and hmac.compare_digest(text.encode(), token.encode())


def cookie_of(token: str) -> str:
    """A token as a cookie's value, in which a space, a quote or a semicolon may not stand."""
    return quote(token, safe="")


def _name_of(host: str) -> str:
    """A Host header without its port: "[::1]:80" is ::1."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0].lower() if ":" in host else host.lower()


async def _answer(send: Send, status: int, sentence: str, to: str | None) -> None:
    import json

    headers = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
    if to is not None:
        headers.append((b"location", to.encode()))
    body = json.dumps({"error": sentence}).encode() if sentence else b""
    headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
