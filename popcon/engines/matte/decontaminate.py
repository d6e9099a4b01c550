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

from popcon.engines.matte.morphology import SQUARE, dilate, square, to_pixels, window_of
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
_TO_Y: FloatArray = (TO_YCC[:1] / 255).astype(np.float32)
_TO_CB, _TO_CR = 1 / 1.772, 1 / 1.402
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
    unmixed = np.zeros(trimap.active.shape, np.uint8)
    unmixed[trimap.rows, trimap.columns] = 1
    known = dilate(unmixed, square(5)) & dilate(trimap.active, SQUARE)
    window = window_of(known, REACH)
    if window is None:
        return
    unmixed, known = unmixed[window], np.ascontiguousarray(known[window])
    pixels = slice(2 * window[0].start, 2 * window[0].stop), slice(2 * window[1].start, 2 * window[1].stop)
    seen = np.ascontiguousarray(rgba[pixels])
    opacity = cv2.bitwise_and(cv2.extractChannel(seen, 3), to_pixels(known * np.uint8(255)))
    alpha = np.multiply(opacity, np.float32(1 / 255), dtype=np.float32)
    rgb = cv2.cvtColor(seen, cv2.COLOR_RGBA2RGB).astype(np.float32)
    y = np.asarray(cv2.transform(rgb, _TO_Y), np.float32)
    red, blue = cv2.extractChannel(rgb, 0), cv2.extractChannel(rgb, 2)
    # Means over blocks of alpha, and of brightness and colour differences weighted by alpha.
    opaque = _block_means(alpha)
    share = np.maximum(opaque, np.float32(2.5e-4))
    grey = _block_means(alpha * y)
    cb = (_block_means(np.multiply(blue, alpha, out=blue)) / 255 - grey) * np.float32(_TO_CB) / share
    cr = (_block_means(np.multiply(red, alpha, out=red)) / 255 - grey) * np.float32(_TO_CR) / share
    fits = _fit_chroma(grey / share, (cb, cr), opaque * opaque)

    changed = np.flatnonzero(dilate(unmixed, SQUARE) & known)
    base, slope = (np.stack([plane.take(changed) for plane in planes]) for planes in zip(*fits, strict=True))
    # R, G, B of base + slope · y, all linear in y.
    start = (FROM_CC @ base) * 255
    rise = (FROM_CC @ slope) * 255 + 255
    rows, columns = np.divmod(changed, known.shape[1])
    rgb = rise[:, None] * _smooth_luma(y, alpha, 2 * rows, 2 * columns)
    rgb += start[:, None]
    np.rint(rgb, out=rgb)
    np.clip(rgb, 0, 255, out=rgb)
    words = rgba.view(np.uint32).reshape(-1)
    corner = (2 * rows + pixels[0].start) * rgba.shape[1] + 2 * columns + pixels[1].start
    places = corner + np.array([0, 1, rgba.shape[1], rgba.shape[1] + 1], np.intp)[:, None]
    result = words.take(places)[..., None].view(np.uint8)
    faint = np.nonzero((result[..., 3] < FAINTEST) & (result[..., 3] > 0))
    rgb[:, *faint] = result[faint][:, :3].T
    result[..., :3] = rgb.transpose(1, 2, 0)
    words[places] = result.view(np.uint32)[..., 0]


def _block_means(plane: FloatArray) -> FloatArray:
    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _smooth_luma(y: FloatArray, alpha: FloatArray, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> FloatArray:
    """Brightness of 2x2 blocks without ringing, (4, n): smoothed over 3x3 pixels where it hardly varies.

    Arguments:
        y, alpha: (h, w), 0-1.
        rows, columns: (n,), of the first pixel of each block.
    """
    around = np.arange(4)[:, None] * y.shape[1] + np.arange(4)
    places = (rows - 1) * y.shape[1] + columns - 1 + around.reshape(-1, 1)
    near, weight = y.take(places), alpha.take(places)
    weight *= weight
    total = _NINE @ weight
    total += np.float32(1e-6)
    weight *= near
    mean = (_NINE @ weight) / total
    weight *= near
    variance = np.maximum((_NINE @ weight) / total - mean * mean, 0)
    return np.asarray(mean + variance / (variance + np.float32(RINGING)) * (near[[5, 6, 9, 10]] - mean), np.float32)


def _fit_chroma(
    y: FloatArray, colours: tuple[FloatArray, FloatArray], weight: FloatArray
) -> list[tuple[FloatArray, FloatArray]]:
    """Each colour difference of blocks as base + slope · brightness, (bh, bw).

    Arguments:
        y, colours: (bh, bw), means of blocks.
        weight: (bh, bw), how much each says.
    """
    side = 2 * REACH + 1

    def around(plane: FloatArray, side: int = side) -> FloatArray:
        return np.asarray(cv2.blur(plane, (side, side)), np.float32)

    total = around(weight)
    total += np.float32(1e-6)
    weighted = weight * y
    y0 = around(weighted) / total
    spread = np.maximum(around(weighted * y) / total - y0 * y0, 0)
    spread += np.float32(_RIDGE)
    fits, rests = [], []
    for c in colours:
        c0 = around(weight * c) / total
        slope = (around(weighted * c) / total - y0 * c0) / spread
        base = c0 - slope * y0
        fits.append((base, slope))
        rests.append(c - base - slope * y)
    close = around(weight, 3)
    close += np.float32(1e-6)
    size = sum((around(weight * rest, 3) / close) ** 2 for rest in rests)
    kept = size / (size + np.float32(NOISE**2))
    return [(base + rest * kept, slope) for (base, slope), rest in zip(fits, rests, strict=True)]
