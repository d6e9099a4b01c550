"""Jobs at a glance: a card for each, kept in memory, so that an archive of thousands answers at once.

An order never changes and is read once. What became of it is read again while it is under way, and now and then when
it is settled, since another process may have taken it up.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Literal

from pydantic import Field

from popcon import naming
from popcon.archive import ActionSummary, Archive, Job
from popcon.models.base import Model
from popcon.models.verdict import Status
from ui.web.runner import Runner

ROLL_S = 2.0
"""How old the list of jobs may be."""
LIVE_S = 1.0
"""How old the state of a job may be while it is under way."""
SETTLED_S = 60.0

Overall = Literal["needs_you", "running", "queued", "stopped", "failed", "done"]


class ActionState(Model):
    """How far one action is."""

    name: str
    title: str
    emoji: str
    status: Status
    step: str = Field(description="the last step that is finished; empty for none")


class Card(Model):
    """A job at a glance."""

    id: str
    title: str
    created_at: str
    status: Overall
    platforms: tuple[str, ...]
    engine: str
    review: str
    actions: tuple[ActionState, ...]
    done: int = Field(description="actions that are finished")
    cost_cny: str


@dataclass
class _Kept:
    job: Job
    card: Card
    read_at: float


class Cards:
    """All jobs of an archive, as cards."""

    def __init__(self, archive: Archive, runner: Runner) -> None:
        self._archive, self._runner = archive, runner
        self._kept: dict[str, _Kept] = {}
        self._gone: dict[str, bool] = {}
        self._ids: list[str] = []
        self._rolled = 0.0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="cards")

    def all(self) -> list[Card]:
        """Every job that is not deleted, newest first; those under way as they are now."""
        self._roll()
        moment = time.monotonic()
        late = [kept.job for kept in self._kept.values() if moment - kept.read_at > self._patience(kept)]
        # Settled ones are looked at in small portions, so that no request pays for all of them.
        live = [job for job in late if self._kept[job.id].card.status not in ("done", "failed")]
        settled = [job for job in late if self._kept[job.id].card.status in ("done", "failed")]
        for fresh in self._pool.map(self._read, [*live[:60], *settled[:20]]):
            self._keep(fresh)
        with self._lock:
            cards = [kept.card for kept in self._kept.values()]
        return sorted(cards, key=lambda card: (card.created_at, card.id), reverse=True)

    def of(self, job: Job) -> Card:
        """One job's card, fresh."""
        self._keep(self._read(job))
        return self._kept[job.id].card

    def forget(self, job_id: str) -> None:
        """A job was deleted or brought back."""
        with self._lock:
            self._kept.pop(job_id, None)
            self._rolled = 0.0
            self._ids = []

    def _patience(self, kept: _Kept) -> float:
        return SETTLED_S if kept.card.status in ("done", "failed") else LIVE_S

    def _roll(self) -> None:
        """Notice jobs that came or went."""
        if time.monotonic() - self._rolled < ROLL_S:
            return
        ids = self._archive.ids()
        fresh = [job_id for job_id in ids if job_id not in self._kept and job_id not in self._ids]
        found = list(self._pool.map(self._open, fresh))
        for kept in found:
            if kept is not None:
                self._keep(kept)
        with self._lock:
            self._ids = ids
            for job_id in set(self._kept) - set(ids):
                del self._kept[job_id]
            self._rolled = time.monotonic()

    def _open(self, job_id: str) -> _Kept | None:
        record = self._archive.store.read_json(naming.job_spec(job_id))
        if record is None or self._archive.store.exists(naming.tombstone(job_id)):
            return None
        return self._read(Job.model_validate(record))

    def _read(self, job: Job) -> _Kept:
        states = [self._archive.summary(job.id, action.name) for action in job.spec.actions]
        return _Kept(job, card_of(job, states, self._runner.state(job.id)), time.monotonic())

    def _keep(self, kept: _Kept) -> None:
        with self._lock:
            self._kept[kept.job.id] = kept


def card_of(job: Job, summaries: list[ActionSummary], state: str) -> Card:
    """A job's card.

    Arguments:
        summaries: one for each action, in their order.
        state: what the runner says of the job.
    """
    spec = job.spec
    cost = sum((Decimal(step.price_cny) for each in summaries for step in each.steps), Decimal(0))
    return Card(
        id=job.id,
        title=spec.title,
        created_at=job.created_at,
        status=overall([each.status for each in summaries], state),
        platforms=spec.platforms,
        engine=spec.engines.video.name,
        review=spec.review,
        actions=tuple(
            ActionState(
                name=action.name,
                title=action.title,
                emoji=action.emoji[0],
                status=summary.status,
                step=str(summary.steps[-1].step) if summary.steps else "",
            )
            for action, summary in zip(spec.actions, summaries, strict=True)
        ),
        done=sum(each.status is Status.DONE for each in summaries),
        cost_cny=str(cost),
    )


def overall(states: list[Status], runner: str) -> Overall:
    """One word for a job: what most needs attention first."""
    if any(state in (Status.AWAITING_START_FRAME, Status.AWAITING_REFINEMENT) for state in states):
        return "needs_you"
    if all(state.settled for state in states):
        return "running" if runner == "running" else "failed" if Status.FAILED in states else "done"
    if runner == "queued" or (runner != "stopped" and all(state is Status.QUEUED for state in states)):
        return "queued" if runner != "running" else "running"
    return "stopped" if runner == "stopped" else "running"
