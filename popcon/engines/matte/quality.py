"""How good cutouts are, against true alpha. What the benchmark prints and the tests hold the engines to."""

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

COMPOSITE_ON: tuple[tuple[int, int, int], ...] = ((0, 0, 0), (0, 80, 0), (110, 40, 170))
"""Black, dark green and violet, sRGB: where a rim that kept its old backdrop shows."""


def mad(alpha: FloatArray, truth: FloatArray) -> float:
    """Mean absolute difference of alpha, both (n, h, w) in 0-1."""
    _same_shape(alpha, truth)
    return float(np.mean(np.abs(alpha - truth), dtype=np.float64))


def dtssd(alpha: FloatArray, truth: FloatArray) -> float:
    """Flicker: the root mean square error of alpha's change between neighbouring frames, (n, h, w) in 0-1.

    After Erofeev et al., "Perceptually Motivated Benchmark for Video Matting" (BMVC 2015). 0 for a single frame.
    """
    _same_shape(alpha, truth)
    if len(alpha) < 2:
        return 0.0
    error = np.diff(alpha, axis=0) - np.diff(truth, axis=0)
    return float(np.sqrt(np.mean(error**2, dtype=np.float64)))


def effects_kept(alpha: FloatArray, effect: FloatArray) -> float:
    """Return the share of effects' alpha that a cutout kept, where the true effect's alpha is over 0.5.

    Surplus in one pixel does not make up for loss in another.

    Arguments:
        alpha: (n, h, w), 0-1.
        effect: true alpha of effects alone, (n, h, w), 0-1.

    Returns:
        0-1; 1 where there is no effect to keep.
    """
    _same_shape(alpha, effect)
    there = effect > 0.5
    total = float(effect[there].sum(dtype=np.float64))
    return float(np.minimum(alpha, effect)[there].sum(dtype=np.float64)) / total if total else 1.0


def rim_colour_error(rgba: NDArray[np.uint8], truth: FloatArray, premultiplied: FloatArray) -> float:
    """Mean absolute error, 0-1, of composites on black, dark green and violet, inside the soft edge.

    The soft edge is where true alpha lies between 0.02 and 0.98, widened by 2 pixels.

    Arguments:
        rgba: cutouts, (n, h, w, 4) uint8, straight alpha.
        truth: true alpha, (n, h, w), 0-1.
        premultiplied: true colour times true alpha, (n, h, w, 3), 0-1.

    Returns:
        0 where there is no soft edge.
    """
    _same_shape(rgba[..., 0], truth)
    total, count = 0.0, 0
    kernel = np.ones((5, 5), np.uint8)
    for got, alpha, colour in zip(rgba, truth, premultiplied, strict=True):
        edge = cv2.dilate(((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8), kernel).astype(bool)
        picked = got[edge].astype(np.float32) / 255
        a, t = picked[:, 3:], alpha[edge][:, None]
        for behind in COMPOSITE_ON:
            backdrop_colour = np.array(behind, np.float32) / 255
            error = picked[:, :3] * a + backdrop_colour * (1 - a) - colour[edge] - backdrop_colour * (1 - t)
            total += float(np.abs(error).sum(dtype=np.float64))
            count += error.size
    return total / count if count else 0.0


def _same_shape(a: NDArray[np.generic], b: NDArray[np.generic]) -> None:
    if a.shape != b.shape:
        raise ValueError(f"arrays to compare have shapes {a.shape} and {b.shape}; they must be equal")
