"""The inference host: listens on loopback, or with a token, and serves `popcon.inference.app`."""

import ipaddress
import socket
import threading

import uvicorn

from popcon.errors import BadInput
from popcon.inference.app import create_app
from popcon.inference.service import Service

_GRACE_S = 5
"""Seconds that requests have to end when the host is told to stop."""


class Host:
    """An inference host. It listens as soon as it is made; `serve_forever` answers, `close` ends it.

    Arguments:
        service: the models that are served.
        address: interface and port; port 0 takes a free one.
        token: what callers have to show; needed on any interface but loopback.

    Raises:
        BadInput: no token on an interface that others can reach.
        OSError: the port cannot be listened on.
    """

    def __init__(self, service: Service, address: tuple[str, int] = ("127.0.0.1", 0), token: str = "") -> None:
        if not token and not _is_loopback(address[0]):
            raise BadInput(f"Listening on {address[0]} needs a token; set one, or listen on 127.0.0.1.")
        if service.anything and not token:
            raise BadInput("Serving any model needs a token: a model may bring code that runs.")
        self.service = service
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._socket = socket.create_server(address, family=family, backlog=128)
        config = uvicorn.Config(
            create_app(service, token),
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        self._server = uvicorn.Server(config)
        self._ended = threading.Event()

    @property
    def server_address(self) -> tuple[str, int]:
        """Interface and port."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def serve_forever(self) -> None:
        """Answer requests until `shutdown`."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._ended.set()

    def shutdown(self) -> None:
        """Let `serve_forever` return, and wait until it has."""
        self._server.should_exit = True
        self._ended.wait()

    def server_close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def close(self) -> None:
        """Stop answering and listening, and end what is loaded."""
        self.shutdown()
        self.server_close()
        self.service.close()


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
