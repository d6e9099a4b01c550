"""Frames of pixel art at a sticker's size: every pixel a square of whole pixels, nothing blurred."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgba

FEWEST = 8
"""Rows and columns between which something changes that pixel art has at least: plain boxes are none."""
COARSE = 40
"""Squares across a frame below which effects may be drawn in halves of them: all stickers keep one size."""
GROUND = 0.9
"""Where the ground line of the standard stage is, of a canvas' height: it stays there."""


class Squares(NamedTuple):
    """The grid of frames of pixel art: the side of its squares and where the first whole one begins, px."""

    side: int
    left: int
    top: int


def squares_of(frames: Sequence[Rgba]) -> Squares | None:
    """Return the grid that all frames are drawn on; None where they are not, or nothing changes in them."""
    found: list[tuple[int, int]] = []
    rows, columns = np.zeros(frames[0].shape[0] - 1, bool), np.zeros(frames[0].shape[1] - 1, bool)
    for frame in frames:
        colours = np.ascontiguousarray(frame).view(np.uint32)[..., 0]
        rows |= (colours[1:] != colours[:-1]).any(axis=1)
        columns |= (colours[:, 1:] != colours[:, :-1]).any(axis=0)
        found = [(_step(changes), int(changes.argmax()) + 1) for changes in (columns, rows)]
        if math.gcd(found[0][0], found[1][0]) == 1:
            return None
    side = math.gcd(found[0][0], found[1][0])
    if side < 2 or min(rows.sum(), columns.sum()) < FEWEST:
        return None
    return Squares(side, found[0][1] % side, found[1][1] % side)


def _step(changes: NDArray[np.bool_]) -> int:
    """Return the greatest common divisor of the distances between places where something changes; 0 where there are
    none."""
    return math.gcd(*np.diff(np.flatnonzero(changes)).tolist())


def in_whole_steps(
    frames: Sequence[Rgba], box: tuple[float, float, float, float], width: int, height: int
) -> list[Rgba] | None:
    """Map a box of frames of pixel art onto width x height px as nearly as whole steps allow; never larger.

    The middle of the canvas and the ground line stay where they are.

    Returns:
        None where the frames are no pixel art, or a pixel of it would be smaller than one.
    """
    squares = squares_of(frames)
    if squares is None:
        return None
    left, top, right, bottom = box
    scale = min(width / (right - left), height / (bottom - top))
    step = math.floor(scale * squares.side + 1e-6)
    if frames[0].shape[1] < COARSE * squares.side:
        step -= step % 2
    if step < 1:
        return None
    x, y = (left + right) / 2, top + (bottom - top) * GROUND
    # The corner of the grid that is nearest to what stays, in squares, and where it comes to lie on the canvas.
    across, down = round((x - squares.left) / squares.side), round((y - squares.top) / squares.side)
    at = (
        round(width / 2 + (squares.left + across * squares.side - x) * step / squares.side),
        round(height * GROUND + (squares.top + down * squares.side - y) * step / squares.side),
    )
    columns = _sources(width, at[0], across, step, squares.side, squares.left)
    rows = _sources(height, at[1], down, step, squares.side, squares.top)
    return [_picked(frame, rows, columns) for frame in frames]


def _sources(size: int, at: int, square: int, step: int, side: int, first: int) -> NDArray[np.int64]:
    """Return which pixel of a frame each pixel of the canvas shows, along one axis."""
    numbers = np.floor_divide(np.arange(size) - at, step) + square
    return np.asarray(first + numbers * side + side // 2, np.int64)


def _picked(
    frame: Rgba,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> Rgba:
    height, width = frame.shape[:2]
    shown = frame[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
    shown[(rows < 0) | (rows >= height)] = 0
    shown[:, (columns < 0) | (columns >= width)] = 0
    return np.ascontiguousarray(shown)
