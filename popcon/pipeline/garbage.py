"""Deletes artifacts that no job needs: mark what records name, sweep the rest after a time."""

import hashlib
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import Field

from popcon import naming
from popcon.errors import RecordDamaged
from popcon.jobs.archive import Archive, Job
from popcon.models.base import Model
from popcon.pipeline.lookup import JobLookup
from popcon.storage.store import Store, parse_json

YOUNGEST = timedelta(days=1)
"""Never younger: a step that runs just now has put its artifacts and not yet written its record."""


_HASH = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
"""A hash counts as named wherever it stands, so that a record of another version keeps its artifacts, too."""
_TEMPORARY = timedelta(hours=6)
"""No writer takes that long: a temporary file that is older was left behind by one that died."""


class Swept(Model):
    """What was deleted, or would be."""

    dry_run: bool
    kept: int = Field(description="artifacts that something names, or that are too young")
    deleted: int
    bytes: int = Field(description="how much that frees")
    temporary: int = Field(default=0, description="temporary files of writers that died, deleted")
    quarantined: int = Field(default=0, description="artifacts in `damaged/` that nothing can need any more, deleted")


def sweep(archive: Archive, keep: timedelta, dry_run: bool = True) -> Swept:
    """Delete the artifacts that no job needs and that are older than `keep`, and the records of their steps.

    Arguments:
        archive: whose store.
        keep: how long an artifact that nobody names is kept; a day at least.
        dry_run: only count.

    Raises:
        RecordDamaged: a record of a job or a purchase cannot be read. Nothing was deleted: what it names is not known.
    """
    store = archive.store
    before = datetime.now(UTC) - max(keep, YOUNGEST)
    # After `before` was taken: what is put meanwhile is younger. What a job that begins meanwhile finds is not.
    seen = store.folders(naming.JOBS)
    needed, keys = needed_artifacts(archive)
    while (jobs := store.folders(naming.JOBS)) != seen:
        seen = jobs
        more, more_keys = needed_artifacts(archive)
        needed, keys = needed | more, keys | more_keys
    kept = deleted = freed = 0
    for path, _, changed in store.details(naming.STEPS):
        if path not in keys and changed < before and not dry_run:
            store.delete(path)
    for path, size, changed in store.details(naming.ARTIFACTS):
        if path.endswith(".tmp"):
            continue
        if path.replace("/", "")[len(naming.ARTIFACTS) :] in needed or changed >= before:
            kept += 1
            continue
        deleted, freed = deleted + 1, freed + size
        if not dry_run:
            store.delete(path)
    return Swept(
        dry_run=dry_run,
        kept=kept,
        deleted=deleted,
        bytes=freed,
        temporary=_sweep_temporary(store, dry_run),
        quarantined=_sweep_quarantine(store, needed, before, dry_run),
    )


def _sweep_quarantine(store: Store, needed: set[str], before: datetime, dry_run: bool) -> int:
    """Delete artifacts from `damaged/` that nobody names, or that are whole in their place again.

    Stays: what a record names and no step has made again, since a wrong read may have sent it there; and every record,
    which a person may still read.
    """
    left = []
    for path, _, changed in store.details(naming.quarantined(naming.ARTIFACTS)):
        place = naming.quarantined_from(path)
        sha256 = place.replace("/", "")[len(naming.ARTIFACTS) :]
        if changed < before and (sha256 not in needed or _is_whole(store, place, sha256)):
            left.append(path)
    for path in left:
        if not dry_run:
            store.delete(path)
    return len(left)


def _is_whole(store: Store, path: str, sha256: str) -> bool:
    data = store.read(path)
    return data is not None and hashlib.sha256(data).hexdigest() == sha256


def _sweep_temporary(store: Store, dry_run: bool) -> int:
    """Delete the temporary files that writers left behind; only a folder has any."""
    if store.remote:
        return 0
    before = datetime.now(UTC) - _TEMPORARY
    left = [path for path, _, changed in store.details("") if path.endswith(".tmp") and changed < before]
    for path in left:
        if not dry_run:
            store.delete(path)
    return len(left)


def needed_artifacts(archive: Archive) -> tuple[set[str], set[str]]:
    """Return the hashes that records of jobs, of their steps and of purchases name; and the paths of those steps'
    records.

    A job's steps are those of every attempt since its last redo, as running it again would find them.
    """
    store = archive.store
    hashes: set[str] = set()
    keys: set[str] = set()
    for folder in (naming.JOBS, naming.PAID):
        for path in store.paths(folder):
            hashes |= _named(store, path)
    for job_id in store.folders(naming.JOBS):
        job = _job(store, job_id)
        if job is None:  # left behind by a process that still worked for a job while it was purged
            continue
        for key in JobLookup(archive, job).reached_keys():
            path = naming.step_record(key)
            keys.add(path)
            hashes |= {each.decode() for each in _HASH.findall(store.read(path) or b"")}
    return hashes, keys


def _named(store: Store, path: str) -> set[str]:
    """Return the hashes that a record names.

    Raises:
        RecordDamaged: it is not JSON, as it was written.
    """
    for _ in range(2):
        data = store.read(path)
        if data is None:  # deleted meanwhile
            return set()
        with suppress(ValueError):
            parse_json(data)
            return {each.decode() for each in _HASH.findall(data)}
    raise RecordDamaged(store.url, path)


def _job(store: Store, job_id: str) -> Job | None:
    return store.read_model(naming.job_spec(job_id), Job)
