"""Request and response models of the edit session."""

from pydantic import ConfigDict, Field

from popcon.editing.edits import selectable_frames
from popcon.editing.refinements import FrameTarget, SavedRefinement, SlotTarget, frame_name
from popcon.models.base import Model
from popcon.models.refinement import Click, Stroke
from popcon.models.results import DOUBTFUL, Sticker
from popcon.pipeline.edit_session import EditSession
from ui.web.state import AppState


class SlotView(Model):
    """A slot of the timeline."""

    number: int
    frame: str = Field(description="what plays there now")
    chosen: str = Field(description="what the machine chose")
    duration_ms: int
    candidates: tuple[str, ...]
    version: int


class FrameEdits(Model):
    """The saved refinement of a frame."""

    frame: str
    clicks: tuple[Click, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    mask: str = Field(default="", description="hash of the mask that was carried here; empty for none")
    effects: bool = Field(default=True, description="whether effects that float beside the character are shown")
    version: int = 0
    by: str = ""
    at: str = ""


class FrameView(Model):
    """A frame that plays in the timeline."""

    frame: str
    doubt: float
    reason: str


class EditSessionView(Model):
    """All that the refine page shows of an action."""

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
    doubtful: float = Field(description="doubt, 0 to 1, from which on a frame is marked")
    stamp: str = Field(description="changes when the machine's part of the action does")
    slots: tuple[SlotView, ...]
    frames: tuple[FrameView, ...]
    edits: tuple[FrameEdits, ...]
    saves: int = Field(description="how often anything was saved; later saves are told by `refinements/events`")
    platforms: tuple[str, ...]


class Save(Model):
    """The full refinement of a frame (not a single step)."""

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
    """A request to choose the frame of a slot."""

    base: int | None = Field(default=None, ge=0)
    frame: str = Field(default="", max_length=24, description="a candidate of the slot; empty: the machine's choice")

    model_config = ConfigDict(json_schema_extra={"examples": [{"base": 0, "frame": "0123456789ab-7"}]})


class PreviewView(Model):
    """A sticker exactly as an export would make it now."""

    key: str = Field(description="hash of its inputs")
    url: str
    sticker: Sticker


def edit_session_view(state: AppState, job_id: str, action: str) -> EditSessionView:
    """Describe the edit session of an action."""
    session = state.edit_session(job_id, action)
    saves = session.refinements.count()  # counted before they are read: an event that is sent twice does no harm
    summary = state.archive.summary(job_id, action)
    doubts = {each.frame: each for each in session.cutouts.cutouts}
    shown = list(dict.fromkeys([*(slot.frame for slot in session.frames.timeline.slots), *session.order()]))
    return EditSessionView(
        job=job_id,
        action=action,
        title=session.action.title,
        pack=session.job.spec.title,
        status=summary.status,
        question=summary.question,
        message=summary.message,
        width=session.width,
        height=session.height,
        backdrop=session.character.backdrop,
        engine=session.job.spec.engines.segment.name,
        doubtful=DOUBTFUL,
        stamp=session.fingerprint[:10],
        slots=tuple(slot_views(session)),
        frames=tuple(
            FrameView(
                frame=frame_name(ref),
                doubt=doubts[ref].doubt if ref in doubts else 0,
                reason=doubts[ref].reason if ref in doubts else "",
            )
            for ref in shown
        ),
        edits=tuple(edits_view(each) for each in session.saved() if isinstance(each.target, FrameTarget)),
        saves=saves,
        platforms=session.job.spec.editions,
    )


def slot_views(session: EditSession) -> list[SlotView]:
    """Describe the slots of an edit session, each with the frame that plays there now."""
    picks = session.edits().picks
    versions = {
        (each.target.slot, each.target.chosen): each.version
        for each in session.saved()
        if isinstance(each.target, SlotTarget)
    }
    return [
        SlotView(
            number=number,
            frame=frame_name(picks.get(number, slot.frame)),
            chosen=frame_name(slot.frame),
            duration_ms=slot.duration_ms,
            candidates=tuple(frame_name(each) for each in selectable_frames(session.frames, number)),
            version=versions.get((number, slot.frame), 0),
        )
        for number, slot in enumerate(session.frames.timeline.slots)
    ]


def edits_view(saved: SavedRefinement) -> FrameEdits:
    """Convert a saved refinement of a frame to its JSON view."""
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
