"""A window of a texture into which shapes of a face are drawn, with soft edges."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.features import Colour
from popcon.engines.puppet.spots import Texture

Floats = NDArray[np.float32]
FINE = 3
"""Shapes are drawn this many times as large and averaged."""


class Patch:
    """A window of a texture that shapes are laid into."""

    def __init__(self, texture: Texture, x: float, y: float, reach_x: float, reach_y: float) -> None:
        height, width = texture.shape[:2]
        self.left, self.top = max(0, math.floor(x - reach_x)), max(0, math.floor(y - reach_y))
        self.right, self.bottom = min(width, math.ceil(x + reach_x)), min(height, math.ceil(y + reach_y))
        self.size = max(0, self.right - self.left), max(0, self.bottom - self.top)
        self.texture = texture

    @property
    def empty(self) -> bool:
        return bool(min(self.size) < 2)

    @property
    def window(self) -> NDArray[np.uint8]:
        return self.texture[self.top : self.bottom, self.left : self.right]

    def fill(self, points: Floats, within: Floats | None = None) -> Floats:
        """Return how much of each pixel a polygon covers, 0 to 1.

        Arguments:
            points: (n, 2), texture px.
        """
        return self._drawn(points, within, None)

    def stroke(self, points: Floats, width: float) -> Floats:
        """Return how much of each pixel a line with round ends covers."""
        return self._drawn(points, None, width)

    def _drawn(self, points: Floats, within: Floats | None, width: float | None) -> Floats:
        big = np.zeros((self.size[1] * FINE, self.size[0] * FINE), np.uint8)
        at = (np.asarray(points, np.float64) - (self.left, self.top)) * FINE
        whole = np.rint(at * 16 - 8).astype(np.int32)
        if width is None:
            cv2.fillPoly(big, [whole], 255, cv2.LINE_8, 4)
        else:
            cv2.polylines(big, [whole], False, 255, max(1, round(width * FINE)), cv2.LINE_8, 4)
        averaged = np.asarray(cv2.resize(big, self.size, interpolation=cv2.INTER_AREA), dtype=np.float32)
        small: Floats = averaged * np.float32(1 / 255)
        return small if within is None else small * within

    def lay(self, cover: Floats, colour: Colour, much: float = 1.0) -> None:
        """Lay a colour over what is covered, where the character is."""
        covered = _covered(cover)
        if covered is None:
            return
        window = self.window[covered]
        amount = (cover[covered] * much)[..., None]
        ink: Floats = np.array(colour, np.float32) * (window[..., 3:].astype(np.float32) / np.float32(255))
        window[..., :3] = _blended(window[..., :3], ink, amount)

    def put(self, cover: Floats, other: Texture) -> None:
        """Lay another texture's pixels over what is covered."""
        covered = _covered(cover)
        if covered is None:
            return
        window, amount = self.window[covered], cover[covered][..., None]
        theirs = other[self.top : self.bottom, self.left : self.right][covered].astype(np.float32)
        window[...] = _blended(window, theirs, amount)


def _covered(cover: Floats) -> tuple[slice, slice] | None:
    """Return the rows and columns in which anything is covered."""
    left, top, width, height = cv2.boundingRect(np.asarray(cover > 0, np.uint8))
    return (slice(top, top + height), slice(left, left + width)) if width else None


def _blended(under: NDArray[np.uint8], over: Floats, amount: Floats) -> NDArray[np.uint8]:
    """Return two pictures mixed; `over` is written to."""
    mixed = under * (1 - amount)
    over *= amount
    mixed += over
    return np.asarray(np.rint(mixed, out=mixed), np.uint8)


def ellipse(x: float, y: float, rx: float, ry: float) -> Floats:
    """Corners of an ellipse: (48, 2), px."""
    angle = np.linspace(0, math.tau, 48, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1).astype(np.float32)


def band(xs: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]) -> Floats:
    """Corners of what lies between two lines over the same places across: (2n, 2), px."""
    return np.concatenate([np.stack([xs, upper], 1), np.stack([xs, lower], 1)[::-1]]).astype(np.float32)
