"""The command that serves the web app: web."""

import contextlib
import secrets

from popcon.errors import BadInput, EngineUnavailable
from ui.cli.console import err, tell

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def web(*, host: str = "127.0.0.1", port: int = 4280, token: str | None = None) -> None:
    """Serve the web app: order, review, refine, archive.

    Jobs run in processes of this machine, or on the Prefect server in PREFECT_API_URL if it is set. Behind a reverse
    proxy, set POPCON_WEB_TOKEN, POPCON_WEB_HOSTS (names under which the app is reached) and POPCON_WEB_PROXIES
    (addresses of proxies whose X-Forwarded-For, -Host and -Proto count).

    Examples:

        popcon web
        popcon web --host 0.0.0.0 --token "a long secret"

    Parameters
    ----------
    host
        address to listen on; any other than this machine's own needs a token, and one is made if none is given.
    port
        port to listen on.
    token
        the secret that every request has to carry; default: POPCON_WEB_TOKEN.
    """
    try:
        import uvicorn

        from popcon.settings import settings
        from ui.web.app import create_app
    except ImportError as error:
        raise EngineUnavailable(f"The web app needs an extra ({error.name}): pip install 'popcon[ui]'.") from error
    if not 0 < port < 65536:
        raise BadInput(f"--port {port} is no port; give one from 1 to 65535.")
    token = token if token is not None else settings().web_token.get_secret_value() or None
    if token is not None and len(token) < 8:
        raise BadInput("The token is too short; give at least 8 characters.")
    if host not in _LOOPBACK and token is None:
        token = secrets.token_urlsafe(18)
        err.print(f"Token: {token}", markup=False)
    app = create_app(settings().store_url, token, hosts=() if host in _LOOPBACK else _names(host))
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    tell(f"PopCon is at http://{f'[{shown}]' if ':' in shown else shown}:{port} (Ctrl-C stops it)")
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
        proxy_headers=False,
    )


def _names(host: str) -> tuple[str, ...]:
    """Return the names that the app may be reached by: the address itself, or all of this machine's."""
    if host not in ("0.0.0.0", "::"):
        return (host,)
    import socket

    name = socket.gethostname()
    found = {name, name.lower()}
    with contextlib.suppress(OSError):
        found |= {str(each[4][0]) for each in socket.getaddrinfo(name, None)}
    return tuple(sorted(found))
