"""Effect rescue: small things that a cut-out model removed, though they are not backdrop, come back.

Models that were taught to find the one salient object drop motion lines, sparks, tears, notes and steam. What is
left out is compared with the backdrop, whose colour is known; what stands out in small blobs and strokes is kept, with
soft alpha and clean colours. Noise of the codec, shadows and slow changes of the backdrop are not: they are faint, or
have no edge. Before scenery nothing comes back: there what stands out is the scenery itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.difference import GUARD, BackdropDifference

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Limits:
    """What counts as a small blob or a stroke. Lengths are shares of the frame's shorter side."""

    blob: float = 0.25
    """Longest side of the box around a blob."""
    stroke: float = 0.7
    """Longest side of the box around a stroke."""
    stroke_width: float = 0.05
    """Thickness up to which something long is a stroke."""
    faint: int = 20
    """Levels by which something has to stand out somewhere."""
    busy: float = 0.2
    """Share of the left-out area that stands out, over which the backdrop is not smooth and nothing comes back."""


@dataclass(frozen=True)
class Rescued:
    """What came back.

    Attributes:
        alpha: (h, w) uint8, the model's alpha with the effects, and without the backdrop in its halo.
        fresh: flat indices of the pixels whose alpha comes from the rescue, in order.
        colour: (n, 3) uint8, their clean colours.
    """

    alpha: Bytes
    fresh: Indices
    colour: Bytes


TRAVEL = 14
"""Pixels that an effect may move from one frame to the next, at a side of 480."""

_EMPTY, _FULL = 0.18, 0.5  # of the way to the strongest colour close by; fitted to effects that went through H.264
_WEAK = 0.15  # of a thing's strongest colour: less is a shadow or noise that it met
_SOLID = 230  # alpha in which the model is sure
_PURE = 235  # share from which a colour has no backdrop in it
_SOFTER = np.clip((np.arange(256) / 255 - _EMPTY) / (_FULL - _EMPTY) * 255 + 0.5, 0, 255).astype(np.uint8)
_SQUARE = np.ones((3, 3), np.uint8)
_INWARDS = np.ones((GUARD + 2, GUARD + 2), np.uint8)  # blocks: as many pixels as the guard is wide, and one more


def rescue(
    here: BackdropDifference, neighbours: Sequence[BackdropDifference] = (), limits: Limits = Limits()
) -> Rescued:
    """Bring effects back into a model's alpha, and take backdrop out of its halo.

    Arguments:
        here: the frame.
        neighbours: the frames next to it in the clip; what is weak must be answered by one of them.
        limits: what counts as small.
    """
    alpha = without_halo(here)
    things = _components(here, neighbours, limits)
    if not things.peak.any():
        return Rescued(alpha, np.zeros(0, np.intp), np.zeros((0, 3), np.uint8))
    share = _share(here, _widened(things.peak, here), _widened(things.floor, here))
    soft = cv2.LUT(share, _SOFTER)
    fresh = np.flatnonzero(soft > alpha)
    return Rescued(np.asarray(cv2.max(alpha, soft), np.uint8), fresh, _colours(here, share, fresh))


def without_halo(here: BackdropDifference) -> Bytes:
    """Return the model's alpha without what is plainly the backdrop: models leave a thin veil of it around a character.

    Only half-transparent pixels change: where the model is sure, what looks like the backdrop is a part of the
    character that has its colour.
    """
    alpha = here.alpha.copy()
    flat = alpha.ravel()
    veil = np.flatnonzero((flat > 0) & (flat < _SOLID))
    plain = here.gap.ravel()[veil] <= here.noise
    tinted = veil[~plain & (flat[veil] < 128)]
    flat[veil[plain]] = 0
    if len(tinted):
        flat[tinted[here.share(tinted) < _EMPTY]] = 0
    return alpha


@dataclass(frozen=True)
class _Components:
    """What comes back, by 2x2 blocks, (h/2, w/2) uint8; 0 elsewhere.

    Attributes:
        peak: the largest gap in the thing that a block belongs to.
        floor: the gap up to which a block is a shadow or noise that the thing met.
    """

    peak: Bytes
    floor: Bytes


def _components(here: BackdropDifference, neighbours: Sequence[BackdropDifference], limits: Limits) -> _Components:
    blocks = here.blocks
    found = _Components(np.zeros_like(blocks), np.zeros_like(blocks))
    if float((blocks > 0).mean()) > limits.busy * (1 - float(here.guard.mean())):
        return found
    reach = max(2, round(TRAVEL * min(here.alpha.shape) / 960))
    near = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    around = [np.asarray(cv2.dilate(n.blocks, near), np.uint8) for n in neighbours]
    refused = _sort(here, blocks, around, limits, found)
    if refused is not None:
        # Perhaps a shadow with sparks on it: what stands out from the shadow is looked at by itself.
        size = max(3, round(limits.stroke_width * min(here.alpha.shape) / 2)) | 1
        dark = cv2.copyTo(blocks, refused)
        shadow = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((size, size), np.uint8)), np.uint8)
        _sort(here, np.asarray(cv2.subtract(dark, shadow), np.uint8), around, limits, found, shadow)
    return found


def _sort(
    here: BackdropDifference,
    gap: Bytes,
    around: list[Bytes],
    limits: Limits,
    found: _Components,
    under: Bytes | None = None,
) -> Bytes | None:
    """Add what is small and has an edge to `found`; return the blocks of what is large or fades out, None if none."""
    active = (gap > (here.noise if under is None else limits.faint)).astype(np.uint8)
    number, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(active, 8, cv2.CV_32S, cv2.CCL_GRANA)
    peaks, refused, highest = (np.zeros(number, np.uint8) for _ in range(3))
    at = np.flatnonzero(active > 0)
    belongs = labels.ravel()[at]
    np.maximum.at(highest, np.asarray(belongs, np.intp), here.blocks.ravel()[at])
    side = min(here.alpha.shape) / 2
    # Most of what stands out is noise of the codec, in many small pieces.
    for label in np.flatnonzero(highest >= limits.faint).tolist():
        x, y, w, h, area = stats[label].tolist()
        mine = labels[y : y + h, x : x + w] == label
        peak = int(highest[label])
        if not _small(mine, w, h, side, limits) or (min(w, h) >= 6 and _fades_out(here, x, y, w, h, peak)):
            refused[label] = 1
            continue
        weak = area <= 2 or peak < 2 * limits.faint
        if weak and around and not any(a[y : y + h, x : x + w][mine].any() for a in around):
            continue
        peaks[label] = peak
    mine = np.zeros_like(gap)
    mine.ravel()[at] = peaks[belongs]
    np.maximum(found.peak, mine, out=found.peak)
    floor = cv2.convertScaleAbs(mine, alpha=_WEAK)
    if under is not None:
        between = cv2.addWeighted(under, 0.7, mine, 0.3, 0)
        floor = cv2.max(floor, cv2.copyTo(between, (mine > 0).astype(np.uint8)))
    np.maximum(found.floor, floor, out=found.floor)
    if not refused.any():
        return None
    left = np.zeros_like(gap)
    left.ravel()[at] = refused[belongs]
    return left


def _small(mine: Flags, w: int, h: int, side: float, limits: Limits) -> bool:
    longest = max(w, h)
    if longest <= limits.blob * side:
        return True
    if longest > limits.stroke * side:
        return False
    padded = np.pad(mine.astype(np.uint8), 1)
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max()) * 2 <= limits.stroke_width * side + 1


def _fades_out(here: BackdropDifference, x: int, y: int, w: int, h: int, peak: int) -> bool:
    """Return whether a thing fades out on all sides, as shadows do, and is a darker shade of the backdrop.

    Steam fades out too, but has another colour; drops and lines have an edge.
    """
    rows, columns = slice(max(0, 2 * y - 2), 2 * (y + h) + 2), slice(max(0, 2 * x - 2), 2 * (x + w) + 2)
    gap = here.gap[rows, columns]
    down, across = cv2.absdiff(gap[2:], gap[:-2]), cv2.absdiff(gap[:, 2:], gap[:, :-2])
    if max(int(down.max()), int(across.max())) > 0.45 * peak + 4:
        return False
    top = np.unravel_index(int(gap.argmax()), gap.shape)
    seen = here.frame[rows, columns][top].astype(np.float32)
    behind = here.empty[rows, columns][top].astype(np.float32)
    share = float(seen @ behind) / max(1.0, float(behind @ behind))
    return share < 1 and float(np.abs(seen - share * behind).max()) < 0.25 * peak + 4


def _widened(blocks: Bytes, here: BackdropDifference) -> Bytes:
    """Blocks as pixels, one pixel wider, and into the guard as far as the character's smear reaches.

    So an effect may touch the character.
    """
    h, w = here.alpha.shape
    size = 2 * blocks.shape[1], 2 * blocks.shape[0]
    fine = cv2.dilate(cv2.resize(blocks, size, interpolation=cv2.INTER_NEAREST), _SQUARE)
    far = cv2.resize(cv2.dilate(blocks, _INWARDS), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.copyTo(far[:h, :w], here.guard, fine[:h, :w]), np.uint8)


def _share(here: BackdropDifference, peak: Bytes, floor: Bytes) -> Bytes:
    """Return how far the pixels of things have gone from the backdrop to the strongest colour close by, (h, w)
    uint8."""
    region = (here.gap > here.noise // 2) & (here.gap > floor) & (peak > 0)
    at = np.flatnonzero(region)
    share = np.zeros_like(here.gap)
    share.ravel()[at] = np.rint(here.share(at, region.astype(np.uint8)) * 255)
    return share


def _colours(here: BackdropDifference, share: Bytes, fresh: Indices) -> Bytes:
    """Clean colours: a rim takes the mean of the pure pixels within two pixels of it.

    Where there are none, what is left when the backdrop's share is taken out.
    """
    frame = here.frame.reshape(-1, 3)
    cover = share.ravel()
    result = frame[fresh]
    thin = np.flatnonzero(cover[fresh] < _PURE)
    at = fresh[thin]
    if not len(thin):
        return np.asarray(result, np.uint8)
    # Only the rows where there are any.
    width = share.shape[1]
    top, bottom = max(0, int(at[0]) // width - 2), int(at[-1]) // width + 3
    pure = (share[top:bottom] >= _PURE).astype(np.uint8)
    inside = cv2.copyTo(here.frame[top:bottom], pure)
    near_at = at - top * width
    sums = cv2.boxFilter(inside, cv2.CV_16U, (5, 5), normalize=False).reshape(-1, 3)[near_at]
    count = cv2.boxFilter(pure, cv2.CV_16U, (5, 5), normalize=False).reshape(-1, 1)[near_at]
    near = np.flatnonzero(count)
    result[thin[near]] = (sums[near] + count[near] // 2) // count[near]
    bare = np.flatnonzero(count == 0)
    part = cover[at[bare]].astype(np.float32)[:, None] / 255
    left = (frame[at[bare]] - (1 - part) * here.empty.reshape(-1, 3)[at[bare]]) / np.maximum(part, 0.1)
    result[thin[bare]] = np.clip(np.rint(left), 0, 255)
    return result
