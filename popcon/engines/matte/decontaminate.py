"""Colour decontamination of the rim: luma without ringing, and chroma that follows luma.

4:2:0 smears colour over a block of four pixels and quantises it coarsely, so the outline's colour leaks into the fill
beside it and back. Where only two colours meet, a block's colour is a linear function of its brightness; so the
function is fitted around each block and read at each pixel's own brightness (a guided filter with brightness as its
guide; He, Sun, Tang: "Guided Image Filtering", 2013). What a block's colour has beyond that stays where its neighbours
have it too: a third colour is no noise.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import SQUARE, dilate, square
from popcon.engines.matte.planes import FROM_CC, TO_YCC
from popcon.engines.matte.trimap import Trimap

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

REACH = 3
"""Blocks around a block that its colour is fitted to."""

RINGING = 5e-4
"""Variance of brightness, 0-1, under which it is taken for ringing and smoothed."""

NOISE = 0.08
"""Size of a colour difference, 0-1, under which what brightness does not explain is taken for noise."""

FAINTEST = 5
"""Alpha, 0-255, under which a pixel's colour is left alone."""

_RIDGE = 4e-4
_TO_YCC: FloatArray = (TO_YCC / 255).astype(np.float32)
_NINE: FloatArray = np.array(
    [[y0 <= y < y0 + 3 and x0 <= x < x0 + 3 for y in range(4) for x in range(4)] for y0 in (0, 1) for x0 in (0, 1)],
    np.float32,
)
"""Sums over the 3x3 pixels around each pixel of a block, of the 4x4 around the block."""


def decontaminate(rgba: Bytes, trimap: Trimap) -> None:
    """Decontaminate the colours of a padded cutout in and beside its unknown band, in place.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, contiguous. What colour is left where alpha is 0 is undefined.
        trimap: the trimap of the same frame.
    """
    bh, bw = trimap.active.shape
    unmixed = np.zeros((bh, bw), np.uint8)
    unmixed[trimap.rows, trimap.columns] = 1
    blocks = np.flatnonzero(dilate(unmixed, square(5)) & dilate(trimap.active, SQUARE))
    if not len(blocks):
        return
    words = rgba.view(np.uint32).reshape(-1)
    corner = 2 * (blocks + blocks // bw * bw)
    places = corner + np.array([0, 1, 2 * bw, 2 * bw + 1], np.intp)[:, None]
    result = words.take(places)[..., None].view(np.uint8)
    # Channels first: sums over short last axes are slow.
    levels = result.transpose(2, 0, 1).astype(np.float32)
    ycc = (_TO_YCC @ levels[:3].reshape(3, -1)).reshape(3, 4, -1)
    alpha = levels[3] * np.float32(1 / 255)
    each = ycc * alpha
    opaque = alpha[0] + alpha[1] + alpha[2] + alpha[3]
    mean = (each[:, 0] + each[:, 1] + each[:, 2] + each[:, 3]) / np.maximum(opaque, np.float32(1e-3))
    changed = np.flatnonzero(dilate(unmixed, SQUARE).reshape(-1).take(blocks))
    base, slope = (fit.take(changed, axis=1) for fit in _fit_chroma(mean, (opaque / 4) ** 2, (bh, bw), blocks))
    # R, G, B of base + slope · y, all linear in y.
    start = (FROM_CC @ base) * 255
    rise = (FROM_CC @ slope) * 255 + 255
    rgb = rise[:, None] * _smooth_luma(ycc[0], alpha, places, changed, 2 * bw)
    rgb += start[:, None]
    np.rint(rgb, out=rgb)
    np.clip(rgb, 0, 255, out=rgb)
    result = result.take(changed, axis=1)
    faint = np.nonzero((result[..., 3] < FAINTEST) & (result[..., 3] > 0))
    rgb[:, faint[0], faint[1]] = result[faint][:, :3].T
    result[..., :3] = rgb.transpose(1, 2, 0)
    words[places.take(changed, axis=1)] = result.view(np.uint32)[..., 0]


def _smooth_luma(
    y: FloatArray, alpha: FloatArray, places: NDArray[np.intp], changed: NDArray[np.intp], width: int
) -> FloatArray:
    """Brightness of blocks without ringing, (4, m): smoothed over 3x3 pixels where it hardly varies.

    Arguments:
        y, alpha: (4, n), 0-1, of the pixels of blocks.
        places: (4, n), where they lie in the frame, flat.
        changed: (m,), the blocks that are asked for, none at the frame's border.
        width: of the frame, px.
    """
    plane = np.zeros((2, int(places.max()) + width + 2), np.float32)
    plane[0][places], plane[1][places] = y, alpha
    around = (np.arange(-1, 3)[:, None] * width + np.arange(-1, 3)).reshape(-1, 1)
    near, weight = (each.take(places[0].take(changed) + around) for each in plane)
    weight *= weight
    total = _NINE @ weight
    total += np.float32(1e-6)
    weight *= near
    mean = (_NINE @ weight) / total
    weight *= near
    variance = np.maximum((_NINE @ weight) / total - mean * mean, 0)
    return np.asarray(mean + variance / (variance + np.float32(RINGING)) * (near[[5, 6, 9, 10]] - mean), np.float32)


def _fit_chroma(
    mean: FloatArray, weight: FloatArray, shape: tuple[int, int], blocks: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Colour differences of each block as base + slope · brightness, both (2, n).

    Arguments:
        mean: (3, n), Y, Cb, Cr of the blocks.
        weight: (n,), how much each says.
        shape: of the frame, blocks.
        blocks: (n,), where they lie in the frame, flat.
    """
    plane, blurred = np.zeros(shape, np.float32), np.empty(shape, np.float32)

    def around(values: FloatArray, side: int = 2 * REACH + 1) -> FloatArray:
        plane.reshape(-1)[blocks] = values
        cv2.blur(plane, (side, side), dst=blurred)
        return blurred.reshape(-1).take(blocks)

    y, c = mean[0], mean[1:]
    total = around(weight)
    total += np.float32(1e-6)
    weighted = weight * mean
    first = np.stack([around(each) / total for each in weighted])
    second = np.stack([around(each) / total for each in weighted * y])
    y0, c0 = first[0], first[1:]
    spread = np.maximum(second[0] - y0 * y0, 0)
    slope = (second[1:] - y0 * c0) / (spread + np.float32(_RIDGE))
    base = c0 - slope * y0
    rest = c - base - slope * y
    near = around(weight, 3) + np.float32(1e-6)
    size = sum((around(weight * each, 3) / near) ** 2 for each in rest)
    base += rest * (size / (size + np.float32(NOISE**2)))
    return base, slope
