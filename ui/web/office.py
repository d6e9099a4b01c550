"""What all routers of one app share: the archive, the runner, and the benches that people work at just now."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar

from fastapi import Request

from popcon import naming
from popcon.archive import Archive, Job, now
from popcon.engines.base import SegmentEngine
from popcon.engines.segment.ahead import Embeddings
from popcon.errors import UnknownName
from popcon.settings import settings
from popcon.store import open_store
from popcon.workbench import Bench, Recent, segment_engine
from ui.web.cards import Cards
from ui.web.runner import Runner, runner_for

P = ParamSpec("P")
T = TypeVar("T")

_BENCHES = 6


class Office:
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
        self.runner: Runner = runner_for(self.archive, home or settings().home.expanduser().absolute())
        self.cards = Cards(self.archive, self.runner)
        self.previews = Recent(120)
        self._benches: dict[tuple[str, str], tuple[str, Bench]] = {}
        self._engines: dict[str, tuple[SegmentEngine, Embeddings]] = {}
        self._lock = Lock()

    def job(self, job_id: str) -> Job:
        """A job that is not deleted.

        Raises:
            UnknownName: there is none.
        """
        if not naming.is_name(job_id) or self.store.exists(naming.tombstone(job_id)):
            raise UnknownName("job", job_id[:80])
        return self.archive.job(job_id)

    def bench(self, job_id: str, action: str) -> Bench:
        """The bench of an action; the same one while the machine's part of the action stays as it is."""
        job = self.job(job_id)
        stamp = self.archive.summary(job_id, action).updated_at if naming.is_name(action) else ""
        with self._lock:
            known = self._benches.get((job_id, action))
        if known is not None and known[0] == stamp:
            return known[1]
        made = Bench(self.archive, job, action)
        if known is not None and known[1].fingerprint == made.fingerprint:
            made = known[1]
        with self._lock:
            self._benches.pop((job_id, action), None)
            self._benches[(job_id, action)] = (stamp, made)
            while len(self._benches) > _BENCHES:
                self._benches.pop(next(iter(self._benches)))
        return made

    def segment(self, job: Job | None) -> tuple[SegmentEngine, Embeddings]:
        """The engine that turns clicks into masks, and its embeddings."""
        choice = repr(job.spec.engines.segment) if job else ""
        with self._lock:
            if choice not in self._engines:
                engine = segment_engine(job)
                self._engines[choice] = (engine, Embeddings(engine, capacity=40))
            engine, embeddings = self._engines[choice]
        return engine, embeddings

    def bury(self, job: Job) -> None:
        """Delete a job; it can be brought back for a day."""
        self.store.write_json(naming.tombstone(job.id), {"at": now()})

    def close(self) -> None:
        self.runner.close()
        for _, embeddings in self._engines.values():
            embeddings.close()


def office(request: Request) -> Office:
    """The office of the app that a request came to (a FastAPI dependency)."""
    found: Office = request.app.state.office
    return found


async def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what blocks in a thread."""
    return await asyncio.to_thread(work, *args, **kwargs)
