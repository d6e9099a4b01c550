"""Refining one action: its timeline, its frames, what people changed, and the sticker as it would be exported."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import ConfigDict, Field

from popcon.editing.refinements import FrameTarget, Saved, SlotTarget, frame_name, offered
from popcon.editing.session import EditSession
from popcon.errors import BadInput, UnknownName
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.refinement import Click, Refinement, Stroke
from popcon.models.results import Sticker
from popcon.models.timeline import FrameRef
from ui.web.orders import JobContext
from ui.web.routers.files import FILE, PlatformName, send
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.state import AppState
from ui.web.threads import aside

router = APIRouter(prefix="/api/jobs/{job_id}/actions/{action}", tags=["refinements"])

FrameName = Annotated[
    str,
    Path(pattern=r"^[0-9a-f]{12}-\d{1,6}$", description="as the edit session lists it", examples=["0123456789ab-7"]),
]
Version = Annotated[str, Query(max_length=40, description="makes the answer cacheable; anything")]
Who = Annotated[str, Header(alias="x-popcon-who", max_length=80, description="who saves, for others to see")]


class SlotView(Model):
    """A place in the timeline."""

    number: int
    frame: str = Field(description="what plays there now")
    chosen: str = Field(description="what the machine chose")
    duration_ms: int
    candidates: tuple[str, ...]
    version: int


class FrameEdits(Model):
    """What was changed on a frame."""

    frame: str
    clicks: tuple[Click, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    mask: str = Field(default="", description="hash of the mask that was carried here; empty for none")
    effects: bool = Field(default=True, description="whether effects that float beside the character are shown")
    version: int = 0
    by: str = ""
    at: str = ""


class FrameView(Model):
    """A frame that plays."""

    frame: str
    doubt: float
    reason: str


class BenchView(Model):
    """All that the refine page needs."""

    job: str
    action: str
    title: str
    pack: str
    status: str
    question: str
    message: str = Field(description="why a frame or a take that was asked for was not made; empty: it was")
    width: int
    height: int
    backdrop: str
    engine: str
    stamp: str = Field(description="changes when the machine's part of the action does")
    slots: tuple[SlotView, ...]
    frames: tuple[FrameView, ...]
    edits: tuple[FrameEdits, ...]
    saves: int = Field(description="how often anything was saved; later saves are told by `refinements/events`")
    platforms: tuple[str, ...]


class Save(Model):
    """All that a person changed on a frame: its full state, not a step."""

    base: int | None = Field(default=None, ge=0, description="the version that was seen; null: save over any")
    clicks: tuple[Click, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    mask: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="the carried mask to keep; empty for none")
    effects: bool = Field(default=True, description="whether effects that float beside the character are shown")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "base": 0,
                    "clicks": [{"x": 120, "y": 100, "positive": True}],
                    "strokes": [{"points": [{"x": 10, "y": 10}, {"x": 40, "y": 12}], "radius": 8, "mode": "erase"}],
                    "mask": "",
                    "effects": True,
                }
            ]
        }
    )


class Pick(Model):
    """Which frame plays in a slot."""

    base: int | None = Field(default=None, ge=0)
    frame: str = Field(default="", max_length=24, description="a candidate of the slot; empty: the machine's choice")

    model_config = ConfigDict(json_schema_extra={"examples": [{"base": 0, "frame": "0123456789ab-7"}]})


class PreviewView(Model):
    """The sticker as it would be exported now."""

    key: str = Field(description="says what it was made from")
    url: str
    sticker: Sticker


@router.get("/bench")
async def edit_session(shop: JobContext, job_id: JobId, action: ActionName) -> BenchView:
    """The timeline, its frames and candidates, and everything that was changed."""
    view = await aside(_view, shop, job_id, action)
    await aside(shop.maker.warm)
    return view


@router.get("/frames/{frame}", responses=FILE, response_class=Response)
async def raw_frame(shop: JobContext, job_id: JobId, action: ActionName, frame: FrameName) -> Response:
    """A frame as it was drawn, PNG."""

    def load() -> bytes:
        at = shop.edit_session(job_id, action)
        return encode_png(at.pixels(at.frame(frame)))

    return _png(await aside(load), lasting=True)


@router.get("/cutouts/{frame}", responses=FILE, response_class=Response)
async def machine_cutout(shop: JobContext, job_id: JobId, action: ActionName, frame: FrameName) -> Response:
    """A frame as the machine cut it out, PNG. A candidate that never played is cut out now."""

    def load() -> bytes:
        at = shop.edit_session(job_id, action)
        return shop.store.get(at.machine(at.frame(frame)).picture)

    return _png(await aside(load))


@router.get("/refined/{frame}", responses=FILE, response_class=Response)
async def refined_frame(
    shop: JobContext, job_id: JobId, action: ActionName, frame: FrameName, v: Version = ""
) -> Response:
    """A frame with everything that people changed, PNG."""

    def load() -> bytes:
        at = shop.edit_session(job_id, action)
        engine, _ = shop.segment(at.job)
        return encode_png(at.refined(at.frame(frame), engine))

    return _png(await aside(load), lasting=bool(v))


@router.get("/refinements")
async def refinements(shop: JobContext, job_id: JobId, action: ActionName) -> list[Saved]:
    """What people changed: the latest state of every frame and slot."""
    return await aside(lambda: shop.edit_session(job_id, action).saved())


@router.put("/frames/{frame}/refinement")
async def save(
    shop: JobContext, job_id: JobId, action: ActionName, frame: FrameName, body: Save, who: Who = ""
) -> FrameEdits:
    """Save all that was changed on a frame. Saving the same again changes nothing.

    With `base`, a save over somebody else's is answered with 409 and their version; without it, it goes over theirs.
    """

    def keep() -> FrameEdits:
        at = shop.edit_session(job_id, action)
        ref = at.frame(frame)
        for number, click in enumerate(body.clicks, 1):
            if not (0 <= click.x < at.width and 0 <= click.y < at.height):
                raise BadInput(f"Click {number} is outside the frame of {at.width} x {at.height} px.")
        mask = _mask(at, ref, body.mask)
        changed = Refinement(clicks=body.clicks, strokes=body.strokes, mask=mask, effects=body.effects)
        saved = at.refinements.save(FrameTarget(frame=ref), changed, body.base, who)
        shop.was_edited(job_id)
        return edits_view(saved)

    return await aside(keep)


@router.put("/slots/{slot}/pick")
async def pick(
    shop: JobContext,
    job_id: JobId,
    action: ActionName,
    slot: Annotated[int, Path(ge=0, le=1000, examples=[0])],
    body: Pick,
    who: Who = "",
) -> SlotView:
    """Swap the frame that plays in a slot for one of its candidates, or back."""

    def keep() -> SlotView:
        at = shop.edit_session(job_id, action)
        target = at.slot_target(slot)
        picked: FrameRef | None = None
        if body.frame:
            candidates = {frame_name(each): each for each in offered(at.frames, slot)}
            if body.frame not in candidates:
                raise UnknownName(f"candidate of slot {slot}", body.frame)
            picked = None if candidates[body.frame] == target.chosen else candidates[body.frame]
            at.machine(candidates[body.frame])  # cut out now, so that it can be looked at
        at.refinements.save(target, Refinement(candidate=picked), body.base, who)
        shop.was_edited(job_id)
        return _slots(at)[slot]

    return await aside(keep)


@router.get("/preview/{platform}")
async def preview(shop: JobContext, job_id: JobId, action: ActionName, platform: PlatformName) -> PreviewView:
    """The sticker as it would be exported now: the same bytes."""

    def make() -> PreviewView:
        at = shop.edit_session(job_id, action)
        engine, _ = shop.segment(at.job)
        key, made = at.sticker(platform, engine, shop.maker.make)
        return PreviewView(
            key=key,
            url=f"/api/jobs/{job_id}/actions/{action}/preview/{platform}/file?v={made.file.sha256[:16]}",
            sticker=made,
        )

    return await shop.threads.stickers.get((job_id, action, platform), make)


@router.get("/preview/{platform}/file", responses=FILE, response_class=Response)
async def preview_file(
    shop: JobContext, request: Request, job_id: JobId, action: ActionName, platform: PlatformName, v: Version = ""
) -> Response:
    """The bytes of the sticker as it would be exported now."""

    def find() -> ArtifactRef:
        at = shop.edit_session(job_id, action)
        return at.sticker(platform, shop.segment(at.job)[0], shop.maker.make)[1].file

    made = await shop.threads.stickers.get((job_id, action, platform, "file"), find)
    return await send(shop, request, made, f"{action}-{platform}")


def _view(shop: AppState, job_id: str, action: str) -> BenchView:
    at = shop.edit_session(job_id, action)
    saves = len(at.refinements.history())  # counted before they are read: one told twice is no harm
    summary = shop.archive.summary(job_id, action)
    doubts = {each.frame: each for each in at.cutouts.cutouts}
    shown = list(dict.fromkeys([*(slot.frame for slot in at.frames.timeline.slots), *at.order()]))
    return BenchView(
        job=job_id,
        action=action,
        title=at.action.title,
        pack=at.job.spec.title,
        status=summary.status,
        question=summary.question,
        message=summary.message,
        width=at.width,
        height=at.height,
        backdrop=at.character.backdrop,
        engine=at.job.spec.engines.segment.name,
        stamp=at.fingerprint[:10],
        slots=tuple(_slots(at)),
        frames=tuple(
            FrameView(
                frame=frame_name(ref),
                doubt=doubts[ref].doubt if ref in doubts else 0,
                reason=doubts[ref].reason if ref in doubts else "",
            )
            for ref in shown
        ),
        edits=tuple(edits_view(each) for each in at.saved() if isinstance(each.target, FrameTarget)),
        saves=saves,
        platforms=at.job.spec.platforms,
    )


def _slots(at: EditSession) -> list[SlotView]:
    picks = at.edits().picks
    versions = {
        (each.target.slot, each.target.chosen): each.version
        for each in at.saved()
        if isinstance(each.target, SlotTarget)
    }
    return [
        SlotView(
            number=number,
            frame=frame_name(picks.get(number, slot.frame)),
            chosen=frame_name(slot.frame),
            duration_ms=slot.duration_ms,
            candidates=tuple(frame_name(each) for each in offered(at.frames, number)),
            version=versions.get((number, slot.frame), 0),
        )
        for number, slot in enumerate(at.frames.timeline.slots)
    ]


def edits_view(saved: Saved) -> FrameEdits:
    """What was saved on a frame, as pages read it."""
    assert isinstance(saved.target, FrameTarget)
    made = saved.refinement
    return FrameEdits(
        frame=frame_name(saved.target.frame),
        clicks=made.clicks,
        strokes=made.strokes,
        mask=made.mask.sha256 if made.mask else "",
        effects=made.effects,
        version=saved.version,
        by=saved.by,
        at=saved.at,
    )


def _mask(at: EditSession, ref: FrameRef, sha256: str) -> ArtifactRef | None:
    """The carried mask of that hash: only one that was carried to this very frame is taken."""
    if not sha256:
        return None
    for each in at.refinements.history():
        mask = each.refinement.mask
        if mask is not None and mask.sha256 == sha256 and each.target == FrameTarget(frame=ref):
            return mask
    raise UnknownName("mask of this frame", sha256[:12])


def _png(data: bytes, lasting: bool = False) -> Response:
    cache = "private, max-age=31536000, immutable" if lasting else "private, no-cache"
    return Response(data, media_type="image/png", headers={"cache-control": cache})
