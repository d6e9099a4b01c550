"""What a person says at a gate."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, UploadFile
from pydantic import ConfigDict, Field

from popcon.editing.verdicts import AWAITING
from popcon.models.base import Model
from popcon.models.verdict import Gate
from ui.web.board import is_declined
from ui.web.orders import JobContext
from ui.web.routers.jobs import JobId
from ui.web.runner import Said
from ui.web.state import AppState
from ui.web.threads import aside
from ui.web.uploads import keep_picture

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["verdicts"])

ActionName = Annotated[str, Path(max_length=80, examples=["wave"])]


class Verdict(Model):
    """An answer at a gate."""

    gate: Gate
    kind: str = Field(
        max_length=20, description="approve, skip; on a start frame regenerate, replace; later another_take, redo_frame"
    )
    prompt: str = Field(default="", max_length=600, description="for regenerate and another_take: the motion prompt")
    picture: str = Field(default="", max_length=64, description="for replace: a picture that was uploaded")
    slot: int | None = Field(default=None, ge=0, le=1000, description="for redo_frame: where the frame plays")
    frame: str = Field(default="", max_length=24, description="for redo_frame: the frame that was seen there")
    question: str = Field(default="", max_length=80, description="what was seen being asked; empty: what is asked now")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"gate": "start_frame_review", "kind": "regenerate", "prompt": "waves with both hands"},
                {"gate": "start_frame_review", "kind": "approve"},
                {"gate": "refinement", "kind": "another_take", "prompt": "waves slowly"},
                {"gate": "refinement", "kind": "redo_frame", "slot": 3, "prompt": "a wide open mouth"},
                {"gate": "refinement", "kind": "approve"},
            ]
        }
    )


class ApproveAll(Model):
    """Approve everything that waits at a gate."""

    gate: Gate
    seen: dict[str, Annotated[str, Field(max_length=80)]] | None = Field(
        default=None,
        max_length=100,
        description="the questions that were looked at, by action; none: all that are asked just now",
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"gate": "start_frame_review"},
                {"gate": "refinement", "seen": {"wave": "refinement-r00-a000"}},
            ]
        }
    )


@router.post("/actions/{action}/verdict")
async def verdict(shop: JobContext, job_id: JobId, action: ActionName, body: Verdict) -> Said:
    """Answer what an action waits for. The first answer counts; a later one is told so."""
    return await aside(_answered, shop, job_id, action, body)


@router.post("/actions/{action}/replace")
async def replace(
    shop: JobContext,
    job_id: JobId,
    action: ActionName,
    picture: Annotated[UploadFile, File(description="PNG, JPEG, …")],
) -> Said:
    """Put a picture of one's own in the start frame's place."""
    await aside(shop.job, job_id)
    kept = await keep_picture(picture, shop.store, "The start frame")
    body = Verdict(gate=Gate.START_FRAME_REVIEW, kind="replace", picture=kept.sha256)
    return await aside(_answered, shop, job_id, action, body)


@router.post("/verdicts")
async def approve_all(shop: JobContext, job_id: JobId, body: ApproveAll) -> list[Said]:
    """Approve every action that waits at a gate, but for those that a service declined."""
    return await aside(_approve_all, shop, job_id, body)


def _answered(shop: AppState, job_id: str, action: str, body: Verdict) -> Said:
    job = shop.job(job_id)
    said: dict[str, Any] = {"kind": body.kind, "prompt": body.prompt}
    if body.gate is Gate.START_FRAME_REVIEW:
        # The hash is all that the gate needs; the rest is read from the store.
        picture = {"sha256": body.picture, "size": 0, "media_type": ""} if body.picture else None
        said["picture"] = picture
    else:
        said["slot"] = body.slot
        seen = shop.edit_session(job_id, action).frame(body.frame) if body.frame else None
        said["frame"] = seen and seen.model_dump(mode="json")
    return shop.runner.answer(job, action, body.gate, said, "web", body.question)


def _approve_all(shop: AppState, job_id: str, body: ApproveAll) -> list[Said]:
    job = shop.job(job_id)
    waiting = {
        summary.action: summary.question
        for summary in (shop.archive.summary(job.id, action.name) for action in job.spec.actions)
        if summary.status is AWAITING[body.gate] and not is_declined(summary)
    }
    # What has come up since then was not looked at; what has moved on is told so by `answer`.
    wanted = waiting if body.seen is None else {name: body.seen[name] for name in waiting if name in body.seen}
    return [
        shop.runner.answer(job, action, body.gate, {"kind": "approve"}, "web", question)
        for action, question in wanted.items()
    ]
