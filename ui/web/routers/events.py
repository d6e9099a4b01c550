"""Progress as it happens: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from popcon.errors import PopconError
from ui.web.board import board
from ui.web.office import aside
from ui.web.orders import Desk
from ui.web.routers.jobs import JobId

router = APIRouter(prefix="/api", tags=["jobs"])

LOOK_S = 0.7
QUIET_S = 15.0


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse)
async def events(shop: Desk, request: Request, job_id: JobId) -> StreamingResponse:
    """A job's page (as `GET /api/jobs/{job_id}` gives it) each time that something changes."""
    await aside(shop.job, job_id)

    async def stream() -> AsyncIterator[str]:
        before, quiet = "", 0.0
        yield "retry: 2000\n\n"
        while not await request.is_disconnected():
            try:
                view = await aside(lambda: board(shop, shop.job(job_id)))
            except PopconError as error:
                yield f"event: gone\ndata: {json.dumps({'error': str(error)})}\n\n"
                return
            text = view.model_dump_json()
            quiet += LOOK_S
            if text != before:
                before, quiet = text, 0.0
                yield f"event: job\ndata: {text}\n\n"
            elif quiet > QUIET_S:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(LOOK_S)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})
