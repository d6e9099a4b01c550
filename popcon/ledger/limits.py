"""How much a vendor may be asked at once: tasks under way, and submits a second, of each model."""

import contextlib
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol

from filelock import BaseFileLock, FileLock, Timeout
from tenacity import Retrying, retry_if_result, wait_random

from popcon.models.base import Model


class Allowance(Model):
    """What a vendor allows for a model."""

    at_once: int
    per_second: int


class Limits(Protocol):
    """Whoever wants to send waits here. Implementations decide how widely the count is shared."""

    def slot(self, model: str) -> AbstractContextManager[None]:
        """Held while a task of `model` is under way."""
        ...

    def submit(self, model: str) -> None:
        """Returns when one more request may be sent."""
        ...


MakeLimits = Callable[[str, Callable[[str], Allowance]], Limits | None]
"""(vendor, what it allows for a model) -> where requests wait; None: whoever asked decides."""

_given: ContextVar[MakeLimits | None] = ContextVar("popcon_limits", default=None)


@contextlib.contextmanager
def limited_by(make: MakeLimits) -> Iterator[None]:
    """Within this context, purchases wait where `make` says: with other machines, where somebody counts for all."""
    token = _given.set(make)
    try:
        yield
    finally:
        _given.reset(token)


def given_limits(vendor: str, allowance: Callable[[str], Allowance]) -> Limits | None:
    """Return the limits of this context; None where it has none."""
    make = _given.get()
    return make(vendor, allowance) if make is not None else None


# A second of ours and of the vendor's do not begin together, and requests catch up with each other on their way.
WINDOW = 1.25
"""Seconds in which we send what a vendor allows in one."""


class ProcessLimits:
    """Shared by the threads of this process."""

    def __init__(self, allowance: Callable[[str], Allowance]) -> None:
        self._allowance = allowance
        self._turn = threading.Lock()
        self._slots: dict[str, threading.Semaphore] = {}
        self._sent: dict[str, deque[float]] = defaultdict(deque)

    @contextlib.contextmanager
    def slot(self, model: str) -> Iterator[None]:
        with self._turn:
            slots = self._slots.setdefault(model, threading.Semaphore(self._allowance(model).at_once))
        with slots:
            yield

    def submit(self, model: str) -> None:
        allowed = self._allowance(model).per_second
        with self._turn:
            sent, now = self._sent[model], time.monotonic()
            at = max(now, sent[-allowed] + WINDOW) if len(sent) >= allowed else now
            sent.append(at)
            if len(sent) > 4 * allowed:
                sent.popleft()
        time.sleep(max(0.0, at - time.monotonic()))


class MachineLimits:
    """Shared by all processes of this machine, through locked files; a process that dies gives its slots back.

    Arguments:
        folder: where the files are; the same for all.
    """

    def __init__(self, folder: Path, allowance: Callable[[str], Allowance]) -> None:
        self._folder, self._allowance = folder, allowance

    @contextlib.contextmanager
    def slot(self, model: str) -> Iterator[None]:
        tries = Retrying(retry=retry_if_result(lambda lock: lock is None), wait=wait_random(0.05, 0.1))
        lock = tries(self._free_slot, model)
        assert lock is not None
        try:
            yield
        finally:
            lock.release()

    def submit(self, model: str) -> None:
        allowed = self._allowance(model).per_second
        # No link is followed: whoever can write here must not choose what is written elsewhere.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        lock, path = self._lock(f"{model}.submits"), self._folder / f"{model}.submits"
        with lock, os.fdopen(os.open(path, flags, 0o600), "r+") as file:
            # Wall time: monotonic clocks of two processes need not begin together.
            now = time.time()
            sent = [at for line in file.read().split() if now - 60 < (at := float(line)) < now + 60]
            at = max(now, sent[-allowed] + WINDOW) if len(sent) >= allowed else now
            file.seek(0)
            file.truncate()
            file.write("\n".join(repr(moment) for moment in [*sent, at][-4 * allowed :]))
        time.sleep(max(0.0, at - time.time()))

    def _free_slot(self, model: str) -> BaseFileLock | None:
        """Return the lock of a slot that was free, taken; None: all are held."""
        for number in range(self._allowance(model).at_once):
            lock = self._lock(f"{model}.slot{number}")
            with contextlib.suppress(Timeout):
                lock.acquire(blocking=False)
                return lock
        return None

    def _lock(self, name: str) -> BaseFileLock:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(self._folder / f"{name}.lock", mode=0o600)
