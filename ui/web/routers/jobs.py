"""Orders: placing, finding, planning, continuing, redoing, deleting."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from popcon import naming
from popcon.errors import UnknownName
from popcon.jobs.archive import Archive, Revision, Revisions, now
from popcon.jobs.deletion import restore
from popcon.models.base import Model
from popcon.pipeline.keys import Step
from popcon.pipeline.plan import make_plan
from popcon.storage.store import Store
from ui.web.board import Watch, board
from ui.web.job_cards import JobList, Overall
from ui.web.orders import JobContext, Order
from ui.web.shapes import JobView, PlanView, plan_view
from ui.web.state import AppState
from ui.web.threads import aside

router = APIRouter(prefix="/api", tags=["jobs"])

JobId = Annotated[str, Path(max_length=80, examples=["fox-3f9a1c20"])]


class Redo(Model):
    """From which step a job is done again."""

    step: Step
    action: str | None = Field(default=None, max_length=80, description="only this action; none: all")

    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "take", "action": "wave"}]})


class Done(Model):
    """What became of a request, for a person."""

    message: str


@router.post("/jobs", status_code=201)
async def order(shop: JobContext, form: Order) -> JobView:
    """Order a pack, and start it. The same order again is the same job, and goes on where it stopped."""
    spec = await form.spec(shop)
    return await aside(_placed, shop, spec)


@router.post("/plan")
async def plan(shop: JobContext, form: Order) -> PlanView:
    """What an order would do and cost. Orders nothing."""
    spec = await form.spec(shop)
    return await aside(lambda: plan_view(make_plan(shop.archive, shop.archive.preview(spec))))


@router.get("/jobs")
async def jobs(
    shop: JobContext,
    q: Annotated[str, Query(max_length=100, description="words of the title, the id, an action or a platform")] = "",
    status: Annotated[list[Overall], Query(description="any of these; none: all")] = [],  # noqa: B006
    offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 40,
) -> JobList:
    """The archive, newest first."""
    return await aside(shop.cards.find, q.lower().split(), status, offset, limit)


@router.get("/jobs/{job_id}")
async def job(boards: Watch, job_id: JobId) -> JobView:
    """One job: what it is doing, each action with what it made, what to do next."""
    return await aside(boards.of, job_id)


@router.get("/jobs/{job_id}/plan")
async def redo_plan(
    shop: JobContext,
    job_id: JobId,
    step: Annotated[Step | None, Query(description="as if redone from here; none: as if continued")] = None,
    action: Annotated[str | None, Query(max_length=80)] = None,
) -> PlanView:
    """What continuing or redoing a job would compute and cost. Changes nothing."""
    return await aside(_redo_plan, shop, job_id, step, action)


@router.post("/jobs/{job_id}/continue")
async def go_on(shop: JobContext, job_id: JobId) -> Done:
    """Let a job go on: what is finished is kept, what failed is tried again, what was refined is exported."""
    found = await aside(shop.job, job_id)
    await aside(shop.runner.go_on, found)
    return Done(message=f"{found.spec.title} goes on.")


@router.post("/jobs/{job_id}/redo")
async def redo(shop: JobContext, job_id: JobId, body: Redo) -> Done:
    """Do a job again from a step, for one action or all. Only what changes is computed."""
    found = await aside(shop.job, job_id)
    await aside(shop.runner.redo, found, body.step, body.action)
    who = body.action or "everything"
    return Done(message=f"{who} is done again from the step {body.step.replace('_', ' ')}.")


@router.post("/jobs/{job_id}/duplicate", status_code=201)
async def duplicate(shop: JobContext, job_id: JobId) -> JobView:
    """The same order as a new job, with a seed of its own, so that it comes out differently."""
    found = await aside(shop.job, job_id)
    batch = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    spec = found.spec.model_copy(update={"batch": batch, "seed": (found.spec.seed + 101) % 2**31})
    return await aside(_placed, shop, spec)


@router.delete("/jobs/{job_id}")
async def delete(shop: JobContext, job_id: JobId) -> Done:
    """Delete a job and stop what runs of it; again, finish what died half-way. It can be brought back for a day."""
    found = await aside(shop.archive.job, job_id)
    await aside(shop.bury, found)
    return Done(message=f"{found.spec.title} was deleted; it can be brought back for a day.")


@router.post("/jobs/{job_id}/restore")
async def bring_back(shop: JobContext, job_id: JobId) -> JobView:
    """Bring a deleted job back."""
    return await aside(_restored, shop, job_id)


def _placed(shop: AppState, spec: Any) -> JobView:
    placed = shop.archive.place(spec)
    shop.runner.start(placed)
    shop.cards.look(placed.id)
    return board(shop, placed)


def _restored(shop: AppState, job_id: str) -> JobView:
    if not naming.is_name(job_id):
        raise UnknownName("job", job_id[:80])
    restored = restore(shop.archive, job_id)
    shop.cards.look(job_id)
    return board(shop, restored)


def _redo_plan(shop: AppState, job_id: str, step: Step | None, action: str | None) -> PlanView:
    found = shop.job(job_id)
    if step is None:
        return plan_view(make_plan(shop.archive, found))
    names = [each.name for each in found.spec.actions]
    if action is not None and action not in names:
        raise UnknownName("action in this job", action, names)
    return plan_view(make_plan(_AsIf(shop.store, Revision(step=step, action=action, at=now())), found))


class _AsIf(Archive):
    """An archive in which somebody has just asked for a redo. Nothing is written through it."""

    def __init__(self, store: Store, revision: Revision) -> None:
        super().__init__(store)
        self._revision = revision

    def revisions(self, job_id: str) -> Revisions:
        told = [self.store.read_json(path) for path in self.store.paths(naming.revisions(job_id))]
        return Revisions([*(Revision.model_validate(each) for each in told), self._revision])
