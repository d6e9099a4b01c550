"""Submits jobs to a Prefect server and watches them through the store; verdicts are given in a browser."""

import os
import time

from deployments.up_state import find_server, find_web
from popcon import naming
from popcon.errors import BadInput
from popcon.jobs.archive import Archive, Job
from popcon.jobs.progress import publish
from popcon.models.step import Step
from ui.cli.console import tell
from ui.cli.progress import progress

_LOOK_S = 1.0


def submit_job(archive: Archive, job: Job, step: Step | None = None, action: str | None = None) -> None:
    """Start a job on the server, continue it, or redo it from a step.

    Raises:
        BadInput: no server is known.
        Fault: it cannot be reached.
    """
    api_url = find_server()
    if api_url is None:
        raise BadInput(
            "A job that asks a person runs on a Prefect server: start one with `popcon up`, or set PREFECT_API_URL."
        )
    os.environ.setdefault("PREFECT_API_URL", api_url)
    from deployments.control import redo, submit

    if step is None:
        submit(archive, job)
    else:
        redo(archive, job.id, step, action)


def watch_job(archive: Archive, job: Job, quiet: bool) -> bool:
    """Show how a job goes on until it is finished (True), or until everything left waits for a person (False)."""
    names = [action.name for action in job.spec.actions]
    web = find_web()
    with progress(names, quiet):
        while True:
            summaries = [archive.summary(job.id, name) for name in names]
            for each in summaries:
                publish(each, each.message or each.status.value.replace("_", " "))
            open_ones = [each for each in summaries if not each.status.settled]
            if archive.is_packed(job):
                return True
            if open_ones and all(archive.asks(job.id, each) for each in open_ones):
                tell(
                    f"{len(open_ones)} of {len(names)} actions wait for you: "
                    f"{web}{naming.job_page(job.id)} (or in Prefect's own UI). "
                    "Run the same command again to see how it goes on."
                )
                return False
            time.sleep(_LOOK_S)
