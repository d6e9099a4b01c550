"""Derives a caption's colours from its character: light letters, a dark outline in the character's own hue."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from popcon.pixels import Rgba

Colour = tuple[int, int, int]
"""sRGB, 0-255."""

_LEAST_SATURATION = 60
"""Of 255: below, a colour is grey, and tells no hue."""

_BINS = 36
"""Of the hue circle."""


@dataclass(frozen=True)
class CaptionColours:
    """The colours of a caption."""

    fill: Colour
    outline: Colour
    halo: Colour = (255, 255, 255)
    glow: Colour = (255, 226, 130)


PLAIN = CaptionColours(fill=(255, 255, 255), outline=(38, 38, 48))
"""For characters without any hue."""


def caption_colours(frames: Sequence[Rgba]) -> CaptionColours:
    """Find the character's hue: the most frequent one, weighted by saturation.

    Arguments:
        frames: of the character, (h, w, 4) uint8 straight alpha; the first ones are enough.
    """
    seen = np.concatenate([frame[frame[..., 3] > 200][:, :3] for frame in frames])
    if not len(seen):
        return PLAIN
    # HSV of 8 bits: hue in steps of 2 degrees, 0-179
    hsv = cv2.cvtColor(np.ascontiguousarray(seen[None]), cv2.COLOR_RGB2HSV)[0].astype(np.int64)
    strong = (hsv[:, 1] >= _LEAST_SATURATION) & (hsv[:, 2] >= 50)
    if strong.mean() < 0.04:
        return PLAIN
    bins = hsv[strong, 0] * _BINS // 180
    hue = int(np.bincount(bins, weights=hsv[strong, 1], minlength=_BINS).argmax()) * 180 // _BINS + 180 // _BINS // 2
    # dark yellow looks olive; what people call its dark tone is brown
    dark = hue - 8 if 18 <= hue <= 36 else hue
    return CaptionColours(fill=_rgb(hue, 18, 255), outline=_rgb(dark, 190, 84), glow=_rgb(hue, 110, 255))


def _rgb(hue: int, saturation: int, value: int) -> Colour:
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    red, green, blue = (int(level) for level in cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0])
    return red, green, blue
