"""What is behind a moving character: the picture that stands still where the character has been away."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgb

Floats = NDArray[np.float32]

AWAY = 3
"""Pixels around a mask that may be mixed with the character, or be its shadow."""
STILL = (0.6, 0.9)
"""Share of what is known that has to stand still: below the first nothing is concluded, above the second all."""


class Plate:
    """The background as far as it has been seen, for frames of one clip, in their order.

    Where a frame differs from it, something is before it; where a frame shows it, nothing is. That is believed as
    far as the background has been seen to stand still.

    Arguments:
        height, width: of the frames, px.
    """

    def __init__(self, height: int, width: int) -> None:
        self._colours = np.zeros((height, width, 3), np.float32)
        self._known = np.zeros((height, width), np.float32)

    def learn(self, frame: Rgb, share: Floats, confidence: float) -> None:
        """Learn a frame whose mask is known (0 to 1). `confidence`: 0 to 1; what is known better stays as it is."""
        kernel = np.ones((2 * AWAY + 1, 2 * AWAY + 1), np.uint8)
        clear = cv2.dilate((share > 0.02).astype(np.uint8), kernel) == 0
        fresh = clear & (self._known < confidence)
        self._colours[fresh] = frame[fresh]
        self._known[fresh] = confidence

    def lean(self, frame: Rgb, share: Floats) -> Floats:
        """Return whether pixels are before the background (1) or of it (-1); 0: not known, (h, w).

        Arguments:
            frame: the next one.
            share: about where its character is, 0 to 1: noise is measured elsewhere.
        """
        gap = np.abs(frame.astype(np.float32) - self._colours).max(2)
        far = (self._known > 0.5) & (cv2.dilate(share, np.ones((17, 17), np.uint8)) < 0.1)
        if far.sum() < 0.02 * far.size:
            return np.zeros_like(gap)
        noise = 2 + 1.5 * float(np.quantile(gap[far], 0.75))
        if noise > 24:
            return np.zeros_like(gap)
        still = float((gap[far] < 2 * noise).mean())
        believed = float(np.clip((still - STILL[0]) / (STILL[1] - STILL[0]), 0, 1))
        # A single pixel may agree by chance, and at an edge by half a pixel of motion.
        gap = np.asarray(cv2.medianBlur(np.minimum(gap, 255).astype(np.uint8), 3), np.float32)
        return np.asarray(believed * self._known * np.clip((gap - 2 * noise) / noise, -1, 1), np.float32)
