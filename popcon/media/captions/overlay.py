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
_THICKER = 1 / 28
"""Share of the letters' size by which they may be thickened beyond the stroke that is sought, where they still do not
stand out at 32 px: those of wide words on LINE's 320x270 did not. With more, small letters melt into bars."""


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
    colours = caption_colours(frames[:_COLOUR_FRAMES])
    whole = sum(durations_ms)
    least = needed_weight(letters(layout, font, index, width, height))
    for weight in range(least, least + int(_THICKER * layout.size) + 1):
        layout = replace(layout, weight=weight)
        painter = CaptionPainter(layout, font, index, width, height, colours, motion, whole / 1000)
        fill, still = letters(layout, font, index, width, height), painter.at(0.0)
        at_32_px = readability(fill, still)
        if at_32_px.reads:
            break
    starts = [0, *accumulate(durations_ms)][: len(frames)]
    made = [
        straight(over(premultiplied(frame), painter.at(start / whole)))
        for frame, start in zip(frames, starts, strict=True)
    ]
    return Captioned(made, at_32_px, readability(fill, still, 22))


def room_height(height: int) -> int:
    """Return the height in px that is left to the character on a canvas."""
    return round(ROOM * height)


def with_room(frames: Sequence[Rgba], height: int) -> list[Rgba]:
    """Return frames at the top of a higher canvas, transparent below."""
    return [np.pad(frame, ((0, height - frame.shape[0]), (0, 0), (0, 0))) for frame in frames]
