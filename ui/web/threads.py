"""Threads for what blocks: clicks never wait for a thread that something else has.

No thread has a lower priority than others: one that holds the interpreter and gets no CPU would keep all others from
theirs. What computes long does so in a process of its own (see `ui.web.sticker_maker`). Reading and answering uses the
event loop's own threads (`aside`), of which there are enough for a slow store.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

ASIDE, READERS, CLICKS, QUIET = 24, 16, 2, 2


class Threads:
    """The threads of one app.

    `clicks` are for what a person waits for with a finger on the button; `quiet` for clicks carried to all frames,
    which takes seconds; `readers` for many reads of a slow store at once; `stickers` makes one sticker at a time.
    """

    def __init__(self) -> None:
        self.clicks = ThreadPoolExecutor(CLICKS, "clicks")
        self.quiet = ThreadPoolExecutor(QUIET, "quiet")
        self.readers = ThreadPoolExecutor(READERS, "readers")
        self.stickers = Latest()

    def close(self) -> None:
        self.stickers.close()
        for pool in (self.clicks, self.quiet, self.readers):
            pool.shutdown(wait=False, cancel_futures=True)


class Latest:
    """Does one thing after another. Who asks for what waits its turn already gets that one's result."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "stickers")
        self._waiting: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()

    async def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result of `work`, begun after this was called; what it reads is therefore as it is now, or later.

        Arguments:
            key: the same for work whose results are as good.
        """

        def run() -> T:
            with self._lock:
                del self._waiting[key]
            return work()

        with self._lock:
            future = self._waiting.get(key)
            if future is None:
                future = self._waiting[key] = self._pool.submit(run)
        # One who leaves must not take it away from the others.
        return cast(T, await asyncio.shield(asyncio.wrap_future(future)))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


async def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what blocks in a thread."""
    return await asyncio.to_thread(work, *args, **kwargs)


async def within(pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what blocks in a thread of a pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *args, **kwargs))
