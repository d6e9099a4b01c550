"""Removal of floor lines: thin dark lines of the backdrop that run in from the sides of a frame.

Generated clips often draw the edge of a floor. Such a line is the backdrop made darker, straight, with clean backdrop
above and below, and reaches a side of the frame.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import groups
from popcon.engines.matte.shadow import darkening

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
FloatArray = NDArray[np.float32]

THICKEST = 4
"""Blocks of 2x2 pixels that a line is thick at most."""

SPAN = 0.3
"""Share of the frame's width that a line covers at least, all its pieces together."""

STEEPEST = 0.4
"""Rows by which a line falls or rises a column, at most."""

_LEAST = 8
_STEP = 0.75
_REACH = 2  # blocks above and below a line over which the codec rings


def remove_floor_lines(padded: Bytes, empty: Bytes, threshold: int, uniform: bool) -> Bytes:
    """Paint the floor lines of a padded frame with the backdrop.

    Arguments:
        padded: (h, w, 3) uint8, even sides.
        empty: (h, w, 3) uint8, the backdrop.
        threshold: levels by which a block must differ from the backdrop to count.
        uniform: whether the backdrop has one colour all over, within a level.

    Returns:
        The frame itself where it has no floor line.
    """
    # Most frames have none: the sides tell, without a look at the rest.
    sides = (slice(0, 2), slice(-2, None))
    if not any(_darker(*darkening(padded[:, side], empty[:, side], uniform)).any() for side in sides):
        return padded
    share, off = darkening(padded, empty, uniform)
    dark = _darker(share, off)
    clean = (off < threshold) & (share >= 0.97) & (share < 1.03)
    line = np.zeros_like(dark)
    labels, stats = groups(dark.astype(np.uint8))
    for label in np.unique(np.concatenate([labels[:, 0], labels[:, -1]])):
        if label and stats[label, cv2.CC_STAT_WIDTH] >= _LEAST:
            line |= _line_through(labels == label, dark, clean)
    if not line.any():
        return padded
    around = line.copy()
    for step in range(1, _REACH + 1):
        around[step:] |= line[:-step]
        around[:-step] |= line[step:]
    around &= line | (off < threshold + 6) & (share > 0.8)
    fill = np.repeat(np.repeat(around.astype(np.uint8), 2, 0), 2, 1)
    return np.asarray(cv2.copyTo(empty, fill, padded.copy()), np.uint8)


def _darker(share: FloatArray, off: FloatArray) -> Flags:
    """Blocks that are the backdrop made darker, from what `darkening` measured."""
    # The codec gives both rows of a block one colour, which clips where the line fills half of it.
    return np.asarray((off < 6 + 50 * (1 - share)) & (share > 0.25) & (share < 0.97))


def _line_through(piece: Flags, dark: Flags, clean: Flags) -> Flags:
    """Find the blocks of the straight line that a piece at the frame's side belongs to; none if it is no floor line."""
    nothing = np.zeros_like(dark)
    height = piece.sum(0)
    middle = (piece * np.arange(len(piece))[:, None]).sum(0) / np.maximum(height, 1)
    # From the side inwards, up to where the soft rim of the character's outline, dark too, meets the line.
    inwards = np.arange(len(height)) if piece[:, 0].any() else np.arange(len(height))[::-1]
    ends = (height[inwards] == 0) | (height[inwards] > THICKEST) | (np.abs(np.gradient(middle)[inwards]) > _STEP)
    columns = inwards[: int(np.argmax(ends)) if ends.any() else len(ends)]
    if len(columns) < _LEAST:
        return nothing
    rows, thick = middle[columns], float(np.median(height[columns]))
    slope, start = np.polyfit(columns, rows, 1)
    at = slope * np.arange(dark.shape[1]) + start
    away = np.arange(dark.shape[0])[:, None] - at
    half = thick / 2 + 1
    if abs(slope) > STEEPEST or np.abs(rows - at[columns]).max() > half:
        return nothing
    line = dark & (np.abs(away) <= half)
    # What ends an outline of the character at the frame's side has the character on one of its sides.
    above = (clean & (away < -half) & (away > -half - 5)).any(0)
    below = (clean & (away > half) & (away < half + 5)).any(0)
    covered = line.any(0)
    if covered.mean() < SPAN or (above & below)[columns].mean() < 0.8:
        return nothing
    return np.asarray(line & (above | below))
