"""Pixel art: tells it from small photographs, finds the grid of enlarged art, and enlarges it by whole steps."""

import math

import cv2
import numpy as np

from popcon.pixels import Rgba

LARGEST = 128
"""Longest side of a picture that may be pixel art, px: larger ones are drawn as any other picture."""
SMALLEST = 16
_GOAL = 480
"""Longest side that pixel art is enlarged to at least, px."""
_COLOURS, _COLOURS_OF_SPRITES = 64, 320
"""How many colours pixel art has at most: an opaque picture, which might be a small photograph, and one that is cut out
without soft edges."""
_SMALLEST_SQUARE = 3
"""Side of a pixel's square from which enlarged pixel art is told from drawings whose lines happen to be even, px."""
_FEWEST, _FEWEST_STEPS = 10, 8
"""Pixels of the longer side, and rows and columns between which something changes, that pixel art has at least."""


def is_pixel_art(picture: Rgba) -> bool:
    """Return whether every pixel of a small picture is meant: few colours, and nothing half transparent."""
    if max(picture.shape[:2]) > LARGEST:
        return False
    alpha = picture[..., 3]
    if ((alpha > 8) & (alpha < 247)).mean() > 0.02:
        return False
    seen = picture[alpha > 8][:, :3].astype(np.int32)
    colours = _COLOURS if (alpha <= 8).mean() < 0.02 else _COLOURS_OF_SPRITES
    return len(np.unique(seen @ np.array([65536, 256, 1]))) <= colours


def enlarged(picture: Rgba) -> tuple[Rgba, int]:
    """Return the picture with every pixel a square, and the squares' side in px."""
    step = max(1, -(-_GOAL // max(picture.shape[:2])))
    size = picture.shape[1] * step, picture.shape[0] * step
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8), step


def square_side(picture: Rgba) -> int:
    """Side of the squares that enlarged pixel art is made of, px; 1 where the picture is none.

    The grid begins at the top left corner. What alpha hides does not count.
    """
    height, width = picture.shape[:2]
    seen = np.where(picture[..., 3:] > 0, picture, 0).view(np.uint32)[..., 0]
    rows = np.flatnonzero((seen[1:] != seen[:-1]).any(axis=1)) + 1
    columns = np.flatnonzero((seen[:, 1:] != seen[:, :-1]).any(axis=0)) + 1
    side = math.gcd(height, width, *rows.tolist(), *columns.tolist())
    if side < _SMALLEST_SQUARE or max(height, width) < _FEWEST * side or min(len(rows), len(columns)) < _FEWEST_STEPS:
        return 1
    return side if is_pixel_art(picture[::side, ::side]) else 1


def on_squares(picture: Rgba, side: int) -> Rgba:
    """Pixel art after its background was taken away, each square again wholly there, in one colour, or wholly gone."""
    height, width = picture.shape[0] // side, picture.shape[1] // side
    squares = picture[: height * side, : width * side].reshape(height, side, width, side, 4)
    there = (squares[..., 3] > 127).mean(axis=(1, 3)) >= 0.5
    small = np.ascontiguousarray(squares[:, side // 2, :, side // 2])
    small[..., 3] = np.where(there, 255, 0)
    small[~there] = 0
    return np.ascontiguousarray(small.repeat(side, axis=0).repeat(side, axis=1))
