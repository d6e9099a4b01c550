"""Clicks become masks: on one picture at once, or carried to all frames of an action as a stream."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field, model_validator

from popcon import naming
from popcon.editing.refinements import frame_name
from popcon.editing.session import DOUBTFUL, EditSession
from popcon.errors import BadInput, PopconError
from popcon.media.pictures.mask_png import encode_mask_png
from popcon.models.base import Model
from popcon.models.refinement import Click
from popcon.models.timeline import FrameRef
from popcon.pixels import Mask
from ui.web.orders import JobContext
from ui.web.routers.pictures import _work
from ui.web.state import AppState
from ui.web.threads import aside, within

router = APIRouter(prefix="/api/sam", tags=["masks"])

AHEAD = 4
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


class Ahead(Model):
    """Frames that will be clicked on soon."""

    job: str = Field(max_length=80)
    action: str = Field(max_length=80)
    frames: tuple[str, ...] = Field(max_length=40)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"job": "fox-3f9a1c20", "action": "wave", "frames": ["0123456789ab-7"]}]}
    )


class Apply(Model):
    """Carry the clicks that were saved on some frames of an action to all of its frames."""

    job: str = Field(max_length=80)
    action: str = Field(max_length=80)
    frame: str = Field(default="", max_length=24, description="only this frame; empty: all")

    model_config = ConfigDict(json_schema_extra={"examples": [{"job": "fox-3f9a1c20", "action": "wave"}]})


PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}, "description": "RGBA: tinted and half opaque where the mask is"}
}


@router.post("/predict", responses=PNG, response_class=Response)
async def predict(shop: JobContext, body: Predict) -> Response:
    """The mask that clicks ask for: an RGBA PNG of the picture's size. `X-Score` says how sure the engine is."""
    data, score = await within(shop.threads.clicks, _predicted, shop, body)
    return Response(data, media_type="image/png", headers={"x-score": f"{score:.3f}", "cache-control": "no-store"})


@router.post("/ahead", status_code=202)
async def ahead(shop: JobContext, body: Ahead) -> dict[str, int]:
    """Prepare frames for clicks, so that the first click on them is answered at once."""

    def begin() -> int:
        at = shop.edit_session(body.job, body.action)
        _, embeddings = shop.segment(at.job)
        wanted = [at.prepare(at.frame(name)) for name in body.frames[:AHEAD]]
        embeddings.ahead(wanted)
        return len(wanted)

    return {"started": await aside(begin)}


@router.post("/apply", response_class=StreamingResponse)
async def apply(
    shop: JobContext, body: Apply, who: str = Header(default="", alias="x-popcon-who", max_length=80)
) -> Any:
    """Carry the saved clicks of an action to all frames. Each frame is saved as soon as it is known.

    A stream of JSON lines: `{"frame", "score", "doubtful", "pinned", "version", "mask", "done", "of"}`, at the end
    `{"finished": true}`. Closing the connection cancels; what was saved stays.
    """
    at, order, one = await aside(_to_carry, shop, body)
    engine, embeddings = await aside(shop.segment, at.job)
    cancelled = threading.Event()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def work() -> None:
        def tell(value: dict[str, Any] | None) -> None:
            line = None if value is None else json.dumps(value) + "\n"
            loop.call_soon_threadsafe(lines.put_nowait, line)

        try:
            if one is not None:
                mask, score = at.clicked(order[0], one, engine, embeddings)
                saved = at.keep_mask(order[0], mask, who)
                shop.was_edited(body.job)
                tell(_line(order[0], score, False, saved.version, _sha(saved), 1, 1))
            else:
                tracks = at.carry(engine)
                for done, (each, mask, score, pinned) in enumerate(tracks, 1):
                    if cancelled.is_set():
                        tracks.close()  # type: ignore[attr-defined]
                        return
                    if pinned:
                        refined, number = at.refinement(each)
                        sha = refined.mask.sha256 if refined.mask else ""
                        tell(_line(each, score, True, number, sha, done, len(order)))
                    else:
                        saved = at.keep_mask(each, mask, who)
                        shop.was_edited(body.job)
                        tell(_line(each, score, False, saved.version, _sha(saved), done, len(order)))
            tell({"finished": True})
        except PopconError as error:
            tell({"error": str(error)})
        finally:
            tell(None)

    async def stream() -> AsyncIterator[str]:
        task = loop.run_in_executor(shop.threads.quiet, work)
        try:
            while (line := await lines.get()) is not None:
                yield line
            await task
        finally:
            cancelled.set()

    return StreamingResponse(stream(), media_type="application/x-ndjson", headers={"cache-control": "no-store"})


def _to_carry(shop: AppState, body: Apply) -> tuple[EditSession, list[FrameRef], tuple[Click, ...] | None]:
    """The frames whose masks are to be made; and for a single frame, its clicks.

    Raises:
        BadInput: there is nothing to carry.
    """
    at = shop.edit_session(body.job, body.action)
    changes = at.changes()
    if body.frame:
        ref = at.frame(body.frame)
        if ref not in changes or not changes[ref].clicks:
            raise BadInput("The frame has no clicks; click on it first.")
        return at, [ref], changes[ref].clicks
    order = at.order()
    if not any(changes[ref].clicks for ref in order if ref in changes):
        raise BadInput("No frame has clicks to carry; click on one first.")
    return at, order, None


def _predicted(shop: AppState, body: Predict) -> tuple[bytes, float]:
    mask, score = _clicked(shop, body)
    return encode_mask_png(mask, _TINT), score


def _clicked(shop: AppState, body: Predict) -> tuple[Mask, float]:
    if body.picture:
        engine, embeddings = shop.segment(None)
        pixels = np.ascontiguousarray(_work(shop, body.picture)[..., :3])
        return engine.predict(embeddings.of(pixels), body.clicks)
    if not naming.is_name(body.action):
        raise BadInput("That is no action's name.")
    at = shop.edit_session(body.job, body.action, clicking=True)
    engine, embeddings = shop.segment(at.job)
    return at.clicked(at.frame(body.frame), body.clicks, engine, embeddings)


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
