"""What a picture and clicks look like to the prior: maps on a coarse grid, nearly all of them from 0 to 1.

Colours are compared with those of the picture's border and of the whole picture at two widths of bins: in drawn art
a difference of two levels means another paint, in a compressed frame it means nothing, and the flatness of a place
tells which of the two is seen.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.segment.regions import darkness_of_lines, oddness, strokes, to_lab
from popcon.pixels import Rgb

Floats = NDArray[np.float32]

LONGEST = 120
"""Longest side of the grid."""
STEP = 8
"""The grid's sides are multiples of this: the prior halves them three times."""
STATIC = 11
"""Maps of a picture."""
DYNAMIC = 8
"""Maps of clicks and of the mask before them."""


def grid_of(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the grid for a picture."""
    scale = LONGEST / max(height, width)
    return max(STEP, round(height * scale / STEP) * STEP), max(STEP, round(width * scale / STEP) * STEP)


def _shares(picture: Rgb, among: NDArray[np.uint8], bits: int) -> Floats:
    """Return the share of some pixels, (n, 3), that has about the colour of each pixel of a picture, 0 to 1 on a log
    scale.

    Arguments:
        bits: of each channel; colours of neighbouring bins are the same, too.
    """
    drop, side = 8 - bits, 1 << bits
    codes = (among >> drop).astype(np.int32)
    step = side + 2
    code, count = np.unique((codes[:, 0] * step + codes[:, 1]) * step + codes[:, 2], return_counts=True)
    wide = np.zeros(step**3, np.float32)
    for red, green, blue in np.ndindex(3, 3, 3):
        # Each code is there once, so plain indexing adds it once.
        wide[code + ((red * step + green) * step + blue)] += count
    own = (picture >> drop).astype(np.int32) @ np.array([step * step, step, 1], np.int32)
    seen = wide[own + ((step + 1) * step + 1)] / len(among)
    return np.asarray(np.clip(np.log10(seen + 1e-4) / 4 + 1, 0, 1), np.float32)


def _reduced(values: Floats, grid: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(values, grid[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _largest(values: Floats, grid: tuple[int, int]) -> Floats:
    """Return the largest value in each cell."""
    height, width = values.shape
    if height % grid[0] == 0 and width % grid[1] == 0:
        return np.asarray(values.reshape(grid[0], height // grid[0], grid[1], width // grid[1]).max((1, 3)))
    size = max(1, round(width / grid[1])), max(1, round(height / grid[0]))
    grown = cv2.dilate(values, np.ones(size[::-1], np.uint8))
    return np.asarray(cv2.resize(grown, grid[::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def _length(steps: Floats) -> Floats:
    return np.asarray(np.sqrt(np.einsum("ijk,ijk->ij", steps, steps)), np.float32)


def maps_of(picture: Rgb) -> Floats:
    """Return the maps of a picture, (`STATIC`, rows, columns) float32.

    Colour; shares of its border and of itself that have a place's colour; ink; edges across and down; how odd an
    edge's direction is; and how far from flat areas are.
    """
    height, width = picture.shape[:2]
    grid = grid_of(height, width)
    lab = to_lab(picture)
    frame = np.concatenate([picture[:2].reshape(-1, 3), picture[-2:].reshape(-1, 3), picture[:, :2].reshape(-1, 3),
                            picture[:, -2:].reshape(-1, 3)])  # fmt: skip
    across, down = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    across[:, :-1] = _length(np.diff(lab, axis=1))
    down[:-1] = _length(np.diff(lab, axis=0))
    calm = cv2.erode(np.maximum(across, down), np.ones((3, 3), np.uint8))
    small = np.asarray(cv2.resize(picture, grid[::-1], interpolation=cv2.INTER_AREA), np.float32) / 255
    ink = strokes(lab, darkness_of_lines(lab)).astype(np.float32)
    maps = [
        *np.moveaxis(small, 2, 0),
        _reduced(_shares(picture, frame, 7), grid),
        _reduced(_shares(picture, frame, 5), grid),
        _reduced(_shares(picture, picture[::3, ::3].reshape(-1, 3), 7), grid),
        _reduced(ink, grid),
        np.minimum(_largest(across, grid) / 40, 1),
        np.minimum(_largest(down, grid) / 40, 1),
        _reduced(oddness(lab), grid),
        np.minimum(_reduced(np.asarray(calm, np.float32), grid), 1),
    ]
    return np.stack(maps).astype(np.float32)


def maps_of_clicks(static: Floats, clicks: Sequence[tuple[float, float, bool]], before: Floats | None) -> Floats:
    """Return the maps of clicks, (`DYNAMIC`, rows, columns) float32.

    Arguments:
        static: as from `maps_of`.
        clicks: (x, y, whether it is on what is wanted), in cells.
        before: (rows, columns), the mask before the last click, 0 to 1; None: there is none.
    """
    _, rows, columns = static.shape
    maps = np.zeros((DYNAMIC, rows, columns), np.float32)
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    colours = static[:3]
    for at_x, at_y, positive in clicks:
        first = 0 if positive else 3
        away = np.hypot(x + 0.5 - at_x, y + 0.5 - at_y)
        cell = colours[:, min(int(at_y), rows - 1), min(int(at_x), columns - 1)]
        unlike = np.sqrt(np.square(colours - cell[:, None, None]).sum(0))
        for number, value in enumerate((np.exp(-np.square(away / 2.5)), np.exp(-away / 12), np.exp(-unlike / 0.08))):
            np.maximum(maps[first + number], value, out=maps[first + number])
    if before is not None:
        maps[6] = before
        maps[7] = _leaning(colours, before)
    return maps


def _leaning(colours: Floats, before: Floats) -> Floats:
    """Return how much more often each colour was inside than outside of a mask, -1 to 1."""
    bins = np.minimum(colours * 20, 19).astype(np.int32)
    codes = ((bins[0] * 20 + bins[1]) * 20 + bins[2]).ravel()
    inside = np.bincount(codes, before.ravel(), 8000)
    total = np.bincount(codes, minlength=8000)
    lean = (2 * inside - total) / (total + 4)
    return np.asarray(lean[codes].reshape(before.shape), np.float32)
