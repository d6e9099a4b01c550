"""Back from decoded RGB to brightness at every pixel and colour at every 2x2 block, as the codec had them.

H.264 stores one colour for four pixels (4:2:0) and decoders clip what leaves the RGB cube, mostly at rims, where a
strong backdrop colour is smeared over a bright or dark pixel. As the four pixels of a block share one colour, what
was clipped in one of them follows from the others.
"""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Scalar = TypeVar("Scalar", bound=np.generic)

TO_YCC: FloatArray = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
"""Full-range BT.601, as decoders use it for clips of this size: rows Y, Cb, Cr; colour differences are centred on 0."""

FROM_CC: FloatArray = np.array([[0.0, 1.402], [-0.344136, -0.714136], [1.772, 0.0]], np.float32)
"""What (Cb, Cr) add to brightness in R, G and B."""

_RIDGE = 0.02


def block_view(frame: NDArray[Scalar]) -> NDArray[Scalar]:
    """(h, w, …) with even sides as (h/2, w/2, 4, …): the pixels of each 2x2 block, row by row."""
    h, w = frame.shape[:2]
    rest = frame.shape[2:]
    return (
        frame.reshape(h // 2, 2, w // 2, 2, *rest)
        .transpose(0, 2, 1, 3, *range(4, 4 + len(rest)))
        .reshape(h // 2, w // 2, 4, *rest)
    )


def unclip(frame: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Brightness of pixels and colour of blocks.

    Arguments:
        frame: (h, w, 3) uint8 RGB, even sides.
        wanted: (h/2, w/2), not 0 at the blocks whose clipped channels are to be solved for.

    Returns:
        Y (h, w), Cb and Cr (h/2, w/2), float32, in units of 255; Y may leave 0-1 where RGB was clipped.
    """
    size = (frame.shape[1] // 2, frame.shape[0] // 2)
    levels = frame.astype(np.float32)
    y = np.asarray(cv2.transform(levels, TO_YCC[:1] / 255), np.float32)

    def mean(plane: FloatArray) -> FloatArray:
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)

    grey = mean(y)
    cb = (mean(cv2.extractChannel(levels, 2)) / 255 - grey) / np.float32(1.772)
    cr = (mean(cv2.extractChannel(levels, 0)) / 255 - grey) / np.float32(1.402)
    inside = cv2.inRange(frame, (1, 1, 1), (254, 254, 254))
    inside = np.minimum(inside[::2], inside[1::2])
    inside = np.minimum(inside[:, ::2], inside[:, 1::2])
    clipped = np.flatnonzero((inside == 0) & (wanted > 0))
    if len(clipped):
        rows, columns = np.divmod(clipped, size[0])
        raw = frame.reshape(size[1], 2, size[0], 6)[rows, :, columns].reshape(-1, 4, 3)
        solved, (cb[rows, columns], cr[rows, columns]) = _solve(raw, np.stack([cb[rows, columns], cr[rows, columns]]))
        for k in range(4):
            y[k // 2 :: 2, k % 2 :: 2][rows, columns] = solved[k]
    return y, cb, cr


def _solve(raw: NDArray[np.uint8], colour: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares for blocks' colour over all unclipped channels, brightness of each pixel eliminated.

    Arguments:
        raw: (n, 4, 3) uint8.
        colour: (2, n), as it reads.

    Returns:
        Y (4, n) and colour (2, n).
    """
    # Blocks along the last axis: sums over short last axes are slow.
    raw = np.ascontiguousarray(raw.transpose(1, 2, 0))
    x = raw * np.float32(1 / 255)
    known = ((raw > 0) & (raw < 255)).astype(np.float32)
    n = np.maximum(known[:, 0] + known[:, 1] + known[:, 2], 1)

    def mean(weights: FloatArray) -> FloatArray:
        return np.asarray((known[:, 0] * weights[0] + known[:, 1] * weights[1] + known[:, 2] * weights[2]) / n)

    dx = (x - ((known * x).sum(1) / n)[:, None]) * known
    d0, d1 = ((k[:, None] - mean(k)[:, None]) * known for k in FROM_CC.T)
    a00 = (d0 * d0).sum((0, 1)) + np.float32(_RIDGE)
    a01 = (d0 * d1).sum((0, 1))
    a11 = (d1 * d1).sum((0, 1)) + np.float32(_RIDGE)
    b0 = (d0 * dx).sum((0, 1)) + np.float32(_RIDGE) * colour[0]
    b1 = (d1 * dx).sum((0, 1)) + np.float32(_RIDGE) * colour[1]
    det = a00 * a11 - a01 * a01
    c0, c1 = (a11 * b0 - a01 * b1) / det, (a00 * b1 - a01 * b0) / det
    tint = FROM_CC[:, :1] * c0 + FROM_CC[:, 1:] * c1
    y = (known * (x - tint)).sum(1) / n
    # A pixel with no channel left is black or white beyond the cube: take it as it reads.
    as_read = TO_YCC[0, 0] * x[:, 0] + TO_YCC[0, 1] * x[:, 1] + TO_YCC[0, 2] * x[:, 2]
    return np.asarray(np.where(known.any(1), y, as_read), np.float32), np.stack([c0, c1]).astype(np.float32)


def replicated(frame: NDArray[np.uint8]) -> tuple[bool, int, int]:
    """Return whether each 2x2 block of a decoded frame has one colour, and where the grid of blocks begins.

    Returns:
        (replicated, dx, dy): dx and dy are 0 or 1. (False, 0, 0) for interpolated colour, a scaled clip, or one
        colour all over, where it cannot be told and does not matter.
    """
    steps_x = _steps(frame[1::4])
    steps_y = _steps(np.ascontiguousarray(frame[:, 1::4].swapaxes(0, 1)))
    fewest = int(steps_x.min()), int(steps_y.min())
    most = int(steps_x.max()), int(steps_y.max())
    if min(most) < 8 or fewest[0] > 0.05 * most[0] or fewest[1] > 0.05 * most[1]:
        return False, 0, 0
    return True, int(np.argmin(steps_x)), int(np.argmin(steps_y))


def _steps(rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how often colour steps from an even pixel to the next, and from an odd one, along the rows of (h, w, 3).

    Between the pixels of one block a step is rounding only; between blocks it is anything. Clipped pixels, whose
    colour cannot be told, count for nothing.
    """
    _, cb, cr = cv2.split(cv2.transform(np.ascontiguousarray(rows, np.float32), TO_YCC))
    inside = cv2.inRange(rows, (4, 4, 4), (251, 251, 251)) > 0
    change = cv2.max(cv2.absdiff(cb[:, 1:], cb[:, :-1]), cv2.absdiff(cr[:, 1:], cr[:, :-1]))
    step = (change > 2.5) & inside[:, 1:] & inside[:, :-1]
    return np.array([np.count_nonzero(step[:, k::2]) for k in (0, 1)])
