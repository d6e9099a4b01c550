"""Leases: of all workers that want the same purchase, one drives it.

A lease is a numbered file. Taking over from a holder that died is creating the next number, which only one can; no
file is removed, so a worker that was looking away cannot create an old number again. A holder rewrites its file
every few seconds; one whose file stands still for longer than the term is taken to be dead. Whether it stands
still is measured by the watcher's own clock, so that clocks need not agree.

What a lease does not protect from: a process that is stopped between its last look at the lease and the first byte
of its request, for longer than the term, and goes on afterwards.
"""

import contextlib
import os
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from popcon import naming
from popcon.errors import Fault
from popcon.ledger.claim import claim
from popcon.storage.store import Store

_SKEW_S = 2 * 3600.0
"""By how much the clocks of two machines may differ: a holder whose clock is behind must not look dead."""
_TAKEN = "Another worker has taken this purchase over; run again to use its result."


class LeaseLost(Fault):
    """Another worker took this purchase over while this one was not answering."""


class Lease:
    """What a holder has. Made by `Leases`.

    Attributes:
        number: higher than that of every holder before it.
    """

    def __init__(self, store: Store, key: str, number: int, body: dict[str, Any]) -> None:
        self._store, self._path, self._body = store, naming.paid_lease(key, number), body
        self._next = naming.paid_lease(key, number + 1)
        self.number = number
        self._turn, self._over = threading.Lock(), False

    def heartbeat(self) -> None:
        """Show that the holder lives.

        Raises:
            LeaseLost: the file is another's: a store without conditional puts let two create it.
        """
        with self._turn:
            if self._over:  # given back while its turn for a heartbeat came: it must not look held again
                return
            self._body = {**self._body, "beat": self._body["beat"] + 1, "at": time.time()}
            self._write(self._body)

    def check(self) -> None:
        """Raise LeaseLost unless this is still the newest lease. Called right before anything that costs money."""
        self.heartbeat()
        if self._store.exists(self._next):
            raise LeaseLost(_TAKEN)

    def release(self) -> None:
        """Let whoever waits have it.

        Raises:
            LeaseLost: another has it already.
        """
        with self._turn:
            self._over = True
            self._write({**self._body, "free": True})

    def _write(self, body: dict[str, Any]) -> None:
        found = self._store.read_json(self._path)
        if isinstance(found, dict) and found.get("hold") != self._body["hold"]:
            raise LeaseLost(_TAKEN)
        self._store.write_json(self._path, body)


class Leases:
    """The leases of a store.

    Arguments:
        term: seconds without a sign of life after which a holder is taken to be dead.
    """

    def __init__(self, store: Store, term: float = 60.0) -> None:
        self._store, self._term = store, term
        self._held: set[Lease] = set()
        self._turn = threading.Lock()
        self._wake = threading.Event()

    @contextlib.contextmanager
    def hold(self, key: str, unless: Callable[[], bool], patience: float | None = None) -> Iterator[Lease | None]:
        """Wait for the lease of `key`, keep it alive, and give it back.

        Arguments:
            unless: ends the wait when true (what the lease was wanted for has been done by its holder).
            patience: seconds to wait at most; None: as long as it takes.

        Yields:
            The lease; None when `unless` became true or patience ended.
        """
        lease = self._wait(key, unless, patience)
        if lease is None:
            yield None
            return
        with self._turn:
            self._held.add(lease)
            if len(self._held) == 1:
                self._wake = threading.Event()
                threading.Thread(
                    target=self._send_heartbeats, args=(self._wake,), name="popcon-leases", daemon=True
                ).start()
        try:
            yield lease
        finally:
            with self._turn:
                self._held.discard(lease)
                if not self._held:
                    self._wake.set()
            with contextlib.suppress(Fault):  # a lease that is not given back runs out
                lease.release()

    def _wait(self, key: str, unless: Callable[[], bool], patience: float | None) -> Lease | None:
        begun = time.monotonic()
        seen: tuple[int, object] | None = None
        since, number, pause = begun, 0, 0.02
        while not unless():
            number, holder = self._newest(key, number)
            sign = (number, holder.get("beat") if holder else None)
            if sign != seen:
                seen, since = sign, time.monotonic()
            if holder is None or _is_over(holder, self._term) or time.monotonic() - since > self._term:
                body = {"owner": _owner(), "beat": 0, "at": time.time(), "hold": uuid.uuid4().hex}
                if claim(self._store, naming.paid_lease(key, number + 1), body):
                    return Lease(self._store, key, number + 1, body)
                continue
            if patience is not None and time.monotonic() - begun > patience:
                return None
            time.sleep(pause)
            pause = min(pause * 1.5, self._term / 20)
        return None

    def _newest(self, key: str, known: int) -> tuple[int, dict[str, Any] | None]:
        """Number and content of the newest lease of `key`; (0, None) where there is none.

        One that cannot be read stands still: its holder may live, and the next read may be right.
        """
        number = known
        if number == 0 and (numbers := naming.entry_numbers(self._store.paths(naming.paid_leases(key)))):
            number = numbers[-1]
        while self._store.exists(naming.paid_lease(key, number + 1)):
            number += 1
        if number == 0:
            return 0, None
        holder = self._store.read_json(naming.paid_lease(key, number))
        return number, holder if isinstance(holder, dict) else {"at": time.time()}

    def _send_heartbeats(self, wake: threading.Event) -> None:
        while not wake.wait(self._term / 5):
            with self._turn:
                held = list(self._held)
            for lease in held:
                with contextlib.suppress(Fault):  # the store may be back before the term is over
                    lease.heartbeat()


def _is_over(holder: dict[str, Any], term: float) -> bool:
    """Return whether a lease may be taken over at once: given back, far too old, or held by a process known to be
    dead."""
    if holder.get("free") or time.time() - float(holder.get("at", 0)) > _SKEW_S + 10 * term:
        return True
    owner = holder.get("owner")
    return isinstance(owner, dict) and bool(_room()) and owner.get("room") == _room() and not _lives(owner)


def _owner() -> dict[str, Any]:
    return {"room": _room(), "pid": os.getpid(), "born": _born(os.getpid())}


@lru_cache(maxsize=1)
def _room() -> str:
    """Name the space in which process ids mean something: this boot of this machine and its namespace of ids.
    Empty, and then never equal to an owner's, where that cannot be told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{platform.node()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _born(pid: int) -> str:
    """Return when a process started, so that its number is not mistaken for an older process's; "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def _lives(owner: dict[str, Any]) -> bool:
    born = _born(int(owner["pid"]))
    return bool(born) and born == owner.get("born") and not _is_zombie(int(owner["pid"]))


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (OSError, IndexError):
        return True
