"""Sharing a job with a client: links that end, and what may be seen and said by one."""

import time
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import ConfigDict, Field

from popcon import naming
from popcon.editing.verdicts import VerdictResult, check_action
from popcon.errors import BadInput, UnknownName
from popcon.jobs import shares
from popcon.jobs.shares import Comment
from popcon.models.base import Model
from popcon.models.results import StartFrame, Sticker, Take
from popcon.models.verdict import AWAITING, Gate, Status
from ui.web.board import Boards, BoardsDep
from ui.web.language import LanguageDep
from ui.web.routers.files import FILE, action_result, file_response
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.shapes import ActionView, FileView
from ui.web.state import AppState, StateDep
from ui.web.threads import in_thread

router = APIRouter(tags=["sharing"])
Token = Annotated[str, Path(max_length=80, examples=["a" * 43])]
ShareId = Annotated[str, Path(max_length=40, examples=["0" * 16])]


class NewShare(Model):
    """A request to share a job."""

    days: int = Field(default=14, ge=1, le=shares.DAYS_MAX, description="after which the link ends")
    may_approve: bool = Field(default=False, description="whether who has the link may approve what waits")
    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 14, "may_approve": True}]})


class ShareView(Model):
    """A share, without its token."""

    id: str
    expires: int = Field(description="seconds since 1970")
    may_approve: bool
    address: str = Field(default="", description="path of the page; told only when the share is made")


class Shares(Model):
    """The open shares of a job, and what clients wrote."""

    shares: tuple[ShareView, ...]
    comments: tuple[Comment, ...]


class SharedAction(Model):
    """An action, as a client sees it."""

    name: str
    title: str
    emoji: str
    status: Status
    next: str
    question: str = Field(description="what may be approved just now; empty: nothing")
    kind: str = Field(description="what the file is: sticker, clip or start_frame")
    file: FileView | None = Field(description="the newest result")


class SharedJob(Model):
    """A job, as a client sees it: no prompts, no costs, no engines."""

    title: str
    may_approve: bool
    expires: int
    actions: tuple[SharedAction, ...]
    comments: tuple[Comment, ...]


class NewComment(Model):
    """What a client writes."""

    by: str = Field(default="", max_length=60)
    text: str = Field(max_length=1000)
    action: str = Field(default="", max_length=80)
    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "Mina", "text": "Lovely!", "action": "wave"}]})


class Approval(Model):
    """A client's approval of what was seen."""

    action: str = Field(max_length=80)
    question: str = Field(max_length=80, description="what was seen being asked")
    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "wave", "question": "refinement-r00-a000"}]})


@router.post("/api/jobs/{job_id}/shares")
async def share(state: StateDep, job_id: JobId, body: NewShare) -> ShareView:
    """Share a job by a secret link. Its address is told only in this answer."""
    job = await in_thread(state.job, job_id)
    made, token = await in_thread(shares.share_job, state.store, job.id, body.days, body.may_approve)
    return _view(made, naming.shared_page(job.id, token))


@router.get("/api/jobs/{job_id}/shares")
async def shared(state: StateDep, job_id: JobId) -> Shares:
    """List the open shares of a job, and what clients wrote."""
    return await in_thread(_shares, state, job_id)


@router.delete("/api/jobs/{job_id}/shares/{share_id}")
async def revoke(state: StateDep, job_id: JobId, share_id: ShareId) -> Shares:
    """End a share at once."""
    job = await in_thread(state.job, job_id)
    await in_thread(shares.revoke, state.store, job.id, share_id)
    return await in_thread(_shares, state, job_id)


@router.get("/api/shared/{job_id}/{token}")
async def shared_job(
    state: StateDep, boards: BoardsDep, language: LanguageDep, job_id: JobId, token: Token
) -> SharedJob:
    """Return what a client may see of a job."""
    return await in_thread(_shared_job, state, boards, language, job_id, token)


@router.get(
    "/api/shared/{job_id}/{token}/files/{action}/{what}", responses=FILE, response_class=Response, tags=["downloads"]
)
async def shared_file(
    state: StateDep,
    request: Request,
    job_id: JobId,
    token: Token,
    action: ActionName,
    what: Annotated[str, Path(max_length=80, description="start-frame, clip, or an edition", examples=["clip"])],
) -> Response:
    """Return a picture, clip or sticker to a client."""
    await in_thread(shares.opened, state.store, job_id, token)
    if what == "start-frame":
        ref = (await in_thread(action_result, state, job_id, action, "start_frame", StartFrame)).picture
    elif what == "clip":
        ref = (await in_thread(action_result, state, job_id, action, "take", Take)).clip
    else:
        ref = (await in_thread(action_result, state, job_id, action, naming.result("sticker", what), Sticker)).file
    return await file_response(state, request, ref, f"{action}-{what}")


@router.post("/api/shared/{job_id}/{token}/comments")
async def comment(
    state: StateDep, boards: BoardsDep, language: LanguageDep, job_id: JobId, token: Token, body: NewComment
) -> SharedJob:
    """Keep a client's comment."""
    found = await in_thread(shares.opened, state.store, job_id, token)
    job = await in_thread(state.job, job_id)
    if body.action:
        check_action(job, body.action)
    said = Comment(by=body.by.strip(), text=body.text.strip(), action=body.action, share=found.id)
    await in_thread(shares.comment, state.store, job.id, said)
    return await in_thread(_shared_job, state, boards, language, job_id, token)


@router.post("/api/shared/{job_id}/{token}/approvals")
async def approve(state: StateDep, job_id: JobId, token: Token, body: Approval) -> VerdictResult:
    """Approve what a client saw waiting. The first answer counts, whoever gave it."""
    found = await in_thread(shares.opened, state.store, job_id, token)
    if not found.may_approve:
        raise BadInput("This link is for looking and commenting; ask for one that may approve.")
    job = await in_thread(state.job, job_id)
    gate = next((each for each in Gate if naming.is_question(body.question, each)), None)
    if gate is None:
        raise UnknownName("question", body.question[:40])
    kind = {"kind": "approve"}
    return await in_thread(
        state.runner.answer, job, check_action(job, body.action), gate, kind, f"client {found.id}", body.question
    )


def _view(share: shares.Share, address: str = "") -> ShareView:
    return ShareView(id=share.id, expires=share.expires, may_approve=share.may_approve, address=address)


def _shares(state: AppState, job_id: str) -> Shares:
    job = state.job(job_id)
    now = time.time()
    listed = tuple(_view(each) for each in shares.shares(state.store, job.id) if each.is_open(now))
    return Shares(shares=listed, comments=tuple(shares.comments(state.store, job.id)))


def _shared_job(state: AppState, boards: Boards, language: str, job_id: str, token: str) -> SharedJob:
    share = shares.opened(state.store, job_id, token)
    view = boards.of(job_id, language)
    base = f"/api/shared/{job_id}/{token}/files"
    return SharedJob(
        title=view.card.title,
        may_approve=share.may_approve,
        expires=share.expires,
        actions=tuple(_shared_action(base, each) for each in view.actions),
        comments=tuple(shares.comments(state.store, job_id)),
    )


def _shared_action(base: str, action: ActionView) -> SharedAction:
    file, what, kind = action.start_frame, "start-frame", "start_frame"
    if action.status is not AWAITING[Gate.START_FRAME_REVIEW]:
        if action.stickers:
            kind, (what, file) = "sticker", next(iter(action.stickers.items()))
        elif action.clip:
            kind, what, file = "clip", "clip", action.clip
    version = file.url.rpartition("?v=")[2] if file else ""
    asked = action.status.awaiting and not action.answered and not action.declined
    return SharedAction(
        name=action.name,
        title=action.title,
        emoji=action.emoji,
        status=action.status,
        next=action.next,
        question=action.question if asked else "",
        kind=kind,
        file=file and file.model_copy(update={"url": f"{base}/{action.name}/{what}?v={version}"}),
    )
