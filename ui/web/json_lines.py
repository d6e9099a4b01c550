"""Streams of JSON lines: what a thread reports while it works, sent as it comes."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi.responses import StreamingResponse

from popcon.errors import PopconError

Emit = Callable[[dict[str, Any]], None]


class JsonLines:
    """The lines of one response. Iterating yields them until the work that was started has ended."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()

    def start(self, pool: ThreadPoolExecutor, work: Callable[[Emit], None]) -> asyncio.Future[None]:
        """Start work in a thread of a pool. Each value that it emits is a line; an error of ours is the last one."""
        loop = asyncio.get_running_loop()

        def put(line: str | None) -> None:
            loop.call_soon_threadsafe(self._lines.put_nowait, line)

        def emit(value: dict[str, Any]) -> None:
            put(json.dumps(value) + "\n")

        def run() -> None:
            try:
                work(emit)
            except PopconError as error:
                emit({"error": str(error)})
            finally:
                put(None)

        return loop.run_in_executor(pool, run)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (line := await self._lines.get()) is not None:
            yield line


def lines_response(lines: AsyncIterator[str] | JsonLines) -> StreamingResponse:
    """Answer with lines as they come; nothing on the way keeps them."""
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"cache-control": "no-store"})


def cancellable_response(pool: ThreadPoolExecutor, work: Callable[[Emit, threading.Event], None]) -> StreamingResponse:
    """Answer with the lines of work in a thread of a pool.

    Arguments:
        pool: where the work runs.
        work: gets what sends a line, and an event that is set when the client has closed the connection.
    """
    cancelled = threading.Event()

    async def stream() -> AsyncIterator[str]:
        lines = JsonLines()
        task = lines.start(pool, lambda emit: work(emit, cancelled))
        try:
            async for line in lines:
                yield line
            await task
        finally:
            cancelled.set()

    return lines_response(stream())
