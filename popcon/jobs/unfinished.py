"""Which jobs somebody may have to come back to, without reading those that are known to be finished.

A job's version (see `Archive.bump_version`) changes whenever something of it does. What was found finished at a version
is finished as long as the version stays, so a round over a large archive costs one listing, one small file, and the
jobs that moved.
"""

import logging
from collections.abc import Iterable

from popcon import naming
from popcon.errors import RecordDamaged, UnknownName
from popcon.jobs.archive import Archive, Job

_log = logging.getLogger("popcon")


def unfinished(archive: Archive, thorough: bool = False, unreadable: dict[str, str] | None = None) -> list[str]:
    """List the jobs that are not packed, by id; note those that are for the next time.

    A job without an order, or with a record that cannot be read, is left out: what nobody can go on with must not stop
    a round over all others. A process that still worked for a job while it was purged leaves such a folder behind.

    Arguments:
        thorough: look at every job, whatever is known.
        unreadable: gets the jobs that were left out, and why.
    """
    store = archive.store
    versions = store.versions(naming.CHANGES)  # before the jobs are read: a change meanwhile is a newer version
    noted = store.read_json(naming.finished_jobs())
    known = {} if thorough or not isinstance(noted, dict) else noted
    finished, left = {}, []
    for job_id in archive.ids():
        version = versions.get(job_id)
        if version is not None and known.get(job_id) == version:
            finished[job_id] = version
        elif (job := _read(archive, job_id, unreadable)) is None:
            continue
        elif not archive.is_packed(job):
            left.append(job_id)
        elif version is not None:
            finished[job_id] = version
    if thorough or finished != known:
        store.write_json(naming.finished_jobs(), finished)
    return left


def still_there(archive: Archive, job_ids: Iterable[str], unreadable: dict[str, str] | None = None) -> list[str]:
    """Return those of some jobs that were not deleted meanwhile and can be read; `unreadable` as for `unfinished`."""
    gone = set(archive.deleted())
    return [job_id for job_id in job_ids if job_id not in gone and _read(archive, job_id, unreadable) is not None]


def _read(archive: Archive, job_id: str, unreadable: dict[str, str] | None) -> Job | None:
    """Return a job; None where something of it that people decided cannot be read."""
    try:
        job = archive.job(job_id)
        archive.revisions(job_id)
        for action in job.spec.actions:
            for path in archive.store.paths(naming.verdicts(job_id, action.name)):
                archive.verdict(job_id, action.name, path.rsplit("/", 1)[-1].removesuffix(".json"))
    except (UnknownName, RecordDamaged) as error:
        _log.warning("The job %s is passed over: %s", job_id, error)
        if unreadable is not None:
            unreadable[job_id] = str(error)
        return None
    return job
