"""Threads for what blocks: clicks never wait for anything else, and what computes long gives way to them.

Reading and answering uses the event loop's own threads (`aside`), of which there are enough for a slow store.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ASIDE, READERS, CLICKS, QUIET = 24, 16, 2, 3
LOWER = 10
"""How much nicer than a click a long computation is."""


class Threads:
    """The threads of one app.

    `clicks` are for what a person waits for with a finger on the button; `quiet` for stickers, carried clicks and
    pictures that move, which take seconds; `readers` for many reads of a slow store at once.
    """

    def __init__(self) -> None:
        self.clicks = ThreadPoolExecutor(CLICKS, "clicks")
        self.quiet = ThreadPoolExecutor(QUIET, "quiet", initializer=lower_this_thread)
        self.readers = ThreadPoolExecutor(READERS, "readers")

    def close(self) -> None:
        for pool in (self.clicks, self.quiet, self.readers):
            pool.shutdown(wait=False, cancel_futures=True)


def lower_this_thread(by: int = LOWER) -> None:
    """Let other threads go first. Only Linux knows priorities of single threads."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), by)


async def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what blocks in a thread."""
    return await asyncio.to_thread(work, *args, **kwargs)


async def within(pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what blocks in a thread of a pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, partial(work, *args, **kwargs))
