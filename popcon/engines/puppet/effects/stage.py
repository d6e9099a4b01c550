"""What an effect draws on: one frame's layers, with lengths in units of the character and a border kept free."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from popcon.engines.puppet.effects.base import Anchors, Effect, Layer, Layers, Point
from popcon.engines.puppet.effects.palette import INK
from popcon.engines.puppet.effects.timing import dice, loop_phase
from popcon.media.vector.canvas import Canvas, Colour
from popcon.media.vector.paths import Points, points
from popcon.media.vector.sprites import Sprite, extent, raster, stamp

MARGIN = 3
"""Pixels at the frame's border that stay free."""

LINE = 0.0115
"""Width of every outline, as a share of the frame: 2 px on a 180 px sticker."""

_USUAL = 0.74  # share of the frame that a character is usually high
_SEEN = 0.02  # a sprite that has shrunk to this share of its size is not drawn


class Stage:
    """One frame of one effect.

    Attributes:
        anchors: the character's parts, as given.
        side: frame width and height, px.
        unit: the size that lengths refer to, px: near the character's height, but it follows that only by its
            square root, and never below half of the frame: effects stay legible around a small character, leave
            room around a large one, and breathe little when the character squashes.
        line: outline width, px.
        clear_of_face: sprites that would cover the face go behind the character.
    """

    def __init__(self, anchors: Anchors, side: int, seed: int, clear_of_face: bool = False) -> None:
        self.anchors, self.side, self.seed, self.clear_of_face = anchors, side, seed, clear_of_face
        self.unit = min(max(math.sqrt(max(anchors.scale, 0.0) * _USUAL * side), 0.5 * side), 0.85 * side)
        self.line = LINE * side
        self._behind: Layer | None = None
        self._front: Layer | None = None

    def dice(self, name: str, count: int) -> tuple[float, ...]:
        """Numbers from 0 to 1 for this effect's seed."""
        return dice(self.seed, name, count)

    def near(self, of: Point, x: float = 0.0, y: float = 0.0) -> Point:
        """Return the point that lies x, y units away from another one."""
        return of[0] + x * self.unit, of[1] + y * self.unit

    def beside(self, hand: int, x: float = 0.0, y: float = 0.0) -> Point:
        """Return a point beside the character: hand 0 left, 1 right; x units outward of the body, y units below."""
        at = self.anchors.hands[hand]
        return self.near(at, x if hand else -x, y)

    def place(
        self,
        sprite: Sprite,
        at: Point,
        size: float,
        grow: float = 1.0,
        turn: float = 0.0,
        stretch: tuple[float, float] = (1.0, 1.0),
        behind: bool = False,
    ) -> None:
        """Put a sprite into the frame; near the border it is moved (and, if too large, shrunk) to be whole.

        Arguments:
            at: its centre, px.
            size: its full height, units.
            grow: factor on the size and the outline, for popping in and shrinking away.
            turn: degrees, clockwise.
            stretch: factors along its own axes.
        """
        if grow <= _SEEN:
            return
        whole = size * self.unit
        line = 2 * self.line / whole
        room = self.side - 2 * MARGIN - 2
        drawn = raster(sprite, whole * grow, line)
        left, top, right, bottom = extent(drawn, whole * grow, turn, stretch)
        shrink = min(1.0, room / max(right - left, bottom - top))
        left, top, right, bottom = (edge * shrink for edge in (left, top, right, bottom))
        low, high = MARGIN + 1, self.side - MARGIN - 1
        x = min(max(at[0], low - left), high - right)
        y = min(max(at[1], low - top), high - bottom)
        behind = behind or (self.clear_of_face and self._covers_the_face((x, y), whole * grow * shrink))
        stamp(self._layer(behind), drawn, (x, y), whole * grow * shrink, turn, stretch, MARGIN)

    def _covers_the_face(self, at: Point, size: float) -> bool:
        """Return whether a sprite of this size (px) lies over the oval around eyes and mouth."""
        spots = (*self.anchors.eyes, self.anchors.mouth)
        xs, ys = [spot[0] for spot in spots], [spot[1] for spot in spots]
        reach = 0.35 * size + 0.08 * self.unit
        across = (at[0] - (min(xs) + max(xs)) / 2) / ((max(xs) - min(xs)) / 2 + reach)
        down = (at[1] - (min(ys) + max(ys)) / 2) / ((max(ys) - min(ys)) / 2 + reach)
        return across * across + down * down < 1.3

    def streak(
        self, path: ArrayLike, widths: ArrayLike, colour: Colour, ink: Colour = INK, behind: bool = False
    ) -> None:
        """Draw a line with an outline; near the border its points are moved inside.

        Arguments:
            path: (n, 2), px.
            widths: units; one, or n. Where it is thinner than 1/20 of an outline, nothing is drawn.
        """
        wide = np.broadcast_to(np.asarray(widths, dtype=np.float64) * self.unit, (len(points(path)),))
        # The outline thins out together with the line, so that a line vanishes by growing thin.
        outline = np.minimum(self.line, wide * 0.75)
        full = wide + 2 * outline
        if full.max() < 0.3:
            return
        free = MARGIN + 1 + min(float(full.max()) / 2, self.side / 4)
        at: Points = np.clip(points(path), free, self.side - free)
        canvas = Canvas(self.side, self.side, pixels=self._layer(behind))
        canvas.ribbon(at, full, ink)
        canvas.ribbon(at, wide, colour)

    def layers(self) -> Layers:
        """Return what was drawn."""
        return Layers(behind=self._behind, front=self._front)

    def _layer(self, behind: bool) -> Layer:
        layer = self._behind if behind else self._front
        if layer is None:
            layer = np.zeros((self.side, self.side, 4), np.float32)
            if behind:
                self._behind = layer
            else:
                self._front = layer
        return layer


def effect(
    name: str,
    words: tuple[str, ...],
    colours: tuple[Colour, ...],
    paint: Callable[[Stage, float], None],
    clear_of_face: bool = False,
) -> Effect:
    """Return an effect from a function that paints one frame of it, given the stage and the phase in [0, 1)."""

    def draw(t: float, anchors: Anchors, side: int, seed: int) -> Layers:
        stage = Stage(anchors, side, seed, clear_of_face)
        paint(stage, loop_phase(t))
        return stage.layers()

    return Effect(name=name, words=words, colours=colours, draw=draw)
