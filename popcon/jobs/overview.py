"""A job in short: its state, its actions and what was paid for it, as lists of jobs show it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pydantic import Field

from popcon import naming
from popcon.errors import RecordDamaged
from popcon.jobs.archive import Archive, Job
from popcon.ledger.bill import amounts_text
from popcon.models.base import Model
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Status


class ActionState(Model):
    """How far one action is."""

    name: str
    title: str
    emoji: str
    status: Status
    step: str = Field(description="the last step that is finished; empty for none")


class JobOverview(Model):
    """The overview of a job."""

    id: str
    title: str
    created_at: str
    deleted_at: str = Field(default="", description="empty: it is not deleted")
    platforms: tuple[str, ...]
    engine: str
    review: str
    actions: tuple[ActionState, ...]
    cost: str = Field(description="what was paid, with currencies; empty: nothing")

    @property
    def settled(self) -> bool:
        return all(each.status.settled for each in self.actions)


def read_overview(archive: Archive, job_id: str, deleted: bool = True) -> JobOverview | None:
    """Return the overview of a job; None if there is none.

    Arguments:
        deleted: whether it may be deleted.
    """
    try:
        job = archive.store.read_model(naming.job_spec(job_id), Job)
    except RecordDamaged:
        return None
    if job is None:
        return None
    tombstone = archive.store.read_json(naming.tombstone(job_id)) if deleted else None
    # Of a summary only a few words are wanted: validating all of its frames would take most of the time.
    told = {
        action.name: archive.store.read_json(naming.action_summary(job_id, action.name)) for action in job.spec.actions
    }
    return _overview(
        job,
        [_state_of(told[action.name]) for action in job.spec.actions],
        str(tombstone.get("at", "")) if isinstance(tombstone, dict) else "",
    )


def overview_of(job: Job, summaries: Sequence[ActionSummary]) -> JobOverview:
    """Return the overview of a job by its summaries, one for each action in their order."""
    return _overview(
        job, [(each.status, [(str(s.step), s.currency, s.price) for s in each.steps]) for each in summaries], ""
    )


ActionRecord = tuple[Status, list[tuple[str, str, str]]]
"""Of an action: its status, and each step with its currency and price."""


def _state_of(record: Any) -> ActionRecord:
    try:
        steps = [(each, str(each.get("price") or each["price_cny"])) for each in record["steps"]]
        return Status(record["status"]), [
            (str(each["step"]), str(each.get("currency", "CNY")), price) for each, price in steps
        ]
    except (TypeError, KeyError, ValueError):  # none yet, or not ours
        return Status.QUEUED, []


def _overview(job: Job, told: Iterable[ActionRecord], deleted_at: str) -> JobOverview:
    states: list[ActionState] = []
    paid: list[tuple[str, Decimal]] = []
    for action, (status, steps) in zip(job.spec.actions, told, strict=True):
        paid += [(currency, Decimal(price)) for _, currency, price in steps]
        last = steps[-1][0] if steps else ""
        states.append(
            ActionState(name=action.name, title=action.title, emoji=action.emoji[0], status=status, step=last)
        )
    return JobOverview(
        id=job.id,
        title=job.spec.title,
        created_at=job.created_at,
        deleted_at=deleted_at,
        platforms=job.spec.platforms,
        engine=job.spec.engines.video.name,
        review=job.spec.review,
        actions=tuple(states),
        cost=amounts_text(paid),
    )
