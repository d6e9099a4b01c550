"""Painting with flat colours on a transparent canvas, in premultiplied float32."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from popcon.media.vector.coverage import Coverage, Patch, filled, ribbon, stroked
from popcon.media.vector.paths import Points, points

Colour = tuple[int, int, int]
"""sRGB, 0-255 each."""

Pixels = NDArray[np.float32]
"""(height, width, 4) float32, premultiplied sRGB + alpha, all 0-1."""


class Canvas:
    """A transparent picture to paint on, with coordinates of one's own.

    Arguments:
        width, height: pixels.
        scale: pixels for each unit of the coordinates.
        origin: the pixel position of (0, 0).
        detail: antialiasing samples per pixel and direction.
        pixels: paint onto this picture instead of a new one.
    """

    def __init__(
        self,
        width: int,
        height: int,
        scale: float = 1.0,
        origin: tuple[float, float] = (0.0, 0.0),
        detail: int = 4,
        pixels: Pixels | None = None,
    ) -> None:
        self.pixels: Pixels = np.zeros((height, width, 4), np.float32) if pixels is None else pixels
        self.scale, self.origin, self.detail = scale, origin, detail

    def fill(
        self, contour: ArrayLike, colour: Colour, clip: ArrayLike | None = None, holes: Sequence[ArrayLike] = ()
    ) -> None:
        """Fill a closed contour.

        Arguments:
            clip: a closed contour outside which nothing is painted.
            holes: closed contours inside of which nothing is painted.
        """
        paths = [self._pixel(path) for path in (contour, *holes)]
        self._paint(filled(paths, self.width, self.height, self.detail), colour, clip)

    def stroke(
        self, path: ArrayLike, line: float, colour: Colour, closed: bool = True, clip: ArrayLike | None = None
    ) -> None:
        """Draw a line of even width along a path."""
        self._paint(
            stroked(self._pixel(path), line * self.scale, self.width, self.height, closed, self.detail), colour, clip
        )

    def ribbon(self, path: ArrayLike, widths: ArrayLike, colour: Colour, clip: ArrayLike | None = None) -> None:
        """Draw a line whose width changes from point to point."""
        scaled = np.asarray(widths, dtype=np.float64) * self.scale
        self._paint(ribbon(self._pixel(path), scaled, self.width, self.height, self.detail), colour, clip)

    def outlined(self, contour: ArrayLike, colour: Colour, line: float, ink: Colour) -> None:
        """Fill a closed contour, with an outline of width `line` outside of it."""
        self.stroke(contour, 2 * line, ink)
        self.fill(contour, colour)

    def outlined_ribbon(self, path: ArrayLike, widths: ArrayLike, colour: Colour, line: float, ink: Colour) -> None:
        """Draw a ribbon with an outline of width `line` outside of it."""
        self.ribbon(path, np.asarray(widths, dtype=np.float64) + 2 * line, ink)
        self.ribbon(path, widths, colour)

    def straight(self) -> NDArray[np.uint8]:
        """Return the picture as (height, width, 4) uint8 with straight alpha; colour is zero where alpha is zero."""
        alpha = self.pixels[..., 3:]
        colour = np.divide(self.pixels[..., :3], alpha, out=np.zeros_like(self.pixels[..., :3]), where=alpha > 0)
        whole = np.round(np.concatenate([np.clip(colour, 0, 1), alpha], axis=2) * 255).astype(np.uint8)
        whole[whole[..., 3] == 0] = 0
        return whole

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])

    def _pixel(self, path: ArrayLike) -> Points:
        moved: Points = points(path) * self.scale + self.origin
        return moved

    def _paint(self, patch: Patch | None, colour: Colour, clip: ArrayLike | None) -> None:
        if patch is None:
            return
        height, width = patch.coverage.shape
        cover = patch.coverage
        if clip is not None:
            cover = cover * self._inside(clip, patch.left, patch.top, width, height)
        under = self.pixels[patch.top : patch.top + height, patch.left : patch.left + width]
        paint = np.array([*colour, 255], np.float32) / np.float32(255)
        # Written as a move towards the paint, so that paint on paint of the same colour leaves no seam.
        step = paint - under
        step *= cover[..., None]
        under += step

    def _inside(self, clip: ArrayLike, left: int, top: int, width: int, height: int) -> Coverage:
        inside = np.zeros((height, width), np.float32)
        patch = filled([self._pixel(clip) - (left, top)], width, height, self.detail)
        if patch is not None:
            rows, columns = patch.coverage.shape
            inside[patch.top : patch.top + rows, patch.left : patch.left + columns] = patch.coverage
        return inside
