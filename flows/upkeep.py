"""upkeep: what nobody else comes back to. Scheduled, and started when a run has crashed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from blocks.access import dashscope_accounts, open_named_store, use_accounts
from flows.deadlines import answer_overdue
from flows.recovery import PENDING_S, recover
from popcon.engines.vendors import settle
from popcon.errors import RecordDamaged
from popcon.jobs.archive import Archive
from popcon.jobs.deletion import purge
from popcon.jobs.index import read_overviews
from popcon.jobs.unfinished import still_there, unfinished
from popcon.pipeline.garbage import sweep
from popcon.pipeline.rebuild import rebuild_summaries


@flow(name="upkeep", validate_parameters=False)
def upkeep(
    store_url: str,
    only_runs: bool = False,
    pending_s: float = PENDING_S,
    keep_days: float | None = None,
    dry_run: bool = True,
    thorough: bool = False,
    job_ids: list[str] | None = None,
) -> dict[str, Any]:
    """Bring everything back to where it should be. Safe to run at any time, also twice at once.

    Arguments:
        store_url: the store: a folder, s3://bucket/prefix, or `block:NAME`.
        only_runs: only bring dead runs back, which is quick.
        pending_s: how long the process of a run may take to start; longer where images are pulled.
        keep_days: delete artifacts that no job needs after so many days (at least one); None: keep everything.
        dry_run: with `keep_days`, only say what would be deleted.
        thorough: look at every job, also at those that were found finished and have not changed since.
        job_ids: only these jobs, where they have not been deleted.

    Returns:
        What was done, as JSON.
    """
    archive = Archive(open_named_store(store_url))
    logger = get_run_logger()
    done: dict[str, Any] = {"purged": purge(archive)}
    unreadable: dict[str, str] = {}
    jobs = unfinished(archive, thorough, unreadable) if job_ids is None else still_there(archive, job_ids, unreadable)
    done["unreadable"] = unreadable
    if not only_runs:
        done["indexed"] = len(read_overviews(archive))
        use_accounts()
        done["rebuilt"] = rebuild_summaries(archive, jobs)
        done["left_behind"] = [each.model_dump(mode="json") for each in settle(archive.store, dashscope_accounts())]
    done["overdue"] = answer_overdue(archive, jobs)
    pending_before = datetime.now(UTC) - timedelta(seconds=pending_s)
    done["recovered"] = recover(archive, jobs, pending_before=pending_before).model_dump(mode="json")
    if keep_days is not None and not only_runs:
        try:
            done["swept"] = sweep(archive, timedelta(days=keep_days), dry_run).model_dump(mode="json")
        except RecordDamaged as error:
            done["swept"] = {"error": str(error)}
            logger.error("Nothing was deleted. %s", error)
    logger.info("Upkeep: %s", done)
    return done
