"""Paints frames: backdrop, effects behind, the character, effects in front."""

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
from popcon.pixels import Rgb

ON_THE_FACE = {"blush": 1.0, "sun_glint": 0.62, "tears": 1.15, "gloom_lines": 1.4, "dizzy": 1.4, "anger_mark": 1.5}
"""Effects that belong to a face, and how large they are beside it: they follow the head's size, not the body's."""

Canvas = NDArray[np.float32]
"""(side, side, 4) float32, 0-1; the last channel is unused and keeps pixels aligned with layers."""


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
        """One frame: (side, side, 3) uint8.

        Arguments:
            frame: 0 to FRAMES - 1; later frames begin again.
            effects_at: opacity of the effects, 0 to 1.
        """
        pose = self.plan.score.pose(frame)
        drawn = self.figure.draw(pose, self.plan.grip)
        canvas = self._empty.copy()
        layers = self._effects(pose, (frame % FRAMES) / FRAMES) if effects_at > 0 else []
        for layer in layers:
            if layer.behind is not None:
                _lay(canvas, layer.behind, effects_at)
        _lay(canvas, drawn, 1 / 255)
        for layer in layers:
            if layer.front is not None:
                _lay(canvas, layer.front, effects_at)
        return np.asarray(cv2.cvtColor(cv2.convertScaleAbs(canvas, alpha=255), cv2.COLOR_RGBA2RGB), dtype=np.uint8)

    def _effects(self, pose: Pose, t: float) -> list[Layers]:
        anchors = self.figure.anchors(pose)
        layers = []
        for name in self.plan.effects:
            if name == "thumbs_up" and self.figure.colours is not None:
                continue  # its floating hand says so already
            part = min(1.0, ON_THE_FACE[name] * self.figure.head) if name in ON_THE_FACE else 1.0
            sized = replace(anchors, scale=anchors.scale * part)
            layers.append(EFFECTS[name].draw(t, sized, self.figure.side, self.seed))
        return layers


def _lay(canvas: Canvas, layer: Layer | NDArray[np.uint8], by: float) -> None:
    """Lay a premultiplied layer over the canvas, in place, where it is not empty.

    Arguments:
        by: what brings the layer's values to 0-1, times its opacity.
    """
    alpha = cv2.extractChannel(layer, 3)
    rows = np.flatnonzero(alpha.max(axis=1))
    if not rows.size:
        return
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(alpha[top:bottom].max(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    part = np.asarray(layer[top:bottom, left:right], dtype=np.float32)
    rest = np.subtract(1, np.multiply(alpha[top:bottom, left:right], np.float32(by), dtype=np.float32))
    window = canvas[top:bottom, left:right]
    np.multiply(window, cv2.merge([rest, rest, rest, rest]), out=window)
    np.add(window, part if by == 1 else part * np.float32(by), out=window)
