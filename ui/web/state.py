"""What all routers of one app share: the archive, the runner, and the benches that people work at just now.

The store may be slow, and clicks must not wait for it. So a job is read again only when its mark has changed (see
`Archive.touch`), what blocks runs in threads, and each kind of work has threads of its own (see `ui.web.threads`).
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from fastapi import Request

from popcon import naming
from popcon.editing.session import EditSession, Recent, segment_engine
from popcon.engines.base import SegmentEngine
from popcon.engines.segment.embedding_cache import Embeddings, Prepared
from popcon.errors import PopconError, UnknownName
from popcon.jobs.archive import ActionSummary, Archive, Job
from popcon.jobs.deletion import delete, is_deleted
from popcon.settings import settings
from popcon.storage.store import open_store
from ui.web.job_cards import Cards
from ui.web.runner import Runner, runner_for
from ui.web.sticker_maker import StickerMaker
from ui.web.threads import Threads

T = TypeVar("T")
ItemT = TypeVar("ItemT")

TRUST_S = 10.0
"""After this, what was read counts no longer, marked or not: its writer may have died before it set the mark."""
CLICK_TRUST_S, CLICK_MOST_S = 5.0, 60.0
"""How long clicks in an edit session are answered without asking the store whether another one was made; and how
long they are while it is being asked."""
_JOBS, _STANDS, _BENCHES = 300, 4, 6


@dataclass(frozen=True)
class Kept(Generic[T]):
    """Something that was read of a job when it had a mark."""

    mark: str
    read_at: float
    value: T

    def counts(self, mark: str) -> bool:
        return bool(mark) and self.mark == mark and time.monotonic() - self.read_at < TRUST_S


class AppState:
    """Opened once for each app.

    Arguments:
        store_url: where the jobs are.
        token: what the app asks for; None: nothing.
        home: folder for logs; None: as settings say.
    """

    def __init__(self, store_url: str, token: str | None, home: Path | None = None) -> None:
        self.store = open_store(store_url)
        self.archive = Archive(self.store)
        self.token = token
        self.threads, self.maker = Threads(), StickerMaker(store_url)
        self.runner: Runner = runner_for(self.archive, home or settings().home.expanduser().absolute())
        self.cards = Cards(self.archive, self.runner)
        self.previews, self.pictures = Recent(120), Recent(16)  # small files; pixels of up to 4 MB each
        self.edited = OrderedDict[str, int]()
        self._jobs: OrderedDict[str, Kept[Job]] = OrderedDict()
        self._stands: OrderedDict[str, Kept[list[ActionSummary]]] = OrderedDict()
        self._benches: OrderedDict[tuple[str, str], tuple[Kept[EditSession], str]] = OrderedDict()
        self._renewing: set[tuple[str, str]] = set()
        self._engines: dict[str, tuple[SegmentEngine, Embeddings]] = {}
        self._lock = Lock()

    def mark(self, job_id: str) -> str:
        """Changes with what is shown of a job."""
        return self.store.version(naming.changed(job_id)) if naming.is_name(job_id) else ""

    def job(self, job_id: str, mark: str | None = None) -> Job:
        """A job that is not deleted.

        Arguments:
            mark: the job's mark, where it was just read.

        Raises:
            UnknownName: there is none.
        """
        if not naming.is_name(job_id):
            raise UnknownName("job", job_id[:80])
        mark = self.mark(job_id) if mark is None else mark
        kept = self._jobs.get(job_id)
        if kept is not None and kept.counts(mark):
            return kept.value
        deleted = self.soon(lambda: is_deleted(self.archive, job_id))
        read = self.archive.job(job_id)
        if deleted():
            raise UnknownName("job", job_id[:80])
        return self._keep(self._jobs, job_id, mark, read, _JOBS)

    def summaries(self, job: Job, mark: str | None = None) -> list[ActionSummary]:
        """Where each action of a job stands, in their order."""
        mark = self.mark(job.id) if mark is None else mark
        kept = self._stands.get(job.id)
        if kept is not None and kept.counts(mark):
            return kept.value
        read = self.each(lambda action: self.archive.summary(job.id, action.name), job.spec.actions)
        return self._keep(self._stands, job.id, mark, read, _STANDS)

    def each(self, work: Callable[[ItemT], T], items: Iterable[ItemT]) -> list[T]:
        """`work` on every item; at the same time where each would wait for a network."""
        if self.store.remote:
            return list(self.threads.readers.map(work, items))
        return [work(item) for item in items]

    def soon(self, work: Callable[[], T]) -> Callable[[], T]:
        """What gives the result of `work`; begun now where it would wait for a network."""
        return self.threads.readers.submit(work).result if self.store.remote else work

    def edit_session(self, job_id: str, action: str, clicking: bool = False) -> EditSession:
        """The edit_session of an action; the same one while the machine's part of the action stays as it is.

        Arguments:
            clicking: whether one that was looked at a moment ago will do, since nothing is kept.
        """
        place = (job_id, action)
        with self._lock:
            known = self._benches.get(place)
        if known is not None and clicking and (age := time.monotonic() - known[0].read_at) < CLICK_MOST_S:
            if age > CLICK_TRUST_S:
                self._renew(place)
            return known[0].value
        mark = self.mark(job_id)
        job = self.job(job_id, mark)
        if known is not None and known[0].counts(mark):
            edit_session, stamp = known[0].value, known[1]
        else:
            stamp = self.archive.summary(job_id, action).updated_at if naming.is_name(action) else ""
            if known is not None and known[1] == stamp:
                edit_session = known[0].value
            else:
                edit_session = EditSession(self.archive, job, action)
                if known is not None and known[0].value.fingerprint == edit_session.fingerprint:
                    edit_session = known[0].value.renewed(edit_session)
        with self._lock:
            self._benches[place] = (Kept(mark, time.monotonic(), edit_session), stamp)
            self._benches.move_to_end(place)
            while len(self._benches) > _BENCHES:
                self._benches.popitem(last=False)
        return edit_session

    def _renew(self, place: tuple[str, str]) -> None:
        """Read an edit session again, for the clicks to come."""

        def read() -> None:
            try:
                self.edit_session(*place)
            except PopconError:  # the next click reads it itself, and is told why
                with self._lock:
                    self._benches.pop(place, None)
            finally:
                with self._lock:
                    self._renewing.discard(place)

        with self._lock:
            if place in self._renewing:
                return
            self._renewing.add(place)
        self.threads.readers.submit(read)

    def segment(self, job: Job | None) -> tuple[SegmentEngine, Embeddings]:
        """The engine that turns clicks into masks, and its embeddings, which it uses too."""
        choice = repr(job.spec.engines.segment) if job else ""
        with self._lock:
            if choice not in self._engines:
                engine = segment_engine(job)
                embeddings = Embeddings(engine, capacity=40)
                self._engines[choice] = (Prepared(engine, embeddings), embeddings)
            engine, embeddings = self._engines[choice]
        return engine, embeddings

    def was_edited(self, job_id: str) -> None:
        """Somebody has changed frames of a job here."""
        with self._lock:
            self.edited[job_id] = self.edited.pop(job_id, 0) + 1
            while len(self.edited) > _JOBS:
                self.edited.popitem(last=False)

    def bury(self, job: Job) -> None:
        """Delete a job and stop it; it can be brought back for a day."""
        delete(self.archive, job.id)
        self._jobs.pop(job.id, None)
        self.runner.stop(job)
        self.cards.look(job.id)

    def close(self) -> None:
        self.runner.close()
        self.cards.close()
        for _, embeddings in self._engines.values():
            embeddings.close()
        self.maker.close()
        self.threads.close()

    def _keep(self, shelf: "OrderedDict[str, Kept[T]]", job_id: str, mark: str, value: T, most: int) -> T:
        with self._lock:
            shelf[job_id] = Kept(mark, time.monotonic(), value)
            shelf.move_to_end(job_id)
            while len(shelf) > most:
                shelf.popitem(last=False)
        return value


def app_state(request: Request) -> AppState:
    """The shared state of the app that a request came to (a FastAPI dependency)."""
    found: AppState = request.app.state.app_state
    return found
