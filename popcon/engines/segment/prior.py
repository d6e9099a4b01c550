"""A small network that guesses what clicks mean, run with NumPy: its guess is the prior of the minimum cut.

It sees the maps of `prior_features` and gives for each cell of the grid how much more likely it belongs than not. It
was fitted to drawings (`tools/`), and knows no objects: what it has learned is which contours are
a figure's and which are those of the clutter behind it.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

WIDTHS = (24, 32, 48)
"""Channels at a half, a quarter and an eighth of the grid."""
BLOCKS = 3
"""Steps at the coarsest level, where the whole figure is seen."""
WEIGHTS = Path(__file__).with_name("prior.npz")


@cache
def weights() -> dict[str, Floats]:
    """Return the weights, read once: for each layer a matrix (inputs, outputs) and its bias."""
    with np.load(WEIGHTS) as stored:
        return {name: np.asarray(stored[name], np.float32) for name in stored.files}


def _halved(x: Floats) -> Floats:
    """Blocks of 2x2 cells as one with four times the channels, in the order of `pixel_unshuffle`."""
    rows, columns, channels = x.shape
    blocks = x.reshape(rows // 2, 2, columns // 2, 2, channels).transpose(0, 2, 4, 1, 3)
    return blocks.reshape(rows // 2, columns // 2, 4 * channels)


def _doubled(x: Floats) -> Floats:
    return np.asarray(x.repeat(2, 0).repeat(2, 1))


def _linear(name: str, x: Floats) -> Floats:
    table = weights()
    matrix, bias = table[name], table[f"{name}.bias"]
    rows, columns, channels = x.shape
    if matrix.shape[0] == channels:
        return np.asarray(x.reshape(-1, channels) @ matrix + bias).reshape(rows, columns, -1)
    padded = np.zeros((rows + 2, columns + 2, channels), np.float32)
    padded[1:-1, 1:-1] = x
    patches = np.empty((rows, columns, 9, channels), np.float32)
    for number in range(9):
        top, left = divmod(number, 3)
        patches[:, :, number] = padded[top : top + rows, left : left + columns]
    return np.asarray(patches.reshape(rows * columns, -1) @ matrix + bias).reshape(rows, columns, -1)


def _unit(name: str, x: Floats) -> Floats:
    return np.maximum(_linear(name, x), 0)


def guess(maps: Floats) -> Floats:
    """Return how much more likely each cell belongs than not, (rows, columns) float32, log of the odds.

    Arguments:
        maps: (`STATIC` + `DYNAMIC`, rows, columns) as from `prior_features`; rows and columns are multiples of 8.
    """
    fine = _unit("enter", _halved(np.ascontiguousarray(maps.transpose(1, 2, 0))))
    fine = fine + _unit("fine1", _unit("fine0", fine))
    middle = _unit("down0", _halved(fine))
    middle = middle + _unit("middle1", _unit("middle0", middle))
    coarse = _unit("down1", _halved(middle))
    for number in range(BLOCKS):
        coarse = coarse + _unit(f"coarse{2 * number + 1}", _unit(f"coarse{2 * number}", coarse))
    middle = middle + _doubled(_unit("up1", coarse))
    middle = middle + _unit("middle2", middle)
    fine = fine + _doubled(_unit("up0", middle))
    fine = fine + _unit("fine3", _unit("fine2", fine))
    four = _linear("leave", fine)
    rows, columns, _ = four.shape
    return np.ascontiguousarray(four.reshape(rows, columns, 2, 2).transpose(0, 2, 1, 3).reshape(2 * rows, 2 * columns))


def guess_at(maps: Floats, height: int, width: int) -> Floats:
    """`guess`, for the pixels of a picture, (height, width)."""
    return np.asarray(cv2.resize(guess(maps), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
