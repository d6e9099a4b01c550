"""One picture with the start frames of several actions: its grid, and its cells cut apart and checked.

A picture costs the same whatever is on it, so a sheet of eight start frames costs an eighth. That is only worth having
where each cell is as good as a picture bought alone: so each is checked, and what fails is bought alone.
"""

import itertools
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from threading import Condition

import cv2
import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from popcon.media.pictures.backdrop import measure_border
from popcon.media.pictures.colour import oklab, parse_hex
from popcon.pixels import Rgb

_SOLID = 10.0
"""Distance in OKLab (times 100) from the backdrop from which a pixel is part of a figure."""

_TWIN = 0.35
"""Share of the largest blob's area from which another one in the cell is a figure of its own."""
_SCALE = 0.25
"""Part by which the size of a figure may differ from the median of the sheet."""
_COLOURS = 0.35
"""Part of a figure's pixels that may be of colours which the character does not have, more than on the median cell."""
_STRAIGHT = 0.3
"""Part of a side of a figure's box that may be filled to its edge, more than the character itself fills."""
_NEAR = 14.0
"""Distance in OKLab (times 100) within which a colour is one of the character's."""


@dataclass(frozen=True)
class Grid:
    """Where the cells of a sheet are.

    Attributes:
        rows, columns: of the grid; the last row may have empty cells.
        cell: width and height of a cell, px.
    """

    rows: int
    columns: int
    cell: int

    @classmethod
    def of(cls, count: int, largest: int, least: int) -> "Grid":
        """Make the squarest grid of `count` cells.

        Arguments:
            largest: longest side that the picture may have, px.
            least: width that a cell needs, px; it gets more where there is room.
        """
        columns = math.ceil(math.sqrt(count))
        rows = math.ceil(count / columns)
        return cls(rows, columns, max(least, largest // columns // 16 * 16))


@dataclass(frozen=True)
class Cell:
    """One cell of a sheet.

    Attributes:
        picture: (side, side, 3) uint8.
        problems: a sentence each; none: it will do as a start frame.
    """

    picture: Rgb
    problems: tuple[str, ...]


def groups(count: int, cells: int) -> list[range]:
    """Divide `count` start frames into as few sheets as possible, of about the same size.

    Arguments:
        cells: how many one picture may hold.
    """
    if cells < 2 or count < 2:
        return [range(number, number + 1) for number in range(count)]
    sheets = math.ceil(count / cells)
    edges = [round(count * number / sheets) for number in range(sheets + 1)]
    return [range(start, stop) for start, stop in itertools.pairwise(edges)]


def _contents(sheet: Rgb, count: int, grid: Grid, side: int, character: Rgb, backdrop: str) -> Hashable:
    """Return a key of the arguments of `cut_apart`, pictures by their pixels."""
    pixels = ((each.shape, blake2b(each.tobytes()).digest()) for each in (sheet, character))
    return (*pixels, count, grid, side, backdrop)


# All start frames of a sheet cut it apart, each in a step of its own and mostly at the same time.
@cached(LRUCache(2), key=_contents, condition=Condition())
def cut_apart(sheet: Rgb, count: int, grid: Grid, side: int, character: Rgb, backdrop: str) -> list[Cell]:
    """Cut a sheet into start frames and check each; the cells are shared, and are not to be written to.

    A figure is everything that is not backdrop in its cell. Its cell is found by the figure's middle, not by straight
    cuts, because models do not keep to lines; what reaches far into a neighbour's cell is a problem of both.

    Arguments:
        sheet: (height, width, 3) uint8, in the form that `grid` says.
        count: of cells that were asked for, row by row.
        side: width and height of a start frame, px.
        character: (h, w, 3) uint8, the character on `backdrop`, for its colours.
        backdrop: `#rrggbb` that was asked for.
    """
    border = measure_border(sheet)
    away = np.linalg.norm(oklab(sheet) - oklab(parse_hex(border.colour)), axis=-1)
    solid = np.asarray(away > max(border.reach, _SOLID))
    labels, owners = _owned(solid, grid)
    areas = np.bincount(labels.ravel())
    far = float(np.linalg.norm(oklab(parse_hex(border.colour)) - oklab(parse_hex(backdrop)))) > 25
    away = np.linalg.norm(oklab(character) - oklab(parse_hex(backdrop)), axis=-1) > _SOLID
    known = palette(character[away] if away.any() else character.reshape(-1, 3))
    usual_edges = _straight_edges(away)
    boxes, strange, problems, own_edges = [], [], [], []
    for number in range(count):
        own = np.isin(labels, owners[number])
        found, box = _look(own, [int(areas[blob]) for blob in owners[number]], grid, number)
        problems.append(found + (["Its backdrop came out in another colour."] if far else []))
        boxes.append(box)
        own_edges.append(_straight_edges(own) if own.any() else None)
        strange.append(strangeness(sheet[own], known) if own.any() else 1.0)
    heights = [box[3] - box[1] for box in boxes if box is not None]
    usual_height = float(np.median(heights)) if heights else 0.0
    usual_strange = float(np.median(strange)) if strange else 0.0
    cells = []
    for number, box in enumerate(boxes):
        said = problems[number]
        if box is not None and abs(box[3] - box[1] - usual_height) > _SCALE * usual_height:
            said.append("It is drawn at another scale than the others.")
        edges = own_edges[number]
        if edges is not None and np.any(edges > usual_edges + _STRAIGHT):
            said.append("It is cut off straight.")
        if strange[number] > usual_strange + _COLOURS:
            said.append("It is drawn in other colours than the character.")
        own = np.isin(labels, owners[number])
        cells.append(Cell(_framed(sheet, own, solid, box, grid, number, side, border.colour), tuple(said)))
    return cells


def _owned(solid: NDArray[np.bool_], grid: Grid) -> tuple[NDArray[np.int32], list[list[int]]]:
    """Label the blobs of a sheet, and list for each cell those whose middle lies in it."""
    count, labels, _, middles = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    height, width = solid.shape
    owners: list[list[int]] = [[] for _ in range(grid.rows * grid.columns)]
    for label in range(1, count):
        x, y = middles[label]
        column = min(grid.columns - 1, int(x * grid.columns / width))
        row = min(grid.rows - 1, int(y * grid.rows / height))
        owners[row * grid.columns + column].append(label)
    return np.asarray(labels, np.int32), owners


def _look(
    own: NDArray[np.bool_], areas: Sequence[int], grid: Grid, number: int
) -> tuple[list[str], tuple[int, int, int, int] | None]:
    """Return what is wrong with the figure of a cell by itself, and the box around it."""
    height, width = own.shape
    if own.sum() < 0.02 * (height / grid.rows) * (width / grid.columns):
        return ["There is no figure in its cell."], None
    problems = []
    twins = sum(area >= _TWIN * max(areas) for area in areas)
    if twins > 1:
        problems.append(f"There are {twins} figures in its cell.")
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    if box[0] == 0 or box[1] == 0 or box[2] == width or box[3] == height:
        problems.append("It is cut by the border of the sheet.")
    row, column = divmod(number, grid.columns)
    cell = width / grid.columns, height / grid.rows
    reach = max(
        column * cell[0] - box[0], box[2] - (column + 1) * cell[0], row * cell[1] - box[1], box[3] - (row + 1) * cell[1]
    )
    if reach > 0.12 * min(cell):
        problems.append("It reaches into the cell beside it.")
    return problems, box


def _straight_edges(figure: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how straight a figure ends on its left, upper, right and lower side: the part of that side that it
    fills."""
    rows, columns = np.flatnonzero(figure.any(axis=1)), np.flatnonzero(figure.any(axis=0))
    if not len(rows):
        return np.zeros(4)
    box = figure[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    in_y, in_x = max(1, box.shape[0] // 60), max(1, box.shape[1] // 60)
    sides = box[:, :in_x].all(axis=1), box[:in_y].all(axis=0), box[:, -in_x:].all(axis=1), box[-in_y:].all(axis=0)
    return np.array([side.mean() for side in sides])


def palette(pixels: Rgb) -> NDArray[np.float32]:
    """Reduce pixels to their most frequent colours in OKLab (times 100), at most 24, as (n, 3).

    Arguments:
        pixels: (n, 3) uint8, at least one.
    """
    lab = oklab(np.ascontiguousarray(pixels[None, :: max(1, len(pixels) // 9000)]))[0]
    # Deterministic: one mean colour for each occupied cell of a coarse grid.
    keys = np.round(lab / 8).astype(np.int32)
    _, group, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), 3), np.float64)
    np.add.at(sums, group.reshape(-1), lab)
    means = sums / counts[:, None]
    return np.asarray(means[np.argsort(-counts, kind="stable")[:24]], np.float32)


def strangeness(pixels: Rgb, known: NDArray[np.float32]) -> float:
    """Measure the part of some pixels (n, 3) whose colours are not among those of a palette."""
    step = max(1, len(pixels) // 4000)
    lab = oklab(np.ascontiguousarray(pixels[None, ::step]))[0]
    nearest = np.min(np.linalg.norm(lab[:, None] - known[None], axis=-1), axis=1)
    return float((nearest > _NEAR).mean())


def _framed(
    sheet: Rgb, own: NDArray[np.bool_], solid: NDArray[np.bool_], box: tuple[int, int, int, int] | None, grid: Grid,
    number: int, side: int, backdrop: str,
) -> Rgb:  # fmt: skip
    """Return a cell as a start frame: a square about its middle, without what belongs to its neighbours."""
    height, width = solid.shape
    row, column = divmod(number, grid.columns)
    cell = min(width / grid.columns, height / grid.rows)
    x, y = (column + 0.5) * width / grid.columns, (row + 0.5) * height / grid.rows
    size = cell
    if box is not None:  # a figure that leans out of its cell is still whole in its frame
        size = max(cell, 1.06 * (box[2] - box[0]), 1.06 * (box[3] - box[1]))
        x = min(max(x, box[2] + 0.03 * size - size / 2), box[0] - 0.03 * size + size / 2)
        y = min(max(y, box[3] + 0.03 * size - size / 2), box[1] - 0.03 * size + size / 2)
    others = cv2.dilate((solid & ~own).astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~own
    clean = sheet.copy()
    clean[others] = parse_hex(backdrop)
    scale = side / size
    move = np.array([[scale, 0, side / 2 - scale * x], [0, scale, side / 2 - scale * y]], np.float32)
    how = cv2.INTER_CUBIC
    if scale < 1:  # warpAffine does not average: blur first as a smaller picture needs
        clean = np.asarray(cv2.GaussianBlur(clean, (0, 0), max(0.01, 0.45 * (1 / scale - 1) + 0.2)), np.uint8)
        how = cv2.INTER_LINEAR
    fill = tuple(int(value) for value in parse_hex(backdrop))
    framed = cv2.warpAffine(clean, move, (side, side), flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=fill)
    return np.asarray(framed, np.uint8)
