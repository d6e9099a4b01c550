"""Measures how well a caption reads when a chat shows its sticker small."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.captions.draw import Layer
from popcon.pixels import Mask

BACKDROPS: tuple[tuple[int, int, int], ...] = ((255, 255, 255), (0, 0, 0), (140, 170, 200), (49, 51, 56))
"""sRGB of chats: white, black, LINE's blue, Discord's dark grey."""

LEAST_CONTRAST = 2.0
"""Letters with less could not be told apart when the bundled phrases were looked at, at 32 px."""

LEAST_STROKE = 0.6
"""px: thinner strokes of letters melted into their outline when they were looked at."""


SOUGHT_STROKE = 0.8
"""px: letters of thinner strokes, such as those of Thai fonts, are thickened to it. With more, the counters of Chinese
characters and the dots of Latin letters closed when they were looked at."""


@dataclass(frozen=True)
class Readability:
    """How a caption reads at a size.

    Arguments:
        contrast: of letters with their outline after scaling, in the worst of the backdrops; 1 is none.
        stroke: width of the letters' strokes after scaling, px.
    """

    contrast: float
    stroke: float

    @property
    def reads(self) -> bool:
        """Whether both are enough."""
        return self.contrast >= LEAST_CONTRAST and self.stroke >= LEAST_STROKE


def readability(fill: Mask, layer: Layer, side: int = 32) -> Readability:
    """Measure a caption at a smaller size.

    Arguments:
        fill: the letters alone on the sticker's canvas.
        layer: the whole caption, premultiplied.
        side: px of the longer side of the sticker as it is shown.
    """
    height, width = fill.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(layer, size, interpolation=cv2.INTER_AREA), np.float32)
    inside = np.asarray(cv2.resize(fill, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    around = small[..., 3] / 255 > 0.5
    contrasts = [_contrast(small, inside, around, backdrop) for backdrop in BACKDROPS]
    return Readability(contrast=min(contrasts), stroke=stroke_width(fill) * scale)


def needed_weight(fill: Mask, side: int = 32) -> int:
    """Return the px by which letters have to be thickened on every side to read at a smaller size; 0: they do.

    Arguments:
        fill: the letters alone on the sticker's canvas.
        side: px of the longer side of the sticker as it is shown.
    """
    longest: int = max(fill.shape)
    weight: int = round((SOUGHT_STROKE * longest / side - stroke_width(fill)) / 2)
    return max(0, weight)


def stroke_width(fill: Mask) -> float:
    """Return the width of letters' strokes in px: twice the distance to the rim along their middles."""
    inside = (fill >= 128).astype(np.uint8)
    if not inside.any():
        return 0.0
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    ridge = (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8)) - 1e-3) & (distance > 0)
    # a stroke of 3 px is 2 deep in its middle, and so is one of 4 px
    return float(2 * np.mean(distance[ridge]) - 0.5) if ridge.any() else 0.0


def _contrast(
    small: NDArray[np.float32], inside: NDArray[np.float32], around: NDArray[np.bool_], backdrop: Sequence[int]
) -> float:
    """Contrast of the pixels that are mostly letter with those of the caption that are least."""
    shown = np.asarray(small[..., :3] + np.array(backdrop, np.float32) * (1 - small[..., 3:] / 255), np.float32)
    light = _luminance(shown)
    if not around.any():
        return 1.0
    most = np.quantile(inside[around], 0.9)
    letter = light[around & (inside >= most)]
    rest = light[around & (inside <= np.quantile(inside[around], 0.25))]
    if not len(letter) or not len(rest):
        return 1.0
    high, low = sorted((float(letter.mean()), float(np.quantile(rest, 0.25))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Relative luminance, WCAG 2.2."""
    level = rgb / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)
