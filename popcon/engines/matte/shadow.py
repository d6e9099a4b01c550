"""Removal of soft shadows on a saturated backdrop.

A shadow is the backdrop made darker, so its pixels lie on the line from black to the backdrop's colour. Pixels on that
line that are joined to the clean backdrop without an edge are a shadow; what has an edge is a part of the character.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import SQUARE, block_means, dilate, square, window_of
from popcon.engines.matte.planes import TO_YCC

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

DARKEST = 0.3
"""Brightness of a shadow as a share of the backdrop's, at least."""

LIGHTEST = 0.97
"""Share of the backdrop's brightness over which nothing is a shadow."""

EDGE = 0.11
"""Difference of that share within three blocks from which there is an edge."""

_REACH = 2  # blocks beyond the shadow in which pixels may be mixed with it
_AROUND = 8  # blocks around shadows that tell how dark they are


def darkening(padded: Bytes, empty: Bytes, uniform: bool) -> tuple[FloatArray, FloatArray]:
    """Measure how dark each block is as a backdrop.

    Arguments:
        padded, empty: (h, w, 3) uint8, a frame and its backdrop, even sides.
        uniform: whether the backdrop has one colour all over, within a level.

    Returns:
        Its brightness as a share of the backdrop's, and the levels by which it leaves the line from black to the
        backdrop's colour, both (bh, bw).
    """
    if uniform:
        colour = empty[empty.shape[0] // 2, empty.shape[1] // 2].astype(np.float64)
        onto = colour / max(float(colour @ colour), 1.0)
        seen = block_means(padded).astype(np.float32)
        share = np.asarray(cv2.transform(seen, onto[None]), np.float32)
        across = cv2.transform(seen, np.eye(3) - np.outer(colour, onto))
        red, green, blue = cv2.split(np.abs(across, out=across))
        return share, np.asarray(cv2.max(cv2.max(red, green, dst=red), blue, dst=red), np.float32)
    # Channel by channel: sums over an axis of three are slow.
    means = cv2.split(block_means(padded).astype(np.float32))
    clean = cv2.split(block_means(empty).astype(np.float32))
    size = clean[0] * clean[0] + clean[1] * clean[1] + clean[2] * clean[2]
    share = means[0] * clean[0] + means[1] * clean[1] + means[2] * clean[2]
    share /= np.maximum(size, 1, out=size)
    off = [cv2.absdiff(mean, share * level) for mean, level in zip(means, clean, strict=True)]
    return np.asarray(share, np.float32), np.asarray(cv2.max(cv2.max(off[0], off[1]), off[2]), np.float32)


def remove_shadow(
    padded: Bytes, empty: Bytes, level: FloatArray, threshold: int, uniform: bool
) -> tuple[Bytes, Bytes | None]:
    """Brighten the soft shadows of a padded frame to the backdrop.

    Arguments:
        padded: (h, w, 3) uint8, even sides.
        empty: (h, w, 3) uint8, the backdrop.
        level: (3,) RGB levels of the backdrop in the middle.
        threshold: levels by which a block must differ from the backdrop to count.
        uniform: whether the backdrop has one colour all over, within a level.

    Returns:
        The frame, itself where it has no shadow; and how much of the backdrop's light the shadow takes at each pixel,
        (h, w) uint8, None where there is none.
    """
    share, off = darkening(padded, empty, uniform)
    like = (off < 5 + 14 * (1 - share)) & (share > DARKEST) & (share < LIGHTEST)
    # What joins a shadow to the clean backdrop lies beside it.
    window = window_of(like, 1)
    if window is None:
        return padded, None
    blank = (off[window] < threshold) & (share[window] >= LIGHTEST) & (share[window] < 2 - LIGHTEST)
    core = np.zeros(like.shape, np.uint8)
    core[window] = _joined(share[window], like[window], blank)
    window = window_of(core, _AROUND)
    if window is None:
        return padded, None
    share, off, like, core = share[window], off[window], like[window], core[window]
    blank = (off < threshold) & (share >= LIGHTEST) & (share < 2 - LIGHTEST)
    darkness = np.zeros((padded.shape[0] // 2, padded.shape[1] // 2), np.float32)
    darkness[window] = _darkness(share, like, blank, core)
    rows, columns = np.flatnonzero(darkness.max(1) > 0.01), np.flatnonzero(darkness.max(0) > 0.01)
    if not len(rows):
        return padded, None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    taken = darkness[top:bottom, left:right]
    doubled = (2 * taken.shape[1], 2 * taken.shape[0])
    taken = np.asarray(cv2.resize(taken, doubled, interpolation=cv2.INTER_LINEAR), np.float32)
    strength = np.zeros(padded.shape[:2], np.uint8)
    strength[2 * top : 2 * bottom, 2 * left : 2 * right] = np.rint(taken * 255)
    there = np.flatnonzero(taken > 0)
    rows, columns = np.divmod(there, taken.shape[1])
    at = (rows + 2 * top) * padded.shape[1] + columns + 2 * left
    taken = taken.take(there)
    pixels = padded.reshape(-1, 3).take(at, axis=0).astype(np.float32)
    behind = empty.reshape(-1, 3).take(at, axis=0).astype(np.float32)
    axis = (TO_YCC[1:] @ (level / 255)).astype(np.float32)
    chroma = pixels @ ((axis @ TO_YCC[1:]) / (255 * float(axis @ axis)))
    mixed = np.clip(chroma / np.maximum(1 - taken, DARKEST), 0, 1)
    result = padded.copy()
    # No pixel gets brighter than the backdrop by this: ringing would look like a thing of its own.
    brighter = np.minimum(pixels + (mixed * taken)[..., None] * behind, np.maximum(pixels, behind))
    result.reshape(-1, 3)[at] = np.clip(np.rint(brighter), 0, 255).astype(np.uint8)
    return result, strength


def _joined(share: FloatArray, like: Flags, blank: Flags) -> Flags:
    """Blocks like a shadow that are joined to the clean backdrop without an edge."""
    known = like | blank
    factor = np.where(like, share, np.float32(1))
    high = np.asarray(cv2.dilate(np.where(known, factor, np.float32(0)), SQUARE))
    low = np.asarray(cv2.erode(np.where(known, factor, np.float32(2)), SQUARE))
    smooth = known & (high - low < EDGE)
    if not (like & smooth).any():
        return smooth & False
    count, labels = cv2.connectedComponents(smooth.astype(np.uint8), connectivity=4)
    touched = np.zeros(count, bool)
    touched[np.asarray(labels)[blank & smooth]] = True
    return np.asarray(touched[labels] & like & smooth)


def _darkness(share: FloatArray, like: Flags, blank: Flags, core: Bytes) -> FloatArray:
    """How much of the backdrop's light shadows take, and what is mixed with them beside them, 0-1 at each block."""
    shade = (dilate(core, square(5)) > 0) & like
    valid = (shade | (blank & (dilate(core, square(9)) > 0))).astype(np.float32)
    side = 2 * _REACH + 1
    total = cv2.blur(valid, (side, side))
    spread = cv2.blur(np.where(shade, share, 1).astype(np.float32) * valid, (side, side)) / np.maximum(total, 1e-6)
    near = dilate(shade.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return np.where(shade, 1 - share, np.where(near & (total > 1e-6) & ~blank, 1 - spread, 0)).astype(np.float32)


def lay_over_shadow(rgba: Bytes, strength: Bytes) -> None:
    """Lay a cutout over a black shadow, in place.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha.
        strength: (h, w) uint8, the shadow's alpha.
    """
    at = np.nonzero((strength > 0) & (rgba[..., 3] < 255))
    over, under = rgba[at].astype(np.float32), strength[at].astype(np.float32)
    alpha = over[:, 3] + under * (1 - over[:, 3] / 255)
    rgba[at] = np.rint(np.column_stack([over[:, :3] * (over[:, 3] / np.maximum(alpha, 1))[:, None], alpha]))
