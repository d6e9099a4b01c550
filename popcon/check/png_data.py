"""The compressed pictures inside a PNG: inflated within bounds, their length and filter bytes compared."""

import zlib
from dataclasses import dataclass

import numpy as np

from popcon.check.media import MAX_SIDE

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of each interlace pass: first column, first row, column step, row step."""

MAX_INFLATED = 256_000_000
"""Bytes that all pictures of one file may inflate to; a longer file is a bomb or a mistake."""


@dataclass(frozen=True)
class Shape:
    """What IHDR says: size in px, bits a sample, colour type, interlaced or not."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    def rows(self, width: int, height: int) -> list[tuple[int, int]]:
        """Of each pass of a picture this large: (number of rows, bytes in a row with its filter byte)."""
        bits = self.depth * _CHANNELS.get(self.colour, 1)
        if not self.interlaced:
            return [(height, 1 + (width * bits + 7) // 8)]
        sizes = [(-(-(height - top) // down), -(-(width - left) // across)) for left, top, across, down in _ADAM7]
        return [(tall, 1 + (wide * bits + 7) // 8) for tall, wide in sizes if tall > 0 and wide > 0]


class Inflater:
    """Inflates one picture, never beyond its own pixels.

    Arguments:
        shape: of the file.
        width, height: of this picture, px.
        budget: bytes that it may inflate to.
    """

    def __init__(self, shape: Shape, width: int, height: int, budget: int = MAX_INFLATED) -> None:
        self._wrong = ""
        self._rows: list[tuple[int, int]] = []
        if max(width, height) > MAX_SIDE:
            self._wrong = f"{width}x{height} px are not inflated here"
        else:
            self._rows = shape.rows(width, height)
        self._due = sum(count * stride for count, stride in self._rows)
        if self._due > budget:
            self._wrong = f"more than {MAX_INFLATED} bytes in all are not inflated here"
        self._zlib = zlib.decompressobj()
        self._pixels = bytearray()

    @property
    def inflated(self) -> int:
        """Bytes so far."""
        return len(self._pixels)

    def feed(self, compressed: memoryview) -> None:
        """Take the next piece of the zlib stream."""
        if self._wrong or not len(compressed):
            return
        if self._zlib.eof:
            self._wrong = "data after the end of its zlib stream"
            return
        room = self._due + 1 - len(self._pixels)
        try:
            self._pixels += self._zlib.decompress(compressed, room)
            # zlib may hold back its end mark when the room was used up exactly
            if len(self._pixels) <= self._due and self._zlib.unconsumed_tail:
                self._pixels += self._zlib.decompress(self._zlib.unconsumed_tail, self._due + 1 - len(self._pixels))
        except zlib.error as error:
            self._wrong = f"zlib: {error}"
            return
        if len(self._pixels) > self._due:
            self._wrong = f"inflates to more than its {self._due} bytes"
        elif self._zlib.unused_data:
            self._wrong = f"{len(self._zlib.unused_data)} bytes after the end of its zlib stream"

    def close(self) -> str:
        """Return what is wrong with the picture, or nothing."""
        if self._wrong:
            return self._wrong
        if len(self._pixels) < self._due:
            return f"inflates to {len(self._pixels)} of {self._due} bytes"
        if not self._zlib.eof:
            return "its zlib stream has no end"
        at = 0
        pixels = np.frombuffer(self._pixels, np.uint8)
        for count, stride in self._rows:
            filters = pixels[at : at + count * stride : stride]
            if filters.max(initial=0) > 4:
                return f"filter type {filters.max()} does not exist"
            at += count * stride
        return ""
