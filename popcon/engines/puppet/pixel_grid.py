"""The grid of pixel art in a frame: what is drawn shows whole pixels of the art, sharp, at whole steps."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.pixel_art import square_side
from popcon.models.stage import Body
from popcon.pixels import Rgba

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Pixel = TypeVar("Pixel", np.uint8, np.float32)

SEEN = 0.35
"""Share of a pixel that an effect covers from which the whole pixel has its colour."""
READABLE = 40
"""Pixels across the frame that effects need at least; beside coarser art they are drawn in halves of its pixels."""


@dataclass(frozen=True)
class PixelGrid:
    """Where pixels of the art are in a frame.

    Attributes:
        pixel: their side, px of the frame.
        left, top: of the first whole one, px of the frame, 0 to `pixel` - 1.
        side: width and height of the frame, px.
    """

    pixel: int
    left: int
    top: int
    side: int

    @property
    def for_effects(self) -> "PixelGrid":
        """The grid that effects are drawn on."""
        pixel, cells = self.pixel, self.side / self.pixel
        while cells < READABLE and pixel % 2 == 0:
            pixel, cells = pixel // 2, cells * 2
        return PixelGrid(pixel, self.left % pixel, self.top % pixel, self.side)

    def sampled(self, layer: Bytes) -> Bytes:
        """Return a premultiplied 8-bit layer with each pixel of the art as its middle is, opaque or empty."""
        half = self.pixel // 2
        middles = self._squares(layer)[:, half, :, half].astype(np.uint16)
        alpha = middles[..., 3:]
        opaque = np.minimum(middles * 255 // np.maximum(alpha, 1), 255)
        return self._enlarged(np.where(alpha > 127, opaque, 0).astype(np.uint8), layer.shape)

    def averaged(self, layer: Floats) -> Floats:
        """Return a premultiplied layer from 0 to 1, such as an effect, with each pixel of the art in one colour or
        empty."""
        squares = self._squares(layer)
        mean = squares.mean(axis=(1, 3))
        # What is meant to be see-through stays so: as opaque as the layer is where it covers most.
        cover, most = mean[..., 3:], squares[..., 3:].max(axis=(1, 3))
        shown = (cover >= SEEN * most) & (cover > 0)
        small = np.where(shown, mean * (most / np.maximum(cover, 1e-6)), 0)
        return self._enlarged(small.astype(np.float32), layer.shape)

    def _squares(self, layer: NDArray[Pixel]) -> NDArray[Pixel]:
        """(rows, pixel, columns, pixel, 4): the layer with empty pixels around it that complete its squares."""
        above, aside = -self.top % self.pixel, -self.left % self.pixel
        below, beyond = -(layer.shape[0] + above) % self.pixel, -(layer.shape[1] + aside) % self.pixel
        whole = np.pad(layer, ((above, below), (aside, beyond), (0, 0)))
        return whole.reshape(whole.shape[0] // self.pixel, self.pixel, -1, self.pixel, layer.shape[2])

    def _enlarged(self, small: NDArray[Pixel], shape: tuple[int, ...]) -> NDArray[Pixel]:
        above, aside = -self.top % self.pixel, -self.left % self.pixel
        large = small.repeat(self.pixel, axis=0).repeat(self.pixel, axis=1)
        return np.ascontiguousarray(large[above : above + shape[0], aside : aside + shape[1]])


def on_grid(picture: Rgba, place: Body, side: int) -> tuple[PixelGrid, Body] | None:
    """Return the grid of a character of pixel art, and where it stands so that its pixels are squares of whole frame
    pixels.

    Arguments:
        picture: (h, w, 4) uint8, trimmed.
        place: where it would stand otherwise.
        side: width and height of the frame, px.

    Returns:
        None where the picture is no pixel art, or has more pixels than the frame has room for.
    """
    square = square_side(picture)
    rows, columns = picture.shape[0] // square, picture.shape[1] // square
    pixel = int(min(place.height * side / rows, place.width * side / columns))
    if square == 1 or pixel < 2:
        return None
    pixel -= pixel % 2 if pixel > 5 else 0
    left = round((place.left + place.right) / 2 * side - columns * pixel / 2)
    bottom = round(place.bottom * side)
    stands = Body(
        left=left / side,
        top=(bottom - rows * pixel) / side,
        right=(left + columns * pixel) / side,
        bottom=bottom / side,
    )
    return PixelGrid(pixel, left % pixel, bottom % pixel, side), stands
