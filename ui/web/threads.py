"""Thread pools for blocking work, one for each kind, so that clicks never wait for a thread that other work holds.

All threads have the same priority: a thread that holds the interpreter and gets no CPU would stop all others. Long
computations run in a process of their own (see `ui.web.sticker_maker`). Reading the store and answering requests uses
the default executor of the event loop (`in_thread`), which has enough threads for a slow store.
"""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

THREADS, READERS, CLICKS, BACKGROUND = 24, 16, 2, 2


class Threads:
    """The thread pools of one app.

    `clicks` computes the mask of a click; `background` propagates clicks to all frames, which takes seconds; `readers`
    reads a slow store many times at once; `stickers` makes one sticker at a time.
    """

    def __init__(self) -> None:
        self.clicks = ThreadPoolExecutor(CLICKS, "clicks")
        self.background = ThreadPoolExecutor(BACKGROUND, "background")
        self.readers = ThreadPoolExecutor(READERS, "readers")
        self.stickers = CoalescingExecutor()

    def close(self) -> None:
        self.stickers.close()
        for pool in (self.clicks, self.background, self.readers):
            pool.shutdown(wait=False, cancel_futures=True)


class CoalescingExecutor:
    """An executor of one thread that merges requests: equal keys in the queue are computed once for all callers."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "stickers")
        self._waiting: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()

    async def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return the result of `work`, which begins after this call, so that it reads the present state or a later one.

        Arguments:
            key: equal for calls whose results are interchangeable.
        """

        def run() -> T:
            with self._lock:
                del self._waiting[key]
            return work()

        with self._lock:
            future = self._waiting.get(key)
            if future is None:
                future = self._waiting[key] = self._pool.submit(run)
        # A caller that is cancelled must not cancel the result of the others.
        return cast(T, await asyncio.shield(asyncio.wrap_future(future)))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call in a thread of the event loop's default executor."""
    return await asyncio.to_thread(work, *args, **kwargs)


async def in_pool(pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call in a thread of a pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *args, **kwargs))
