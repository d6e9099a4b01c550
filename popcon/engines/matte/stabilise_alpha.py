"""Temporal stabilisation of a model's alpha: still parts do not flicker.

Looks only at the frames next door, so that chunks meet without a step.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_NEAR = np.ones((9, 9), np.uint8)
STILL = 6
"""Levels that an unmoved pixel, averaged with its neighbours, may change by: the codec's noise."""


def still(here: Bytes, there: Bytes) -> Bytes:
    """Return where two frames (h, w, 3) show the same, 1, else 0; (h, w) uint8.

    Single noisy pixels do not count as movement, and pixels near movement count as moved.
    """
    red, green, blue = cv2.split(cv2.absdiff(cv2.blur(here, (3, 3)), cv2.blur(there, (3, 3))))
    apart = cv2.max(cv2.max(red, green), blue)
    moved = cv2.threshold(apart, STILL, 1, cv2.THRESH_BINARY)[1]
    return np.asarray(1 - cv2.dilate(moved, _NEAR), np.uint8)


def steadied(frames: Sequence[Bytes], alphas: Sequence[Bytes], number: int) -> Bytes:
    """Return the alpha of a frame: where it and both its neighbours show the same, the median of the three.

    Where only one neighbour shows the same, the mean with it.

    Arguments:
        frames: (h, w, 3) uint8 each, in order.
        alphas: (h, w) uint8 each, a model's.
        number: of the frame that is asked for.
    """
    alpha = alphas[number]
    around = [
        (still(frames[number], frames[other]), alphas[other])
        for other in (number - 1, number + 1)
        if 0 <= other < len(frames)
    ]
    result = alpha.copy()
    for same, other in around:
        result = np.asarray(cv2.copyTo(cv2.addWeighted(alpha, 0.5, other, 0.5, 0), same, result), np.uint8)
    if len(around) == 2:
        (same, a), (also, b) = around
        middle = cv2.max(cv2.min(a, b), cv2.min(cv2.max(a, b), alpha))
        result = np.asarray(cv2.copyTo(middle, same & also, result), np.uint8)
    return result
