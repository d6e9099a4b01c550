"""Unsaturated backdrops: white paper above all.

There the character may be as white as what is behind it, so alpha is decided by area first. What can be reached from
the frame's border without crossing a line is outside, pale shadows included. An enclosed white area is the character's
own (a belly, an eye) unless `holes` finds it to be a gap between limb and body. Insides are then painted dark and
shadows white, so that the rim model sees one solid figure on clean paper.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.doubt import Doubt
from popcon.engines.matte.holes import Areas, judge
from popcon.engines.matte.morphology import SQUARE, block_means, dilate, erode, groups, opened, square, to_pixels
from popcon.engines.matte.trimap import MARGIN
from popcon.engines.matte.unmix import Scene

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

SHADOW = 150
"""Levels by which a shadow may darken the backdrop."""

_NEUTRAL = 12
_SMOOTH = 28


@dataclass(frozen=True)
class Painted:
    """A frame made ready for the rim model.

    Attributes:
        padded: the frame, insides dark, shadows gone.
        gap: as `trimap.block_difference`, to match.
        inside: (h, w), pixels that are the character's although they look like the backdrop.
        doubt: what could not be told.
    """

    padded: Bytes
    gap: Bytes
    inside: Flags
    doubt: Doubt


def paint(padded: Bytes, gap: Bytes, scene: Scene) -> Painted:
    """Decide which areas are outside and which inside, and paint them so."""
    blank = gap <= scene.threshold
    shade = _shade(padded, gap, scene) & ~blank
    outside = _reached(blank | shade)
    enclosed = (blank | shade) & ~outside
    decided = judge(Areas(padded, outside, enclosed, scene))
    inside_blocks = enclosed & ~decided.holes
    white = to_pixels(inside_blocks.astype(np.uint8))
    # The inner slope of the line around an inside belongs to it, but never the line's outer slope.
    line = dilate(white, square(5)) & (1 - dilate(to_pixels(outside.astype(np.uint8)), square(7)))
    inside = dilate(white, SQUARE) | line
    ground = to_pixels((outside & shade).astype(np.uint8))
    dark = np.uint8(40 if float(scene.backdrop.level.mean()) > 127 else 215)
    picture = np.asarray(cv2.copyTo(scene.empty, ground, padded.copy()), np.uint8)
    picture[inside.astype(bool)] = dark
    gap = gap.copy()
    gap[outside & shade] = 0
    gap[inside_blocks] = 255
    doubt = max(decided.doubt, _open_outline(gap > scene.threshold), key=lambda d: d.score)
    return Painted(picture, gap, inside.astype(bool), doubt)


def _shade(padded: Bytes, gap: Bytes, scene: Scene) -> Flags:
    """Blocks that are the backdrop, a little darker, without an edge: shadows."""
    small = block_means(padded)
    backdrop_colour = np.ascontiguousarray(scene.empty[::2, ::2])
    falls = cv2.split(cv2.subtract(backdrop_colour, small))
    most = cv2.max(cv2.max(falls[0], falls[1]), falls[2])
    least = cv2.min(cv2.min(falls[0], falls[1]), falls[2])
    neutral = cv2.subtract(most, least) <= _NEUTRAL
    grey = np.ascontiguousarray(small[..., 1])
    smooth = cv2.subtract(dilate(grey, SQUARE), erode(grey, SQUARE)) <= _SMOOTH
    return np.asarray((gap <= SHADOW) & (least > 0) & neutral & smooth)


def _reached(free: Flags) -> Flags:
    """The free blocks that connect with the frame's border; the margin around the frame is its border, repeated."""
    _, labels = cv2.connectedComponents(free.astype(np.uint8), connectivity=4)
    m = MARGIN
    ring = np.concatenate([labels[m], labels[-m - 1], labels[:, m], labels[:, -m - 1]])
    touched = np.zeros(labels.max() + 1, bool)
    touched[ring] = True
    touched[0] = False
    return np.asarray(touched[labels])


def _open_outline(active: Flags) -> Doubt:
    """Doubt if long thin lines run with the backdrop on both sides: an outline that does not close."""
    h, w = active.shape
    figure = active.astype(np.uint8)
    thick = dilate(opened(figure, square(6)), square(7))
    thin = figure & (1 - thick)
    _, stats = groups(thin)
    if len(stats) < 2:
        return Doubt()
    spans = np.hypot(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    bulk = stats[1:, cv2.CC_STAT_AREA]
    # A whisker is straight: its bulk is its span. An outline bends around an area.
    longest = float(np.max(np.where(bulk > 1.2 * spans, spans, 0.5 * spans)))
    score = float(np.clip((longest / min(h, w) - 0.2) / 0.15, 0, 1))
    return Doubt(score, "an outline is open and what is inside is as pale as the backdrop" if score > 0 else "")
