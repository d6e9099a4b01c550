"""Who carries a job out: a Prefect server's workers where there is a server, else a process of this app's own.

A process of one's own reads this app's pipe and leaves when that closes, so an app that dies leaves none behind.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from popcon import naming
from popcon.editing import verdicts
from popcon.errors import PopconError
from popcon.jobs.archive import Archive, Job
from popcon.models.base import Model
from popcon.models.verdict import Gate
from popcon.pipeline.keys import Step

AT_ONCE = 2
"""Jobs that compute at the same time on this machine; others queue."""
WAIT_TTL_S = 10.0
"""How long a job that has not changed is believed to wait or to work as it did."""
IDLE_S = 300.0
"""A process whose job has only waited for people this long is ended; an answer starts another."""


class Said(Model):
    """What became of an answer at a gate."""

    stored: bool
    message: str
    question: str = ""
    verdict: dict[str, Any] | None = None


class Runner(Protocol):
    """Carries jobs out."""

    kind: str

    def start(self, job: Job) -> None:
        """Start a job or let it go on; nothing happens to one that runs."""
        ...

    def resume(self, job: Job) -> None:
        """Let a job go on; what failed or was refined of one that runs is done once the rest waits for people."""
        ...

    def state(self, job_id: str) -> str:
        """running, queued, stopped, or "" where only the job's summaries know."""
        ...

    def problem(self, job_id: str) -> str:
        """Why the whole job stopped, for a person; "" if it did not."""
        ...

    def answer(self, job: Job, action: str, gate: Gate, verdict: Mapping[str, Any], by: str, question: str) -> Said: ...

    def redo(self, job: Job, step: Step, action: str | None) -> None: ...

    def stop(self, job: Job) -> None:
        """End what runs of a job that was deleted; what is finished is kept."""
        ...

    def close(self) -> None: ...


class DeployedRunner:
    """Jobs run on the Prefect server in PREFECT_API_URL."""

    kind = "prefect"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def start(self, job: Job) -> None:
        from deployments import control

        control.submit(self._archive, job)

    def resume(self, job: Job) -> None:
        self.start(job)

    def state(self, job_id: str) -> str:
        return ""

    def problem(self, job_id: str) -> str:
        return ""

    def answer(self, job: Job, action: str, gate: Gate, verdict: Mapping[str, Any], by: str, question: str) -> Said:
        from deployments import control

        said = control.answer(self._archive, job.id, action, gate, verdict, by, question)
        return Said(stored=said.stored, message=said.message, question=said.question, verdict=said.verdict)

    def redo(self, job: Job, step: Step, action: str | None) -> None:
        from deployments import control

        control.redo(self._archive, job.id, step, action)

    def stop(self, job: Job) -> None:
        from ui.web.stopping import stop_runs

        stop_runs(job.id)

    def close(self) -> None:
        pass


class InlineRunner:
    """Jobs run in processes of this machine, one for each job."""

    kind = "inline"

    def __init__(self, archive: Archive, logs: Path) -> None:
        self._archive, self._logs = archive, logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._queue: list[Job] = []
        self._restart: dict[str, Job] = {}
        self._problems: dict[str, str] = {}
        self._waiting_since: dict[str, float] = {}
        self._wait_checks: dict[str, tuple[str, float, bool]] = {}
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="runner")
        self._thread.start()

    def start(self, job: Job) -> None:
        with self._lock:
            process = self._running.get(job.id)
            if process is not None and process.poll() is not None:  # it has left, and nobody has noticed yet
                self._ended(job.id, process)
            if job.id in self._running:
                return
            if job.id not in [each.id for each in self._queue]:
                self._queue.append(job)
            self._fill()

    def state(self, job_id: str) -> str:
        with self._lock:
            if job_id in self._running:
                return "running"
            return "queued" if job_id in [each.id for each in self._queue] else "stopped"

    def problem(self, job_id: str) -> str:
        return self._problems.get(job_id, "")

    def answer(self, job: Job, action: str, gate: Gate, verdict: Mapping[str, Any], by: str, question: str) -> Said:
        read = verdicts.read_verdict(gate, verdict, self._archive.store)
        kept = verdicts.record(self._archive, job, action, gate, read, by, question)
        if kept.stored or (kept.verdict is not None and self._asks(job, action, kept.question)):
            self._wait_checks.pop(job.id, None)
            self._waiting_since.pop(job.id, None)
            self.start(job)
        return Said(stored=kept.stored, message=kept.message, question=kept.question, verdict=kept.verdict)

    def _asks(self, job: Job, action: str, question: str) -> bool:
        """Whether an action still shows a question: then an app that kept the answer may have died before it acted."""
        return self._archive.summary(job.id, action).question == question

    def redo(self, job: Job, step: Step, action: str | None) -> None:
        self._archive.redo(job, step, action)
        self.resume(job)

    def resume(self, job: Job) -> None:
        # One that runs may have passed the point: it is started once more.
        with self._lock:
            if job.id in self._running:
                self._restart[job.id] = job
            self.start(job)

    def stop(self, job: Job) -> None:
        with self._lock:
            self._queue = [each for each in self._queue if each.id != job.id]
            self._restart.pop(job.id, None)
            process = self._running.pop(job.id, None)
            self._waiting_since.pop(job.id, None)
            self._wait_checks.pop(job.id, None)
        if process is not None:
            _end(process)

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            for process in self._running.values():
                _end(process)
            self._running.clear()

    def _fill(self) -> None:
        busy = sum(job_id not in self._waiting_since for job_id in self._running)
        while self._queue and busy < AT_ONCE and not self._closed.is_set():
            job = self._queue.pop(0)
            self._problems.pop(job.id, None)
            try:
                self._running[job.id] = self._spawn(job)
            except OSError as error:  # no memory, no room for a log: the others are not to wait for this one
                self._problems[job.id] = f"It could not be started here: {error.strerror or error}."
            else:
                busy += 1

    def _spawn(self, job: Job) -> subprocess.Popen[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{job.id}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ui.web.job_process", job.id, self._archive.store.url],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
                env=dict(os.environ),
            )

    def _watch(self) -> None:
        while not self._closed.wait(0.5):
            with self._lock:
                for job_id, process in list(self._running.items()):
                    if process.poll() is not None:
                        self._ended(job_id, process)
                running = list(self._running)
            for job_id in running:
                # A store that does not answer just now, or a record of another version: it counts as working.
                with contextlib.suppress(PopconError, OSError, ValueError):
                    self._look(job_id)
            with self._lock:
                self._fill()

    def _ended(self, job_id: str, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        del self._running[job_id]
        if process.returncode:
            self._problems[job_id] = self._last_error(job_id)
        self._waiting_since.pop(job_id, None)
        self._wait_checks.pop(job_id, None)
        again = self._restart.pop(job_id, None)
        if again is not None:
            self._queue.append(again)

    def _last_error(self, job_id: str) -> str:
        lines: list[str] = []
        with contextlib.suppress(OSError):
            lines = (self._logs / f"{job_id}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1].rpartition("Error: ")[2][:400] if lines else "It ended without a word."

    def _look(self, job_id: str) -> None:
        """Notice a job that does nothing but wait for people."""
        mark, moment = self._archive.store.version(naming.changed(job_id)), time.monotonic()
        known = self._wait_checks.get(job_id)
        if known is not None and known[0] == mark and moment - known[1] < WAIT_TTL_S:
            waits = known[2]
        else:
            waits = self._waits(job_id)
            self._wait_checks[job_id] = (mark, moment, waits)
        with self._lock:
            if not waits:
                self._waiting_since.pop(job_id, None)
                return
            waited = time.monotonic() - self._waiting_since.setdefault(job_id, time.monotonic())
            process = self._running.get(job_id)
            is_over = waited > IDLE_S or job_id in self._restart
        if is_over and process is not None:
            _end(process)

    def _waits(self, job_id: str) -> bool:
        """Whether all that is not settled waits for answers that nobody has given."""
        job = self._archive.job(job_id)
        summaries = [self._archive.summary(job_id, action.name) for action in job.spec.actions]
        going = [each for each in summaries if not each.status.settled]
        return bool(going) and all(self._archive.asks(job_id, each) for each in going)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()  # it leaves by itself
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def runner_for(archive: Archive, home: Path) -> Runner:
    """DeployedRunner where PREFECT_API_URL names a server, else inline."""
    if os.environ.get("PREFECT_API_URL"):
        return DeployedRunner(archive)
    return InlineRunner(archive, home / "web-logs")
