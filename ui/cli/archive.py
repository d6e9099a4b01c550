"""Commands that look into the archive: jobs, show."""

from typing import Any

from popcon.errors import UnknownName
from ui.cli.console import out, print_result, said, table


def jobs(*, status: str | None = None, json: bool = False) -> None:
    """List all jobs, newest first.

    Examples:

        popcon jobs
        popcon jobs --status failed --json

    Parameters
    ----------
    status
        only jobs in this state: needs_you, running, queued, failed or done.
    json
        one JSON object on stdout.
    """
    from popcon.jobs.archive import Archive
    from popcon.jobs.index import read_overviews
    from popcon.jobs.status import JobStatus, overall
    from popcon.locales.catalogs import format_time, language_of_environment
    from popcon.models.verdict import Status
    from popcon.settings import settings
    from popcon.storage.store import open_store

    if status is not None and status not in list(JobStatus):
        raise UnknownName("status", status, tuple(JobStatus))
    listed: list[dict[str, Any]] = []
    for job in read_overviews(Archive(open_store(settings().store_url))):
        states = [each.status for each in job.actions]
        if job.deleted_at or (status is not None and overall(states) != status):
            continue
        listed.append(
            {
                "job": job.id,
                "title": job.title,
                "ordered": job.created_at,
                "actions": len(states),
                "done": sum(state is Status.DONE for state in states),
                "status": overall(states),
                "platforms": list(job.platforms),
            }
        )
    if json:
        print_result({"jobs": listed}, json)
    elif not listed:
        out.print(said("No jobs yet. Make one: popcon make PICTURE, or popcon demo."))
    else:
        table(
            ["job", "ordered (UTC)", "status", "actions", "platforms"],
            [
                [
                    str(each["job"]),
                    format_time(str(each["ordered"]), language_of_environment()),
                    str(each["status"]),
                    f"{each['done']}/{each['actions']}",
                    ", ".join(each["platforms"]),
                ]
                for each in listed
            ],
        )


def show(job: str, /, *, json: bool = False) -> None:
    """Show a job: where each action stands, what it made.

    Examples:

        popcon show fox-3f9a1c20

    Parameters
    ----------
    job
        the job's id, as `popcon jobs` lists it.
    json
        one JSON object on stdout.
    """
    from popcon.jobs.archive import Archive
    from popcon.jobs.status import overall
    from popcon.ledger.bill import job_bill
    from popcon.locales.catalogs import format_time, language_of_environment
    from popcon.settings import settings
    from popcon.storage.store import open_store

    archive = Archive(open_store(settings().store_url))
    found = archive.job(job)
    summaries = [archive.summary(found.id, action.name) for action in found.spec.actions]
    whole = archive.job_summary(found.id)
    cost = job_bill(archive.store, found.id)
    if json:
        print_result(
            {
                "job": found.model_dump(mode="json"),
                "status": overall([each.status for each in summaries]),
                "actions": [each.model_dump(mode="json") for each in summaries],
                "summary": whole.model_dump(mode="json"),
                "bill": cost.model_dump(mode="json"),
            },
            json,
        )
        return
    ordered = format_time(found.created_at, language_of_environment())
    out.print(said(f"{found.spec.title} ({found.id}), ordered {ordered} UTC"), markup=False)
    table(
        ["action", "status", "steps", "cached", "computing", ""],
        [
            [
                each.action,
                each.status.replace("_", " "),
                str(len(each.steps)),
                str(sum(step.cached for step in each.steps)),
                f"{sum(step.seconds for step in each.steps if not step.cached):.1f} s",
                each.message,
            ]
            for each in summaries
        ],
    )
    if not cost.empty:
        out.print("")
        table(
            ["paid for", "step", "what", "state", "price"],
            [
                [each.whose, each.step.replace("_", " "), each.what, each.state, f"{each.price} {each.currency}"]
                for each in cost.lines
            ],
        )
        budget = f" of a budget of {found.spec.budget_cny} {cost.currency}" if found.spec.budget_cny is not None else ""
        under_way = f", {cost.open_text} set aside for what is under way" if cost.open_text else ""
        saved = f"; sheets of start frames saved {cost.saved_text}" if cost.saved_text else ""
        out.print(said(f"{cost.spent_text} spent{budget}{under_way}{saved}."))
    for pack in whole.packs:
        state = "accepted" if pack.accepted else "breaks a rule"
        out.print(said(f"{pack.edition}: {state}, {len(pack.files)} files"))
