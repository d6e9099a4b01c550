"""Which jobs somebody may have to come back to, without reading those that are known to be finished.

A job's mark (see `Archive.touch`) changes whenever something of it does. What was found finished at a mark is finished
as long as the mark stays, so a round over a large archive costs one listing, one small file, and the jobs that moved.
"""

import logging
from collections.abc import Iterable

from pydantic import ValidationError

from popcon import naming
from popcon.errors import UnknownName
from popcon.jobs.archive import Archive, Job

_log = logging.getLogger("popcon")


def unfinished(archive: Archive, thorough: bool = False) -> list[str]:
    """Ids of the jobs that are not packed; notes those that are for the next time.

    A job without an order, or with one that cannot be read, is left out: what nobody can go on with must not stop a
    round over all others. A process that still worked for a job while it was purged leaves such a folder behind.

    Arguments:
        thorough: look at every job, whatever is known.
    """
    store = archive.store
    marks = store.versions(naming.CHANGES)  # before the jobs are read: a change meanwhile is a newer mark
    known = {} if thorough else dict(store.read_json(naming.finished_jobs()) or {})
    finished, left = {}, []
    for job_id in archive.ids():
        mark = marks.get(job_id)
        if mark is not None and known.get(job_id) == mark:
            finished[job_id] = mark
        elif (job := _read(archive, job_id)) is None:
            continue
        elif not archive.is_packed(job):
            left.append(job_id)
        elif mark is not None:
            finished[job_id] = mark
    if thorough or finished != known:
        store.write_json(naming.finished_jobs(), finished)
    return left


def still_there(archive: Archive, job_ids: Iterable[str]) -> list[str]:
    """Those of some jobs that were not deleted meanwhile and can be read."""
    gone = set(archive.deleted())
    return [job_id for job_id in job_ids if job_id not in gone and _read(archive, job_id) is not None]


def _read(archive: Archive, job_id: str) -> Job | None:
    try:
        return archive.job(job_id)
    except (UnknownName, ValidationError) as error:
        _log.warning("The job %s cannot be read and is passed over: %s", job_id, error)
        return None
