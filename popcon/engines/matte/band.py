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


def difference(padded: Bytes, backdrop: FloatArray) -> Bytes:
    """Largest channel difference from the backdrop in each block, (bh, bw) uint8 levels."""
    levels = np.clip(np.round(backdrop), 0, 255)
    gap = cv2.absdiff(padded, (float(levels[0]), float(levels[1]), float(levels[2]), 0.0))
    most = np.maximum(np.maximum(gap[..., 0], gap[..., 1]), gap[..., 2])
    return np.maximum(np.maximum(most[::2, ::2], most[1::2, ::2]), np.maximum(most[::2, 1::2], most[1::2, 1::2]))


def find(gap: Bytes, threshold: int = THRESHOLD) -> Band:
    """Sort blocks into empty, full and the band between."""
    active = (gap > threshold).astype(np.uint8)
    wide = cv2.dilate(active, _SQUARE)
    full = cv2.erode(cv2.erode(active, _SQUARE), _CROSS)
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


def observe(padded: Bytes, band: Band, paper: Paper, shared: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What is seen at and around each block of the band.

    Returns:
        features (n, FEATURES), brightness of the block's pixels (n, 4) and its colour differences (n, 2),
        both relative to the backdrop, colour turned.
    """
    bh, bw = band.active.shape
    near = np.zeros((bh, bw), np.uint8)
    near[band.rows, band.columns] = 1
    near = cv2.dilate(near, np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(near)
    y, c = unclip(block_view(padded)[rows, columns])
    luma = np.zeros((2 * bh, 2 * bw), np.float32)
    y -= np.float32(paper.y)
    for k in range(4):
        luma[2 * rows + k // 2, 2 * columns + k % 2] = y[:, k]
    chroma = np.zeros((bh, bw, 2), np.float32)
    chroma[rows, columns] = (c - paper.c) @ paper.turn.T

    n = len(band.rows)
    features = np.empty((n, FEATURES), np.float32)
    at = (2 * band.rows) * (2 * bw) + 2 * band.columns
    steps = np.array([dy * 2 * bw + dx for dy, dx in _LUMA], np.intp)
    features[:, : len(_LUMA)] = luma.ravel()[at[:, None] + steps]
    at = band.rows * bw + band.columns
    steps = np.array([dy * bw + dx for dy, dx in _CHROMA], np.intp)
    k = len(_LUMA)
    features[:, k : k + 2 * len(_CHROMA)] = chroma.reshape(-1, 2)[at[:, None] + steps].reshape(n, -1)
    features[:, -4:] = paper.y - 0.5, float(np.hypot(*paper.c)), float(shared), 1.0
    own = features[:, [27, 28, 35, 36]]
    return features, own, chroma[band.rows, band.columns]
