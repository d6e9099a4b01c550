"""Runs jobs for the web app: on a Prefect server's workers if there is one, else in child processes of the app."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from popcon.editing.verdicts import VerdictResult
from popcon.jobs.archive import Archive, Job
from popcon.models.step import Step
from popcon.models.verdict import Gate


class Runner(Protocol):
    """Starts, continues and stops jobs, and takes answers at their gates."""

    kind: str

    def start(self, job: Job) -> None:
        """Start or continue a job. A job that runs is left alone."""
        ...

    def resume(self, job: Job) -> None:
        """Continue a job. If it runs, it is started once more when it only waits, for what failed or was refined."""
        ...

    def state(self, job_id: str) -> str:
        """Return running, queued, waiting (for people) or stopped; "" if only the job's summaries tell."""
        ...

    def problem(self, job_id: str) -> str:
        """Return the reason why the whole job stopped, for a person; "" if it did not."""
        ...

    def answer(
        self, job: Job, action: str, gate: Gate, verdict: Mapping[str, Any], by: str, question: str
    ) -> VerdictResult: ...

    def redo(self, job: Job, step: Step, action: str | None) -> None: ...

    def stop(self, job_id: str) -> None:
        """Stop the runs of a deleted job; finished results are kept."""
        ...

    def close(self) -> None: ...


class DeployedRunner:
    """Runs jobs on the Prefect server in PREFECT_API_URL."""

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

    def answer(
        self, job: Job, action: str, gate: Gate, verdict: Mapping[str, Any], by: str, question: str
    ) -> VerdictResult:
        from deployments import control

        return control.answer(self._archive, job.id, action, gate, verdict, by, question)

    def redo(self, job: Job, step: Step, action: str | None) -> None:
        from deployments import control

        control.redo(self._archive, job.id, step, action)

    def stop(self, job_id: str) -> None:
        from ui.web.stopping import stop_runs

        stop_runs(job_id)

    def close(self) -> None:
        pass


def runner_for(archive: Archive, home: Path) -> Runner:
    """Return the runner of an archive: deployed if PREFECT_API_URL names a server, else inline."""
    if os.environ.get("PREFECT_API_URL"):
        return DeployedRunner(archive)
    from ui.web.inline_runner import InlineRunner

    return InlineRunner(archive, home / "web-logs")
