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


def unclip(pixels: NDArray[np.uint8]) -> tuple[FloatArray, FloatArray]:
    """Brightness and colour of blocks.

    Arguments:
        pixels: (n, 4, 3) uint8 RGB, the pixels of n blocks.

    Returns:
        Y (n, 4) and (Cb, Cr) (n, 2), float32, in units of 255; Y may leave 0-1 where RGB was clipped.
    """
    x = pixels.astype(np.float32) * np.float32(1 / 255)
    ycc = x.reshape(-1, 3) @ TO_YCC.T
    y = np.asarray(ycc[:, 0].reshape(-1, 4), np.float32)
    each = ycc.reshape(-1, 4, 3)[..., 1:]
    c = np.asarray((each[:, 0] + each[:, 1] + each[:, 2] + each[:, 3]) / 4, np.float32)
    # 255 wraps around to 0; twelve flags of a block are read as three numbers.
    flags = (np.ascontiguousarray(pixels).reshape(-1, 12) + np.uint8(1) <= 1).view(np.uint32)
    clipped = (flags[:, 0] | flags[:, 1] | flags[:, 2]) != 0
    if clipped.any():
        y[clipped], c[clipped] = _solve(x[clipped], pixels[clipped], c[clipped])
    return y, c


def _solve(x: FloatArray, raw: NDArray[np.uint8], colour: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares for the block's colour over all unclipped channels, brightness of each pixel eliminated."""
    known = ((raw > 0) & (raw < 255)).astype(np.float32)
    n = np.maximum(known.sum(2, keepdims=True), 1)
    mean_x = (known * x).sum(2, keepdims=True) / n
    mean_k = (known.reshape(-1, 3) @ FROM_CC).reshape(-1, 4, 2) / n
    dx = (x - mean_x) * known
    d0 = (FROM_CC[:, 0] - mean_k[..., :1]) * known
    d1 = (FROM_CC[:, 1] - mean_k[..., 1:]) * known
    a00 = (d0 * d0).sum((1, 2)) + _RIDGE
    a01 = (d0 * d1).sum((1, 2))
    a11 = (d1 * d1).sum((1, 2)) + _RIDGE
    b0 = (d0 * dx).sum((1, 2)) + _RIDGE * colour[:, 0]
    b1 = (d1 * dx).sum((1, 2)) + _RIDGE * colour[:, 1]
    det = a00 * a11 - a01 * a01
    c = np.stack([(a11 * b0 - a01 * b1) / det, (a00 * b1 - a01 * b0) / det], 1)
    tint = c @ FROM_CC.T
    y = (known * (x - tint[:, None])).sum(2) / n[..., 0]
    # A pixel with no channel left is black or white beyond the cube: take it as it reads.
    y = np.where(known.any(2), y, x @ TO_YCC[0])
    return np.asarray(y, np.float32), np.asarray(c, np.float32)


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
    colour = cv2.transform(np.ascontiguousarray(rows, np.float32), TO_YCC[1:])
    inside = np.asarray(((rows > 3) & (rows < 252)).all(2))
    change: FloatArray = np.abs(np.diff(np.asarray(colour, np.float32), axis=1)).max(2)
    step = (change > 2.5) & inside[:, 1:] & inside[:, :-1]
    return np.array([int(step[:, k::2].sum()) for k in (0, 1)])
