"""Runs jobs in child processes of the web app.

A child process reads a pipe from the app and exits when that closes, so that an app that dies leaves none behind.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from popcon import naming
from popcon.editing import verdicts
from popcon.editing.verdicts import VerdictResult
from popcon.errors import PopconError
from popcon.jobs.archive import Archive, Job
from popcon.models.step import Step
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate

MAX_PROCESSES = 2
"""Jobs that have a process on this machine at the same time; others are queued."""
WAIT_TTL_S = 10.0
"""Seconds for which a job whose change mark stays the same is not read again to learn whether it waits."""
IDLE_S = 30.0
"""Seconds for which a job that only waits for people keeps its process, so that an answer is acted on at once."""
POLL_S = 0.5
"""Seconds between two looks at the processes."""
LEAVE_S = 5.0
"""Seconds that a process has to exit after its input was closed."""


class InlineRunner:
    """Runs each job that computes in a child process, at most `MAX_PROCESSES` at the same time.

    A job that only waits for people keeps no process: its process is ended after `IDLE_S`, or at once if another job
    needs the slot. An answer starts a new one, which finds everything that was finished in the store.

    Arguments:
        archive: the archive of the jobs.
        logs: the folder for one log file per job.
    """

    kind = "inline"

    def __init__(self, archive: Archive, logs: Path) -> None:
        self._archive, self._logs = archive, logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ending: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        self._queue: list[Job] = []
        self._jobs: dict[str, Job] = {}
        self._restart: dict[str, Job] = {}
        self._problems: dict[str, str] = {}
        self._waiting_since: dict[str, float] = {}
        self._waiting: dict[str, Job] = {}
        self._wait_checks: dict[str, tuple[str, float, bool]] = {}
        self._requests: dict[str, int] = {}
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="runner")
        self._thread.start()

    def start(self, job: Job) -> None:
        """Start or continue a job. A job that runs is left alone."""
        with self._lock:
            self._requests[job.id] = self._requests.get(job.id, 0) + 1
            process = self._running.get(job.id)
            if process is not None and process.poll() is not None:  # it has exited since the last look
                self._ended(job.id, process)
            if job.id in self._running:
                return
            self._waiting.pop(job.id, None)
            if job.id not in [each.id for each in self._queue]:
                self._queue.append(job)
            self._fill()

    def state(self, job_id: str) -> str:
        """Return running, queued, waiting (for people, without a process) or stopped."""
        with self._lock:
            if job_id in self._running:
                return "running"
            if job_id in [each.id for each in self._queue]:
                return "queued"
            return "waiting" if job_id in self._waiting else "stopped"

    def problem(self, job_id: str) -> str:
        """Return the reason why the whole job stopped; "" if it did not."""
        return self._problems.get(job_id, "")

    def answer(
        self, job: Job, action: str, gate: Gate, verdict: Mapping[str, Any], by: str, question: str
    ) -> VerdictResult:
        """Record an answer at a gate, and continue the job with it."""
        read = verdicts.read_verdict(gate, verdict, self._archive.store)
        kept = verdicts.record_verdict(self._archive, job, action, gate, read, by, question)
        if kept.stored or (kept.verdict is not None and self._asks(job, action, kept.question)):
            with self._lock:
                self._wait_checks.pop(job.id, None)
                self._waiting_since.pop(job.id, None)
                self.start(job)
        return kept

    def _asks(self, job: Job, action: str, question: str) -> bool:
        """Tell whether an action still asks a question: an app may have died after it stored the answer to it."""
        return self._archive.summary(job.id, action).question == question

    def redo(self, job: Job, step: Step, action: str | None) -> None:
        """Record that a job is redone from a step, and continue it."""
        self._archive.redo(job, step, action)
        self.resume(job)

    def resume(self, job: Job) -> None:
        """Continue a job. If it runs, it is started once more when it only waits, for what failed or was refined."""
        with self._lock:
            if job.id in self._running:
                self._restart[job.id] = job
            self.start(job)

    def stop(self, job_id: str) -> None:
        """End the process of a deleted job; finished results are kept."""
        with self._lock:
            self._queue = [each for each in self._queue if each.id != job_id]
            process = self._running.pop(job_id, None)
            self._forget_wait(job_id)
            for jobs in (self._restart, self._waiting, self._jobs):
                jobs.pop(job_id, None)
            self._requests.pop(job_id, None)
        if process is not None:
            end(process)

    def close(self) -> None:
        """End all processes; their jobs continue when they are started again."""
        self._closed.set()
        with self._lock:
            for process in (*self._running.values(), *(each for each, _ in self._ending.values())):
                end(process)
            self._running.clear()
            self._ending.clear()

    def _fill(self) -> None:
        """Start queued jobs while slots are free; if none is, take that of a job which only waits."""
        self._reap()
        for job in list(self._queue):
            if self._closed.is_set():
                return
            if len(self._running) + len(self._ending) >= MAX_PROCESSES:
                idle = next(iter(self._waiting_since), None)
                if idle is not None and not self._ending:
                    self._retire(idle)
                return
            if job.id in self._ending:  # its former process is still exiting
                continue
            self._queue.remove(job)
            self._problems.pop(job.id, None)
            try:
                self._running[job.id] = self._spawn(job)
                self._jobs[job.id] = job
            except OSError as error:  # no memory, or no room for a log: other jobs must not wait for this one
                self._problems[job.id] = f"It could not be started here: {error.strerror or error}."

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
        while not self._closed.wait(POLL_S):
            with self._lock:
                for job_id, process in list(self._running.items()):
                    if process.poll() is not None:
                        self._ended(job_id, process)
                running, waiting = list(self._running), list(self._waiting.values())
            for job_id in running:
                # A store that does not answer, or a record that cannot be read: the job counts as computing.
                with contextlib.suppress(PopconError, OSError, ValueError):
                    self._check(job_id)
            for job in waiting:
                with contextlib.suppress(PopconError, OSError, ValueError):
                    if not self._waits(job.id):  # answered through another program that shares the store
                        self.start(job)
            with self._lock:
                self._fill()

    def _ended(self, job_id: str, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            process.stdin.close()
        del self._running[job_id]
        if process.returncode:
            self._problems[job_id] = self._last_error(job_id)
        self._forget_wait(job_id)
        restart = self._restart.pop(job_id, None)
        if restart is not None:
            self._queue.append(restart)

    def _last_error(self, job_id: str) -> str:
        lines: list[str] = []
        with contextlib.suppress(OSError):
            lines = (self._logs / f"{job_id}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1].rpartition("Error: ")[2][:400] if lines else "It ended without a word."

    def _check(self, job_id: str) -> None:
        """Find out whether a running job only waits for people; end its process once it has done so for `IDLE_S`."""
        before = self._requests.get(job_id)
        waits = self._waits(job_id)
        with self._lock:
            if not waits:
                self._waiting_since.pop(job_id, None)
            elif self._requests.get(job_id) == before and job_id in self._running:  # else it was answered meanwhile
                waited = time.monotonic() - self._waiting_since.setdefault(job_id, time.monotonic())
                if waited > IDLE_S or job_id in self._restart:
                    self._retire(job_id)

    def _retire(self, job_id: str) -> None:
        """End the process of a job that only waits. It is continued when somebody answers."""
        process = self._running.pop(job_id)
        self._waiting_since.pop(job_id, None)
        if process.stdin is not None:
            process.stdin.close()  # it exits by itself
        self._ending[job_id] = (process, time.monotonic())
        restart = self._restart.pop(job_id, None)
        if restart is not None:
            self._queue.append(restart)
        else:
            self._waiting[job_id] = self._jobs[job_id]

    def _reap(self) -> None:
        """Forget retired processes that have exited; kill those that take longer than `LEAVE_S`."""
        for job_id, (process, since) in list(self._ending.items()):
            if process.poll() is None and time.monotonic() - since > LEAVE_S:
                process.kill()
                process.wait()
            if process.poll() is not None:
                del self._ending[job_id]

    def _waits(self, job_id: str) -> bool:
        """Tell whether a job waits for answers that nobody has given, and for nothing else."""
        mark, moment = self._archive.store.version(naming.changed(job_id)), time.monotonic()
        known = self._wait_checks.get(job_id)
        if known is not None and known[0] == mark and moment - known[1] < WAIT_TTL_S:
            return known[2]
        waits = only_waits(self._archive, self._archive.job(job_id))
        self._wait_checks[job_id] = (mark, moment, waits)
        return waits

    def _forget_wait(self, job_id: str) -> None:
        self._waiting_since.pop(job_id, None)
        self._wait_checks.pop(job_id, None)


def only_waits(archive: Archive, job: Job) -> bool:
    """Tell whether all unsettled actions of a job, at least one, ask a question without an answer."""
    summaries: list[ActionSummary] = [archive.summary(job.id, action.name) for action in job.spec.actions]
    unsettled = [each for each in summaries if not each.status.settled]
    return bool(unsettled) and all(archive.asks(job.id, each) for each in unsettled)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a child process: close its input, wait `LEAVE_S`, then kill it."""
    if process.stdin is not None:
        process.stdin.close()  # it exits by itself
    try:
        process.wait(timeout=LEAVE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
