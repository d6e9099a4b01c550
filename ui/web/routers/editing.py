"""The edit session of an action: its timeline, frames, refinements, and a preview of the exported sticker."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response

from popcon.editing.edits import selectable_frames
from popcon.editing.refinements import FrameTarget, SavedRefinement, frame_name
from popcon.errors import BadInput, UnknownName
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.refinement import Refinement
from popcon.models.timeline import FrameRef
from popcon.pipeline.edit_session import EditSession
from ui.web.edit_views import (
    EditSessionView,
    FrameEdits,
    Pick,
    PreviewView,
    Save,
    SlotView,
    edit_session_view,
    edits_view,
    slot_views,
)
from ui.web.routers.files import FILE, PlatformName, file_response
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.state import StateDep
from ui.web.threads import in_thread

router = APIRouter(prefix="/api/jobs/{job_id}/actions/{action}", tags=["refinements"])

FrameName = Annotated[
    str,
    Path(pattern=r"^[0-9a-f]{12}-\d{1,6}$", description="as the edit session lists it", examples=["0123456789ab-7"]),
]
Version = Annotated[str, Query(max_length=40, description="makes the answer cacheable; anything")]
Author = Annotated[
    str, Header(alias="x-popcon-author", max_length=80, description="the name of who saves, shown to others")
]


@router.get("/edit-session")
async def edit_session(state: StateDep, job_id: JobId, action: ActionName) -> EditSessionView:
    """Return the timeline of an action, its frames and candidates, and all refinements."""
    view = await in_thread(edit_session_view, state, job_id, action)
    await in_thread(state.maker.warm)
    return view


@router.get("/frames/{frame}", responses=FILE, response_class=Response)
async def raw_frame(state: StateDep, job_id: JobId, action: ActionName, frame: FrameName) -> Response:
    """Return a frame of the clip, PNG."""

    def load() -> bytes:
        session = state.edit_session(job_id, action)
        return encode_png(session.pixels(session.frame(frame)), quick=True)

    return _png(await in_thread(load), immutable=True)


@router.get("/cutouts/{frame}", responses=FILE, response_class=Response)
async def machine_cutout(state: StateDep, job_id: JobId, action: ActionName, frame: FrameName) -> Response:
    """Return a frame as the matte engine cut it out, PNG. A candidate that was never cut out is cut out now."""

    def load() -> bytes:
        session = state.edit_session(job_id, action)
        return state.store.get(session.machine_cutout(session.frame(frame)).picture)

    return _png(await in_thread(load))


@router.get("/refined/{frame}", responses=FILE, response_class=Response)
async def refined_frame(
    state: StateDep, job_id: JobId, action: ActionName, frame: FrameName, v: Version = ""
) -> Response:
    """Return a frame with its refinement applied, PNG."""

    def load() -> bytes:
        session = state.edit_session(job_id, action)
        engine, _ = state.segment(session.job)
        return encode_png(session.refined(session.frame(frame), engine), quick=True)

    return _png(await in_thread(load), immutable=bool(v))


@router.get("/refinements")
async def refinements(state: StateDep, job_id: JobId, action: ActionName) -> list[SavedRefinement]:
    """List the latest refinement of every frame and slot."""
    return await in_thread(lambda: state.edit_session(job_id, action).saved())


@router.put("/frames/{frame}/refinement")
async def save(
    state: StateDep, job_id: JobId, action: ActionName, frame: FrameName, body: Save, author: Author = ""
) -> FrameEdits:
    """Save the full refinement of a frame. Saving an equal one again changes nothing.

    With `base`, a save over a version that somebody else saved meanwhile is refused with 409 and that version; without
    `base` it replaces theirs.
    """

    def keep() -> FrameEdits:
        session = state.edit_session(job_id, action)
        ref = session.frame(frame)
        for number, click in enumerate(body.clicks, 1):
            if not (0 <= click.x < session.width and 0 <= click.y < session.height):
                raise BadInput(f"Click {number} is outside the frame of {session.width} x {session.height} px.")
        mask = _mask(session, ref, body.mask)
        changed = Refinement(clicks=body.clicks, strokes=body.strokes, mask=mask, effects=body.effects)
        saved = session.refinements.save(FrameTarget(frame=ref), changed, body.base, author)
        state.note_edit(job_id)
        return edits_view(saved)

    return await in_thread(keep)


@router.put("/slots/{slot}/pick")
async def pick(
    state: StateDep,
    job_id: JobId,
    action: ActionName,
    slot: Annotated[int, Path(ge=0, le=1000, examples=[0])],
    body: Pick,
    author: Author = "",
) -> SlotView:
    """Choose which of its candidates plays in a slot."""

    def keep() -> SlotView:
        session = state.edit_session(job_id, action)
        target = session.slot_target(slot)
        picked: FrameRef | None = None
        if body.frame:
            candidates = {frame_name(each): each for each in selectable_frames(session.frames, slot)}
            if body.frame not in candidates:
                raise UnknownName(f"candidate of slot {slot}", body.frame)
            picked = None if candidates[body.frame] == target.chosen else candidates[body.frame]
            session.machine_cutout(candidates[body.frame])  # cut out now, so that it can be looked at
        session.refinements.save(target, Refinement(candidate=picked), body.base, author)
        state.note_edit(job_id)
        return slot_views(session)[slot]

    return await in_thread(keep)


@router.get("/preview/{platform}")
async def preview(state: StateDep, job_id: JobId, action: ActionName, platform: PlatformName) -> PreviewView:
    """Encode the sticker exactly as an export would now, and describe it."""

    def make() -> PreviewView:
        session = state.edit_session(job_id, action)
        engine, _ = state.segment(session.job)
        key, made = session.sticker(platform, engine, state.maker.make)
        return PreviewView(
            key=key,
            url=f"/api/jobs/{job_id}/actions/{action}/preview/{platform}/file?v={made.file.sha256[:16]}",
            sticker=made,
        )

    return await state.threads.stickers.get((job_id, action, platform), make)


@router.get("/preview/{platform}/file", responses=FILE, response_class=Response)
async def preview_file(
    state: StateDep, request: Request, job_id: JobId, action: ActionName, platform: PlatformName, v: Version = ""
) -> Response:
    """Return the bytes of the sticker exactly as an export would make them now."""

    def find() -> ArtifactRef:
        session = state.edit_session(job_id, action)
        return session.sticker(platform, state.segment(session.job)[0], state.maker.make)[1].file

    made = await state.threads.stickers.get((job_id, action, platform, "file"), find)
    return await file_response(state, request, made, f"{action}-{platform}")


def _mask(session: EditSession, ref: FrameRef, sha256: str) -> ArtifactRef | None:
    """Find a propagated mask by its hash among those that were saved on this very frame."""
    if not sha256:
        return None
    mask = session.refinements.masks(FrameTarget(frame=ref)).get(sha256)
    if mask is not None:
        return mask
    raise UnknownName("mask of this frame", sha256[:12])


def _png(data: bytes, immutable: bool = False) -> Response:
    cache = "private, max-age=31536000, immutable" if immutable else "private, no-cache"
    return Response(data, media_type="image/png", headers={"cache-control": cache})
