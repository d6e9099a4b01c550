"""Masks grown, shrunk and scaled: OpenCV's functions with the types that they have on uint8."""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Window = tuple[slice, slice]

SQUARE: Bytes = np.ones((3, 3), np.uint8)
CROSS: Bytes = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def square(side: int) -> Bytes:
    return np.ones((side, side), np.uint8)


def dilate(mask: Bytes, kernel: Bytes = SQUARE) -> Bytes:
    """Return the largest value under the kernel, at each place."""
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def erode(mask: Bytes, kernel: Bytes = SQUARE) -> Bytes:
    """Return the smallest value under the kernel, at each place."""
    return np.asarray(cv2.erode(mask, kernel), np.uint8)


def opened(mask: Bytes, kernel: Bytes) -> Bytes:
    """Without what the kernel does not fit into."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8)


def block_means(frame: Bytes) -> Bytes:
    """Return the mean of each 2x2 block of (h, w, 3), even sides."""
    return np.asarray(
        cv2.resize(frame, (frame.shape[1] // 2, frame.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8
    )


def to_pixels(blocks: Bytes) -> Bytes:
    """Return each block's value at its four pixels."""
    return np.asarray(
        cv2.resize(blocks, (2 * blocks.shape[1], 2 * blocks.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8
    )


def groups(mask: Bytes, connectivity: int = 8) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(labels, stats) of connected groups; group 0 is where the mask is 0; stats as OpenCV orders them."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def window_of(mask: NDArray[np.generic], margin: int) -> Window | None:
    """The smallest window that holds what is not 0 in (h, w), wider by a margin on each side; None: all is 0."""
    x, y, w, h = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    if not w:
        return None
    return slice(max(0, y - margin), y + h + margin), slice(max(0, x - margin), x + w + margin)
