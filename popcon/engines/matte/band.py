"""Where alpha is in question, and what is seen there.

Work goes by 2x2 blocks, the unit in which 4:2:0 keeps colour. Blocks like the backdrop are empty, blocks well inside
the character are full, and only the band between is unmixed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.planes import TO_YCC, block_view, unclip

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

MARGIN = 3
"""Blocks around a frame, so that every block has its context."""

THRESHOLD = 9
"""Levels by which some channel of a pixel must leave the backdrop to count as something."""

REACH = 8
"""Blocks from the pure backdrop within which a tint of it is taken for a mixture."""

_LUMA = [(y, x) for y in range(-3, 5) for x in range(-3, 5)]
_CHROMA = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]
FEATURES = len(_LUMA) + 2 * len(_CHROMA) + 4


@dataclass(frozen=True)
class Grid:
    """How a frame is cut into blocks.

    Attributes:
        dx, dy: where the codec's blocks begin, 0 or 1.
        shared: whether the pixels of a block share one colour (else colour was interpolated).
    """

    dx: int = 0
    dy: int = 0
    shared: bool = True

    def pad(self, frame: Bytes) -> tuple[Bytes, int, int]:
        """The frame with MARGIN blocks around, even, aligned to blocks; and its top and left in there."""
        h, w = frame.shape[:2]
        top, left = 2 * MARGIN + self.dy, 2 * MARGIN + self.dx
        bottom, right = 2 * MARGIN + (top + h) % 2, 2 * MARGIN + (left + w) % 2
        return cv2.copyMakeBorder(frame, top, bottom, left, right, cv2.BORDER_REPLICATE), top, left


@dataclass(frozen=True)
class Band:
    """The blocks of one padded frame.

    Attributes:
        active: (bh, bw) uint8, 1 where a pixel of the block differs from the backdrop.
        full: (bh, bw) uint8, 1 well inside.
        rows, columns: of the blocks in between, those that are unmixed.
    """

    active: Bytes
    full: Bytes
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]


_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = np.ones((3, 3), np.uint8)


def difference(padded: Bytes, empty: Bytes) -> Bytes:
    """Largest channel difference from the empty backdrop in each block, (bh, bw) uint8 levels."""
    gap = cv2.absdiff(padded, empty)
    most = np.maximum(np.maximum(gap[..., 0], gap[..., 1]), gap[..., 2])
    return np.maximum(np.maximum(most[::2, ::2], most[1::2, ::2]), np.maximum(most[::2, 1::2], most[1::2, 1::2]))


def find(gap: Bytes, likeness: FloatArray | None, threshold: int = THRESHOLD) -> Band:
    """Sort blocks into empty, full and the band between.

    Arguments:
        gap: from `difference`.
        likeness: from `Paper.likeness`; None for a backdrop without colour.
        threshold: levels of gap over which a block is something.
    """
    active = (gap > threshold).astype(np.uint8)
    wide = cv2.dilate(active, _SQUARE)
    full = cv2.erode(cv2.erode(active, _SQUARE), _CROSS)
    if likeness is not None:
        # A slit too narrow to show the pure backdrop: a mixture, with backdrop not far away.
        reach = cv2.dilate(cv2.erode(1 - active, _SQUARE), np.ones((2 * REACH + 1, 1), np.uint8))
        reach = cv2.dilate(reach, np.ones((1, 2 * REACH + 1), np.uint8))
        like = (likeness > 0.55).astype(np.uint8)
        # What is thick, tinted and nowhere the pure backdrop is the character's own colour.
        thick = cv2.dilate(cv2.morphologyEx(like, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.ones((5, 5), np.uint8))
        slits = like & (1 - thick)
        mixed = ((likeness > 0.3) & (reach > 0)).astype(np.uint8) | slits
        full &= 1 - cv2.dilate(mixed, _CROSS)
    band = wide & (1 - full)
    band[:MARGIN] = band[-MARGIN:] = 0
    band[:, :MARGIN] = band[:, -MARGIN:] = 0
    rows, columns = np.nonzero(band)
    return Band(active, full, rows, columns)


@dataclass(frozen=True)
class Paper:
    """The backdrop as the features see it.

    Attributes:
        y: its brightness, in units of 255.
        c: its colour differences (Cb, Cr).
        turn: (2, 2), turns colour differences so that the backdrop's lie along the first axis.
    """

    y: float
    c: FloatArray
    turn: FloatArray

    @classmethod
    def of(cls, backdrop: FloatArray) -> "Paper":
        """From its RGB, in levels (fractions allowed)."""
        ycc = TO_YCC @ (backdrop.astype(np.float32) / 255)
        c = ycc[1:]
        size = float(np.hypot(*c))
        axis = c / size if size > 0.02 else np.array([1, 0], np.float32)
        return cls(float(ycc[0]), c, np.array([[axis[0], axis[1]], [-axis[1], axis[0]]], np.float32))

    @property
    def size(self) -> float:
        """How colourful the backdrop is: the length of its colour difference, in units of 255."""
        return float(np.hypot(*self.c))

    def likeness(self, padded: Bytes) -> FloatArray | None:
        """How much of the backdrop's colour each block's mean has, (bh, bw): 0 none, 1 all; None if it has no colour."""
        if self.size < 0.1:
            return None
        small = cv2.resize(padded, (padded.shape[1] // 2, padded.shape[0] // 2), interpolation=cv2.INTER_AREA)
        row = (self.c @ TO_YCC[1:]) / (self.size**2 * 255)
        return np.asarray(small.reshape(-1, 3).astype(np.float32) @ row, np.float32).reshape(small.shape[:2])


@dataclass(frozen=True)
class Seen:
    """What is seen at the blocks of a band, relative to the backdrop there, colour turned, in units of 255.

    Attributes:
        features: (n, FEATURES), a block with its surroundings.
        y: (n, 4), brightness of its pixels.
        c: (n, 2), its colour differences.
    """

    features: FloatArray
    y: FloatArray
    c: FloatArray


def observe(padded: Bytes, band: Band, paper: Paper, shared: bool, drift: FloatArray | None = None) -> Seen:
    """Look at each block of the band and around it.

    Arguments:
        padded: the frame, padded.
        band: its blocks.
        paper: the backdrop in the middle of the frame.
        shared: whether the pixels of a block share one colour.
        drift: (bh, bw, 3) RGB levels by which the backdrop differs there; None: nowhere.
    """
    bh, bw = band.active.shape
    near = np.zeros((bh, bw), np.uint8)
    near[band.rows, band.columns] = 1
    near = cv2.dilate(near, np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(near)
    y, c = unclip(block_view(padded)[rows, columns])
    y -= np.float32(paper.y)
    c -= paper.c
    if drift is not None:
        off = drift[rows, columns] @ (TO_YCC.T / 255)
        y -= off[:, :1]
        c -= off[:, 1:]
    luma = np.zeros((2 * bh, 2 * bw), np.float32)
    blocks = luma.reshape(bh, 2, bw, 2)
    for k in range(4):
        blocks[rows, k // 2, columns, k % 2] = y[:, k]
    chroma = np.zeros((bh, bw, 2), np.float32)
    chroma[rows, columns] = c @ paper.turn.T

    n = len(band.rows)
    features = np.empty((n, FEATURES), np.float32)
    at = (2 * band.rows) * (2 * bw) + 2 * band.columns
    steps = np.array([dy * 2 * bw + dx for dy, dx in _LUMA], np.intp)
    k = len(_LUMA)
    features[:, :k] = luma.ravel().take(at[:, None] + steps, mode="clip")
    at = band.rows * bw + band.columns
    steps = np.array([dy * bw + dx for dy, dx in _CHROMA], np.intp)
    pairs = chroma.view(np.complex64).ravel().take(at[:, None] + steps, mode="clip")
    features[:, k : k + 2 * len(_CHROMA)] = pairs.view(np.float32)
    features[:, -4:] = paper.y - 0.5, paper.size, float(shared), 1.0
    return Seen(features, features[:, [27, 28, 35, 36]], chroma[band.rows, band.columns])
