"""Lays a caption over the frames of a sticker."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from popcon.media.captions.colours import caption_colours
from popcon.media.captions.draw import letters, over, premultiplied, straight
from popcon.media.captions.fonts import check_glyphs
from popcon.media.captions.layout import lay_out
from popcon.media.captions.motions import CaptionPainter
from popcon.media.captions.readability import Readability, needed_weight, readability
from popcon.models.caption import CaptionMotion
from popcon.pixels import Rgba

ROOM = 0.76
"""Share of the canvas's height that is left to the character where there is a caption: words stand before its feet,
and its face stays free."""

_COLOUR_FRAMES = 3


@dataclass(frozen=True)
class Captioned:
    """Frames with words on them, and how well the words read."""

    frames: list[Rgba]
    at_32_px: Readability
    at_22_px: Readability


def caption_frames(
    frames: Sequence[Rgba],
    durations_ms: Sequence[int],
    text: str,
    motion: CaptionMotion,
    font: bytes,
    index: int = 0,
    font_name: str = "font",
) -> Captioned:
    """Put words on frames.

    Arguments:
        frames: at canvas size, the character in the upper `ROOM` of it: (h, w, 4) uint8 straight alpha.
        font: the font's file.
        index: of the face in a collection.

    Raises:
        BadInput: the font lacks a glyph, or the words do not fit.
    """
    height, width = frames[0].shape[:2]
    check_glyphs(font, font_name, index, text.replace("|", ""), "")
    layout = lay_out(text, font, index, width, height)
    layout = replace(layout, weight=needed_weight(letters(layout, font, index, width, height)))
    colours = caption_colours(frames[:_COLOUR_FRAMES])
    whole = sum(durations_ms)
    painter = CaptionPainter(layout, font, index, width, height, colours, motion, whole / 1000)
    starts = [0, *accumulate(durations_ms)][: len(frames)]
    made = [
        straight(over(premultiplied(frame), painter.at(start / whole)))
        for frame, start in zip(frames, starts, strict=True)
    ]
    fill, still = letters(layout, font, index, width, height), painter.at(0.0)
    return Captioned(made, readability(fill, still), readability(fill, still, 22))


def room_height(height: int) -> int:
    """Return the height in px that is left to the character on a canvas."""
    return round(ROOM * height)


def with_room(frames: Sequence[Rgba], height: int) -> list[Rgba]:
    """Return frames at the top of a higher canvas, transparent below."""
    return [np.pad(frame, ((0, height - frame.shape[0]), (0, 0), (0, 0))) for frame in frames]
