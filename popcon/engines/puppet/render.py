"""Paints frames: backdrop, effects behind, the character, effects in front."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.direction import Direction
from popcon.engines.puppet.effects import EFFECTS
from popcon.engines.puppet.effects.base import Layer, Layers
from popcon.engines.puppet.figure import Figure
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.tracks import FRAMES
from popcon.pixels import Rgb, Rgba

ON_THE_FACE = {"blush": 1.0, "sun_glint": 0.62, "tears": 1.15, "gloom_lines": 1.4, "dizzy": 1.4, "anger_mark": 1.5}
"""Effects that belong to a face, and how large they are beside it: they follow the head's size, not the body's."""

Canvas = NDArray[np.float32]
"""(side, side, 4) float32, 0-1, colours premultiplied by the last channel: 1 everywhere on a backdrop."""


class Painter:
    """Paints the frames of one performance. Holds nothing that painting changes, so threads may share it."""

    def __init__(self, figure: Figure, plan: Direction, backdrop: str, seed: int = 0) -> None:
        """Prepare to paint.

        Arguments:
            backdrop: "#rrggbb".
            seed: of the effects.
        """
        self.figure, self.plan, self.seed = figure, plan, seed
        self._empty: Canvas = np.empty((figure.side, figure.side, 4), np.float32)
        self._empty[...] = (*(int(backdrop[n : n + 2], 16) / 255 for n in (1, 3, 5)), 1.0)

    def paint(self, frame: int, effects_at: float = 1.0) -> Rgb:
        """Return one frame: (side, side, 3) uint8.

        Arguments:
            frame: 0 to FRAMES - 1; later frames begin again.
            effects_at: opacity of the effects, 0 to 1.
        """
        return _opaque(self._laid(self._empty.copy(), self._layers(frame, effects_at)))

    def paint_alone(self, frame: int, effects_at: float = 1.0) -> Rgba:
        """Return one frame without its backdrop: (side, side, 4) uint8, straight alpha."""
        return _straight(self._laid(np.zeros_like(self._empty), self._layers(frame, effects_at)))

    def _layers(self, frame: int, effects_at: float) -> list[tuple[Layer | NDArray[np.uint8], float]]:
        """Return what is laid over each other in a frame, the lowest first, and what brings it to 0-1."""
        pose = self.plan.score.pose(frame)
        drawn = self.figure.draw(pose, self.plan.grip)
        effects = self._effects(pose, (frame % FRAMES) / FRAMES) if effects_at > 0 else []
        behind = [(layer.behind, effects_at) for layer in effects if layer.behind is not None]
        front = [(layer.front, effects_at) for layer in effects if layer.front is not None]
        return [*behind, (drawn, 1 / 255), *front]

    @staticmethod
    def _laid(canvas: Canvas, layers: Sequence[tuple[Layer | NDArray[np.uint8], float]]) -> Canvas:
        for layer, by in layers:
            _lay(canvas, layer, by)
        return canvas

    def _effects(self, pose: Pose, t: float) -> list[Layers]:
        anchors = self.figure.anchors(pose)
        layers = []
        for name in self.plan.effects:
            if name == "thumbs_up" and self.figure.colours is not None:
                continue  # its floating hand says so already
            if name == "blush" and not self.figure.rig.sees:
                continue  # nobody knows where its cheeks are
            part = min(1.0, ON_THE_FACE[name] * self.figure.head) if name in ON_THE_FACE else 1.0
            sized = replace(anchors, scale=anchors.scale * part)
            drawn = EFFECTS[name].draw(t, sized, self.figure.side, self.seed)
            layers.append(Layers(self._on_grid(drawn.behind), self._on_grid(drawn.front)))
        return layers

    def _on_grid(self, layer: Layer | None) -> Layer | None:
        """Draw an effect beside pixel art in pixels, too."""
        grid = self.figure.grid
        return layer if layer is None or grid is None else grid.for_effects.averaged(layer)


def _opaque(canvas: Canvas) -> Rgb:
    """Return a canvas that hides what is behind, as 8-bit colours."""
    return np.asarray(cv2.cvtColor(cv2.convertScaleAbs(canvas, alpha=255), cv2.COLOR_RGBA2RGB), dtype=np.uint8)


def _straight(canvas: Canvas) -> Rgba:
    """Return a canvas of premultiplied colours as straight ones; where alpha rounds to zero, so does colour."""
    done: Rgba = np.zeros(canvas.shape, np.uint8)
    window = _seen(canvas[..., 3])
    if window is None:
        return done
    part = np.clip(canvas[window], 0, 1)
    part[..., :3] = canvas[window][..., :3]
    np.divide(part[..., :3], np.maximum(part[..., 3:], 1e-6), out=part[..., :3])
    cut = np.asarray(cv2.convertScaleAbs(part, alpha=255), np.uint8)
    cut[cut[..., 3] == 0] = 0
    done[window] = cut
    return done


def _seen(alpha: NDArray[np.generic]) -> tuple[slice, slice] | None:
    """Return the rows and columns in which anything is seen."""
    rows = np.flatnonzero(alpha.max(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(alpha[top:bottom].max(axis=0))
    return slice(top, bottom), slice(int(columns[0]), int(columns[-1]) + 1)


def _lay(canvas: Canvas, layer: Layer | NDArray[np.uint8], by: float) -> None:
    """Lay a premultiplied layer over the canvas, in place, where it is not empty.

    Arguments:
        by: what brings the layer's values to 0-1, times its opacity.
    """
    alpha = cv2.extractChannel(layer, 3)
    seen = _seen(alpha)
    if seen is None:
        return
    part = np.asarray(layer[seen], dtype=np.float32)
    rest = np.subtract(1, np.multiply(alpha[seen], np.float32(by), dtype=np.float32))
    window = canvas[seen]
    np.multiply(window, cv2.merge([rest, rest, rest, rest]), out=window)
    np.add(window, part if by == 1 else part * np.float32(by), out=window)
