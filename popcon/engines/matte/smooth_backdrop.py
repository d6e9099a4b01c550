"""What lies behind a character where no colour is known: a smooth picture, guessed from what a model left out."""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

CELLS = 24
"""Cells along each side in which one colour of the backdrop is looked for."""

_PER_CELL = 6
_FEWEST = 8


def smooth_backdrop(frame: Bytes, alpha: Bytes) -> Bytes:
    """The backdrop as a slow change of colour over the frame.

    Each cell gives the median of its pixels that the model took for backdrop, so that small things in it do not
    count; a median over neighbouring cells removes what fills a whole cell; cells behind the character are filled
    from around.

    Arguments:
        frame: (h, w, 3) uint8.
        alpha: (h, w) uint8, the model's.

    Returns:
        (h, w, 3) uint8. Where nothing at all was left out: the frame's border, spread inwards.
    """
    h, w = frame.shape[:2]
    side = CELLS * _PER_CELL
    inside = cv2.resize(alpha, (side, side), interpolation=cv2.INTER_NEAREST) > 24
    inside = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if inside.mean() > 0.97:
        inside[:] = True
        inside[:2] = inside[-2:] = inside[:, :2] = inside[:, -2:] = False
    small = cv2.resize(frame, (side, side), interpolation=cv2.INTER_NEAREST)
    small[inside] = 255  # sorts last, after the values that count
    values = np.sort(_cells(small), axis=3)
    count = (~_cells(inside[..., None])).sum(3)
    middle = np.broadcast_to((count // 2)[..., None], (CELLS, CELLS, 3, 1))
    median = np.take_along_axis(values, middle, 3)[..., 0]
    filled = _filled(median, count[..., 0] >= _FEWEST)
    calm = cv2.medianBlur(filled, 5)
    return np.asarray(cv2.resize(calm, (w, h), interpolation=cv2.INTER_LINEAR), np.uint8)


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
