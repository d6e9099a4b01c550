"""Which enclosed white areas are gaps that the backdrop shows through, and which are the character's own.

A gap between arm and body is exactly as white as the backdrop, has nothing drawn in it, and lies behind a limb: on
the shortest way out one crosses a line, the limb's fill and a line again, or a solid limb, and not far. An outline
alone around an area encloses the character itself; an eye has a pupil; a belly lies deep.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.doubt import Doubt
from popcon.engines.matte.unmix import Scene

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

LIMB = 0.13
"""A limb's thickness, at most, as a share of the square root of the silhouette's area."""

LARGEST = 0.06
"""A gap's area, at most, as a share of the silhouette's; what is larger counts as the character's, in doubt."""

STROKE = 9
"""Pixels that one line of an outline may be thick."""

_EXACT = 3.2
_LEAST = 12
_TELLING = 40
_SQUARE = np.ones((3, 3), np.uint8)


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
    count, labels, stats, _ = cv2.connectedComponentsWithStats(areas.enclosed.astype(np.uint8), connectivity=4)
    large = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _LEAST]
    if not large or not areas.outside.any():
        return Decided(holes)
    figure = int((~areas.outside).sum())
    limb = LIMB * figure**0.5 * 2
    away, nearest = cv2.distanceTransformWithLabels(
        (~areas.outside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    where = np.zeros((int(nearest.max()) + 1, 2), np.intp)
    where[nearest[areas.outside]] = np.argwhere(areas.outside)
    doubt = Doubt()
    for k in large:
        here = labels == k
        if _off_white(areas, here) > _EXACT or _has_island(here, stats[k]):
            continue
        y, x = np.unravel_index(int(np.argmin(np.where(here, away, np.inf))), here.shape)
        wall = 2 * float(away[y, x])
        way = _profile(areas.padded, (int(y), int(x)), where[nearest[y, x]])
        if not _is_limb(way, wall) or not _beside_limb(here, away, wall):
            continue
        area = int(stats[k, cv2.CC_STAT_AREA])
        if wall <= limb and area <= LARGEST * figure:
            if area >= _TELLING or _depth(here).max() >= 3:
                holes |= here
            continue
        near = float(np.clip(1.2 - abs(np.log2(wall / limb)) / 0.7, 0, 1))
        if area >= _TELLING and near > doubt.score:
            doubt = Doubt(near, "a white area may be a hole, or the character's own")
    return Decided(holes, doubt)


def _off_white(areas: Areas, here: Flags) -> float:
    """Levels by which an area's middle differs from the backdrop, less what the codec's ringing may do to a small one."""
    depth = _depth(here)
    core = depth >= max(1.0, 0.6 * float(depth.max()))
    got = areas.padded[::2, ::2][core].astype(np.float32)
    behind = areas.scene.empty[::2, ::2][core].astype(np.float32)
    apart = float(np.abs(np.median(got - behind, axis=0)).max())
    return max(0.0, apart - 5 / max(1.0, float(depth.max())))


def _depth(here: Flags) -> NDArray[np.float32]:
    return np.asarray(cv2.distanceTransform(here.astype(np.uint8), cv2.DIST_C, 3), np.float32)


def _has_island(here: Flags, stats: NDArray[np.int32]) -> bool:
    """Whether something is drawn inside an area: a pupil, a button."""
    x, y, w, h = (int(v) for v in stats[:4])
    box = np.pad(here[y : y + h, x : x + w], 1)
    _, labels = cv2.connectedComponents((~box).astype(np.uint8), connectivity=8)
    islands = int(((labels != labels[0, 0]) & (labels != 0)).sum())
    return islands > max(2, 0.02 * int(here.sum()))


def _profile(padded: Bytes, start: tuple[int, int], end: NDArray[np.intp]) -> NDArray[np.float32]:
    """Colours of pixels on the straight way between two blocks, (n, 3)."""
    a, b = np.array(start) * 2 + 0.5, end * 2 + 0.5
    n = max(2, int(np.ceil(np.hypot(*(b - a)))))
    way = np.rint(a + (b - a) * np.linspace(0, 1, n)[:, None]).astype(np.intp)
    return padded[way[:, 0], way[:, 1]].astype(np.float32)


def _is_limb(way: NDArray[np.float32], wall: float) -> bool:
    """Whether the way out crosses a limb: more than one line, and the same line, or the same edge, on both sides."""
    if wall <= STROKE:
        return False
    light = way.mean(1)
    reach = min(STROKE + 4, len(light) // 2)
    first = way[int(np.argmin(light[:reach]))]
    last = way[len(way) - reach + int(np.argmin(light[-reach:]))]
    return float(np.abs(first - last).max()) <= 45


def _beside_limb(here: Flags, away: NDArray[np.float32], wall: float) -> bool:
    """Whether a good part of an area's edge runs along the limb, not just its nearest point."""
    edge = here & (cv2.erode(here.astype(np.uint8), _SQUARE) == 0)
    return float((away[edge] * 2 <= 1.35 * wall + 2).mean()) >= 0.2
