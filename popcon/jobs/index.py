"""Overviews of jobs, and an index of them that answers at once whatever the store is and however many jobs it holds.

The index keeps for each job what it last read and the version that the job had before it was read (see
`Archive.bump_version`). One listing of the versions tells which jobs have changed since, whoever changed them; only
those are read again. The index is written to the store now and then, so that a new process begins with it. It may be
lost, old or written by two processes at once: an entry counts only while its version does.
"""

import contextlib
import gzip
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from pydantic import ValidationError

from popcon import naming
from popcon.errors import PopconError
from popcon.jobs.archive import Archive
from popcon.jobs.overview import JobOverview, read_overview
from popcon.models.base import Model

FRESH_S, FRESH_REMOTE_S = 1.0, 3.0
"""How old the listing of the versions may be; reading the answers of an object store is work, too."""
DOUBT_S = 60.0
"""Jobs under way are read again after this, whatever its version: a writer may have died before it changed that."""
SAVE_S = 20.0
PORTION = 40
READERS = 8
"""An object store answers many reads at once."""


class IndexEntry(Model):
    """A job as it was at a version."""

    version: str
    overview: JobOverview


class StoredIndex(Model):
    """The index as it is stored."""

    format: int = 3
    seen: tuple[IndexEntry, ...]


class JobIndex:
    """The overviews of all jobs of an archive. Usable from several threads.

    Arguments:
        archive: whose jobs.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._seen: dict[str, IndexEntry] = {}
        self._read_at: dict[str, float] = {}
        self._lock = Lock()
        self._one = ThreadPoolExecutor(max_workers=1, thread_name_prefix="card-index")
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="card-reader")
        self._under_way: Future[None] | None = None
        self._listed_at: float | None = None
        self._checked_at = -DOUBT_S
        self._saved_at = 0.0
        self._left = 0
        self._changed = self._closed = False

    def overviews(self, wait_s: float | None = None) -> tuple[list[JobOverview], int]:
        """Return every job, deleted ones too, in no order; and how many are still to be read for the first time, or 1
        while nobody knows how many.

        Arguments:
            wait_s: how long to wait for news from the store; then what is known is the answer. None: for ever.

        Raises:
            Fault: the store cannot be read, and said so in time.
        """
        with self._lock:
            fresh_s = FRESH_REMOTE_S if self._archive.store.remote else FRESH_S
            late = self._listed_at is None or time.monotonic() - self._listed_at > fresh_s
            if self._under_way is None and late and not self._closed:
                self._under_way = self._one.submit(self._refresh)
            under_way = self._under_way
        if under_way is not None:
            with contextlib.suppress(TimeoutError):
                under_way.result(wait_s)
        with self._lock:
            left = max(1, self._left) if self._listed_at is None else self._left
            return [each.overview for each in self._seen.values()], left

    def age_s(self) -> float:
        """Return how long ago the archive was last asked what has changed."""
        with self._lock:
            return float("inf") if self._listed_at is None else time.monotonic() - self._listed_at

    def look(self, job_id: str) -> JobOverview | None:
        """Read one job now; None if there is none. For whoever has just changed it."""
        began = time.monotonic()
        version = self._archive.store.version(naming.changed(job_id))
        overview = read_overview(self._archive, job_id)
        self._keep(job_id, version, overview, began)
        return overview

    def close(self) -> None:
        """Keep what is known for the next process."""
        with self._lock:
            self._closed = True
        self._one.shutdown(wait=True, cancel_futures=True)
        self._readers.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(PopconError):
            self._save()

    # Inside: all in one thread

    def _refresh(self) -> None:
        try:
            if self._listed_at is None:
                self._load()
            began = time.monotonic()
            if began - self._checked_at > DOUBT_S:
                self._add_versions()
                self._checked_at = began
            versions = self._archive.store.versions(naming.CHANGES)
            for job_id in [each for each in self._seen if each not in versions]:
                self._keep(job_id, "", None, began)
            late = [job_id for job_id, version in versions.items() if self._version(job_id) != version]
            self._read(late, versions)
            self._read(self._doubtful(), versions)
            with self._lock:
                self._listed_at = time.monotonic()
            if self._changed and time.monotonic() - self._saved_at > SAVE_S:
                with contextlib.suppress(PopconError):
                    self._save()
        finally:
            with self._lock:
                self._under_way = None

    def _read(self, job_ids: Sequence[str], versions: dict[str, str]) -> None:
        """Read jobs; what is known is shown meanwhile."""
        with self._lock:
            self._left = sum(job_id not in self._seen for job_id in job_ids)

        deleted = set(self._archive.deleted()) if job_ids else set()  # after the versions, as all that is read

        def read(job_id: str) -> None:
            began = time.monotonic()
            if not self._closed:
                overview = read_overview(self._archive, job_id, job_id in deleted)
                self._keep(job_id, versions.get(job_id, ""), overview, began)

        if len(job_ids) > 1 and self._archive.store.remote:
            list(self._readers.map(read, job_ids))
        else:
            for job_id in job_ids:
                read(job_id)
        with self._lock:
            self._left = 0

    def _doubtful(self) -> list[str]:
        """Some of the jobs under way that were not read for long."""
        moment = time.monotonic()
        with self._lock:
            old = [
                job_id
                for job_id, each in self._seen.items()
                if not each.overview.settled and moment - self._read_at.get(job_id, -DOUBT_S) > DOUBT_S
            ]
        return old[:PORTION]

    def _version(self, job_id: str) -> str | None:
        seen = self._seen.get(job_id)
        return None if seen is None else seen.version

    def _add_versions(self) -> None:
        """Give a version to jobs that have none: older ones, and those whose writer died before it."""
        store = self._archive.store
        known = store.versions(naming.CHANGES)
        for job_id in store.folders(naming.JOBS):
            if job_id not in known and store.exists(naming.job_spec(job_id)):
                self._archive.bump_version(job_id)

    def _keep(self, job_id: str, version: str, overview: JobOverview | None, began: float) -> None:
        """Take in what was read; what was begun to be read earlier than what is known is out of date."""
        with self._lock:
            self._left = max(0, self._left - (job_id not in self._seen))
            if began < self._read_at.get(job_id, began):
                return
            before = self._seen.get(job_id)
            if overview is None:
                self._seen.pop(job_id, None)
            else:
                self._seen[job_id] = IndexEntry(version=version, overview=overview)
            self._read_at[job_id] = began
            self._changed |= before != self._seen.get(job_id)

    def _load(self) -> None:
        data = self._archive.store.read(naming.card_index())
        if data is None:
            return
        try:
            stored = StoredIndex.model_validate_json(gzip.decompress(data))
        except (OSError, EOFError, ValidationError):  # another version's, or damaged: it is made anew
            return
        with self._lock:
            for each in stored.seen:
                self._seen.setdefault(each.overview.id, each)
                self._read_at.setdefault(each.overview.id, time.monotonic())

    def _save(self) -> None:
        with self._lock:
            if not self._changed:
                return
            self._changed, self._saved_at = False, time.monotonic()
            stored = StoredIndex(seen=tuple(self._seen.values()))
        data = gzip.compress(stored.model_dump_json().encode(), compresslevel=1, mtime=0)
        self._archive.store.write(naming.card_index(), data)


def read_overviews(archive: Archive) -> list[JobOverview]:
    """Return the overview of every job, deleted ones too, newest first; and bring the index that is stored up to date.

    Raises:
        Fault: the store cannot be read.
    """
    index = JobIndex(archive)
    try:
        return sorted(index.overviews()[0], key=lambda each: (each.created_at, each.id), reverse=True)
    finally:
        index.close()
