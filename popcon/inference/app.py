"""The HTTP of an inference host, with FastAPI.

GET  /health          alive
GET  /ready           200 once everything that is served is loaded; 503 before, with what cannot be loaded and why
GET  /report          what is loaded, queues, memory
POST /load /alphas /predict /ahead /track     the compact protocol (see `popcon.engines.remote.wire`)
POST /                the plain JSON (see `popcon.inference.plain`)
"""

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Annotated, Any

import anyio
import numpy as np
from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Send

from popcon.engines.batcher import Busy
from popcon.engines.remote.wire import TYPE, pack
from popcon.errors import BadInput, EngineUnavailable, PopconError
from popcon.inference import plain
from popcon.inference.requests import check_pixels, clicks_of, engine_of, message_of, prompts_of
from popcon.inference.service import NotServed, Service
from popcon.pixels import Mask

_log = logging.getLogger("popcon.inference")

LARGEST_BODY = 512_000_000
"""Bytes: a clip of 200 frames at 900 px, raw."""

BODY_S = 600.0
"""Seconds that the body of a request may take to come in."""

_STATUS: tuple[tuple[type[Exception], int], ...] = ((NotServed, 404), (BadInput, 400), (Busy, 503))
_KINDS = (NotServed, BadInput, Busy, EngineUnavailable)


class Refused(Exception):
    """A request that is not read: its status and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def create_app(service: Service, token: str = "") -> FastAPI:
    """Make the application of a host.

    Arguments:
        token: what callers have to show; empty: nothing.
    """
    app = FastAPI(openapi_url=None)

    def allowed(request: Request) -> None:
        # A page in a browser names its origin: none is let in, or any site could use the models.
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if "origin" in request.headers or (token and not hmac.compare_digest(given.encode(), token.encode())):
            raise Refused(403, "The inference host's token is missing or wrong.")

    async def body_of(request: Request) -> bytes:
        length = request.headers.get("content-length", "")
        if not length.isdigit():
            raise Refused(411, "The request needs a Content-Length.")
        if int(length) > LARGEST_BODY:
            raise Refused(413, f"At most {LARGEST_BODY} bytes are accepted.")
        allowed(request)
        async with asyncio.timeout(BODY_S):
            return await request.body()

    Body = Annotated[bytes, Depends(body_of)]  # noqa: N806  a type

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return JSONResponse({"error": str(error), "kind": "BadInput"}, error.status, {"Connection": "close"})

    @app.exception_handler(404)
    async def nothing_there(request: Request, error: Exception) -> Response:
        return JSONResponse({"error": f"There is nothing at {request.url.path}.", "kind": "BadInput"}, 404)

    @app.get("/health")
    async def health() -> dict[str, bool]:  # says nothing that a stranger may not know
        return {"alive": True}

    @app.get("/ready", dependencies=[Depends(allowed)])
    def ready() -> JSONResponse:
        report = service.report()
        return JSONResponse({"ready": report["ready"], "problems": report["problems"]}, 200 if report["ready"] else 503)

    @app.get("/report", dependencies=[Depends(allowed)])
    def report() -> dict[str, Any]:
        return service.report()

    @app.post("/")
    async def plain_json(body: Body) -> Response:
        return await _answered(lambda: JSONResponse(plain.answer(service, _json(body))))

    @app.post("/load")
    async def load(body: Body) -> Response:
        def work() -> Response:
            head, _ = message_of(body, 0)
            return _packed({"seconds_on_cpu": service.cost(engine_of(head))})

        return await _answered(work)

    @app.post("/alphas")
    async def alphas(body: Body) -> Response:
        def work() -> Response:
            head, (frames,) = message_of(body, 1)
            check_pixels(frames, 4)
            return _packed({}, np.stack(service.alphas(engine_of(head), list(frames))))

        return await _answered(work)

    @app.post("/predict")
    async def predict(body: Body) -> Response:
        def work() -> Response:
            head, arrays = message_of(body, None)
            if not arrays or len(arrays) > 2:
                raise BadInput("A click needs a picture, and perhaps a mask.")
            check_pixels(arrays[0], 3)
            previous = arrays[1] if len(arrays) == 2 else None
            mask, score = service.predict(engine_of(head), arrays[0], clicks_of(head.get("clicks")), previous)
            return _packed({"score": score}, mask)

        return await _answered(work)

    @app.post("/ahead")
    async def ahead(body: Body) -> Response:
        def work() -> Response:
            head, (frames,) = message_of(body, 1)
            check_pixels(frames, 4)
            service.ahead(engine_of(head), list(frames))
            return _packed({})

        return await _answered(work)

    @app.post("/track")
    async def track(body: Body) -> Response:
        def work() -> Response:
            head, arrays = message_of(body, None)
            if not arrays:
                raise BadInput("There are no frames to carry clicks to.")
            check_pixels(arrays[0], 4)
            running = service.track(engine_of(head), list(arrays[0]), prompts_of(head, arrays))
            return _Tracked(running, next(running, None))  # an error of the first frame is still an answer of its own

        return await _answered(work)

    return app


Record = tuple[int, Mask, float]


class _Tracked(StreamingResponse):
    """Masks as they become known, each a message with its length in front, so that a reader can tell them apart.

    An answer that has begun and breaks off tells the caller that tracking failed.
    """

    def __init__(self, running: Iterator[Record], first: Record | None) -> None:
        self._running, self._first = running, first
        super().__init__(self._messages(), media_type=TYPE)

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        finally:
            if isinstance(self._running, Generator):  # the caller may be gone: its work need not go on
                with anyio.CancelScope(shield=True):
                    await run_in_threadpool(self._running.close)

    async def _messages(self) -> AsyncIterator[bytes]:
        record = self._first
        while record is not None:
            number, mask, score = record
            message = pack({"frame": number, "score": score}, [mask])
            yield len(message).to_bytes(4, "big") + message
            record = await run_in_threadpool(next, self._running, None)
        yield (0).to_bytes(4, "big")


async def _answered(work: Callable[[], Response]) -> Response:
    """Return the answer that `work` makes in a thread, or what its error means to the caller."""
    try:
        return await run_in_threadpool(work)
    except Exception as error:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        if not isinstance(error, PopconError):
            _log.exception("A request failed.")
        kind = next((each.__name__ for each in _KINDS if isinstance(error, each)), "Fault")
        message = str(error) if isinstance(error, PopconError) else repr(error)
        headers = {"Retry-After": "1"} if status == 503 else None
        return JSONResponse({"error": message, "kind": kind}, status, headers)


def _packed(head: dict[str, Any], *arrays: Any) -> Response:
    return Response(pack(head, arrays), media_type=TYPE)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is no JSON.") from error
