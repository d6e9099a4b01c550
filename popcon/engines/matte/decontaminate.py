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
_TO_YCCA: FloatArray = np.zeros((4, 4), np.float32)
_TO_YCCA[:3, :3] = TO_YCC.T / 255
_TO_YCCA[3, 3] = 1 / 255


def decontaminate(rgba: Bytes, trimap: Trimap) -> None:
    """Decontaminate the colours of a padded cutout in and beside its unknown band, in place.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, contiguous.
        trimap: the trimap of the same frame.
    """
    bh, bw = trimap.active.shape
    unmixed = np.zeros((bh, bw), np.uint8)
    unmixed[trimap.rows, trimap.columns] = 1
    blocks = np.flatnonzero(dilate(unmixed, square(5)) & dilate(trimap.active, SQUARE))
    if not len(blocks):
        return
    rows, columns = np.divmod(blocks, bw)
    corner = rows * (4 * bw) + columns * 2
    places = corner[:, None] + np.array([0, 1, 2 * bw, 2 * bw + 1], np.intp)
    whole_pixels = rgba.view(np.uint32).reshape(-1)
    bytes_seen = whole_pixels[places].view(np.uint8).reshape(-1, 4)
    ycca = bytes_seen.astype(np.float32) @ _TO_YCCA
    alpha = ycca[:, 3:]
    ycca[:, 0] = _smooth_luma(ycca[:, 0], alpha[:, 0], (2 * bh, 2 * bw), places.ravel())
    each = (ycca * alpha).reshape(-1, 4, 4)
    mean = each[:, 0] + each[:, 1] + each[:, 2] + each[:, 3]
    shares = alpha.reshape(-1, 4)
    opaque = (shares[:, 0] + shares[:, 1] + shares[:, 2] + shares[:, 3])[:, None]
    base, slope = _fit_chroma(mean[:, :3] / np.maximum(opaque, 1e-3), (opaque / 4) ** 2, (bh, bw), blocks)

    changed = (dilate(unmixed, SQUARE).ravel()[blocks] > 0).nonzero()[0]
    y = ycca[:, 0].reshape(-1, 4)[changed]
    # R, G, B of base + slope · y, all linear in y.
    start = (base[changed] @ FROM_CC.T) * 255
    rise = (slope[changed] @ FROM_CC.T) * 255 + 255
    rgb = start[:, None] + rise[:, None] * y[..., None]
    np.clip(np.rint(rgb, out=rgb), 0, 255, out=rgb)
    result = bytes_seen.reshape(-1, 4, 4)[changed]
    faint = result[..., 3] < FAINTEST
    rgb[faint] = result[..., :3][faint]
    result[..., :3] = rgb
    whole_pixels[places[changed]] = result.view(np.uint32)[..., 0]


def _smooth_luma(y: FloatArray, alpha: FloatArray, shape: tuple[int, int], places: NDArray[np.intp]) -> FloatArray:
    """Brightness (n,) without ringing: smoothed over 3x3 pixels where it hardly varies.

    Arguments:
        y, alpha: (n,), 0-1.
        shape: of the frame, px.
        places: (n,), where the pixels lie in the frame, flat.
    """
    plane = np.zeros((shape[0] * shape[1], 3), np.float32)
    weighted = alpha * alpha
    values = np.empty((len(y), 3), np.float32)
    values[:, 0] = weighted
    values[:, 1] = weighted * y
    values[:, 2] = values[:, 1] * y
    plane[places] = values
    near = np.asarray(cv2.blur(plane.reshape(*shape, 3), (3, 3)), np.float32).reshape(-1, 3)[places]
    total = near[:, 0] + np.float32(1e-6)
    mean = near[:, 1] / total
    variance = np.maximum(near[:, 2] / total - mean * mean, 0)
    return np.asarray(mean + (variance / (variance + RINGING)) * (y - mean), np.float32)


def _fit_chroma(
    mean: FloatArray, weight: FloatArray, shape: tuple[int, int], blocks: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Colour differences of each block as base + slope · brightness, both (n, 2).

    Arguments:
        mean: (n, 3), Y, Cb, Cr of the blocks.
        weight: (n, 1), how much each says.
        shape: of the frame, blocks.
        blocks: (n,), where they lie in the frame, flat.
    """
    y, c = mean[:, :1], mean[:, 1:]

    def around(values: FloatArray, side: int) -> FloatArray:
        plane = np.zeros((shape[0] * shape[1], values.shape[1]), np.float32)
        plane[blocks] = values
        blurred = cv2.blur(plane.reshape(*shape, -1), (side, side))
        return np.asarray(blurred, np.float32).reshape(len(plane), -1)[blocks]

    side = 2 * REACH + 1
    weighted = weight * mean
    first = around(np.concatenate([weight, weighted], 1), side)
    second = around(weighted * y, side)
    total = first[:, :1] + np.float32(1e-6)
    y0, c0 = first[:, 1:2] / total, first[:, 2:] / total
    spread = np.maximum(second[:, :1] / total - y0 * y0, 0)
    slope = (second[:, 1:] / total - y0 * c0) / (spread + np.float32(_RIDGE))
    rest = c - c0 - slope * (y - y0)
    nearby = around(np.concatenate([weight * rest, weight], 1), 3)
    size = ((nearby[:, :2] / (nearby[:, 2:] + np.float32(1e-6))) ** 2).sum(1, keepdims=True)
    base = c0 - slope * y0 + rest * (size / (size + np.float32(NOISE**2)))
    return np.asarray(base, np.float32), np.asarray(slope, np.float32)
