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
from popcon.engines.matte.stabilise import SPARK, Components
from popcon.engines.matte.trimap import MARGIN
from popcon.engines.matte.unmix import Scene

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

SHADOW = 150
"""Levels by which a shadow may darken the backdrop."""

_NEUTRAL = 12
_SMOOTH = 28
_FLANK = 60
_ALL_GREY = 0.8  # share of a thing's blocks that are the backdrop made darker
_SHARP = 0.7  # share of a thing's height that its edge rises within three blocks
_PLATEAU = 0.3  # share of its blocks that are nearly as far from the backdrop as any
_MIXED = 2  # blocks beyond a shadow in which pixels may be mixed with it


@dataclass(frozen=True)
class Painted:
    """A frame made ready for the rim model.

    Attributes:
        padded: the frame, insides dark, shadows gone.
        gap: as `trimap.block_difference`, to match.
        inside: (h, w), pixels that are the character's although they look like the backdrop.
        doubt: what could not be told.
        shadow: (h, w) uint8, how much of the backdrop's light shadows take; None where there are none.
    """

    padded: Bytes
    gap: Bytes
    inside: Flags
    doubt: Doubt
    shadow: Bytes | None


def paint(padded: Bytes, gap: Bytes, scene: Scene) -> Painted:
    """Decide which areas are outside and which inside, and paint them so."""
    blank = gap <= scene.threshold
    shade = _shade(padded, gap, scene, blank)
    outside = _reached(blank | shade)
    enclosed = (blank | shade) & ~outside
    decided = judge(Areas(padded, outside, enclosed, scene))
    inside_blocks = enclosed & ~decided.holes
    white = to_pixels(inside_blocks.astype(np.uint8))
    # The inner slope of the line around an inside belongs to it, but never the line's outer slope.
    line = dilate(white, square(5)) & (1 - dilate(to_pixels(outside.astype(np.uint8)), square(7)))
    inside = dilate(white, SQUARE) | line
    dark = np.uint8(40 if float(scene.backdrop.level.mean()) > 127 else 215)
    gap = gap.copy()
    shadow = _strength(padded, scene, outside & shade)
    picture = _without_shadow(padded, gap, scene, outside & shade, blank)
    picture[inside.astype(bool)] = dark
    gap[inside_blocks] = 255
    doubt = max(decided.doubt, _open_outline(gap > scene.threshold), key=lambda d: d.score)
    return Painted(picture, gap, inside.astype(bool), doubt, shadow)


def _shade(padded: Bytes, gap: Bytes, scene: Scene, blank: Flags) -> Flags:
    """Blocks that are the backdrop, a little darker, without an edge: shadows."""
    small = block_means(padded)
    backdrop_colour = np.ascontiguousarray(scene.empty[::2, ::2])
    falls = cv2.split(cv2.subtract(backdrop_colour, small))
    most = cv2.max(cv2.max(falls[0], falls[1]), falls[2])
    least = cv2.min(cv2.min(falls[0], falls[1]), falls[2])
    neutral = cv2.subtract(most, least) <= _NEUTRAL
    grey = np.ascontiguousarray(small[..., 1])
    slope = cv2.subtract(dilate(grey, SQUARE), erode(grey, SQUARE))
    dark = np.asarray((gap <= SHADOW) & (least > 0) & neutral & ~blank)
    shade = dark & (slope <= _SMOOTH)
    # The steeper flank of a shadow, between its smooth parts.
    shade |= dark & (slope <= _FLANK) & (dilate(shade.astype(np.uint8), square(7)) > 0)
    return shade & ~_grey_things(gap, np.asarray(dark), np.asarray(slope), scene.threshold)


def _grey_things(gap: Bytes, dark: Flags, slope: Bytes, threshold: int) -> Flags:
    """Blocks of small grey things by themselves whose edge is as sharp as that of flat art: no shadows."""
    things = Components(gap, threshold)
    found = np.zeros(len(things.stats), bool)
    for label in things.up_to(SPARK):
        x0, y0, x1, y1 = things.box(label)
        own = things.labels[y0:y1, x0:x1] == label
        levels = gap[y0:y1, x0:x1][own]
        if levels.max() > 2 * threshold and dark[y0:y1, x0:x1][own].mean() > _ALL_GREY:
            # A plateau, and an edge as high as it.
            edge = int(slope[y0:y1, x0:x1][own].max())
            found[label] = edge > _SHARP * levels.max() and (levels > _SHARP * levels.max()).mean() > _PLATEAU
    return found[things.labels]


def _strength(padded: Bytes, scene: Scene, shade: Flags) -> Bytes | None:
    """Return how much of the backdrop's light shadows take, 0-255 at each pixel, smooth from block to block."""
    if not shade.any():
        return None
    light = np.ascontiguousarray(scene.empty[::2, ::2, 1])
    fall = cv2.subtract(light, np.ascontiguousarray(block_means(padded)[..., 1]))
    share = np.where(shade, fall * np.float32(255) / np.maximum(light, 1), 0).astype(np.float32)
    size = (padded.shape[1], padded.shape[0])
    return np.asarray(np.rint(cv2.resize(share, size, interpolation=cv2.INTER_LINEAR)), np.uint8)


def _without_shadow(padded: Bytes, gap: Bytes, scene: Scene, shade: Flags, blank: Flags) -> Bytes:
    """Brighten shadows to the backdrop, and what they show through beside a rim; `gap` is changed to match.

    Beside a rim a pixel mixes the shadow with the darkest or strongest colour close by, and only the shadow's share is
    brightened.
    """
    if not shade.any():
        return padded.copy()
    picture = np.asarray(cv2.copyTo(scene.empty, to_pixels(shade.astype(np.uint8)), padded.copy()), np.uint8)
    fall = np.where(shade, cv2.subtract(scene.empty[::2, ::2, 1], block_means(padded)[..., 1]), 0).astype(np.float32)
    side = 2 * _MIXED + 1
    weight = cv2.blur((shade | blank).astype(np.float32), (side, side))
    beside = (dilate(shade.astype(np.uint8), square(side)) > 0) & ~shade & ~blank & (weight > 0.02)
    rows, columns = np.nonzero(beside)
    if len(rows):
        spread = (cv2.blur(fall, (side, side)) / np.maximum(weight, 1e-3))[rows, columns, None]
        light = np.ascontiguousarray(padded[..., 1])
        at = rows[:, None] * 2 + np.array([0, 0, 1, 1]), columns[:, None] * 2 + np.array([0, 1, 0, 1])
        behind = scene.empty[at][..., 1].astype(np.float32) - spread
        ink = erode(light, square(7))[at].astype(np.float32)
        tint = cv2.subtract(padded.max(2), padded.min(2))
        most = dilate(tint, square(7))[at].astype(np.float32)
        mixed = np.clip((light[at] - ink) / np.maximum(behind - ink, 24), 0, 1)
        mixed = np.minimum(mixed, 1 - np.clip((tint[at] - np.float32(_NEUTRAL)) / np.maximum(most, 40), 0, 1))
        brighter = padded[at] + (mixed * spread)[..., None]
        picture[at] = np.clip(np.rint(brighter), 0, 255).astype(np.uint8)
        gap[beside] = np.abs(picture[at].astype(np.int16) - scene.empty[at]).max((1, 2))
    gap[shade] = 0
    return picture


def _reached(free: Flags) -> Flags:
    """Return the free blocks that connect with the frame's border; the margin around the frame is its border,
    repeated."""
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
