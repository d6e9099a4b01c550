"""Deleted jobs: brought back within a day, gone for good after it.

A tombstone says that a job is deleted; nothing else is touched. Purging removes the job's records and the tombstone
last, so a purge that dies is finished by the next one. Artifacts go when nothing names them any more (`sweep`).
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from popcon import naming
from popcon.errors import BadInput, RecordDamaged
from popcon.jobs.archive import Archive, Job, now

UNDO = timedelta(days=1)
"""How long a deleted job can be brought back."""
GRACE = timedelta(hours=1)
"""How much longer it is kept: clocks differ, and what was brought back in the last moment is not to be lost."""


def delete(archive: Archive, job_id: str) -> None:
    """Take a job out of the archive; deleting it again changes nothing.

    Raises:
        UnknownName: there is none.
    """
    with suppress(RecordDamaged):  # what cannot be read can be deleted all the same
        archive.job(job_id)
    archive.store.create_json(naming.tombstone(job_id), {"at": now()})
    archive.bump_version(job_id)


def is_deleted(archive: Archive, job_id: str) -> bool:
    return archive.store.read(naming.tombstone(job_id)) is not None


def restore(archive: Archive, job_id: str) -> Job:
    """Bring a deleted job back; one that is not deleted stays as it is.

    Raises:
        UnknownName: there is none.
        BadInput: it was deleted more than a day ago.
    """
    job = archive.job(job_id)
    at = _deleted_at(archive, job_id)
    if at is not None:
        if datetime.now(UTC) - at > UNDO:
            raise BadInput("This job was deleted more than a day ago; it cannot be brought back.")
        archive.store.delete(naming.tombstone(job_id))
        archive.bump_version(job_id)
    return job


def purge(archive: Archive) -> list[str]:
    """Remove the records of jobs that were deleted long enough ago; returns their ids."""
    before = datetime.now(UTC) - UNDO - GRACE
    purged = []
    for job_id in archive.deleted():
        at = _deleted_at(archive, job_id)
        if at is None or at > before:
            continue
        archive.store.delete_folder(naming.job_folder(job_id))
        archive.store.delete(naming.changed(job_id))
        archive.store.delete(naming.tombstone(job_id))
        purged.append(job_id)
    return purged


def _deleted_at(archive: Archive, job_id: str) -> datetime | None:
    """Return when a job was deleted; None if it is not. A tombstone that nobody can read begins its day anew."""
    path = naming.tombstone(job_id)
    record = archive.store.read_json(path)
    if record is None and not archive.store.exists(path):
        return None
    try:
        at = datetime.fromisoformat(record["at"])  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        at = datetime.now(UTC)
        archive.store.write_json(path, {"at": at.isoformat()})
    return at if at.tzinfo else at.replace(tzinfo=UTC)
