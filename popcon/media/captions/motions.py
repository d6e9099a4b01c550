"""Moves a caption: pop, type, shake, wave, glow. Every motion shows all words in the first frame, which is the still in
shops, and ends where it begins, so that a loop has no seam."""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.captions.colours import CaptionColours
from popcon.media.captions.draw import Layer, caption_layer, flat, letters, over
from popcon.media.captions.layout import Layout, clusters
from popcon.models.caption import CaptionMotion
from popcon.pixels import Mask

Phase = float
"""Share of the loop that has passed: 0 up to 1."""


class CaptionPainter:
    """Draws a caption at any moment of its loop.

    Arguments:
        data: the font's file.
        index: of the face in a collection.
        width, height: of the canvas, px.
        seconds: length of the loop.
    """

    def __init__(
        self,
        layout: Layout,
        data: bytes,
        index: int,
        width: int,
        height: int,
        colours: CaptionColours,
        motion: CaptionMotion,
        seconds: float,
    ) -> None:
        self._layout, self._data, self._index = layout, data, index
        self._size, self._colours, self._motion = (width, height), colours, motion
        self._beats = max(1, round(seconds))
        self._halo = max(1, round(0.06 * layout.size))
        self._still = self._drawn(layout.lines)

    def at(self, phase: Phase) -> Layer:
        """Return the caption at a moment: (h, w, 4) float32, premultiplied."""
        moves: dict[CaptionMotion, Callable[[Phase], Layer]] = {
            "pop": self._pop,
            "type": self._type,
            "shake": self._shake,
            "wave": self._wave,
            "glow": self._glow,
        }
        return moves[self._motion](phase)

    def _mask(self, shown: Sequence[str], grow: int = 0) -> Mask:
        return letters(self._layout, self._data, self._index, *self._size, shown, grow)

    def _drawn(self, shown: Sequence[str]) -> Layer:
        stroke = self._layout.stroke
        return caption_layer(
            self._mask(shown), self._mask(shown, stroke), self._mask(shown, stroke + self._halo), self._colours
        )

    def _pop(self, phase: Phase) -> Layer:
        """Shrink, spring up beyond the own size, and settle, in the second third of the loop."""
        scale = float(np.interp(phase, (0, 0.34, 0.42, 0.52, 0.6, 0.68, 1), (1, 1, 0.8, 1.14, 0.96, 1, 1)))
        columns = np.flatnonzero(self._still[..., 3].any(axis=0))
        width, height = self._size
        if len(columns):
            scale = min(scale, (width - 2) / (columns[-1] - columns[0] + 1))
        bottom = self._layout.top + self._layout.height
        matrix = np.array([[scale, 0, (1 - scale) * width / 2], [0, scale, (1 - scale) * bottom]], np.float32)
        return _warped(self._still, matrix, (width, height))

    def _type(self, phase: Phase) -> Layer:
        """Stand for a while, vanish, and come letter by letter."""
        if not 0.35 <= phase < 0.9:
            return self._still
        lines = [clusters(line) for line in self._layout.lines]
        left = int(sum(map(len, lines)) * (phase - 0.35) / 0.5)
        shown = []
        for line in lines:
            shown.append("".join(line[: max(0, left)]))
            left -= len(line)
        return self._drawn(shown)

    def _shake(self, phase: Phase) -> Layer:
        """Tremble sideways, in bursts."""
        width, height = self._size
        columns = np.flatnonzero(self._still[..., 3].any(axis=0))
        room = (width - (columns[-1] - columns[0] + 1)) / 2 if len(columns) else 0.0
        reach = min(0.07 * self._layout.size, max(0.0, room))
        burst = max(0.0, math.sin(2 * math.pi * self._beats * phase))
        shift = reach * burst * math.sin(2 * math.pi * 7 * self._beats * phase)
        return _warped(self._still, np.array([[1, 0, shift], [0, 1, 0]], np.float32), (width, height))

    def _wave(self, phase: Phase) -> Layer:
        """Let a wave run through the letters from left to right."""
        width, height = self._size
        columns = np.arange(width, dtype=np.float32)
        reach = 0.16 * self._layout.size
        rise = reach * (0.5 + 0.5 * np.sin(2 * math.pi * (1.5 * columns / width - self._beats * phase)))
        across = np.broadcast_to(columns, (height, width)).astype(np.float32)
        down = np.arange(height, dtype=np.float32)[:, None] + rise[None].astype(np.float32)
        moved = cv2.remap(self._still, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return np.asarray(moved, np.float32)

    def _glow(self, phase: Phase) -> Layer:
        """Let light swell and fade behind the letters."""
        strength = 0.5 - 0.5 * math.cos(2 * math.pi * self._beats * phase)
        wide = self._mask(self._layout.lines, self._layout.stroke + max(2, round(0.16 * self._layout.size)))
        soft = cv2.GaussianBlur(wide, (0, 0), max(1.0, 0.1 * self._layout.size))
        faded = np.asarray(soft * _fading(self._size), np.uint8)
        return over(flat(faded, self._colours.glow, 0.95 * strength), self._still)


def _fading(size: tuple[int, int]) -> NDArray[np.float32]:
    """Return 0 at the edge of a canvas to 1 a little inside it, so that light is not cut off."""
    width, height = size
    across, down = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in (width, height))
    away = np.minimum(down[:, None], across[None]) / (0.04 * min(width, height))
    return np.asarray(np.minimum(away, 1), np.float32)


def _warped(layer: Layer, matrix: NDArray[np.float32], size: tuple[int, int]) -> Layer:
    moved = cv2.warpAffine(layer, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(moved, np.float32)
