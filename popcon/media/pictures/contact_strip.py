"""A strip of cutouts on a light and on a dark background, for judging them at a glance."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from popcon.pixels import Rgb, Rgba

SIDE, GAP = 132, 6
LIGHT, DARK, MARK = (245, 245, 247), (24, 24, 30), (255, 149, 0)
"""Backgrounds of the two rows, and the frame around marked cutouts; RGB, 0 to 255."""


def contact_strip(cutouts: Sequence[Rgba], marked: Sequence[bool]) -> Rgb:
    """Draw cutouts in two rows, on light above and on dark below.

    Arguments:
        cutouts: straight-alpha pictures, each (height, width, 4) uint8, in the order in which they are drawn.
        marked: which of them get a coloured frame, as many as `cutouts`.

    Returns:
        (2 * SIDE + 3 * GAP, n * (SIDE + GAP) + GAP, 3) uint8.
    """
    width = len(cutouts) * (SIDE + GAP) + GAP
    strip = Image.new("RGB", (width, 2 * SIDE + 3 * GAP), (128, 128, 128))
    for number, (cutout, is_marked) in enumerate(zip(cutouts, marked, strict=True)):
        small = Image.fromarray(cutout)
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        left = GAP + number * (SIDE + GAP)
        for row, colour in enumerate((LIGHT, DARK)):
            top = GAP + row * (SIDE + GAP)
            if is_marked:
                strip.paste(MARK, (left - 3, top - 3, left + SIDE + 3, top + SIDE + 3))
            strip.paste(colour, (left, top, left + SIDE, top + SIDE))
            strip.paste(small, (left + (SIDE - small.width) // 2, top + (SIDE - small.height) // 2), small)
    return np.ascontiguousarray(np.array(strip))
