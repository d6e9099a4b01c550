"""The host's HTTP, on the standard library alone: loopback, or a token.

GET  /health          alive
GET  /ready           200 once everything that is served is loaded; 503 before, with what cannot be loaded and why
GET  /report          what is loaded, queues, memory
POST /load /alphas /predict /ahead /track     the compact protocol (see `wire`)
POST /                the plain JSON (see `plain`)
"""

import hmac
import ipaddress
import json
import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from pydantic import ValidationError

from popcon.engines.base import Click
from popcon.engines.batcher import Busy
from popcon.engines.remote.wire import TYPE, pack, unpack
from popcon.errors import BadInput, EngineUnavailable, PopconError
from popcon.inference import plain
from popcon.inference.service import NotServed, Service
from popcon.models.job import EngineChoice
from popcon.pixels import Mask

_log = logging.getLogger("popcon.inference")

LARGEST_BODY = 512_000_000
"""A clip of 200 frames at 900 px, raw."""


class Host(ThreadingHTTPServer):
    """The server; `serve_forever` runs it, `close` ends it.

    Arguments:
        service: what is served.
        address: interface and port; port 0 takes a free one.
        token: what callers have to show; needed on any interface but loopback.

    Raises:
        BadInput: no token on an interface that others can reach.
    """

    daemon_threads = True

    def __init__(self, service: Service, address: tuple[str, int] = ("127.0.0.1", 0), token: str = "") -> None:
        if not token and not _is_loopback(address[0]):
            raise BadInput(f"Listening on {address[0]} needs a token; set one, or listen on 127.0.0.1.")
        if service.anything and not token:
            raise BadInput("Serving any model needs a token: a model may bring code that runs.")
        self.service, self.token = service, token
        super().__init__(address, _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def close(self) -> None:
        """Stop listening and end what is loaded."""
        self.shutdown()
        self.server_close()
        self.service.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 600.0  # for a caller that stops in the middle of what it says, or takes nothing of what it is told
    server: Host

    def do_GET(self) -> None:
        if self.path == "/health":  # says nothing that a stranger may not know
            return self._json(200, {"alive": True})
        if not self._allowed():
            return None
        report = self.server.service.report()
        if self.path == "/ready":
            said = {"ready": report["ready"], "problems": report["problems"]}
            return self._json(200 if report["ready"] else 503, said)
        if self.path == "/report":
            return self._json(200, report)
        return self._json(404, {"error": f"There is nothing at {self.path}.", "kind": "BadInput"})

    def do_POST(self) -> None:
        routes: dict[str, Callable[[bytes], None]] = {
            "/": self._plain,
            "/load": self._load,
            "/alphas": self._alphas,
            "/predict": self._predict,
            "/ahead": self._ahead,
            "/track": self._track,
        }
        size = self._size()
        if size is None or not self._allowed():
            return
        body = self.rfile.read(size)
        route = routes.get(self.path)
        if route is None:
            return self._json(404, {"error": f"There is nothing at {self.path}.", "kind": "BadInput"})
        try:
            route(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller gave up
        except Exception as error:
            self._failed(error)

    def _plain(self, body: bytes) -> None:
        try:
            request = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise BadInput("The body is no JSON.") from error
        self._json(200, plain.answer(self.server.service, request))

    def _load(self, body: bytes) -> None:
        head, _ = _message(body, 0)
        self._packed({"seconds_on_cpu": self.server.service.cost(_choice(head))}, [])

    def _alphas(self, body: bytes) -> None:
        head, (frames,) = _message(body, 1)
        _check(frames, 4)
        self._packed({}, [np.stack(self.server.service.alphas(_choice(head), list(frames)))])

    def _predict(self, body: bytes) -> None:
        head, arrays = _message(body, None)
        if not arrays or len(arrays) > 2:
            raise BadInput("A click needs a picture, and perhaps a mask.")
        _check(arrays[0], 3)
        previous = arrays[1] if len(arrays) == 2 else None
        mask, score = self.server.service.predict(_choice(head), arrays[0], _clicks(head.get("clicks")), previous)
        self._packed({"score": score}, [mask])

    def _ahead(self, body: bytes) -> None:
        head, (frames,) = _message(body, 1)
        _check(frames, 4)
        self.server.service.ahead(_choice(head), list(frames))
        self._packed({}, [])

    def _track(self, body: bytes) -> None:
        head, arrays = _message(body, None)
        if not arrays:
            raise BadInput("There are no frames to carry clicks to.")
        _check(arrays[0], 4)
        prompts: dict[int, list[Click] | Mask] = {}
        try:
            prompts.update({int(number): _clicks(clicks) for number, clicks in head.get("clicks", {}).items()})
            prompts.update({int(number): arrays[place] for number, place in head.get("masks", {}).items()})
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise BadInput("Prompts are clicks or masks by frame number.") from error
        running = self.server.service.track(_choice(head), list(arrays[0]), prompts)
        started = False
        try:
            for number, mask, score in running:
                if not started:
                    self._start(200, TYPE, None)
                    started = True
                self._chunk(pack({"frame": number, "score": score}, [mask]))
            self._chunk(b"")
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception:
            if not started:
                raise
            _log.exception("Tracking failed half way.")
            self.close_connection = True  # the answer has begun; that it breaks off tells the caller
        finally:
            close = getattr(running, "close", None)
            if close:
                close()

    def _size(self) -> int | None:
        text = self.headers.get("Content-Length", "")
        if not text.isdigit():
            self.close_connection = True
            self._json(411, {"error": "The request needs a Content-Length.", "kind": "BadInput"})
            return None
        if int(text) > LARGEST_BODY:
            self.close_connection = True
            self._json(413, {"error": f"At most {LARGEST_BODY} bytes are accepted.", "kind": "BadInput"})
            return None
        return int(text)

    def _allowed(self) -> bool:
        """Whether the caller has the token, where one is set; pages in a browser are never let in."""
        token = self.server.token
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.headers.get("Origin") is None and (not token or hmac.compare_digest(given.encode(), token.encode())):
            return True
        self.close_connection = True  # its body is not read
        self._json(403, {"error": "The inference host's token is missing or wrong.", "kind": "BadInput"})
        return False

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotServed):
            status = 404
        elif isinstance(error, BadInput):
            status = 400
        elif isinstance(error, Busy):
            status = 503
        else:
            status = 500
            if not isinstance(error, PopconError):
                _log.exception("A request failed.")
        kind = next(
            (k.__name__ for k in (NotServed, BadInput, Busy, EngineUnavailable) if isinstance(error, k)), "Fault"
        )
        self._json(status, {"error": str(error) if isinstance(error, PopconError) else repr(error), "kind": kind})

    def _json(self, status: int, content: dict[str, Any]) -> None:
        self._whole(status, "application/json", json.dumps(content).encode())

    def _packed(self, head: dict[str, Any], arrays: list[Any]) -> None:
        self._whole(200, TYPE, pack(head, arrays))

    def _whole(self, status: int, kind: str, body: bytes) -> None:
        self._start(status, kind, len(body))
        self.wfile.write(body)

    def _start(self, status: int, kind: str, size: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if size is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(size))
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        """One record of a stream, with its length in front so that the reader can tell records apart."""
        framed = len(data).to_bytes(4, "big") + data
        self.wfile.write(f"{len(framed):x}\r\n".encode() + framed + b"\r\n")
        if not data:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        _log.debug(format, *args)


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _message(body: bytes, count: int | None) -> tuple[dict[str, Any], list[Any]]:
    head, arrays = unpack(body)
    if count is not None and len(arrays) != count:
        raise BadInput(f"The message has {len(arrays)} arrays; {count} is expected.")
    return head, arrays


def _choice(head: dict[str, Any]) -> EngineChoice:
    try:
        return EngineChoice.model_validate(head.get("engine"))
    except ValidationError as error:
        raise BadInput("The message names no engine with settings.") from error


def _clicks(given: Any) -> list[Click]:
    try:
        return [Click.model_validate(each) for each in given or []]
    except (ValidationError, TypeError) as error:
        raise BadInput("Clicks are objects with x, y and positive.") from error


def _check(pixels: Any, dimensions: int) -> None:
    if pixels.ndim != dimensions or pixels.shape[-1] != 3 or 0 in pixels.shape:
        raise BadInput(f"Pixels have the shape {pixels.shape}; expected RGB, {dimensions} dimensions.")
