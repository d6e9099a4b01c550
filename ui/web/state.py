"""The state that all routers of one app share: the archive, the runner, caches, and open edit sessions.

The store may be slow, and clicks must not wait for it. So a job is read again only when its change mark differs (see
`Archive.bump_version`), blocking calls run in threads, and each kind of work has a pool of its own (`ui.web.threads`).
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request

from popcon import naming
from popcon.engines.base import SegmentEngine
from popcon.engines.segment.embedding_cache import Embeddings, Prepared
from popcon.errors import PopconError, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.jobs.deletion import delete, is_deleted
from popcon.models.summary import ActionSummary
from popcon.pipeline.edit_session import EditSession, segment_engine
from popcon.pipeline.in_process import LockedCache
from popcon.settings import settings
from popcon.storage.store import open_store
from ui.web.characters import Characters
from ui.web.job_cards import Cards
from ui.web.learned_durations import LearnedDurations
from ui.web.runner import Runner, runner_for
from ui.web.sticker_maker import StickerMaker
from ui.web.threads import Threads

T = TypeVar("T")
ItemT = TypeVar("ItemT")

CACHE_TTL_S = 10.0
"""Seconds after which a cached record is read again even under the same mark: its writer may have died before it set a
new one."""
CLICK_TTL_S, CLICK_STALE_S = 5.0, 60.0
"""Seconds that clicks use an edit session without checking the store for a newer one, and seconds that they still use
it while that check runs."""
_MAX_JOBS, _MAX_SUMMARIES, _MAX_SESSIONS = 300, 4, 6


@dataclass(frozen=True)
class CacheEntry(Generic[T]):
    """A value read from the store, with the change mark that its job had then."""

    mark: str
    read_at: float
    value: T

    def is_fresh(self, mark: str) -> bool:
        return bool(mark) and self.mark == mark and time.monotonic() - self.read_at < CACHE_TTL_S


class AppState:
    """The shared state of one app.

    Arguments:
        store_url: the store of the jobs.
        token: the secret that every request has to carry; None: no secret.
        home: folder for logs; None: as settings say.
    """

    def __init__(self, store_url: str, token: str | None, home: Path | None = None) -> None:
        self.store = open_store(store_url)
        self.archive = Archive(self.store)
        self.token = token
        self.threads, self.maker = Threads(), StickerMaker(store_url)
        self.runner: Runner = runner_for(self.archive, home or settings().home.expanduser().absolute())
        self.cards = Cards(self.archive, self.runner)
        self.previews = LockedCache(120)  # small files
        self.characters = Characters(self.store)
        self.edited = OrderedDict[str, int]()
        self._jobs: OrderedDict[str, CacheEntry[Job]] = OrderedDict()
        self._summaries: OrderedDict[str, CacheEntry[list[ActionSummary]]] = OrderedDict()
        self._sessions: OrderedDict[tuple[str, str], tuple[CacheEntry[EditSession], str]] = OrderedDict()
        self._renewing: set[tuple[str, str]] = set()
        self.durations = LearnedDurations(self.archive, self.cards, self.threads)
        self._engines: dict[str, tuple[SegmentEngine, Embeddings]] = {}
        self._lock = Lock()

    def mark(self, job_id: str) -> str:
        """Read the change mark of a job: a text that differs after every change of what is shown of the job."""
        return self.store.version(naming.changed(job_id)) if naming.is_name(job_id) else ""

    def job(self, job_id: str, mark: str | None = None) -> Job:
        """Return a job that is not deleted, from the cache if its mark is unchanged.

        Arguments:
            mark: the job's change mark, if it was just read.

        Raises:
            UnknownName: there is no such job, or it is deleted.
        """
        if not naming.is_name(job_id):
            raise UnknownName("job", job_id[:80])
        mark = self.mark(job_id) if mark is None else mark
        entry = self._jobs.get(job_id)
        if entry is not None and entry.is_fresh(mark):
            return entry.value
        deleted = self.prefetch(lambda: is_deleted(self.archive, job_id))
        read = self.archive.job(job_id)
        if deleted():
            raise UnknownName("job", job_id[:80])
        return self._cached(self._jobs, job_id, mark, read, _MAX_JOBS)

    def summaries(self, job: Job, mark: str | None = None) -> list[ActionSummary]:
        """Return the summary of each action of a job, in the order of its spec."""
        mark = self.mark(job.id) if mark is None else mark
        entry = self._summaries.get(job.id)
        if entry is not None and entry.is_fresh(mark):
            return entry.value
        read = self.map(lambda action: self.archive.summary(job.id, action.name), job.spec.actions)
        return self._cached(self._summaries, job.id, mark, read, _MAX_SUMMARIES)

    def map(self, work: Callable[[ItemT], T], items: Iterable[ItemT]) -> list[T]:
        """Apply `work` to every item, concurrently if the store is remote."""
        if self.store.remote:
            return list(self.threads.readers.map(work, items))
        return [work(item) for item in items]

    def prefetch(self, work: Callable[[], T]) -> Callable[[], T]:
        """Return a function that gives the result of `work`, which is started now if the store is remote."""
        return self.threads.readers.submit(work).result if self.store.remote else work

    def edit_session(self, job_id: str, action: str, clicking: bool = False) -> EditSession:
        """Return the edit session of an action: the same object while the results it is based on are unchanged.

        Arguments:
            clicking: whether a session that was checked up to `CLICK_STALE_S` ago will do, since nothing is saved.
        """
        key = (job_id, action)
        with self._lock:
            known = self._sessions.get(key)
        if known is not None and clicking and (age := time.monotonic() - known[0].read_at) < CLICK_STALE_S:
            if age > CLICK_TTL_S:
                self._renew(key)
            return known[0].value
        mark = self.mark(job_id)
        job = self.job(job_id, mark)
        if known is not None and known[0].is_fresh(mark):
            edit_session, stamp = known[0].value, known[1]
        else:
            stamp = self.archive.summary(job_id, action).updated_at if naming.is_name(action) else ""
            if known is not None and known[1] == stamp:
                edit_session = known[0].value
            else:
                edit_session = EditSession(self.archive, job, action)
                if known is not None and known[0].value.fingerprint == edit_session.fingerprint:
                    edit_session = known[0].value.refreshed(edit_session)
        with self._lock:
            self._sessions[key] = (CacheEntry(mark, time.monotonic(), edit_session), stamp)
            self._sessions.move_to_end(key)
            while len(self._sessions) > _MAX_SESSIONS:
                self._sessions.popitem(last=False)
        return edit_session

    def _renew(self, key: tuple[str, str]) -> None:
        """Check an edit session against the store in a thread, for the clicks to come."""

        def read() -> None:
            try:
                self.edit_session(*key)
            except PopconError:  # the next click reads it itself, and reports the error
                with self._lock:
                    self._sessions.pop(key, None)
            finally:
                with self._lock:
                    self._renewing.discard(key)

        with self._lock:
            if key in self._renewing:
                return
            self._renewing.add(key)
        self.threads.readers.submit(read)

    def segment(self, job: Job | None) -> tuple[SegmentEngine, Embeddings]:
        """Return the segmentation engine of a job and the embedding cache that it uses."""
        choice = repr(job.spec.engines.segment) if job else ""
        with self._lock:
            if choice not in self._engines:
                engine = segment_engine(job)
                embeddings = Embeddings(engine, capacity=40)
                self._engines[choice] = (Prepared(engine, embeddings), embeddings)
            engine, embeddings = self._engines[choice]
        return engine, embeddings

    def note_edit(self, job_id: str) -> None:
        """Count an edit of a job's frames, so that its board is built again."""
        with self._lock:
            self.edited[job_id] = self.edited.pop(job_id, 0) + 1
            while len(self.edited) > _MAX_JOBS:
                self.edited.popitem(last=False)

    def delete_job(self, job_id: str) -> None:
        """Delete a job and stop its runs; it can be restored for a day."""
        delete(self.archive, job_id)
        self._jobs.pop(job_id, None)
        self.runner.stop(job_id)
        self.cards.invalidate(job_id)

    def close(self) -> None:
        self.runner.close()
        self.cards.close()
        for _, embeddings in self._engines.values():
            embeddings.close()
        self.maker.close()
        self.threads.close()

    def _cached(self, cache: "OrderedDict[str, CacheEntry[T]]", job_id: str, mark: str, value: T, limit: int) -> T:
        with self._lock:
            cache[job_id] = CacheEntry(mark, time.monotonic(), value)
            cache.move_to_end(job_id)
            while len(cache) > limit:
                cache.popitem(last=False)
        return value


def app_state(request: Request) -> AppState:
    """Return the shared state of the app that handles a request (a FastAPI dependency)."""
    found: AppState = request.app.state.app_state
    return found


StateDep = Annotated[AppState, Depends(app_state)]
