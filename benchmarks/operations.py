"""What deployed runs cost: waiting for a start frame, for a verdict, after a kill; memory; many jobs at gates; S3.

    python -m benchmarks.operations [--jobs N] [--actions M] [--answers K] [--check]

Starts `popcon up` with a home of its own, hands jobs in, answers them and kills processes, as a person and bad luck
would. "verdict to running code" is from the call of `deployments.control.answer` to the first line that the resumed
run writes. --jobs and --actions set how many wait at gates at once. They are of one character: what they compute is
found finished by all but the first, and what is measured is everything around it. --check exits 1 on a missed figure.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from deployments import control
from popcon.actions import PRESETS, action
from popcon.jobs.archive import Job
from popcon.models.verdict import Status
from popcon.naming import slug
from popcon.settings import settings
from tests.deployments.stack import ROOT, RUN_INLINE, Stack, spec
from tests.popcon.storage.s3.endpoint import KEY, SECRET, rclone

VERDICT_S = 1.0
MEMORY_MB = 350.0


class Memory(threading.Thread):
    """The largest resident size of each kind of process of a stack, looked up twice a second."""

    KINDS = ("deployments.server", "deployments.worker", "multiprocessing.forkserver", "uvicorn")
    RUN = "flow run, with what it shares with the forkserver"

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self._stack, self.most = stack, dict.fromkeys((*self.KINDS, self.RUN), 0.0)
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            flows = self._stack.flow_processes()
            for kind in self.KINDS:
                for number in set(self._stack.processes(kind)) - set(flows):
                    self.most[kind] = max(self.most[kind], _peak_mb(number))
            for number in flows:
                self.most[self.RUN] = max(self.most[self.RUN], _peak_mb(number))


def _peak_mb(number: int) -> float:
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _row(what: str, value: str, limit: str = "") -> None:
    print(f"{what:<58} {value:>14} {limit}", flush=True)


def _answers(stack: Stack, job: Job, count: int) -> list[float]:
    """Seconds from a verdict to running code, `count` times, at the start-frame gate of one action."""
    found = []
    for number in range(count):
        stack.wait("a gate", lambda: stack.status(job) is Status.AWAITING_START_FRAME)
        stack.wait("no process", lambda: not stack.flow_processes())
        kind = "approve" if number == count - 1 else "regenerate"
        began = time.perf_counter()
        control.answer(stack.archive, job.id, "wave", "start_frame_review", {"kind": kind}, by="benchmark")
        stack.wait("running code", lambda: stack.status(job) is not Status.AWAITING_START_FRAME)
        found.append(time.perf_counter() - began)
    return found


def _killed(stack: Stack) -> float:
    """Seconds from killing the worker and its run to the job's next run."""
    job = stack.place(batch="kill")
    control.submit(stack.archive, job)
    stack.wait("a start", lambda: stack.status(job) not in (Status.QUEUED,))
    began = time.perf_counter()
    for number in stack.processes("deployments.worker") + stack.flow_processes():
        os.kill(number, signal.SIGKILL)
    before = stack.archive.summary(job.id, "wave").updated_at
    stack.wait("going on", lambda: stack.archive.summary(job.id, "wave").updated_at > before)
    took = time.perf_counter() - began
    stack.wait_packed(job)
    return took


def _crowd(stack: Stack, jobs: int, actions: int) -> tuple[float, int, float]:
    """Many jobs at their gates: seconds until all wait, processes held then, seconds from approval to all packs."""
    chosen = tuple(action(name) for name in list(PRESETS)[:actions])
    placed = [stack.place(review="ask", batch=f"crowd {number}", actions=chosen) for number in range(jobs)]

    def all_in(status: Status) -> bool:
        return all(stack.archive.summary(job.id, each.name).status is status for job in placed for each in chosen)

    def hand_in() -> None:
        for job in placed:
            control.submit(stack.archive, job)
        stack.wait("all start frames", lambda: all_in(Status.AWAITING_START_FRAME), patience=7200)
        stack.wait("no process", lambda: not stack.flow_processes())

    def approve() -> None:
        for gate, status in (("start_frame_review", None), ("refinement", Status.AWAITING_REFINEMENT)):
            if status is not None:
                stack.wait("all cutouts", lambda: all_in(Status.AWAITING_REFINEMENT), patience=7200)
            for job in placed:
                for each in chosen:
                    control.answer(stack.archive, job.id, each.name, gate, {"kind": "approve"}, by="benchmark")
        stack.wait("all packs", lambda: all(stack.archive.is_packed(job) for job in placed), patience=7200)

    waited = _timed(hand_in)
    held = len(stack.flow_processes())
    return waited, held, _timed(approve)


def _inline(folder: Path, store_url: str, environment: dict[str, str]) -> float:
    """Seconds of one job of two actions in one process."""
    from popcon.jobs.archive import Archive
    from popcon.storage.store import Store

    archive = Archive(Store(store_url))
    job = archive.place(spec(archive.store, actions=(action("wave"), action("cry"))))
    command = [sys.executable, "-c", RUN_INLINE, job.id, store_url, str(folder / "prefect")]
    return _timed(lambda: subprocess.run(command, env=environment, cwd=ROOT, check=True))


def _stores(folder: Path) -> tuple[float, float]:
    """The same job on a folder and on S3, after a first one that makes Prefect's database."""
    environment = Stack(folder).environment
    _inline(folder, str(folder / "first"), environment)
    on_folder = _inline(folder, str(folder / "second"), environment)
    (folder / "buckets" / "team").mkdir(parents=True)
    with rclone(folder / "buckets") as port:
        keys = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
        os.environ.update(keys)
        return on_folder, _inline(folder, f"s3://team/{slug(str(time.time()))}", environment | keys)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=4, help="jobs that wait at gates at once")
    parser.add_argument("--actions", type=int, default=2, help="actions of each of them")
    parser.add_argument("--answers", type=int, default=5, help="verdicts that are timed")
    parser.add_argument("--check", action="store_true", help="exit 1 when a figure is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stack = Stack(folder)
        os.environ["POPCON_HOME"] = str(stack.home)  # an answer of the same installation wakes its workers
        settings.cache_clear()
        _row("load of the machine at the start (1 min), cores", f"{os.getloadavg()[0]:.1f}, {os.cpu_count()}")
        _row("popcon up, with a fresh database, s", f"{_timed(lambda: stack.start(fresh=True)):.1f}")
        memory = Memory(stack)
        memory.start()
        try:
            with stack.client():
                job = stack.place(review="ask", batch="answers")
                began = time.perf_counter()
                control.submit(stack.archive, job)
                stack.wait("a start frame", lambda: stack.status(job) is Status.AWAITING_START_FRAME)
                _row("submit to first start frame, s", f"{time.perf_counter() - began:.1f}")
                answers = _answers(stack, job, options.answers)
                median = statistics.median(answers)
                _row("verdict to running code, median, s", f"{median:.1f}", f"at most {VERDICT_S}")
                _row("verdict to running code, worst, s", f"{max(answers):.1f}")
                _row("worker and run killed, to the job going on, s", f"{_killed(stack):.1f}")
                waited, held, finished = _crowd(stack, options.jobs, options.actions)
                many = f"{options.jobs} jobs of {options.actions}"
                _row(f"{many}: handed in, to all waiting, s", f"{waited:.0f}")
                _row(f"{many}: processes held while all wait", str(held), "0")
                _row(f"{many}: approved twice, to all packs, s", f"{finished:.0f}")
        finally:
            memory.over.set()
            stack.stop()
        for kind, most in memory.most.items():
            if most:
                _row(f"largest resident size: {kind}, MB", f"{most:.0f}", f"at most {MEMORY_MB:.0f}")
        on_folder, on_s3 = _stores(folder)
        _row("a job of 2 actions, inline, store in a folder, s", f"{on_folder:.1f}")
        _row("the same, store on S3 (loopback), s", f"{on_s3:.1f}")
    if options.check and (median > VERDICT_S or held or max(memory.most.values()) > MEMORY_MB):
        sys.exit("A figure was missed.")


if __name__ == "__main__":
    main()
