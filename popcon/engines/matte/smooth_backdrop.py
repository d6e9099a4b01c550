"""What lies behind a character where no colour is known: a smooth picture, guessed from what a model left out."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

CELLS = 20
"""Cells along each side in which one colour of the backdrop is looked for."""

_WANDER = 16  # levels
_PER_CELL = 5
_FEWEST = 7


def smooth_backdrop(frame: Bytes, alpha: Bytes) -> Bytes:
    """The backdrop as a slow change of colour over the frame.

    Each cell gives the median of its pixels that the model took for backdrop, so that small things in it do not
    count; a median over neighbouring cells removes what fills a whole cell; cells behind the character are filled
    from around; and no cell wanders far from a parabola through all, so that a large thing that the model lost does
    not pass for backdrop.

    Arguments:
        frame: (h, w, 3) uint8.
        alpha: (h, w) uint8, the model's.

    Returns:
        (h, w, 3) uint8. Where nothing at all was left out: the frame's border, spread inwards.
    """
    h, w = frame.shape[:2]
    side = CELLS * _PER_CELL
    body = (cv2.resize(alpha, (side, side), interpolation=cv2.INTER_NEAREST) > 24).astype(np.uint8)
    inside = np.asarray(cv2.dilate(body, np.ones((5, 5), np.uint8)), np.uint8)
    if inside.mean() > 0.97:
        inside[:] = 1
        inside[:2] = inside[-2:] = inside[:, :2] = inside[:, -2:] = 0
    small = cv2.resize(frame, (side, side), interpolation=cv2.INTER_NEAREST)
    small[inside > 0] = 255  # sorts last, after the values that count
    values = np.sort(_cells(small), axis=3)
    count = _cells((1 - inside)[..., None]).sum(3)
    middle = np.broadcast_to((count // 2)[..., None], (CELLS, CELLS, 3, 1))
    median = np.take_along_axis(values, middle, 3)[..., 0]
    known = count[..., 0] >= _FEWEST
    trend = _trend(median, known)
    calm = cv2.medianBlur(_filled(median, known), 5)
    calm = np.clip(calm, np.clip(trend - _WANDER, 0, 255), np.clip(trend + _WANDER, 0, 255)).astype(np.uint8)
    return np.asarray(cv2.resize(calm, (w, h), interpolation=cv2.INTER_LINEAR), np.uint8)


@cache
def _terms() -> Floats:
    """The parts of a parabola at each cell, (n, 6)."""
    y, x = np.mgrid[:CELLS, :CELLS].astype(np.float32) * (2 / (CELLS - 1)) - 1
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6).astype(np.float32)


def _trend(colours: Bytes, known: NDArray[np.bool_]) -> Floats:
    """A parabola through the cells that most agree on, by re-weighted least squares (Cauchy's weights)."""
    terms = _terms()
    used = known.ravel() if known.any() else np.ones(CELLS * CELLS, np.bool_)
    t, values = terms[used], colours.reshape(-1, 3)[used].astype(np.float32)
    middle = np.sort(values, axis=0)[len(values) // 2]
    weight = 1 / (1 + (np.abs(values - middle).max(1) / 24) ** 2)
    ridge = np.diag(np.array([1e-6, 0.05, 0.05, 0.2, 0.2, 0.2], np.float32)).astype(np.float32)
    shift = np.zeros((6, 3), np.float32)
    for _ in range(4):
        tw = t * weight[:, None]
        shift = np.linalg.solve(tw.T @ t + ridge, tw.T @ (values - middle)).astype(np.float32)
        weight = 1 / (1 + (np.abs(values - middle - t @ shift).max(1) / 8) ** 2)
    return np.asarray((terms @ shift + middle).reshape(CELLS, CELLS, 3), np.float32)


def _cells(small: NDArray[np.generic]) -> NDArray[np.generic]:
    channels = small.shape[2]
    parts = small.reshape(CELLS, _PER_CELL, CELLS, _PER_CELL, channels).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(parts).reshape(CELLS, CELLS, channels, _PER_CELL * _PER_CELL)


def _filled(colours: Bytes, known: NDArray[np.bool_]) -> Bytes:
    """Unknown cells take the mean of the known ones around, from the rim inwards."""
    if not known.any():
        known = np.ones_like(known)
    values = colours.astype(np.float32) * known[..., None]
    weight = known.astype(np.float32)
    while (weight == 0).any():
        near = cv2.blur(weight, (3, 3), borderType=cv2.BORDER_REPLICATE)
        mixed = cv2.blur(values, (3, 3), borderType=cv2.BORDER_REPLICATE)
        fresh = (weight == 0) & (near > 1e-6)
        values[fresh] = mixed[fresh] / near[fresh][:, None]
        weight[fresh] = 1
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
