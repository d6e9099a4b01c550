"""Effect rescue: small things that a cut-out model removed, though they are not backdrop, come back.

Models that were taught to find the one salient object drop motion lines, sparks, tears, notes and steam. What is
left out is compared with the backdrop, whose colour is known or guessed from its surroundings; what stands out in
small blobs and strokes is kept, with soft alpha and clean colours. Noise of the codec, shadows and slow changes of
the backdrop are not: they are faint, or have no edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.scenery import GUARD, Scenery

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

_EMPTY, _FULL = 0.2, 0.55  # of the way to the strongest colour close by; fitted to effects that went through H.264
_WEAK = 0.15  # of a thing's strongest colour: less is a shadow or noise that it met
_SOLID = 230
_SQUARE = np.ones((3, 3), np.uint8)


def rescue(here: Scenery, neighbours: Sequence[Scenery] = (), limits: Limits = Limits()) -> Rescued:
    """Bring effects back into a model's alpha, and take backdrop out of its halo.

    Arguments:
        here: the frame.
        neighbours: the frames next to it in the clip; what is weak must be answered by one of them.
        limits: what counts as small.
    """
    alpha = without_halo(here)
    things = _things(here, neighbours, limits)
    if not things.any():
        return Rescued(alpha, np.zeros(0, np.intp), np.zeros((0, 3), np.uint8))
    h, w = alpha.shape
    peaks = cv2.resize(things, (2 * things.shape[1], 2 * things.shape[0]), interpolation=cv2.INTER_NEAREST)[:h, :w]
    # Into the guard as far as the character's smear reaches: an effect may touch the character.
    wide = cv2.copyTo(cv2.dilate(peaks, np.ones((2 * GUARD + 3, 2 * GUARD + 3), np.uint8)), here.guard)
    peaks = cv2.max(cv2.copyTo(cv2.dilate(peaks, _SQUARE), 1 - here.guard), wide)
    soft = _soft(here, np.asarray(peaks, np.uint8))
    fresh = np.flatnonzero(soft > alpha)
    return Rescued(np.asarray(cv2.max(alpha, soft), np.uint8), fresh, _colours(here, soft, fresh))


def without_halo(here: Scenery) -> Bytes:
    """The model's alpha without what is plainly the backdrop: models leave a thin veil of it around a character.

    Only half-transparent pixels change: where the model is sure, what looks like the backdrop is a part of the
    character that has its colour.
    """
    alpha = here.alpha.copy()
    flat = alpha.ravel()
    veil = np.flatnonzero((flat > 0) & (flat < _SOLID))
    gone = (here.gap.ravel()[veil] <= here.noise) | ((flat[veil] < 128) & (here.share(veil) < _EMPTY))
    flat[veil[gone]] = 0
    return alpha


def _things(here: Scenery, neighbours: Sequence[Scenery], limits: Limits) -> Bytes:
    """What comes back, (h/2, w/2) uint8: at its blocks the largest gap in the thing that they belong to, else 0."""
    blocks = here.blocks
    if blocks.mean() > limits.busy * (1 - float(here.guard.mean())):
        return np.zeros_like(blocks)
    side = min(here.alpha.shape) / 2
    number, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(blocks, 8, cv2.CV_32S, cv2.CCL_GRANA)
    keep = np.zeros(number, np.uint8)
    reach = max(2, round(TRAVEL * side / 480))
    around = [cv2.dilate(n.blocks, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) for n in neighbours]
    for label, (x, y, w, h, area) in enumerate(stats[1:].tolist(), 1):
        mine = labels[y : y + h, x : x + w] == label
        peak = _peak(here.gap[2 * y : 2 * (y + h), 2 * x : 2 * (x + w)], mine)
        if peak < limits.faint or not _small(mine, w, h, side, limits):
            continue
        weak = area <= 2 or peak < 2 * limits.faint
        if weak and around and not any(a[y : y + h, x : x + w][mine].any() for a in around):
            continue
        if min(w, h) >= 6 and _fades_out(here, x, y, w, h, peak):
            continue
        keep[label] = peak
    return keep[labels]


def _peak(box: Bytes, mine: Flags) -> int:
    if mine.all():
        return int(box.max())
    full = np.repeat(np.repeat(mine, 2, 0), 2, 1)[: box.shape[0], : box.shape[1]]
    return int(box[full].max())


def _small(mine: Flags, w: int, h: int, side: float, limits: Limits) -> bool:
    longest = max(w, h)
    if longest <= limits.blob * side:
        return True
    if longest > limits.stroke * side:
        return False
    padded = np.pad(mine.astype(np.uint8), 1)
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max()) * 2 <= limits.stroke_width * side + 1


def _fades_out(here: Scenery, x: int, y: int, w: int, h: int, peak: int) -> bool:
    """Whether a thing fades out on all sides, as shadows do, and is a darker shade of the backdrop.

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


def _soft(here: Scenery, peaks: Bytes) -> Bytes:
    """Alpha of things, (h, w); `peaks` says where they are and how strong."""
    region = (here.gap > here.noise // 2) & (here.gap > cv2.multiply(peaks, _WEAK)) & (peaks > 0)
    at = np.flatnonzero(region)
    share = here.share(at, region.astype(np.uint8))
    soft = np.zeros_like(here.gap)
    soft.ravel()[at] = np.rint(np.clip((share - _EMPTY) / (_FULL - _EMPTY), 0, 1) * 255)
    return soft


def _colours(here: Scenery, soft: Bytes, fresh: Indices) -> Bytes:
    """Clean colours: a rim takes the mean of the full pixels within two pixels of it.

    Where there are none, what is left when the backdrop's share is taken out.
    """
    frame = here.frame.reshape(-1, 3)
    cover = soft.ravel()
    result = frame[fresh]
    thin = np.flatnonzero(cover[fresh] < _SOLID)
    at = fresh[thin]
    ys, xs = np.divmod(at, soft.shape[1])
    dy, dx = (steps.ravel() for steps in np.mgrid[-2:3, -2:3])
    h, w = soft.shape
    around = np.clip(ys[:, None] + dy, 0, h - 1) * w + np.clip(xs[:, None] + dx, 0, w - 1)
    solid = (cover[around] >= _SOLID).astype(np.float32)
    count = solid.sum(1)[:, None]
    mean = (solid[:, None] @ frame[around].astype(np.float32))[:, 0] / np.maximum(count, 1)
    share = cover[at].astype(np.float32)[:, None] / 255
    left = (frame[at] - (1 - share) * here.empty.reshape(-1, 3)[at]) / np.maximum(share, 0.1)
    result[thin] = np.clip(np.rint(np.where(count > 0, mean, left)), 0, 255)
    return result
