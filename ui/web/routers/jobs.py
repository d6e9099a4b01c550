"""Jobs: order, list, plan, continue, redo, duplicate, delete and restore."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from popcon import naming
from popcon.errors import RecordDamaged, UnknownName
from popcon.jobs.archive import Archive, now
from popcon.jobs.deletion import restore
from popcon.jobs.status import JobStatus
from popcon.locales.catalogs import Translator
from popcon.models.base import Model
from popcon.models.revision import Revision, Revisions
from popcon.models.step import Step
from popcon.pipeline.plan import make_plan
from popcon.storage.store import Store
from ui.web.board import BoardsDep, board
from ui.web.job_cards import JobList
from ui.web.language import LanguageDep, TranslatorDep
from ui.web.orders import Order
from ui.web.shapes import JobView, PlanView, plan_view
from ui.web.state import AppState, StateDep
from ui.web.threads import in_thread

router = APIRouter(prefix="/api", tags=["jobs"])

JobId = Annotated[str, Path(max_length=80, examples=["fox-3f9a1c20"])]


class Redo(Model):
    """A request to redo a job from a step."""

    step: Step
    action: str | None = Field(default=None, max_length=80, description="only this action; none: all")

    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "take", "action": "wave"}]})


class Message(Model):
    """The outcome of a request, in a sentence for a person."""

    message: str


@router.post("/jobs", status_code=201)
async def order(state: StateDep, t: TranslatorDep, form: Order) -> JobView:
    """Order a pack, and start it. The same order again is the same job, and goes on where it stopped."""
    spec = await form.spec(state)
    return await in_thread(_place, state, t, spec)


@router.post("/plan")
async def plan(state: StateDep, language: LanguageDep, form: Order) -> PlanView:
    """Plan an order: its steps, cache hits and price. Nothing is ordered."""
    spec = await form.spec(state)
    return await in_thread(lambda: plan_view(make_plan(state.archive, state.archive.preview(spec)), spec, language))


@router.get("/jobs")
async def jobs(
    state: StateDep,
    q: Annotated[str, Query(max_length=100, description="words of the title, the id, an action or a platform")] = "",
    status: Annotated[list[JobStatus], Query(description="any of these; none: all")] = [],  # noqa: B006
    offset: Annotated[int, Query(ge=0, le=10**6)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 40,
) -> JobList:
    """List the jobs of the archive, newest first."""
    return await in_thread(state.cards.find, q.lower().split(), status, offset, limit)


@router.get("/jobs/{job_id}")
async def job(boards: BoardsDep, language: LanguageDep, job_id: JobId) -> JobView:
    """Return the board of a job: its activity, the results of each action, and what to do next."""
    return await in_thread(boards.of, job_id, language)


@router.get("/jobs/{job_id}/plan")
async def redo_plan(
    state: StateDep,
    language: LanguageDep,
    job_id: JobId,
    step: Annotated[Step | None, Query(description="as if redone from here; none: as if continued")] = None,
    action: Annotated[str | None, Query(max_length=80)] = None,
) -> PlanView:
    """Plan to continue or redo a job: its steps, cache hits and price. Nothing is changed."""
    return await in_thread(_redo_plan, state, language, job_id, step, action)


@router.post("/jobs/{job_id}/continue")
async def resume(state: StateDep, t: TranslatorDep, job_id: JobId) -> Message:
    """Continue a job: finished steps are kept, failed ones tried again, refined actions exported."""
    found = await in_thread(state.job, job_id)
    await in_thread(state.runner.resume, found)
    return Message(message=t("message.goes_on", title=found.spec.title))


@router.post("/jobs/{job_id}/redo")
async def redo(state: StateDep, t: TranslatorDep, job_id: JobId, body: Redo) -> Message:
    """Redo a job from a step, for one action or all. Only what changes is computed."""
    found = await in_thread(state.job, job_id)
    await in_thread(state.runner.redo, found, body.step, body.action)
    titles = {each.name: t.title_of(each.name, each.title) for each in found.spec.actions}
    what = titles[body.action] if body.action else t("message.everything")
    return Message(message=t("message.redone", what=what, step=t(f"step.{body.step}")))


@router.post("/jobs/{job_id}/duplicate", status_code=201)
async def duplicate(state: StateDep, t: TranslatorDep, job_id: JobId) -> JobView:
    """Order the same again as a new job with another seed, so that the results differ."""
    found = await in_thread(state.job, job_id)
    batch = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    spec = found.spec.model_copy(update={"batch": batch, "seed": (found.spec.seed + 101) % 2**31})
    return await in_thread(_place, state, t, spec)


@router.delete("/jobs/{job_id}")
async def delete(state: StateDep, t: TranslatorDep, job_id: JobId) -> Message:
    """Delete a job and stop its runs. It can be restored for a day. Repeated, it completes an interrupted deletion."""
    try:
        title = (await in_thread(state.archive.job, job_id)).spec.title
    except RecordDamaged:  # what cannot be read can be deleted all the same
        title = job_id
    await in_thread(state.delete_job, job_id)
    return Message(message=t("message.deleted", title=title))


@router.post("/jobs/{job_id}/restore")
async def restore_job(state: StateDep, t: TranslatorDep, job_id: JobId) -> JobView:
    """Restore a deleted job."""
    return await in_thread(_restore, state, t, job_id)


def _place(state: AppState, t: Translator, spec: Any) -> JobView:
    placed = state.archive.place(spec)
    state.runner.start(placed)
    state.cards.invalidate(placed.id)
    return board(state, placed, t)


def _restore(state: AppState, t: Translator, job_id: str) -> JobView:
    if not naming.is_name(job_id):
        raise UnknownName("job", job_id[:80])
    restored = restore(state.archive, job_id)
    state.cards.invalidate(job_id)
    return board(state, restored, t)


def _redo_plan(state: AppState, language: str, job_id: str, step: Step | None, action: str | None) -> PlanView:
    found = state.job(job_id)
    if step is None:
        return plan_view(make_plan(state.archive, found), found.spec, language)
    names = [each.name for each in found.spec.actions]
    if action is not None and action not in names:
        raise UnknownName("action in this job", action, names)
    archive = _ArchiveWithRedo(state.store, Revision(step=step, action=action, at=now()))
    return plan_view(make_plan(archive, found), found.spec, language)


class _ArchiveWithRedo(Archive):
    """A read-only view of an archive that contains one more redo request."""

    def __init__(self, store: Store, revision: Revision) -> None:
        super().__init__(store)
        self._revision = revision

    def revisions(self, job_id: str) -> Revisions:
        records = [self.store.read_json(path) for path in self.store.paths(naming.revisions(job_id))]
        return Revisions([*(Revision.model_validate(each) for each in records), self._revision])
