"""Verdicts: a person's answers at the gates of a job."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Path, UploadFile
from pydantic import ConfigDict, Field

from popcon.editing.verdicts import VerdictResult
from popcon.locales.sentences import say
from popcon.models.base import Model
from popcon.models.verdict import AWAITING, Gate
from ui.web.board import is_declined
from ui.web.language import LanguageDep
from ui.web.routers.jobs import JobId
from ui.web.state import AppState, StateDep
from ui.web.threads import in_thread
from ui.web.uploads import store_picture

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["verdicts"])

ActionName = Annotated[str, Path(max_length=80, examples=["wave"])]


class Verdict(Model):
    """A person's answer at a gate."""

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
    """A request to approve all actions that wait at a gate."""

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
async def verdict(
    state: StateDep, language: LanguageDep, job_id: JobId, action: ActionName, body: Verdict
) -> VerdictResult:
    """Answer the question that an action waits for. The first answer counts; a later one gets that one in return."""
    result = await in_thread(_answer, state, job_id, action, body)
    return result.model_copy(update={"message": say(result.message, language)})


@router.post("/actions/{action}/replace")
async def replace(
    state: StateDep,
    job_id: JobId,
    action: ActionName,
    picture: Annotated[UploadFile, File(description="PNG, JPEG, …")],
) -> VerdictResult:
    """Replace the start frame of an action by an uploaded picture."""
    await in_thread(state.job, job_id)
    kept = await store_picture(picture, state.store, "The start frame")
    body = Verdict(gate=Gate.START_FRAME_REVIEW, kind="replace", picture=kept.sha256)
    return await in_thread(_answer, state, job_id, action, body)


@router.post("/verdicts")
async def approve_all(state: StateDep, job_id: JobId, body: ApproveAll) -> list[VerdictResult]:
    """Approve all actions that wait at a gate, except those whose prompt a service declined."""
    return await in_thread(_approve_all, state, job_id, body)


def _answer(state: AppState, job_id: str, action: str, body: Verdict) -> VerdictResult:
    job = state.job(job_id)
    value: dict[str, Any] = {"kind": body.kind, "prompt": body.prompt}
    if body.gate is Gate.START_FRAME_REVIEW:
        # The hash is all that the gate needs; the rest is read from the store.
        picture = {"sha256": body.picture, "size": 0, "media_type": ""} if body.picture else None
        value["picture"] = picture
    else:
        value["slot"] = body.slot
        seen = state.edit_session(job_id, action).frame(body.frame) if body.frame else None
        value["frame"] = seen and seen.model_dump(mode="json")
    return state.runner.answer(job, action, body.gate, value, "web", body.question)


def _approve_all(state: AppState, job_id: str, body: ApproveAll) -> list[VerdictResult]:
    job = state.job(job_id)
    waiting = {
        summary.action: summary.question
        for summary in (state.archive.summary(job.id, action.name) for action in job.spec.actions)
        if summary.status is AWAITING[body.gate] and not is_declined(summary)
    }
    # What has come up since then was not looked at; what has moved on is told so by `answer`.
    wanted = waiting if body.seen is None else {name: body.seen[name] for name in waiting if name in body.seen}
    return [
        state.runner.answer(job, action, body.gate, {"kind": "approve"}, "web", question)
        for action, question in wanted.items()
    ]
