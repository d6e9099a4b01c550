"""The trimap of a frame: known background, known foreground and the unknown band, with the features of that band.

The unit is the 2x2 block, in which 4:2:0 video keeps one colour. Blocks like the backdrop are background, blocks well
inside the character are foreground, and only the band between is unmixed.
"""

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import CROSS, SQUARE, block_means, dilate, erode, opened, square
from popcon.engines.matte.planes import TO_YCC, Scalar, gather, unclip

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MARGIN = 3
"""Blocks around a frame, so that every block has its context."""

THRESHOLD = 9
"""Levels by which some channel of a pixel must leave the backdrop to count as something."""

REACH = 8
"""Blocks from the pure backdrop within which a tint of it is taken for a mixture."""

KNOWN = 60
"""Blocks deep inside that make a tinted colour the character's own."""

COLOURLESS = 0.1
"""Size of a backdrop's colour difference under which it has no colour to be recognised by."""

_BLURRED = 3
"""Blocks around a mixture well inside that belong to the same blur."""

_LUMA = 8
"""Side of what is seen of brightness around a block, px."""

_CHROMA = 5
"""Side of what is seen of colour around a block, blocks."""

FEATURES = _LUMA**2 + 2 * _CHROMA**2 + 4


@dataclass(frozen=True)
class Grid:
    """The block grid of a frame.

    Attributes:
        dx, dy: where the codec's blocks begin, 0 or 1.
        shared: whether the pixels of a block share one colour (else colour was interpolated).
    """

    dx: int = 0
    dy: int = 0
    shared: bool = True

    def pad(self, frame: NDArray[Scalar]) -> tuple[NDArray[Scalar], int, int]:
        """Return the frame with MARGIN blocks around, even, aligned to blocks; and its top and left in there."""
        h, w = frame.shape[:2]
        top, left = 2 * MARGIN + self.dy, 2 * MARGIN + self.dx
        bottom, right = 2 * MARGIN + (top + h) % 2, 2 * MARGIN + (left + w) % 2
        padded: Any = cv2.copyMakeBorder(cast(Any, frame), top, bottom, left, right, cv2.BORDER_REPLICATE)
        return np.asarray(padded, frame.dtype), top, left


@dataclass(frozen=True)
class Trimap:
    """The trimap of one padded frame, by 2x2 blocks.

    Attributes:
        active: (bh, bw) uint8, 1 where a pixel of the block differs from the backdrop.
        full: (bh, bw) uint8, 1 well inside.
        rows, columns: of the blocks in between, those that are unmixed.
        blurred: (bh, bw) uint8, 1 in and beside mixtures too wide for a sharp rim, as motion blur makes them.
    """

    active: Bytes
    full: Bytes
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    blurred: Bytes


def block_difference(padded: Bytes, empty: Bytes) -> Bytes:
    """Largest channel difference from the empty backdrop in each block, (bh, bw) uint8 levels."""
    red, green, blue = cv2.split(cv2.absdiff(padded, empty))
    most = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    # Whole rows first, then every other pixel of half as many.
    rows = np.maximum(most[::2], most[1::2])
    return np.asarray(np.maximum(rows[:, ::2], rows[:, 1::2]), np.uint8)


@dataclass(frozen=True)
class BackdropColour:
    """The backdrop's colour in the space of the rim features.

    Attributes:
        y: its brightness, in units of 255.
        c: its colour differences (Cb, Cr).
        turn: (2, 2), turns colour differences so that the backdrop's lie along the first axis.
    """

    y: float
    c: FloatArray
    turn: FloatArray

    @classmethod
    def of(cls, backdrop: FloatArray) -> "BackdropColour":
        """From its RGB, in levels (fractions allowed)."""
        ycc = TO_YCC @ (backdrop.astype(np.float32) / 255)
        c = np.asarray(ycc[1:], np.float32)
        size = float(np.hypot(*c))
        axis = np.asarray(c / size if size > 0.02 else (1, 0), np.float32)
        return cls(float(ycc[0]), c, np.array([[axis[0], axis[1]], [-axis[1], axis[0]]], np.float32))

    @property
    def size(self) -> float:
        """How colourful the backdrop is: the length of its colour difference, in units of 255."""
        return float(np.hypot(*self.c))


def find_trimap(gap: Bytes, padded: Bytes, backdrop_colour: BackdropColour, threshold: int = THRESHOLD) -> Trimap:
    """Compute the trimap of a frame: empty blocks, full blocks and the unknown band between.

    Arguments:
        gap: from `block_difference`.
        padded: the frame.
        backdrop_colour: its backdrop.
        threshold: levels of gap over which a block is something.
    """
    active = (gap > threshold).astype(np.uint8)
    full = erode(erode(active, SQUARE), CROSS)
    blurred = np.zeros_like(full)
    if backdrop_colour.size >= COLOURLESS:
        mixed = _mixtures(active, padded, backdrop_colour)
        blurred = dilate(mixed & full, square(2 * _BLURRED + 1))
        full &= 1 - dilate(mixed, CROSS)
    band = active & (1 - full)
    band[:MARGIN] = band[-MARGIN:] = 0
    band[:, :MARGIN] = band[:, -MARGIN:] = 0
    rows, columns = np.divmod(np.flatnonzero(band), band.shape[1])
    return Trimap(active, full, rows, columns, blurred)


def _mixtures(active: Bytes, padded: Bytes, backdrop_colour: BackdropColour) -> Bytes:
    """Blocks well inside that have so much of the backdrop's colour that they may be mixed with it.

    They are slits too narrow to show the pure backdrop, and whatever is tinted and has the pure backdrop not far
    away: steam, glow. What is thick, tinted and nowhere the pure backdrop is the character's own colour, and so is
    every area of a flat colour that is found deep inside too.
    """
    means = block_means(padded)
    likeness = cv2.transform(
        means, (backdrop_colour.c @ TO_YCC[1:])[None] * np.float32(100 / (255 * backdrop_colour.size**2))
    )
    tinted = (likeness > 30).astype(np.uint8) & active
    if not tinted.any():
        return tinted
    reach = dilate(erode(1 - active, SQUARE), np.ones((2 * REACH + 1, 1), np.uint8))
    reach = dilate(reach, np.ones((1, 2 * REACH + 1), np.uint8))
    like = (likeness > 55).astype(np.uint8)
    thick = dilate(opened(like, square(5)), square(5))
    mixed = (tinted & reach) | (like & (1 - thick))
    deep = np.flatnonzero(tinted & (1 - reach))
    if len(deep) > KNOWN:
        colours, places = means.reshape(-1, 3), np.flatnonzero(mixed)
        known = _neighbourly(np.bincount(_cells(colours[deep]), minlength=4096)) > KNOWN
        mixed.reshape(-1)[places] = ~known[_cells(colours[places])]
    return np.asarray(mixed, np.uint8)


def _cells(colours: Bytes) -> NDArray[np.int32]:
    """Cells of a 16x16x16 colour table, of (n, 3)."""
    return np.asarray((colours >> 4).astype(np.int32) @ np.array([256, 16, 1], np.int32), np.int32)


def _neighbourly(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of a 16x16x16 colour table, each cell with its neighbours along the three axes added."""
    cube = np.pad(counts.reshape(16, 16, 16), 1)
    middle = slice(1, -1)
    total = cube[middle, middle, middle].copy()
    for axis in range(3):
        for side in (slice(0, -2), slice(2, None)):
            at: list[slice] = [middle, middle, middle]
            at[axis] = side
            total += cube[tuple(at)]
    return total.ravel()


@dataclass(frozen=True)
class RimSamples:
    """Samples at the unknown blocks of a trimap, relative to the backdrop there, colour turned, in units of 255.

    Attributes:
        features: (n, FEATURES), a block with its surroundings.
        y: (n, 4), brightness of its pixels.
        c: (n, 2), its colour differences.
    """

    features: FloatArray
    y: FloatArray
    c: FloatArray


def observe(
    padded: Bytes, trimap: Trimap, backdrop_colour: BackdropColour, shared: bool, drift: FloatArray | None = None
) -> RimSamples:
    """Sample each block of the unknown band with its surroundings.

    Arguments:
        padded: the frame, padded.
        trimap: its blocks.
        backdrop_colour: the backdrop in the middle of the frame.
        shared: whether the pixels of a block share one colour.
        drift: (bh, bw, 3) RGB levels by which the backdrop differs there; None: nowhere.
    """
    bh, bw = trimap.active.shape
    near = np.zeros((bh, bw), np.uint8)
    near[trimap.rows, trimap.columns] = 1
    places = np.flatnonzero(dilate(near, square(5)))
    y, c = unclip(gather(padded, places))
    y -= np.float32(backdrop_colour.y)
    c -= backdrop_colour.c[:, None]
    if drift is not None:
        off = (TO_YCC / 255) @ drift.reshape(-1, 3).take(places, axis=0).T
        y -= off[0]
        c -= off[1:]
    luma = np.zeros(4 * bh * bw, np.float32)
    first = 2 * (places + places // bw * bw)
    for k in range(4):
        luma[first + (k // 2 * 2 * bw + k % 2)] = y[k]
    chroma = np.zeros(bh * bw, np.complex64)
    chroma[places] = np.ascontiguousarray((backdrop_colour.turn @ c).T).view(np.complex64)[:, 0]

    n = len(trimap.rows)
    features = np.empty((n, FEATURES), np.float32)
    # A block's surroundings begin 3 pixels before it, and 2 blocks before it. Two pixels are read at once.
    first = (trimap.rows - 2) * bw + trimap.columns - 2
    pairs = luma[2 * bw + 1 : -1].view(np.complex64)
    near_y = pairs.take((first + (trimap.rows - 2) * bw)[:, None] + _steps(_LUMA, _LUMA // 2, bw))
    features[:, : _LUMA**2] = near_y.view(np.float32)
    near_c = chroma.take(first[:, None] + _steps(_CHROMA, _CHROMA, bw)).view(np.float32)
    features[:, _LUMA**2 : -4] = near_c
    features[:, -4:] = backdrop_colour.y - 0.5, backdrop_colour.size, float(shared), 1.0
    here = _CHROMA**2 // 2 * 2
    return RimSamples(features, features[:, [27, 28, 35, 36]], near_c[:, here : here + 2])


def _steps(rows: int, columns: int, width: int) -> NDArray[np.intp]:
    """Steps from a place in a flat array of rows to the places of a window that begins there, (rows · columns,)."""
    return (np.arange(rows)[:, None] * width + np.arange(columns)).ravel()
