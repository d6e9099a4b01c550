"""Progress as it happens: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from popcon.editing.refinements import FrameTarget, Saved
from popcon.errors import PopconError, UnknownName
from ui.web.board import Watch
from ui.web.orders import JobContext
from ui.web.routers.editing import edits_view
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.shapes import JobView
from ui.web.threads import aside

router = APIRouter(prefix="/api", tags=["jobs"])

LOOK_S = 0.7
QUIET_S = 15.0


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(boards: Watch, request: Request, job_id: JobId) -> StreamingResponse:
    """A job's page (as `GET /api/jobs/{job_id}` gives it) each time that something changes."""
    first = await aside(boards.of, job_id)

    async def stream() -> AsyncIterator[str]:
        view: JobView = first
        shown: JobView | None = None
        quiet = 0.0
        yield "retry: 2000\n\n"
        while not await request.is_disconnected():
            quiet += LOOK_S
            if view is not shown:
                shown, quiet = view, 0.0
                yield f"event: job\ndata: {view.model_dump_json()}\n\n"
            elif quiet > QUIET_S:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(LOOK_S)
            try:
                view = await aside(boards.of, job_id)
            except UnknownName as error:
                yield _gone(error)
                return
            except PopconError:  # a store that does not answer just now: what was shown stays
                continue

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})


@router.get(
    "/jobs/{job_id}/actions/{action}/refinements/events", response_class=StreamingResponse, tags=["refinements"]
)
async def changes(
    shop: JobContext,
    request: Request,
    job_id: JobId,
    action: ActionName,
    after: Annotated[int, Query(ge=0, le=10**9, description="`saves` of the edit session that is shown")] = 0,
    seen: Annotated[str, Header(alias="last-event-id", max_length=12, description="sent by browsers")] = "",
) -> StreamingResponse:
    """What is saved on an action's frames, by whomever: `saved` with the frame's state, `picked` with the number of a
    slot that another frame plays in; `gone` where the job was deleted."""
    kept = (await aside(shop.edit_session, job_id, action)).refinements

    async def stream() -> AsyncIterator[str]:
        done, quiet = int(seen) if seen.isdecimal() else after, 0.0
        yield "retry: 2000\n\n"
        while not await request.is_disconnected():
            records: list[Saved] = []
            try:
                await aside(shop.job, job_id)
                records = await aside(kept.history)
            except UnknownName as error:
                yield _gone(error)
                return
            except PopconError:  # a store that does not answer just now is asked again
                pass
            for number, each in enumerate(records[done:], done + 1):
                yield f"id: {number}\n{_told(each)}"
                quiet = 0.0
            done = max(done, len(records))
            quiet += LOOK_S
            if quiet > QUIET_S:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(LOOK_S)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})


def _gone(error: UnknownName) -> str:
    return f"event: gone\ndata: {json.dumps({'error': str(error)})}\n\n"


def _told(saved: Saved) -> str:
    if isinstance(saved.target, FrameTarget):
        return f"event: saved\ndata: {edits_view(saved).model_dump_json()}\n\n"
    return f"event: picked\ndata: {json.dumps({'slot': saved.target.slot, 'by': saved.by})}\n\n"
