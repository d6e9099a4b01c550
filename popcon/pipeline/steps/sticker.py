"""The sticker step: an action's cutouts become one animation that one platform accepts."""

from collections.abc import Sequence
from threading import Condition
from typing import ClassVar

import numpy as np
from cachetools import LRUCache, cached
from pydantic import Field

from popcon.editing.adjusted import place_adjusted
from popcon.editing.recolour import recoloured
from popcon.media.pictures.png import decode_png
from popcon.models.adjustment import Nudge, Outline, Recolour
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.caption import Caption
from popcon.models.results import Sticker
from popcon.models.stage import Body
from popcon.models.step import Step
from popcon.pipeline.keys import StepInputs
from popcon.pixels import Rgba
from popcon.platforms import Platform, platform
from popcon.stickers.fit import encode_sticker
from popcon.stickers.pixels import stroked
from popcon.storage.store import Store

KEPT_BYTES = 48_000_000
"""Pixels of cutouts that are kept: of 20 frames of 480x480 px, two actions' and more."""


class StickerSlot(Model):
    """A slot of the timeline, by its cutout."""

    cutout: ArtifactRef
    duration_ms: int = Field(gt=0)
    blend_with: ArtifactRef | None = Field(default=None, description="a cutout that shows through at the seam")
    blend: float = Field(default=0, ge=0, le=1, description="how much of it")
    nudge: Nudge = Field(default=Nudge(), description="of this frame, before that of the whole sticker")


class StickerInputs(StepInputs):
    """What a sticker is made from."""

    task: ClassVar[str] = "sticker"
    step: ClassVar[Step] = Step.STICKER
    version: ClassVar[int] = 5

    action: str
    platform: str
    slots: tuple[StickerSlot, ...] = Field(min_length=1)
    body: Body = Field(description="where the character stands in the cutouts")
    caption: Caption | None = Field(default=None, description="words on the sticker")
    still: bool = Field(default=False, description="one of the stills in a pack that holds stills and animations")
    nudge: Nudge = Nudge()
    outline: Outline = Outline()
    recolours: tuple[Recolour, ...] = ()


def make_sticker_file(inputs: StickerInputs, store: Store) -> Sticker:
    """Place the cutouts on the platform's canvas and encode them within its limits.

    Raises:
        DoesNotFit: no permitted means brings the sticker under a limit.
    """
    rules = platform(inputs.platform)
    if inputs.still:
        rules = rules.as_still()
    frames = [_pixels(slot, inputs.recolours, store) for slot in inputs.slots]
    durations = [slot.duration_ms for slot in inputs.slots]
    placed, notes = _placed(frames, durations, inputs, rules, store)
    made = encode_sticker(placed, durations, rules)
    report = made.report
    return Sticker(
        action=inputs.action,
        platform=inputs.platform,
        file=store.put(made.data, made.media_type),
        width=report.width,
        height=report.height,
        frames=report.frames,
        durations_ms=tuple(report.durations_ms),
        loops=report.plays,
        fidelity=report.ssim,
        setting=report.setting,
        notes=notes,
    )


def _placed(
    frames: list[Rgba], durations_ms: list[int], inputs: StickerInputs, rules: Platform, store: Store
) -> tuple[list[Rgba], tuple[str, ...]]:
    """Return the frames on the platform's canvas, with their words, and what a person should know of these."""
    width, height = rules.canvas.width, rules.canvas.height
    caption = inputs.caption
    # A white outline is the stroke that a platform asks for.
    stroke_px = 0 if inputs.outline.width and inputs.outline.colour == "#ffffff" else rules.stroke_px

    def place(height: int) -> list[Rgba]:
        nudges = [(slot.nudge, inputs.nudge) for slot in inputs.slots]
        return place_adjusted(frames, inputs.body, width, height, nudges, inputs.outline)

    if caption is None and not rules.text_room:
        return [stroked(frame, stroke_px) for frame in place(height)], ()
    from popcon.media.captions.overlay import caption_frames, room_height, with_room

    room = with_room(place(room_height(height)), height)
    room = [stroked(frame, stroke_px) for frame in room]
    if caption is None:
        return room, ()
    font = caption.font
    made = caption_frames(room, durations_ms, caption.text, caption.motion, store.get(font.file), font.index, font.name)
    if made.at_32_px.reads:
        return made.frames, ()
    note = (
        f"{inputs.action} for {rules.title}: {caption.text!r} is hard to read at 32 px (contrast "
        f"{made.at_32_px.contrast:.1f}, strokes of {made.at_32_px.stroke:.1f} px); fewer letters would be larger."
    )
    return made.frames, (note,)


def _pixels(slot: StickerSlot, recolours: Sequence[Recolour], store: Store) -> Rgba:
    cutout = recoloured(_decoded(store.get(slot.cutout), slot.cutout), recolours)
    if slot.blend_with is None:
        return cutout
    return cross_blend(cutout, recoloured(_decoded(store.get(slot.blend_with), slot.blend_with), recolours), slot.blend)


@cached(
    LRUCache(KEPT_BYTES, getsizeof=lambda pixels: pixels.nbytes),
    key=lambda data, ref: ref.sha256,
    condition=Condition(),
)
def _decoded(data: bytes, ref: ArtifactRef) -> Rgba:
    """Return the pixels of a cutout, read-only: the stickers of an action for all its platforms share them."""
    pixels = decode_png(data, 4)
    pixels.flags.writeable = False
    return pixels


def cross_blend(frame: Rgba, other: Rgba, share: float) -> Rgba:
    """Mix a share (0-1) of `other` into `frame`, in premultiplied colour: (h, w, 4) uint8, straight alpha."""
    mixed = np.zeros(frame.shape, np.float32)
    for pixels, weight in ((frame, 1 - share), (other, share)):
        alpha = pixels[..., 3:].astype(np.float32) * weight
        mixed[..., :3] += pixels[..., :3] * alpha
        mixed[..., 3:] += alpha
    mixed[..., :3] /= np.maximum(mixed[..., 3:], 1e-6)
    mixed[mixed[..., 3] < 0.5] = 0
    return np.round(mixed).astype(np.uint8)
