"""Adjustments of finished stickers: outline, colours, place, first frame, with a quick look at one frame."""

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from popcon.editing.adjusted import place_adjusted
from popcon.editing.adjustments import SavedAdjustments, current_adjustments, save_adjustments
from popcon.editing.recolour import main_colours, recoloured
from popcon.editing.refinements import frame_name
from popcon.media.pictures.png import encode_png
from popcon.models.adjustment import Adjustments, Nudge
from popcon.models.base import Model
from popcon.stickers.place import stage_box
from ui.web.routers.editing import Author, FrameName
from ui.web.routers.files import FILE
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.state import StateDep
from ui.web.threads import in_thread

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["adjustments"])

LOOK_PX = 320
"""Side of the square picture that a look shows."""


class AdjustableSticker(Model):
    """What can be adjusted on a sticker."""

    frames: tuple[str, ...] = Field(description="that play, each once, in their order")
    colours: tuple[str, ...] = Field(description="main colours as they were drawn, #rrggbb, the largest first")
    scale: float = Field(description="px of the cut-out in a pixel of a look")


class SaveAdjustments(Model):
    """All adjustments of a job (not a single step)."""

    base: int | None = Field(default=None, ge=0, description="the version that was seen; null: save over any")
    adjustments: Adjustments

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "base": 0,
                    "adjustments": {
                        "outline": {"colour": "#ffffff", "width": 8},
                        "recolours": [{"source": "#ffce38", "target": "#3b82f6"}],
                        "stickers": {"wave": {"nudge": {"x": 4, "y": 0, "scale": 1, "angle": 5}}},
                    },
                }
            ]
        }
    )


@router.get("/adjustments")
async def adjustments(state: StateDep, job_id: JobId) -> SavedAdjustments:
    """Return what is adjusted on the stickers of a job."""
    job = await in_thread(state.job, job_id)
    return await in_thread(current_adjustments, state.store, job.id)


@router.put("/adjustments")
async def put_adjustments(
    state: StateDep, job_id: JobId, body: SaveAdjustments, author: Author = ""
) -> SavedAdjustments:
    """Save what is adjusted. Stickers are made again when the job is continued.

    With `base`, a save over a version that somebody else saved meanwhile is refused with 409 and that version; without
    `base` it replaces theirs.
    """
    job = await in_thread(state.job, job_id)

    def keep() -> SavedAdjustments:
        saved = save_adjustments(state.store, job.id, job.spec, body.adjustments, body.base, author)
        state.archive.bump_version(job.id)
        return saved

    return await in_thread(keep)


@router.get("/actions/{action}/adjustable")
async def adjustable(state: StateDep, job_id: JobId, action: ActionName) -> AdjustableSticker:
    """Return the frames of a sticker that can be adjusted, and its main colours."""

    def look() -> AdjustableSticker:
        session = state.edit_session(job_id, action)
        order = session.order()
        body = session.frames.in_crop(session.start_frame.body)
        left, _, right, _ = stage_box(session.width, session.height, body, LOOK_PX, LOOK_PX)
        shown = [session.refined(ref, state.segment(session.job)[0]) for ref in order[:: max(1, len(order) // 3)]]
        return AdjustableSticker(
            frames=tuple(frame_name(ref) for ref in order),
            colours=tuple(main_colours(shown)),
            scale=(right - left) / LOOK_PX,
        )

    return await in_thread(look)


@router.post("/actions/{action}/looks/{frame}", responses=FILE, response_class=Response)
async def look(state: StateDep, job_id: JobId, action: ActionName, frame: FrameName, body: Adjustments) -> Response:
    """Return a frame of a sticker as adjustments would make it, PNG. Nothing is saved."""

    def draw() -> bytes:
        session = state.edit_session(job_id, action)
        pixels = session.refined(session.frame(frame), state.segment(session.job)[0])
        own = body.of(action)
        nudges = [(own.frames.get(frame, Nudge()), own.nudge)]
        stage = session.frames.in_crop(session.start_frame.body)
        outline = body.outline_of(action)
        (made,) = place_adjusted([recoloured(pixels, body.recolours)], stage, LOOK_PX, LOOK_PX, nudges, outline)
        return encode_png(made, quick=True)

    return Response(await in_thread(draw), media_type="image/png", headers={"cache-control": "no-store"})
