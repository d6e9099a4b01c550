"""One palette with alpha for all frames of a sticker.

Colours are compared by how different they look over any backdrop. Over a backdrop B the difference of two pixels is
Δp - B Δa (p premultiplied colour, a alpha); its mean square over backdrops with mean m and variance v is
(Δp - m Δa)² + v Δa², which is a plain Euclidean distance in four coordinates. The palette comes from weighted k-means
(Lloyd), begun by splitting the box of largest variance (Wu, "Efficient statistical computations for optimal color
quantization", 1991, in spirit: along the widest axis of the cloud).
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgba

_WEIGHTS = np.array([0.55, 0.75, 0.40])
_MEAN, _VARIANCE = 0.45, 0.16
"""Of backdrops, colours in 0-1: black, white and something between, equally often."""

_MOST_BINS = 30_000

Points = NDArray[np.float64]
"""(n, 4): colours in the space described above."""


def _points(colours: NDArray[np.uint8]) -> Points:
    """(n, 4) uint8 straight RGBA to coordinates."""
    straight = np.asarray(colours, np.float64) / 255
    alpha = straight[:, 3:]
    seen = (straight[:, :3] * alpha - _MEAN * alpha) * _WEIGHTS
    return np.asarray(np.hstack([seen, alpha * float(np.sqrt((_WEIGHTS**2).sum() * _VARIANCE))]), dtype=np.float64)


def _colours(points: Points) -> NDArray[np.uint8]:
    """Return the straight RGBA colours nearest to coordinates."""
    alpha = np.clip(points[:, 3:] / np.sqrt((_WEIGHTS**2).sum() * _VARIANCE), 0, 1)
    premultiplied = points[:, :3] / _WEIGHTS + _MEAN * alpha
    straight = premultiplied / np.maximum(alpha, 1e-3)
    out: NDArray[np.uint8] = np.clip(np.rint(np.hstack([straight, alpha]) * 255), 0, 255).astype(np.uint8)
    out[out[:, 3] == 0] = 0
    return out


@dataclass(frozen=True)
class Colours:
    """All colours of a sticker's frames and where they are.

    `values` (n, 4) uint8, `counts` (n,), `points` (n, 4); `index` per frame (h, w) int32 into `values`. Value 0 is
    always transparent black.
    """

    values: NDArray[np.uint8]
    counts: NDArray[np.int64]
    points: Points
    index: tuple[NDArray[np.int32], ...]

    def of(self, frames: Sequence[int]) -> "Colours":
        """Return the same for some of the frames, by their numbers; a number may come twice."""
        index = tuple(self.index[frame] for frame in frames)
        counts = sum(
            (np.bincount(each.reshape(-1), minlength=len(self.values)) for each in index), np.zeros(1, np.int64)
        )
        present = np.flatnonzero(counts[1:]) + 1
        kept = np.concatenate([[0], present])
        renumbered = np.zeros(len(self.values), np.int32)
        renumbered[kept] = np.arange(len(kept))
        return Colours(self.values[kept], counts[kept], self.points[kept], tuple(renumbered[each] for each in index))


def colours_of(frames: Sequence[Rgba], least_alpha: int = 3) -> Colours:
    """Count the colours of frames.

    Colours that differ by less than can be seen are joined: bits that premultiplication loses anyway are dropped.

    Arguments:
        least_alpha: below this, 0-255, a pixel counts as transparent.
    """
    stack = np.stack(frames)
    shape = stack.shape[:3]
    flat = stack.reshape(-1, 4)
    visible = np.flatnonzero(flat[:, 3] >= least_alpha)
    inside = flat[visible]
    alpha = inside[:, 3]
    step = np.where(alpha >= 160, 0, np.where(alpha >= 64, 2, 4)).astype(np.uint8)[:, None]
    rgb = np.where(step > 0, (inside[:, :3] >> step << step) | (1 << step >> 1), inside[:, :3]).astype(np.uint8)
    a = np.where((alpha < 250) & (alpha > 5), (alpha & 0xFC) | 2, alpha).astype(np.uint32)
    keys = (a << 24) | (rgb[:, 0].astype(np.uint32) << 16) | (rgb[:, 1].astype(np.uint32) << 8) | rgb[:, 2]
    distinct, where, counts = np.unique(keys, return_inverse=True, return_counts=True)
    values = np.zeros((len(distinct) + 1, 4), np.uint8)
    for channel, shift in enumerate((16, 8, 0, 24)):
        values[1:, channel] = (distinct >> shift) & 255
    index = np.zeros(len(flat), np.int32)
    index[visible] = where.astype(np.int32) + 1
    all_counts = np.concatenate([[len(flat) - len(visible)], counts]).astype(np.int64)
    per_frame = tuple(index.reshape(shape))
    return Colours(values, all_counts, _points(values), per_frame)


def _nearest(points: Points, centres: Points) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the nearest centre of each point, and the squared distance to it.

    By brute force, because importing a k-d tree (SciPy) takes longer than a sticker does.
    """
    far, found = cv2.batchDistance(
        points.astype(np.float32), centres.astype(np.float32), cv2.CV_32F, normType=cv2.NORM_L2SQR, K=1
    )
    return found.reshape(-1).astype(np.intp), far.reshape(-1).astype(np.float64)


def _bins(points: Points, counts: NDArray[np.int64]) -> tuple[Points, NDArray[np.float64]]:
    """Join near colours until few enough are left to iterate over: (means, weights)."""
    for levels in (64, 44, 32, 22, 16):
        low = points.min(axis=0)
        grid = np.floor((points - low) * levels).astype(np.int64)
        key = ((grid[:, 0] * 128 + grid[:, 1]) * 128 + grid[:, 2]) * 128 + grid[:, 3]
        _, where = np.unique(key, return_inverse=True)
        if where.max() < _MOST_BINS:
            break
    weights = np.bincount(where, weights=counts).astype(np.float64)
    means = np.stack([np.bincount(where, weights=counts * points[:, k]) for k in range(4)], 1) / weights[:, None]
    return means, weights


_Cloud = tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.bool_]]
"""Members, their mean, and which of them lie below it along their widest axis."""


def _split(points: Points, weights: NDArray[np.float64], size: int) -> Points:
    """First centres: split the cloud with the largest squared error, at its mean, along its widest axis."""
    heap: list[tuple[float, int, _Cloud]] = []

    def push(members: NDArray[np.intp]) -> None:
        x, w = points[members], weights[members, None]
        mean = (x * w).sum(axis=0) / w.sum()
        spread = ((x - mean) ** 2 * w).sum(axis=0)
        axis = int(spread.argmax())
        heapq.heappush(heap, (-float(spread.sum()), next(order), (members, mean, x[:, axis] <= mean[axis])))

    order = count()
    push(np.arange(len(points)))
    while len(heap) < size and heap[0][0] < -1e-12:
        members, _, below = heapq.heappop(heap)[2]
        if below.all() or not below.any():
            below = np.arange(len(members)) < len(members) // 2
        push(members[below])
        push(members[~below])
    return np.array([mean for _, _, (_, mean, _) in sorted(heap, key=lambda entry: entry[1])])


def make_palette(colours: Colours, size: int, rounds: int = 5) -> NDArray[np.uint8]:
    """Return the palette that shows these colours best.

    Arguments:
        size: entries, 2 to 256; the first is transparent black.
        rounds: of k-means.

    Returns:
        (at most size, 4) uint8 straight RGBA; those with alpha first, so that a tRNS chunk is short.
    """
    if len(colours.values) <= size:
        return _ordered(colours.values)
    # Large flat areas need few entries to be exact; square roots keep them from drowning small ones.
    points, weights = _bins(colours.points[1:], np.maximum(1, np.rint(colours.counts[1:] ** 0.8)).astype(np.int64))
    centres = _split(points, weights, size - 1)
    for _ in range(rounds):
        nearest, _ = _nearest(points, centres)
        mass = np.bincount(nearest, weights=weights, minlength=len(centres))
        for k in range(4):
            total = np.bincount(nearest, weights=weights * points[:, k], minlength=len(centres))
            centres[:, k] = np.where(mass > 0, total / np.maximum(mass, 1e-12), centres[:, k])
    entries = np.unique(np.vstack([np.zeros((1, 4), np.uint8), _colours(centres)]), axis=0)
    return _ordered(entries)


def _ordered(entries: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Transparent first, then by alpha, then by brightness: neighbours in number look alike, which deflates well."""
    brightness = entries[:, :3].astype(np.int64) @ np.array([299, 587, 114])
    order = np.lexsort((brightness, entries[:, 3]))
    return np.ascontiguousarray(entries[order])


def apply_palette(colours: Colours, palette: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return the frames as numbers into a palette: each pixel its nearest entry, so that what does not move stays the
    same number in every frame."""
    nearest, _ = _nearest(colours.points, _points(palette))
    nearest[0] = 0
    table = nearest.astype(np.uint8)
    return [table[index] for index in colours.index]


def steady(
    colours: Colours, palette: NDArray[np.uint8], numbers: Sequence[NDArray[np.uint8]], slack: float
) -> list[NDArray[np.uint8]]:
    """Let a pixel keep its entry of the frame before, where that shows its colour nearly as well as the nearest.

    Noise in what stands still then costs no bytes and does not flicker.

    Arguments:
        slack: how much farther the kept entry may be than the nearest, in the space of `Colours.points` (a step of
            one in 255 is about 0.003).
    """
    entries = _points(palette)
    kept = [numbers[0]]
    for index, nearest in zip(colours.index[1:], numbers[1:], strict=True):
        before = kept[-1]
        out = nearest.copy()
        other = np.nonzero((nearest != before) & (index != 0) & (before != 0))
        wanted = colours.points[index[other]]
        own = np.sqrt(((wanted - entries[nearest[other]]) ** 2).sum(axis=1))
        held = np.sqrt(((wanted - entries[before[other]]) ** 2).sum(axis=1))
        keep = held <= own + slack
        out[other[0][keep], other[1][keep]] = before[other][keep]
        kept.append(out)
    return kept


def palette_error(colours: Colours, palette: NDArray[np.uint8]) -> float:
    """Root mean square distance of the visible pixels to their entries, in the space of `Colours.points`."""
    _, far = _nearest(colours.points[1:], _points(palette))
    weights = colours.counts[1:]
    return float(np.sqrt((far * weights).sum() / max(1, weights.sum())))
