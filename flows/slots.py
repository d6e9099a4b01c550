"""Compute slots: how many actions of a job compute at the same time in one process. A wait for a person takes none."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Semaphore

_held: ContextVar[Semaphore | None] = ContextVar("held", default=None)


@contextmanager
def holding(slots: Semaphore) -> Iterator[None]:
    """Hold one of the slots for as long as the block runs in this context."""
    with slots:
        before = _held.set(slots)
        try:
            yield
        finally:
            _held.reset(before)


@contextmanager
def released() -> Iterator[None]:
    """Give the slot that this context holds, if any, to somebody else until the block ends."""
    slots = _held.get()
    if slots is None:
        yield
        return
    slots.release()
    try:
        yield
    finally:
        slots.acquire()
