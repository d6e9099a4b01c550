"""Which enclosed white areas are gaps that the backdrop shows through, and which are the character's own.

A gap between arm and body is exactly as white as the backdrop, has nothing drawn in it, and lies behind a limb: on
the shortest way out one crosses a line, the limb's fill and a line again, or a solid limb, and not far. An outline
alone around an area encloses the character itself; an eye has a pupil; a belly lies deep, or has the body all around.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.doubt import Doubt
from popcon.engines.matte.morphology import SQUARE, dilate, erode, groups, square
from popcon.engines.matte.unmix import Scene

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

LIMB = 0.2
"""A limb's thickness, at most, as a share of the square root of the silhouette's area."""

LARGEST = 0.08
"""A gap's area, at most, as a share of the silhouette's; what is larger counts as the character's, in doubt."""

SCREEN = 0.05
"""Share of the silhouette's area over which an area with a thin wall all around is taken for the character's own."""

STROKE = 9
"""Pixels that one line of an outline may be thick."""

_EXACT = 3.2
_LEAST = 12
_TELLING = 40
_CORNER = 2.3
_ONE_SIDED = 0.42


@dataclass(frozen=True)
class Areas:
    """A frame, padded, and its blocks: `outside` the figure, and `enclosed` in it but like the backdrop."""

    padded: Bytes
    outside: Flags
    enclosed: Flags
    scene: Scene


@dataclass(frozen=True)
class Decided:
    """(bh, bw) blocks that are holes, and the doubt that is left."""

    holes: Flags
    doubt: Doubt = field(default_factory=Doubt)


def judge(areas: Areas) -> Decided:
    """Decide each enclosed area by itself."""
    holes = np.zeros_like(areas.enclosed)
    labels, stats = groups(areas.enclosed.astype(np.uint8), 4)
    count = len(stats)
    large = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _LEAST]
    if count < 2 or not areas.outside.any():
        return Decided(holes)
    figure = int((~areas.outside).sum())
    limb = LIMB * figure**0.5 * 2
    raw = cv2.distanceTransformWithLabels(
        (~areas.outside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    away, nearest = np.asarray(raw[0], np.float32), np.asarray(raw[1], np.int32)
    where = np.zeros((int(nearest.max()) + 1, 2), np.intp)
    where[nearest[areas.outside]] = np.argwhere(areas.outside)
    # Corners between two lines, cut off by the codec's ringing, are no areas of their own.
    nearest_out = np.full(count, np.inf)
    np.minimum.at(nearest_out, labels[areas.enclosed], away[areas.enclosed])
    corner = (stats[:, cv2.CC_STAT_AREA] < _LEAST) & (nearest_out <= _CORNER)
    corner[0] = False
    holes |= corner[labels]
    doubt = Doubt()
    for k in large:
        here, box = _crop(labels, stats[k], k)
        if _off_white(areas, here, box) > _EXACT or _has_island(here):
            continue
        y, x = (int(v) for v in np.unravel_index(int(np.argmin(np.where(here, away[box], np.inf))), here.shape))
        y, x = y + box[0].start, x + box[1].start
        wall = 2 * float(away[y, x])
        way = _profile(areas.padded, (y, x), where[nearest[y, x]])
        if not _is_limb(way, wall) or not _beside_limb(here, away[box], wall):
            continue
        area = int(stats[k, cv2.CC_STAT_AREA])
        near = float(np.clip(1.2 - abs(np.log2(wall / limb)) / 0.7, 0, 1))
        if near > 0 and area > SCREEN * figure and _encircled(here, away[box], wall):
            near = max(near, 0.6)
        elif wall <= limb and area <= LARGEST * figure and (area >= _TELLING or _depth(here).max() >= 3):
            holes[box] |= here
            near *= 0.5
        if area >= _TELLING and near > doubt.score:
            doubt = Doubt(near, "a white area may be a hole, or the character's own")
    if holes.any():  # pieces that ringing cut off a hole's corners
        beside = dilate(holes.astype(np.uint8), square(5)) > 0
        touched = np.zeros(count, bool)
        touched[labels[beside]] = True
        pieces = touched & (stats[:, cv2.CC_STAT_AREA] < _LEAST)
        pieces[0] = False
        holes |= pieces[labels]
    return Decided(holes, doubt)


def _crop(labels: NDArray[np.int32], stats: NDArray[np.int32], label: int) -> tuple[Flags, tuple[slice, slice]]:
    """Return one area in its box, a block wider on all sides, and where the box lies."""
    x, y, w, h = (int(v) for v in stats[:4])
    box = slice(max(0, y - 1), y + h + 1), slice(max(0, x - 1), x + w + 1)
    return labels[box] == label, box


def _off_white(areas: Areas, here: Flags, box: tuple[slice, slice]) -> float:
    """Levels by which an area's middle differs from the backdrop, less what ringing may do to a small one."""
    depth = _depth(here)
    core = depth >= max(1.0, 0.6 * float(depth.max()))
    got = areas.padded[::2, ::2][box][core].astype(np.float32)
    behind = areas.scene.empty[::2, ::2][box][core].astype(np.float32)
    apart = float(np.abs(np.median(got - behind, axis=0)).max())
    return max(0.0, apart - 5 / max(1.0, float(depth.max())))


def _depth(here: Flags) -> NDArray[np.float32]:
    return np.asarray(cv2.distanceTransform(here.astype(np.uint8), cv2.DIST_C, 3), np.float32)


def _has_island(here: Flags) -> bool:
    """Return whether something is drawn inside an area: a pupil, a button."""
    _, labels = cv2.connectedComponents((~here).astype(np.uint8), connectivity=8)
    islands = int(((labels != labels[0, 0]) & (labels != 0)).sum())
    return islands > max(2, 0.02 * int(here.sum()))


def _profile(padded: Bytes, start: tuple[int, int], end: NDArray[np.intp]) -> NDArray[np.float32]:
    """Colours of pixels on the straight way between two blocks, (n, 3)."""
    a, b = np.array(start) * 2 + 0.5, end * 2 + 0.5
    n = max(2, int(np.ceil(np.hypot(*(b - a)))))
    way = np.rint(a + (b - a) * np.linspace(0, 1, n)[:, None]).astype(np.intp)
    return padded[way[:, 0], way[:, 1]].astype(np.float32)


def _is_limb(way: NDArray[np.float32], wall: float) -> bool:
    """Return whether the way out crosses a limb: more than one line, and the same line, or the same edge, on both
    sides."""
    if wall <= STROKE:
        return False
    light = way.mean(1)
    reach = min(STROKE + 4, len(light) // 2)
    first = way[int(np.argmin(light[:reach]))]
    last = way[len(way) - reach + int(np.argmin(light[-reach:]))]
    return float(np.abs(first - last).max()) <= 45


def _beside_limb(here: Flags, away: NDArray[np.float32], wall: float) -> bool:
    """Return whether a good part of an area's edge runs along the limb, not just its nearest point."""
    edge = here & (erode(here.astype(np.uint8), SQUARE) == 0)
    return float((away[edge] * 2 <= 1.35 * wall + 2).mean()) >= 0.2


def _encircled(here: Flags, away: NDArray[np.float32], wall: float) -> bool:
    """Return whether the thin wall is on all sides, as around a screen on a chest; a limb is on one, the body
    opposite."""
    edge = here & (erode(here.astype(np.uint8), SQUARE) == 0)
    thin = np.argwhere(edge & (away * 2 <= 1.6 * wall + 2)) - np.argwhere(here).mean(0)
    towards = thin / np.maximum(np.hypot(thin[:, 0], thin[:, 1]), 1)[:, None]
    return float(np.hypot(*towards.mean(0))) < _ONE_SIDED
