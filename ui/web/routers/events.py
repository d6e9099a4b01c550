"""Streams of server-sent events: changes of a job's board and of an action's refinements."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from popcon.editing.refinements import FrameTarget, SavedRefinement
from popcon.errors import PopconError, UnknownName
from ui.web.board import BoardsDep
from ui.web.edit_views import edits_view
from ui.web.language import LanguageDep
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.shapes import JobView
from ui.web.state import StateDep
from ui.web.threads import in_thread

router = APIRouter(prefix="/api", tags=["jobs"])

POLL_S = 0.7
KEEPALIVE_S = 15.0


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(boards: BoardsDep, request: Request, language: LanguageDep, job_id: JobId) -> StreamingResponse:
    """Stream the board of a job (as `GET /api/jobs/{job_id}` returns it), once now and after every change."""
    first = await in_thread(boards.of, job_id, language)

    async def stream() -> AsyncIterator[str]:
        view: JobView = first
        sent: JobView | None = None
        idle_s = 0.0
        yield "retry: 2000\n\n"
        while not await request.is_disconnected():
            idle_s += POLL_S
            if view is not sent:
                sent, idle_s = view, 0.0
                yield f"event: job\ndata: {view.model_dump_json()}\n\n"
            elif idle_s > KEEPALIVE_S:
                idle_s = 0.0
                yield ": keep-alive\n\n"
            await asyncio.sleep(POLL_S)
            try:
                view = await in_thread(boards.of, job_id, language)
            except UnknownName as error:
                yield _gone(error)
                return
            except PopconError:  # the store does not answer just now: the last board stays valid
                continue

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})


@router.get(
    "/jobs/{job_id}/actions/{action}/refinements/events", response_class=StreamingResponse, tags=["refinements"]
)
async def changes(
    state: StateDep,
    request: Request,
    job_id: JobId,
    action: ActionName,
    after: Annotated[int, Query(ge=0, le=10**9, description="`saves` of the edit session that is shown")] = 0,
    seen: Annotated[str, Header(alias="last-event-id", max_length=12, description="sent by browsers")] = "",
) -> StreamingResponse:
    """Stream what anybody saves on an action's frames: `saved` with the state of a frame, `picked` with the number of a
    slot in which another frame plays, `gone` if the job was deleted."""
    refinements = (await in_thread(state.edit_session, job_id, action)).refinements

    async def stream() -> AsyncIterator[str]:
        sent, idle_s = int(seen) if seen.isdecimal() else after, 0.0
        yield "retry: 2000\n\n"
        while not await request.is_disconnected():
            fresh: list[tuple[int, SavedRefinement]] = []
            try:
                await in_thread(state.job, job_id)
                fresh = await in_thread(refinements.since, sent)
            except UnknownName as error:
                yield _gone(error)
                return
            except PopconError:  # the store does not answer just now: ask again after the next interval
                pass
            for number, each in fresh:
                yield f"id: {number}\n{_event(each)}"
                sent, idle_s = number, 0.0
            idle_s += POLL_S
            if idle_s > KEEPALIVE_S:
                idle_s = 0.0
                yield ": keep-alive\n\n"
            await asyncio.sleep(POLL_S)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})


def _gone(error: UnknownName) -> str:
    return f"event: gone\ndata: {json.dumps({'error': str(error)})}\n\n"


def _event(saved: SavedRefinement) -> str:
    if isinstance(saved.target, FrameTarget):
        return f"event: saved\ndata: {edits_view(saved).model_dump_json()}\n\n"
    return f"event: picked\ndata: {json.dumps({'slot': saved.target.slot, 'by': saved.by})}\n\n"
