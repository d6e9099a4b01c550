"""Access to the app: known hosts, own origin, token; and the security headers of its pages.

The app listens on loopback unless told otherwise, and then asks for a token. Every request must name a host that the
app knows (a page elsewhere cannot reach it by pointing a name of its own at 127.0.0.1), and one that changes anything
must come from the app's own pages or from no page at all.
"""

import hmac
import json
import math
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ui.web.login_limit import LoginLimit
from ui.web.proxies import forwarded, networks

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "popcon_token"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOGIN = "/api/login"
_ARTIFACTS = "/artifacts/"
"""Served without the token where they have a signature, which the route checks."""
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::\d{1,5})?")
_OPEN = ("/login", LOGIN, "/static/", "/favicon.ico", "/shared/", "/api/shared/")
"""Paths that are served without the token. What is shared has a token of its own, which its routes check."""

_PAGE_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": _PAGE_RULES,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""Headers of every answer, unless it sets one itself."""


class Guard:
    """ASGI middleware that refuses foreign requests and puts the security headers on every answer.

    Arguments:
        app: the application behind it.
        hosts: host names, without ports, under which the app is reached.
        token: the secret that every request has to carry; None: no secret.
        proxies: addresses or networks of reverse proxies whose forwarded headers count.
    """

    def __init__(
        self,
        app: App,
        hosts: tuple[str, ...],
        token: str | None,
        proxies: tuple[str, ...] = (),
    ) -> None:
        self._app, self._hosts, self._token = app, tuple(each.lower() for each in hosts), token
        self._proxies = networks(proxies)
        self._attempts = LoginLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        scope = forwarded(scope, self._proxies)
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
                if scope["path"] == LOGIN and (b"location", b"/login?wrong") in message["headers"]:
                    self._attempts.failed(_client(scope))
            await send(message)

        await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str | None] | None:
        host = headers.get("host", "")
        if host_name(host) not in self._hosts:
            return 421, "This address is not one of PopCon's; open it under the address that it printed.", None
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get("origin")
            foreign = origin is not None and urlsplit(origin).netloc != host
            if foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
                return 403, "A page of another site tried to change something here; that is not allowed.", None
        path = scope["path"]
        if not self._token:
            return None
        given = _tokens(headers)
        asks = path == LOGIN or (bool(given) and not path.startswith(_OPEN))
        if asks and (wait_s := self._attempts.wait_s(_client(scope))) > 0:
            if path == LOGIN:
                return 303, "", f"/login?wait={math.ceil(wait_s)}"
            return 429, f"Too many wrong tokens; try again in {math.ceil(wait_s)} s.", None
        if path.startswith(_OPEN) or (path.startswith(_ARTIFACTS) and b"signature=" in scope["query_string"]):
            return None
        if any(is_token(each, self._token) for each in given):
            self._attempts.succeeded(_client(scope))
            return None
        if given:
            self._attempts.failed(_client(scope))
        if path.startswith("/api") or "text/html" not in headers.get("accept", ""):
            return 401, "Show the token: as the header `Authorization: Bearer …`, or log in on the page.", None
        return 303, "", "/login"


def is_token(text: str, token: str | None) -> bool:
    """Compare a token in constant time."""
    return token is not None and hmac.compare_digest(text.encode(), token.encode())


def cookie_of(token: str) -> str:
    """Encode a token as the value of a cookie, which may contain no space, quote or semicolon."""
    return quote(token, safe="")


def host_name(host: str) -> str:
    """Return the name in a Host header, lower case, without port and brackets; "" for a header of another form."""
    found = _HOST.fullmatch(host)
    return (found["v6"] or found["name"]).lower() if found else ""


def _tokens(headers: dict[str, str]) -> list[str]:
    """Return the tokens that a request carries: in `Authorization: Bearer …` and in the cookie."""
    given = []
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        given.append(value.strip())
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            given.append(unquote(value))
    return given


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


async def _answer(send: Send, status: int, sentence: str, to: str | None) -> None:
    headers = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
    if to is not None:
        headers.append((b"location", to.encode()))
    body = json.dumps({"error": sentence}).encode() if sentence else b""
    headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
