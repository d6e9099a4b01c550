"""Cut a picture into a few thousand small regions that do not cross edges, and join them to a graph.

Flat art has exact edges and large areas without any. So regions follow the edges exactly, and areas are cut
further into cells, for a contour has to be able to pass where the character has the colour of what is behind
it and no edge is left. Strokes are kept apart from areas of their colour: an outline is an outline also where
it touches something as dark as itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from popcon.pixels import Rgb

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

CELL = 8
"""Side of the cells that large areas are cut into, px."""
SMALLEST = 6
"""Areas of fewer pixels are blends at an edge and join the neighbour nearest in colour."""
STROKE = 13
"""Dark lines up to this wide are strokes, px of a 480 px picture."""


@dataclass(frozen=True)
class Regions:
    """The regions of a picture, numbered from 0, and which of them meet.

    Arguments:
        labels: (h, w), the region of every pixel.
        lab: (n, 3), mean CIELAB colour.
        area: (n,), px.
        centre: (n, 2), mean x and y.
        border: (n,), px of the picture's border that the region has.
        ink: (n,), 1 where the region is part of a dark stroke, 0 where it is not.
        zone: (n,), the connected area of one colour that the region was cut from.
        first, second: (m,), the regions that meet, first < second.
        length: (m,), px along which they meet.
        contrast: (m,), mean CIELAB distance across that line.
        odd: (m,), 1 where the line runs as no edge near the picture's border does, 0 where it runs as most do.
    """

    labels: Ints
    lab: Floats
    area: Floats
    centre: Floats
    border: Floats
    ink: Floats
    zone: Ints
    first: Ints
    second: Ints
    length: Floats
    contrast: Floats
    odd: Floats

    @property
    def count(self) -> int:
        return len(self.area)


def to_lab(picture: Rgb) -> Floats:
    """CIELAB, L from 0 to 100, (h, w, 3) float32."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def darkness_of_lines(lab: Floats) -> Floats:
    """Return how much darker than its surroundings a thin line is, (h, w), 0 where there is none; L* units.

    A closing by a disc wider than the widest stroke takes lines away and leaves dark areas (black top hat).
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (STROKE, STROKE))
    light = np.ascontiguousarray(lab[..., 0])
    return np.asarray(cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel) - light, np.float32)


def strokes(lab: Floats, lines: Floats) -> NDArray[np.bool_]:
    """Pixels of dark lines; `lines` as from `darkness_of_lines`."""
    dark = ((lines > 16) & (lab[..., 0] < 52)).astype(np.uint8)
    # The closing also rounds the corners of dark areas; what is left there is small.
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= 40
    large[0] = False
    return np.asarray(large[pieces])


def _steps(lab: Floats) -> tuple[Floats, Floats]:
    """Colour distance from each pixel to its right and to its lower neighbour."""
    right, down = np.diff(lab, axis=1), np.diff(lab, axis=0)
    return np.sqrt(np.einsum("ijk,ijk->ij", right, right)), np.sqrt(np.einsum("ijk,ijk->ij", down, down))


def _components(right: NDArray[np.bool_], down: NDArray[np.bool_]) -> Ints:
    """Number the pixels that are joined to their right or lower neighbours."""
    height, width = down.shape[0] + 1, right.shape[1] + 1
    index = np.arange(height * width, dtype=np.int32).reshape(height, width)
    a = np.concatenate([index[:, :-1][right], index[:-1][down]])
    b = np.concatenate([index[:, 1:][right], index[1:][down]])
    graph = coo_matrix((np.ones(len(a), np.uint8), (a, b)), shape=(index.size, index.size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, np.int32).reshape(height, width)


def _blends(lab: Floats) -> NDArray[np.bool_]:
    """Pixels that lie between their two neighbours in colour, on the way from one area to another.

    Along a steep edge such pixels change so slowly that they would join what the edge divides.
    """
    found = np.zeros(lab.shape[:2], bool)
    height, width = lab.shape[:2]
    for reach in (1, 2):
        padded = cv2.copyMakeBorder(lab, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
        middle = slice(reach, -reach)
        for before, after in (
            (padded[middle, :width], padded[middle, 2 * reach :]),
            (padded[:height, middle], padded[2 * reach :, middle]),
        ):
            span = after - before
            full = np.einsum("ijk,ijk->ij", span, span)
            share = np.einsum("ijk,ijk->ij", lab - before, span)
            found |= (full > 36) & (share > 0.2 * full) & (share < 0.8 * full)
    return found


def _absorb(labels: Ints, lab: Floats, blends: NDArray[np.bool_], cells: Ints, rounds: int = 5) -> Ints:
    """Give the pixels of blends to whichever neighbouring area is nearest in colour, from the outside in.

    What is too far from any area, as on a steep slope of colours, is divided by cells.
    """
    weights = ~blends.ravel()
    sizes = np.bincount(labels.ravel(), weights)
    sums = np.stack([np.bincount(labels.ravel(), lab[..., c].ravel() * weights) for c in range(3)], 1)
    colour = sums / np.maximum(sizes, 1)[:, None]
    width = labels.shape[1] + 2
    flat = np.full((labels.shape[0] + 2, width), -1, np.int32)
    flat[1:-1, 1:-1] = np.where((sizes[labels] >= SMALLEST) & ~blends, labels, -1)
    flat = flat.ravel()
    own = np.pad(lab, ((1, 1), (1, 1), (0, 0))).reshape(-1, 3)
    inner = np.zeros((labels.shape[0] + 2, width), bool)
    inner[1:-1, 1:-1] = True
    open_pixels = np.flatnonzero((flat < 0) & inner.ravel())
    for _ in range(rounds):
        if not len(open_pixels):
            break
        near = flat[open_pixels[:, None] + np.array([1, -1, width, -width])]
        difference = colour[near] - own[open_pixels][:, None]
        distance = np.einsum("ijk,ijk->ij", difference, difference)
        distance[near < 0] = np.inf
        best = distance.argmin(1)
        known = np.isfinite(distance[np.arange(len(best)), best])
        flat[open_pixels[known]] = near[known, best[known]]
        open_pixels = open_pixels[~known]
    result = flat.reshape(-1, width)[1:-1, 1:-1]
    return np.where(result < 0, labels.max() + 1 + cells, result).astype(np.int32)


def _cells(shape: tuple[int, ...], side: int) -> Ints:
    """Bricks: every second row is shifted by half a cell, so that no straight line runs through all of them."""
    height, width = shape
    y, x = np.mgrid[:height, :width]
    row = y // side
    return np.asarray(row * (width // side + 2) + (x + (row % 2) * (side // 2)) // side, np.int32)


def regions_of(picture: Rgb) -> Regions:
    """Cut a picture into regions.

    Arguments:
        picture: (h, w, 3) uint8, at most about 500 px wide and high: a region's size is in its pixels.
    """
    sharp = to_lab(picture)
    lab = np.asarray(cv2.bilateralFilter(sharp, 5, 7, 2), np.float32)
    right, down = _steps(lab)
    grain = float(np.median(np.concatenate([right.ravel()[::7], down.ravel()[::7]])))
    step = min(2.5 + 3 * grain, 7.0)
    ink = strokes(sharp, darkness_of_lines(sharp))
    blends = _blends(sharp)
    join_right = (right < step) & (ink[:, 1:] == ink[:, :-1]) & ~blends[:, 1:] & ~blends[:, :-1]
    join_down = (down < step) & (ink[1:] == ink[:-1]) & ~blends[1:] & ~blends[:-1]
    zones = _components(join_right, join_down)
    cells = _cells(zones.shape, CELL)
    labels = _components(join_right & (cells[:, 1:] == cells[:, :-1]), join_down & (cells[1:] == cells[:-1]))
    labels = _absorb(labels, lab, blends, cells)
    used = np.bincount(labels.ravel()) > 0
    compact = (np.cumsum(used) - 1).astype(np.int32)
    return _described(compact[labels], sharp, ink, zones, blends)


def _described(labels: Ints, lab: Floats, ink: NDArray[np.bool_], zones: Ints, blends: NDArray[np.bool_]) -> Regions:
    flat = labels.ravel()
    area = np.bincount(flat).astype(np.float32)
    count = len(area)

    def mean(values: NDArray[np.generic]) -> Floats:
        return np.asarray(np.bincount(flat, np.ascontiguousarray(values).ravel(), count) / area, np.float32)

    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]]
    frame = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    zone = np.zeros(count, np.int32)
    zone[flat] = zones.ravel()
    named = ~blends.ravel()
    zone[flat[named]] = zones.ravel()[named]
    first, second, length, contrast, odd = _edges(labels, lab, oddness(lab))
    return Regions(
        labels=labels,
        lab=_colours(flat, lab, ~blends, count),
        area=area,
        centre=np.stack([mean(x), mean(y)], 1),
        border=np.bincount(frame, minlength=count).astype(np.float32),
        ink=(mean(ink.astype(np.float32)) > 0.5).astype(np.float32),
        zone=zone,
        first=first,
        second=second,
        length=length,
        contrast=contrast,
        odd=odd,
    )


def _colours(flat: Ints, lab: Floats, pure: NDArray[np.bool_], count: int) -> Floats:
    """Mean colour of each region's pixels that are no blends; of all where there are only blends."""
    weight = pure.ravel() + np.float32(1e-3)
    total = np.bincount(flat, weight, count)
    sums = [np.bincount(flat, weight * lab[..., channel].ravel(), count) for channel in range(3)]
    return np.stack([channel / total for channel in sums], 1).astype(np.float32)


def oddness(lab: Floats) -> Floats:
    """Return how unlike those near the border the direction of the edge at a pixel is, (h, w), 0 to 1.

    What is behind a character shows at the border: tiles, planks, stripes have few directions, and a character's
    rounded contour runs across them.
    """
    small = cv2.resize(lab, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    dx, dy = (cv2.Sobel(small, cv2.CV_32F, *order, ksize=3, scale=0.125) for order in ((1, 0), (0, 1)))
    xx, yy, xy = (
        cv2.GaussianBlur(np.einsum("ijk,ijk->ij", a, b), (0, 0), 1.2) for a, b in ((dx, dx), (dy, dy), (dx, dy))
    )
    strength = xx + yy
    coherent = np.hypot(xx - yy, 2 * xy) / np.maximum(strength, 1e-3)
    bins = 24
    direction = ((0.5 * np.arctan2(2 * xy, xx - yy) / np.pi + 0.5) * bins).astype(np.int32) % bins
    rim = np.ones(small.shape[:2], bool)
    margin = max(4, round(0.06 * min(rim.shape)))
    rim[margin:-margin, margin:-margin] = False
    clear = (strength > 9) & (coherent > 0.7)
    seen = np.bincount(direction[rim & clear], minlength=bins).astype(np.float32)
    seen = seen + 0.5 * (np.roll(seen, 1) + np.roll(seen, -1))
    usual = seen / max(float(seen.max()), 1.0)
    odd = np.where(clear, 1 - np.minimum(1, 2 * usual[direction]), 0.3)
    return np.asarray(cv2.resize(odd.astype(np.float32), lab.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def _edges(labels: Ints, lab: Floats, odd: Floats) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    count = int(labels.max()) + 1
    height, width = labels.shape
    keys, strengths, oddities = [], [], []
    for axis in (0, 1):
        a, b = (labels[:-1], labels[1:]) if axis == 0 else (labels[:, :-1], labels[:, 1:])
        cross = a != b
        keys.append(np.minimum(a, b)[cross].astype(np.int64) * count + np.maximum(a, b)[cross])
        y, x = np.nonzero(cross)
        best = np.zeros(len(y), np.float32)
        # Further apart on blurred edges, next to each other across thin lines: whichever shows more.
        for reach in (0, 1, 2):
            if axis == 0:
                difference = lab[np.maximum(y - reach, 0), x] - lab[np.minimum(y + 1 + reach, height - 1), x]
            else:
                difference = lab[y, np.maximum(x - reach, 0)] - lab[y, np.minimum(x + 1 + reach, width - 1)]
            np.maximum(best, np.einsum("ij,ij->i", difference, difference), out=best)
        strengths.append(np.sqrt(best))
        oddities.append(odd[y, x])
    key, inverse = np.unique(np.concatenate(keys), return_inverse=True)
    length = np.bincount(inverse).astype(np.float32)
    contrast, strange = (
        (np.bincount(inverse, np.concatenate(values)) / length).astype(np.float32) for values in (strengths, oddities)
    )
    return (key // count).astype(np.int32), (key % count).astype(np.int32), length, contrast, strange
