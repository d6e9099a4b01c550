"""Runs a job for a command: here or on a Prefect server, until it is delivered or waits for a person."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from popcon.errors import BadInput
from ui.cli.console import err, print_result, tell
from ui.cli.payment import check_payable, confirm_cost

if TYPE_CHECKING:
    from popcon.jobs.archive import Archive, Job
    from popcon.pipeline.plan import Plan


def run_job(archive: "Archive", job: "Job", out: Path, as_json: bool, agreed: bool = False) -> None:
    """Run what is left of a job, hand it over, and say what became of it."""
    from popcon.delivery.folder import deliver
    from popcon.pipeline.plan import make_plan
    from popcon.settings import settings
    from ui.cli.progress import progress

    began = time.monotonic()
    check_writable(out)
    planned = make_plan(archive, job)
    quiet = as_json and not err.is_terminal
    if job.spec.review == "ask" and not (planned.finished and archive.is_packed(job)):
        tell(announcement(job, planned))
        if not agreed:
            confirm_cost(job, planned)
        from ui.cli.deployed import submit_job, watch_job

        submit_job(archive, job)
        if not watch_job(archive, job, quiet):
            return print_result({"job": job.id, "waiting": list(make_plan(archive, job).waiting)}, as_json)
    elif not planned.finished:
        check_payable(job, planned)
        tell(announcement(job, planned))
        from flows import inline

        with progress([action.name for action in job.spec.actions], quiet):
            inline.run(job.id, archive.store.url, settings().prefect_home)
    delivered = deliver(archive, job, out, planned, time.monotonic() - began)
    print_result(delivered.model_dump(mode="json"), as_json, *delivered.lines())
    if delivered.missing:
        raise SystemExit(1)


def announcement(job: "Job", planned: "Plan") -> str:
    """Return what a person should know before a job starts."""
    from popcon.ledger.bill import money
    from popcon.pipeline.comparison import billing_currency
    from popcon.platforms import platform

    cost = f", estimate {money(planned.estimate)} {billing_currency(job.spec)}" if planned.estimate else ""
    left = len(planned.steps) - planned.hits
    told = f"{job.id}: {len(job.spec.actions)} actions, {left} steps to do, {planned.hits} finished{cost}."
    # what may cost weeks later, such as restrictions on works made with AI, is told before anything is made
    notices = dict.fromkeys(notice for name in job.spec.platforms for notice in platform(name).notices)
    return "\n".join((told, *notices))


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written before any work is done.

    Raises:
        BadInput: it cannot be made or written.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file; --out wants a folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".popcon").touch()
        (folder / ".popcon").unlink()
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror}); give another folder with --out.") from error
