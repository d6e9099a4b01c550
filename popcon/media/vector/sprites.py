"""Small drawings that are painted once for each size and then stamped onto frames, moved, turned and stretched."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from popcon.media.vector.canvas import Canvas, Pixels

_ROOM = 1.3  # the canvas of a sprite reaches this far beyond [-1, 1], so that outlines fit
_STEP = 1.25  # ratio of neighbouring sizes kept; shrinking by less than this needs no further averaging
_SMALLEST, _LARGEST = 8, 1600


@dataclass(frozen=True)
class Sprite:
    """A drawing about (0, 0) that roughly fills [-1, 1] both ways.

    Attributes:
        name: unlike any other sprite's: the cache knows the drawing by it and `paint`.
        paint: draws on a canvas in these units; the second argument is the outline's width, in the same units.
    """

    name: str
    paint: Callable[[Canvas, float], None]


@dataclass(frozen=True)
class Raster:
    """A sprite painted at one size.

    Attributes:
        pixels: read-only.
        scale: pixels for one unit.
        box: left, top, right, bottom of what is painted, in units.
    """

    pixels: Pixels
    scale: float
    box: tuple[float, float, float, float]


@lru_cache(maxsize=384)
def _raster(sprite: Sprite, half: int, line_percent: int) -> Raster:
    """`half`: pixels for one unit; `line_percent`: outline in hundredths of a unit."""
    side = 2 * math.ceil(half * _ROOM) + 1
    middle = side / 2
    canvas = Canvas(side, side, scale=half, origin=(middle, middle), detail=8 if half < 200 else 4)
    sprite.paint(canvas, line_percent / 100)
    columns = np.flatnonzero(canvas.pixels[..., 3].any(axis=0))
    rows = np.flatnonzero(canvas.pixels[..., 3].any(axis=1))
    canvas.pixels.setflags(write=False)
    return Raster(
        canvas.pixels,
        half,
        (
            (columns[0] - middle) / half,
            (rows[0] - middle) / half,
            (columns[-1] + 1 - middle) / half,
            (rows[-1] + 1 - middle) / half,
        ),
    )


def raster(sprite: Sprite, size: float, line: float) -> Raster:
    """Return the sprite painted at the next kept size that is at least `size`.

    Arguments:
        size: pixels from -1 to 1.
        line: width of its outline in units; kept in steps of 1/100.
    """
    half = min(max(size / 2, _SMALLEST), _LARGEST)
    step = math.ceil(math.log(half / _SMALLEST, _STEP) - 1e-6)
    return _raster(sprite, round(_SMALLEST * _STEP**step), min(max(round(line * 100), 1), 28))


def extent(of: Raster, size: float, turn: float, stretch: tuple[float, float]) -> tuple[float, float, float, float]:
    """Return how far the stamped sprite reaches from its centre: left, top (negative), right, bottom, in pixels."""
    left, top, right, bottom = of.box
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    half = size / 2
    corners = [(x * stretch[0] * half, y * stretch[1] * half) for x in (left, right) for y in (top, bottom)]
    xs = [x * c - y * s for x, y in corners]
    ys = [x * s + y * c for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def stamp(
    onto: Pixels,
    of: Raster,
    at: tuple[float, float],
    size: float,
    turn: float,
    stretch: tuple[float, float],
    margin: int,
) -> None:
    """Lay a sprite over a picture.

    Arguments:
        onto: premultiplied, changed in place.
        at: where the sprite's (0, 0) goes, pixels.
        size: pixels from -1 to 1.
        turn: degrees, clockwise.
        stretch: factors along the sprite's own x and y, before it is turned; negative mirrors.
        margin: pixels at the picture's border that are never touched.
    """
    left, top, right, bottom = extent(of, size, turn, stretch)
    x0, y0 = max(math.floor(at[0] + left) - 1, margin), max(math.floor(at[1] + top) - 1, margin)
    x1 = min(math.ceil(at[0] + right) + 1, onto.shape[1] - margin)
    y1 = min(math.ceil(at[1] + bottom) + 1, onto.shape[0] - margin)
    if x0 >= x1 or y0 >= y1:
        return
    grow = size / 2 / of.scale
    c, s = math.cos(math.radians(turn)) * grow, math.sin(math.radians(turn)) * grow
    matrix = np.array([[c * stretch[0], -s * stretch[1], 0.0], [s * stretch[0], c * stretch[1], 0.0]])
    middle = of.pixels.shape[0] / 2 - 0.5  # pixel centres are whole numbers to OpenCV
    matrix[:, 2] = (at[0] - x0 - 0.5, at[1] - y0 - 0.5) - matrix[:, :2] @ (middle, middle)
    over = cv2.warpAffine(
        of.pixels, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    under = onto[y0:y1, x0:x1]
    under *= 1 - over[..., 3:]
    under += over
