"""A store and a vendor in which things go wrong by chance, for `benchmarks.faults`."""

import contextlib
import hashlib
import os
import random
import signal
import threading
from pathlib import Path

from popcon.errors import DamagedResult, Fault
from popcon.ledger.vendor import LostRequest, NotSent, OutcomeUnknown, Report, Sent, Throttled
from popcon.storage.disk import Disk
from popcon.storage.store import Store


class Faults:
    """What goes wrong in a worker, by chance.

    Arguments:
        seed: of the chances; None: nothing goes wrong.
    """

    def __init__(self, seed: int | None) -> None:
        self._random = random.Random(seed)
        self._on = seed is not None
        self._lock = threading.Lock()

    def happens(self, chance: float) -> bool:
        with self._lock:
            return self._on and self._random.random() < chance

    def clock_jump_s(self) -> float:
        return self._random.uniform(-1800, 1800) if self.happens(0.5) else 0.0


class FaultyDisk(Disk):
    """Is full now and then, and the last thing that a worker does."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults

    def write(self, path: Path, data: bytes) -> None:
        if self._faults.happens(0.02):
            with contextlib.suppress(OSError):
                super().write(path, data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        super().write(path, data)

    def rename(self, source: Path, target: Path) -> None:
        self._die()
        super().rename(source, target)
        self._die()

    def link(self, source: Path, target: Path) -> None:
        self._die()
        super().link(source, target)
        self._die()

    def _die(self) -> None:
        if self._faults.happens(0.004):
            os.kill(os.getpid(), signal.SIGKILL)


class FaultyStore(Store):
    """Reads wrong bytes now and then."""

    def __init__(self, url: str, faults: Faults) -> None:
        super().__init__(url)
        self._faults = faults
        if not self.remote:
            self._disk = FaultyDisk(faults)

    def read(self, path: str) -> bytes | None:
        data = super().read(path)
        if data and self._faults.happens(0.003):
            return data[: len(data) // 2] + b"\0"
        return data


class Service:
    """A vendor whose tasks are files, so that they outlive every worker. Its own bookkeeping never fails."""

    name, account, key_id = "service", "us", "ours"

    def __init__(self, folder: Path, faults: Faults) -> None:
        self._folder, self._faults = folder, faults

    def send(self, mark: str) -> Sent:
        if self._faults.happens(0.05):
            raise NotSent("The connection was refused.")
        if self._faults.happens(0.05):
            raise Throttled("Too many requests.")
        task_id = f"{mark}-{os.urandom(4).hex()}"
        state = "failed" if self._faults.happens(0.05) else "done"
        (self._folder / f"{task_id}.{state}").touch(exist_ok=False)
        if self._faults.happens(0.1):
            raise OutcomeUnknown("The connection broke.")
        if self._faults.happens(0.02):
            os.kill(os.getpid(), signal.SIGKILL)
        return Sent(task_id=task_id)

    def poll(self, task_id: str) -> Report:
        self._trouble(0.05)
        if self._faults.happens(0.3):
            return Report(state="waiting")
        if (self._folder / f"{task_id}.failed").exists():
            return Report(state="failed", code="InternalError", message="It failed.")
        return Report(state="done", urls=(f"https://service.example/{task_id}",), seconds=1.0)

    def find(self, request: LostRequest) -> str | None:
        self._trouble(0.1)
        found = sorted(each.stem for each in self._folder.iterdir() if each.name.startswith(request.mark))
        return found[0] if found else None

    def download(self, url: str) -> bytes:
        self._trouble(0.05)
        clip = clip_of(url.rsplit("/", 1)[-1].split("-")[0])
        return clip[: len(clip) // 2] if self._faults.happens(0.1) else clip

    def check(self, kind: str, data: bytes) -> str:
        if not data.endswith(b"end"):
            raise DamagedResult("The clip is cut off.")
        return "video/mp4"

    def cancel(self, task_id: str) -> bool:
        return False

    def failure(self, report: Report) -> Exception:
        return Fault(report.message)

    def _trouble(self, chance: float) -> None:
        if self._faults.happens(chance):
            raise Fault("The service does not answer.")


def clip_of(mark: str) -> bytes:
    """What the service makes for a mark."""
    return hashlib.sha256(mark.encode()).digest() * 200 + b"end"
