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
_SUMS: FloatArray = np.stack(
    [np.ones(3), *FROM_CC.T, FROM_CC[:, 0] ** 2, FROM_CC[:, 0] * FROM_CC[:, 1], FROM_CC[:, 1] ** 2]
).astype(np.float32)


def block_view(frame: NDArray[Scalar]) -> NDArray[Scalar]:
    """(h, w, …) with even sides as (h/2, w/2, 4, …): the pixels of each 2x2 block, row by row."""
    h, w = frame.shape[:2]
    rest = frame.shape[2:]
    return (
        frame.reshape(h // 2, 2, w // 2, 2, *rest)
        .transpose(0, 2, 1, 3, *range(4, 4 + len(rest)))
        .reshape(h // 2, w // 2, 4, *rest)
    )


def gather(frame: NDArray[np.uint8], blocks: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Collect the pixels of 2x2 blocks, channel by channel: sums over short last axes are slow.

    Arguments:
        frame: (h, w, 3) uint8, even sides.
        blocks: (n,), flat places in the frame's (h/2, w/2) blocks.

    Returns:
        (3, 4, n) uint8.
    """
    h, w = frame.shape[:2]
    # Two pixels of three bytes are moved at once.
    pairs = np.ascontiguousarray(frame).reshape(h, 3 * w).view("V6").reshape(-1)
    first = blocks + blocks // (w // 2) * (w // 2)
    found = pairs.take(np.stack([first, first + w // 2])).view(np.uint8)
    return found.reshape(2, -1, 2, 3).transpose(3, 0, 2, 1).reshape(3, 4, -1)


def unclip(pixels: NDArray[np.uint8]) -> tuple[FloatArray, FloatArray]:
    """Brightness and colour of blocks.

    Arguments:
        pixels: (3, 4, n) uint8 RGB, the pixels of n blocks.

    Returns:
        Y (4, n) and (Cb, Cr) (2, n), float32, in units of 255; Y may leave 0-1 where RGB was clipped.
    """
    x = pixels.astype(np.float32)
    x *= np.float32(1 / 255)
    y = np.asarray(TO_YCC[:1] @ x.reshape(3, -1), np.float32).reshape(4, -1)
    c = np.asarray(TO_YCC[1:] @ ((x[:, 0] + x[:, 1] + x[:, 2] + x[:, 3]) / 4), np.float32)
    levels = pixels.reshape(12, -1)
    clipped = np.flatnonzero((levels.min(0) == 0) | (levels.max(0) == 255))
    if len(clipped):
        y[:, clipped], c[:, clipped] = _solve(pixels[..., clipped], x[..., clipped], c[:, clipped])
    return y, c


def _solve(raw: NDArray[np.uint8], x: FloatArray, colour: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares for blocks' colour over all unclipped channels, brightness of each pixel eliminated.

    Arguments:
        raw, x: (3, 4, n), in levels and in units of 255.
        colour: (2, n), as it reads.

    Returns:
        Y (4, n) and colour (2, n).
    """
    known = ((raw > 0) & (raw < 255)).astype(np.float32)
    shape = known.shape[1:]
    # Sums over the channels of a pixel that are known: how many, and of what colour differences add to them.
    n, k0, k1, k00, k01, k11 = (_SUMS @ known.reshape(3, -1)).reshape(-1, *shape)
    known *= x
    s, s0, s1 = (_SUMS[:3] @ known.reshape(3, -1)).reshape(3, *shape)
    lost = np.nonzero(n == 0)
    np.maximum(n, 1, out=n)
    m0, m1 = k0 / n, k1 / n
    a00 = (k00 - k0 * m0).sum(0) + np.float32(_RIDGE)
    a01 = (k01 - k0 * m1).sum(0)
    a11 = (k11 - k1 * m1).sum(0) + np.float32(_RIDGE)
    b0 = (s0 - s * m0).sum(0) + np.float32(_RIDGE) * colour[0]
    b1 = (s1 - s * m1).sum(0) + np.float32(_RIDGE) * colour[1]
    c = np.stack([a11 * b0 - a01 * b1, a00 * b1 - a01 * b0]) / (a00 * a11 - a01 * a01)
    y = s / n - m0 * c[0] - m1 * c[1]
    # A pixel with no channel left is black or white beyond the cube: take it as it reads.
    y[lost] = TO_YCC[0] @ x[:, lost[0], lost[1]]
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
    _, cb, cr = cv2.split(cv2.transform(np.ascontiguousarray(rows, np.float32), TO_YCC))
    inside = cv2.inRange(rows, (4, 4, 4), (251, 251, 251)) > 0
    change = cv2.max(cv2.absdiff(cb[:, 1:], cb[:, :-1]), cv2.absdiff(cr[:, 1:], cr[:, :-1]))
    step = (change > 2.5) & inside[:, 1:] & inside[:, :-1]
    return np.array([np.count_nonzero(step[:, k::2]) for k in (0, 1)])
