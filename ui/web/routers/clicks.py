"""Segmentation by clicks: the mask of one picture at once, or masks for all frames of an action as a stream."""

import threading
from typing import Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field, model_validator

from popcon import naming
from popcon.editing.refinements import frame_name
from popcon.errors import BadInput
from popcon.media.pictures.mask_png import encode_mask_png
from popcon.models.base import Model
from popcon.models.refinement import Click
from popcon.models.results import DOUBTFUL
from popcon.models.timeline import FrameRef
from popcon.pipeline.edit_session import EditSession
from popcon.pixels import Mask
from ui.web.json_lines import Emit, cancellable_response
from ui.web.state import AppState, StateDep
from ui.web.threads import in_pool, in_thread

router = APIRouter(prefix="/api/masks", tags=["masks"])

PREFETCH = 4
"""The most frames whose embeddings one request has computed."""
_TINT = (40, 120, 255)


class Predict(Model):
    """Clicks on a frame of an action, or on an uploaded picture."""

    job: str = Field(default="", max_length=80)
    action: str = Field(default="", max_length=80)
    frame: str = Field(default="", max_length=24)
    picture: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    clicks: tuple[Click, ...] = Field(min_length=1, max_length=200)

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job": "fox-3f9a1c20",
                    "action": "wave",
                    "frame": "0123456789ab-7",
                    "clicks": [{"x": 120, "y": 100, "positive": True}],
                }
            ]
        }
    )

    @model_validator(mode="after")
    def _one_target(self) -> "Predict":
        if bool(self.picture) == bool(self.job and self.action and self.frame):
            raise ValueError("name either a picture, or a job, an action and a frame")
        return self


class Prefetch(Model):
    """Frames that will be clicked on soon."""

    job: str = Field(max_length=80)
    action: str = Field(max_length=80)
    frames: tuple[str, ...] = Field(max_length=40)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"job": "fox-3f9a1c20", "action": "wave", "frames": ["0123456789ab-7"]}]}
    )


class Propagate(Model):
    """A request to propagate the saved clicks of some frames of an action to all of its frames."""

    job: str = Field(max_length=80)
    action: str = Field(max_length=80)
    frame: str = Field(default="", max_length=24, description="only this frame; empty: all")

    model_config = ConfigDict(json_schema_extra={"examples": [{"job": "fox-3f9a1c20", "action": "wave"}]})


PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "RGBA: tinted and half opaque where the mask is"}
}


@router.post("/predict", responses=PNG, response_class=Response)
async def predict(state: StateDep, body: Predict) -> Response:
    """Predict the mask of clicks: an RGBA PNG of the picture's size. `X-Score` is the engine's confidence, 0 to 1."""
    data, score = await in_pool(state.threads.clicks, _predict_png, state, body)
    return Response(data, media_type="image/png", headers={"x-score": f"{score:.3f}", "cache-control": "no-store"})


@router.post("/prefetch", status_code=202)
async def prefetch(state: StateDep, body: Prefetch) -> dict[str, int]:
    """Compute the embeddings of frames ahead, so that the first click on them is answered at once."""

    def begin() -> int:
        session = state.edit_session(body.job, body.action)
        _, embeddings = state.segment(session.job)
        wanted = [session.prepare(session.frame(name)) for name in body.frames[:PREFETCH]]
        embeddings.ahead(wanted)
        return len(wanted)

    return {"started": await in_thread(begin)}


@router.post("/propagate", response_class=StreamingResponse)
async def propagate(
    state: StateDep, body: Propagate, author: str = Header(default="", alias="x-popcon-author", max_length=80)
) -> Any:
    """Propagate the saved clicks of an action to all frames. The mask of each frame is saved as soon as it is computed.

    A stream of JSON lines: `{"frame", "score", "doubtful", "pinned", "version", "mask", "done", "of"}`, at the end
    `{"finished": true}`. Closing the connection cancels; what was saved stays.
    """
    session, order, clicks = await in_thread(_propagation, state, body)
    engine, embeddings = await in_thread(state.segment, session.job)

    def work(emit: Emit, cancelled: threading.Event) -> None:
        if clicks is not None:
            mask, score = session.clicked(order[0], clicks, engine, embeddings.of)
            saved = session.save_mask(order[0], mask, author)
            state.note_edit(body.job)
            emit(_line(order[0], score, False, saved.version, _sha(saved), 1, 1))
        else:
            tracks = session.propagate(engine)
            for done, (each, mask, score, pinned) in enumerate(tracks, 1):
                if cancelled.is_set():
                    tracks.close()  # type: ignore[attr-defined]
                    return
                if pinned:
                    refined, number = session.refinement(each)
                    sha = refined.mask.sha256 if refined.mask else ""
                    emit(_line(each, score, True, number, sha, done, len(order)))
                else:
                    saved = session.save_mask(each, mask, author)
                    state.note_edit(body.job)
                    emit(_line(each, score, False, saved.version, _sha(saved), done, len(order)))
        emit({"finished": True})

    return cancellable_response(state.threads.background, work)


def _propagation(state: AppState, body: Propagate) -> tuple[EditSession, list[FrameRef], tuple[Click, ...] | None]:
    """Find the frames whose masks are to be computed, and for a single frame its clicks.

    Raises:
        BadInput: there are no clicks to propagate.
    """
    session = state.edit_session(body.job, body.action)
    changes = session.changes()
    if body.frame:
        ref = session.frame(body.frame)
        if ref not in changes or not changes[ref].clicks:
            raise BadInput("The frame has no clicks; click on it first.")
        return session, [ref], changes[ref].clicks
    order = session.order()
    if not any(changes[ref].clicks for ref in order if ref in changes):
        raise BadInput("No frame has clicks to carry; click on one first.")
    return session, order, None


def _predict_png(state: AppState, body: Predict) -> tuple[bytes, float]:
    mask, score = _predict(state, body)
    return encode_mask_png(mask, _TINT), score


def _predict(state: AppState, body: Predict) -> tuple[Mask, float]:
    if body.picture:
        return state.characters.predict(body.picture, body.clicks)
    if not naming.is_name(body.action):
        raise BadInput("That is no action's name.")
    session = state.edit_session(body.job, body.action, clicking=True)
    engine, embeddings = state.segment(session.job)
    return session.clicked(session.frame(body.frame), body.clicks, engine, embeddings.of)


def _line(ref: Any, score: float, pinned: bool, version: int, mask: str, done: int, of: int) -> dict[str, Any]:
    return {
        "frame": frame_name(ref),
        "score": round(score, 3),
        "doubtful": score < DOUBTFUL and not pinned,
        "pinned": pinned,
        "version": version,
        "mask": mask,
        "done": done,
        "of": of,
    }


def _sha(saved: Any) -> str:
    return saved.refinement.mask.sha256 if saved.refinement.mask else ""
