"""The start frame step: the still that an action begins from."""

from typing import ClassVar

import cv2
import numpy as np
from pydantic import Field

from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.media.pictures.character import ENOUGH_PX, make_character
from popcon.media.pictures.picture import load_picture, reduction
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.results import StartFrame
from popcon.models.stage import Body, standing
from popcon.models.step import Step
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.shot import ShotInputs
from popcon.pipeline.steps.start_frame_sheet import from_sheet
from popcon.pixels import Rgb, Rgba
from popcon.storage.store import Store


class StartFrameInputs(ShotInputs):
    """What a start frame is drawn from."""

    task: ClassVar[str] = "start_frame"
    step: ClassVar[Step] = Step.START_FRAME
    version: ClassVar[int] = 1

    sheet: tuple[Shot, ...] = Field(
        default=(), exclude=True, description="all that may be bought in one picture with it; no part of the key"
    )


class ReplacedStartFrameInputs(StepInputs):
    """A picture that a person put in a start frame's place."""

    task: ClassVar[str] = "replaced_start_frame"
    step: ClassVar[Step] = Step.START_FRAME
    version: ClassVar[int] = 2

    picture: ArtifactRef
    backdrop: str
    side: int


def draw_start_frame(inputs: StartFrameInputs, store: Store) -> StartFrame:
    """Draw the still with the job's image engine."""
    shared, had_sheet = from_sheet(inputs, inputs.sheet, store)
    if shared is not None:
        return shared
    engine = registry.image(inputs.engine, inputs.payment.purchase(store, inputs, stands_for=0 if had_sheet else 1))
    character = inputs.character_alone(store)
    pixels, report = engine.draw_start_frame(character, inputs.shot)
    height, width = character.shape[:2]
    return StartFrame(
        picture=store.put(encode_png(pixels), "image/png"),
        body=report.body or standing(width, height),
        alone=None if report.alone is None else store.put(encode_png(report.alone), "image/png"),
        notes=report.notes,
        problems=report.problems,
        price=str(report.price),
        currency=report.currency,
    )


def replace_start_frame(inputs: ReplacedStartFrameInputs, store: Store) -> StartFrame:
    """Stand a person's picture on the stage, on the character's backdrop.

    Raises:
        BadPicture: it is not a picture that can stand there.
    """
    data = store.get(inputs.picture)
    given = load_picture(data, "the start frame", enough_px=ENOUGH_PX)
    made = make_character(given, None, reduced=reduction(data, ENOUGH_PX))
    left, top, right, bottom = made.body
    alone = made.rgba[top:bottom, left:right]
    body = standing(right - left, bottom - top)
    shown, cut = _on_stage(alone, body, inputs.backdrop, inputs.side)
    return StartFrame(
        picture=store.put(encode_png(shown), "image/png"),
        body=body,
        alone=store.put(encode_png(cut), "image/png"),
        notes=tuple(made.notes),
    )


def _on_stage(character: Rgba, body: Body, backdrop: str, side: int) -> tuple[Rgb, Rgba]:
    """Stand a trimmed character on its backdrop, and on none: (side, side, 3) and (side, side, 4)."""
    x0, x1 = round(body.left * side), round(body.right * side)
    y0, y1 = round(body.top * side), round(body.bottom * side)
    premultiplied = character.astype(np.float32) / 255
    premultiplied[..., :3] *= premultiplied[..., 3:]
    shrinks = character.shape[0] > y1 - y0
    scaled = cv2.resize(
        premultiplied,
        (max(x1 - x0, 1), max(y1 - y0, 1)),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    frame = np.empty((side, side, 3), np.float32)
    frame[:] = np.array([int(backdrop[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255
    part = frame[y0 : y0 + scaled.shape[0], x0 : x0 + scaled.shape[1]]
    part *= 1 - scaled[..., 3:]
    part += scaled[..., :3]
    alone = np.zeros((side, side, 4), np.float32)
    straight = np.where(scaled[..., 3:] > 0.002, scaled[..., :3] / np.maximum(scaled[..., 3:], 0.002), 0)
    place = alone[y0 : y0 + scaled.shape[0], x0 : x0 + scaled.shape[1]]
    place[:] = np.dstack([straight, scaled[..., 3:]])[: place.shape[0], : place.shape[1]]
    shown, cut = (np.round(np.clip(each, 0, 1) * 255).astype(np.uint8) for each in (frame, alone))
    return shown, cut
