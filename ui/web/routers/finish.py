"""The finish page: packs to look over, their submission kits, and publishing."""

import os
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field

from popcon.jobs.archive import Job
from popcon.jobs.arrangement import arrange
from popcon.models.base import Model
from popcon.publish.model import Publication, PublishItem, Target
from popcon.publish.order import Place, chosen_pack, items_of, publication_name, target_of
from popcon.publish.publisher import Publisher
from ui.web.finishing import FinishView, finish_view, kit_zip
from ui.web.json_lines import Emit, JsonLines, lines_response
from ui.web.language import LanguageDep
from ui.web.routers.jobs import JobId
from ui.web.state import AppState, StateDep
from ui.web.threads import in_thread

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["finish"])

PlatformName = Annotated[str, Path(max_length=40, examples=["line-emoji"])]


class Publish(Model):
    """Where a pack is to be uploaded."""

    to: Place
    platform: str | None = Field(default=None, max_length=40, description="which pack, where several could go there")
    set_name: str | None = Field(
        default=None, max_length=64, description="name of the set or category; none: the usual"
    )

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "telegram", "platform": "telegram-emoji"}]})


class Arranging(Model):
    """How the packs of a job are to be arranged."""

    order: tuple[Annotated[str, Field(max_length=80)], ...] = Field(
        default=(), max_length=100, description="every action once, first to last; empty: as they were ordered"
    )
    cover: str = Field(default="", max_length=80, description="the action that covers show; empty: the character")

    model_config = ConfigDict(json_schema_extra={"examples": [{"order": [], "cover": "wave"}]})


@router.get("/finish")
async def finish(state: StateDep, language: LanguageDep, job_id: JobId) -> FinishView:
    """Return the packs of a job to be looked over: stickers, colours that they stand on, and doubts."""
    job = await in_thread(state.job, job_id)
    return await in_thread(finish_view, state.archive, job, language)


@router.get(
    "/kits/{platform}",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "the kit's files"}},
)
async def kit(state: StateDep, job_id: JobId, platform: PlatformName) -> Response:
    """Return the submission kit of a pack: texts, a checklist, previews and what people did, as a ZIP."""
    job = await in_thread(state.job, job_id)
    data = await in_thread(kit_zip, state.archive, job, platform)
    headers = {
        "content-disposition": f'attachment; filename="{job.id}-{platform}-kit.zip"',
        "cache-control": "no-store",
    }
    return Response(data, media_type="application/zip", headers=headers)


@router.put("/arrangement")
async def put_arrangement(state: StateDep, language: LanguageDep, job_id: JobId, body: Arranging) -> FinishView:
    """Arrange the packs of a job: the order of the stickers, and what covers show. The packs are made again."""
    job = await in_thread(state.job, job_id)

    def arrange_packs() -> FinishView:
        arrange(state.store, job.id, job.spec, body.order, body.cover, "web")
        state.archive.bump_version(job.id)
        state.runner.resume(job)
        return finish_view(state.archive, job, language)

    return await in_thread(arrange_packs)


@router.post("/publish/plan")
async def plan(state: StateDep, job_id: JobId, body: Publish) -> Publication:
    """Say what publishing would send, after the same checks. Nothing is sent or changed."""
    job = await in_thread(state.job, job_id)

    def planned() -> Publication:
        name, target, items = _prepared(state, job, body)
        return Publisher(state.store).plan(name, target, items)

    return await in_thread(planned)


@router.post("/publish", response_class=StreamingResponse)
async def publish(state: StateDep, job_id: JobId, body: Publish) -> Any:
    """Upload a pack, each sticker exactly once; again, it goes on where it stopped.

    A stream of JSON lines: `{"done", "of", "last"}`, at the end `{"finished": Publication}` or `{"error": "…"}`.
    Closing the connection does not stop it.
    """
    job = await in_thread(state.job, job_id)
    name, target, items = await in_thread(_prepared, state, job, body)

    def work(emit: Emit) -> None:
        done = Publisher(state.store).publish(
            name, target, items, lambda count, last: emit({"done": count, "of": len(items), "last": last})
        )
        emit({"finished": done.model_dump(mode="json")})

    lines = JsonLines()
    lines.start(state.threads.background, work)
    return lines_response(lines)


def _prepared(state: AppState, job: Job, body: Publish) -> tuple[str, Target, list[PublishItem]]:
    """The publication's name, the place and what goes there.

    Raises:
        BadInput: there is no such pack, it is not complete, or a token is missing.
    """
    if os.environ.get("PREFECT_API_URL"):
        from blocks.access import use_publishing_account

        use_publishing_account()
    name = chosen_pack(job, body.to, body.platform)
    items = items_of(state.archive, job, name)
    return publication_name(body.to, job, name), target_of(body.to, job, name, body.set_name or None), items
