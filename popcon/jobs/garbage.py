"""Deletes artifacts that no job needs: mark what records name, sweep the rest after a time."""

import json
from datetime import UTC, datetime, timedelta

from pydantic import Field

from popcon import naming
from popcon.jobs.archive import Archive
from popcon.models.base import Model
from popcon.pipeline.plan import Walk
from popcon.storage.records import refs_in

YOUNGEST = timedelta(days=1)
"""Never younger: a step that runs just now has put its artifacts and not yet written its record."""


class Swept(Model):
    """What was deleted, or would be."""

    dry_run: bool
    kept: int = Field(description="artifacts that something names, or that are too young")
    deleted: int
    bytes: int = Field(description="how much that frees")


def sweep(archive: Archive, keep: timedelta, dry_run: bool = True) -> Swept:
    """Delete the artifacts that no job needs and that are older than `keep`, and the records of their steps.

    Arguments:
        archive: whose store.
        keep: how long an artifact that nobody names is kept; a day at least.
        dry_run: only count.
    """
    store = archive.store
    before = datetime.now(UTC) - max(keep, YOUNGEST)
    needed, keys = _needed(archive)  # after `before` was taken: what is put meanwhile is younger
    kept = deleted = freed = 0
    for path, _, changed in store.details(naming.STEPS):
        if path not in keys and changed < before and not dry_run:
            store.delete(path)
    for path, size, changed in store.details(naming.ARTIFACTS):
        if path.replace("/", "")[len(naming.ARTIFACTS) :] in needed or changed >= before:
            kept += 1
            continue
        deleted, freed = deleted + 1, freed + size
        if not dry_run:
            store.delete(path)
    return Swept(dry_run=dry_run, kept=kept, deleted=deleted, bytes=freed)


def _needed(archive: Archive) -> tuple[set[str], set[str]]:
    """The hashes that records of jobs, of their steps and of purchases name; and the paths of those steps' records.

    A job's steps are those of every attempt since its last redo, as running it again would find them.
    """
    store = archive.store
    hashes: set[str] = set()
    keys: set[str] = set()
    for folder in (naming.JOBS, naming.PAID):
        for path in store.paths(folder):
            hashes |= {ref.sha256 for ref in refs_in(store.read_json(path))}
    for job in archive.jobs(deleted=True):
        walk = Walk(archive, job)
        walk.plan()
        for key in walk.keys:
            path = naming.step_record(key)
            keys.add(path)
            record = store.read_json(path)
            if record is not None:
                hashes |= {ref.sha256 for ref in refs_in(json.loads(record["result"]))}
    return hashes, keys
