"""Exposure of single frames: how a frame's backdrop differs from the clip's, and its correction.

Generated clips brighten their first frame, drift in exposure, or change the backdrop's colour between two shots. A
change of exposure multiplies the whole frame, so the frame is divided by it; what is left moves the backdrop alone.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

LEAST, MOST = 0.7, 1.4
"""Gains of a frame over its clip that are taken for a change of exposure."""

UNCHANGED = 0.006
"""Distance of a gain from 1 under which a frame is left as it is."""

SHIFTED = 2.5
"""Levels by which the backdrop must differ after the gain for a frame to have a backdrop of its own."""

SHARE = 0.15
"""Least share of a frame's border that has to be its backdrop."""

_NEAR = 14
_OFF_LINE = 40


@dataclass(frozen=True)
class Exposure:
    """The exposure of one frame relative to its clip.

    Attributes:
        gain: factor that brings the frame to the clip's exposure.
        shift: (3,) float32, RGB levels by which its backdrop differs from the clip's after that.
    """

    gain: float
    shift: FloatArray

    @property
    def shifted(self) -> bool:
        """Whether the frame needs a backdrop of its own."""
        return bool(np.abs(self.shift).max() > SHIFTED)

    def correct(self, frame: Bytes) -> Bytes:
        """Multiply a frame by the gain, (h, w, 3) uint8."""
        if self.gain == 1:
            return frame
        table = np.clip(np.rint(np.arange(256) * self.gain), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(frame, table), np.uint8)


def border_pixels(frame: Bytes, most: int = 1000) -> Bytes:
    """Sample the ring of a frame that is 2 % of its shorter side wide: at most about `most` pixels, (n, 3) uint8."""
    h, w = frame.shape[:2]
    ring = max(2, round(min(h, w) * 0.02))
    border = np.concatenate([
        frame[:ring].reshape(-1, 3), frame[-ring:].reshape(-1, 3), frame[ring:-ring, :ring].reshape(-1, 3),
        frame[ring:-ring, -ring:].reshape(-1, 3),
    ])  # fmt: skip
    return border[:: max(1, len(border) // most)].copy()


def measure_exposure(border: Bytes, level: FloatArray) -> Exposure:
    """Measure a frame's exposure from its border.

    Arguments:
        border: (n, 3) uint8, from `border_pixels`.
        level: (3,) RGB levels of the clip's backdrop.

    Returns:
        A gain of 1 and no shift where too little of the border resembles the backdrop.
    """
    same = Exposure(1.0, np.zeros(3, np.float32))
    # Pixels along the last axis: reductions over a last axis of three are slow.
    pixels = np.ascontiguousarray(border.T, np.float32)
    size = float(level @ level)
    if size < 900:  # black: nothing to measure a factor on
        return same
    factor = level @ pixels / size
    off = np.abs(pixels - level[:, None] * factor).max(0)
    like = (factor > 1 / MOST) & (factor < 1 / LEAST) & (off < _OFF_LINE)
    if like.mean() < SHARE:
        return same
    found = np.median(pixels[:, like], axis=1)
    near = np.abs(pixels - found[:, None]).max(0) <= _NEAR
    if near.mean() < SHARE:
        return same
    found = pixels[:, near].mean(1)
    # A channel that is clipped at 255 says less than the others.
    weight = np.where((found > 250) | (level > 250), 0.05, 1.0) * level
    gain = float(weight @ level / max(float(weight @ found), 1.0))
    if abs(gain - 1) < UNCHANGED:
        gain = 1.0
    shift = np.minimum(found * gain, 255) - level
    # A backdrop of another colour is no exposure: then the character's brightness is left alone.
    if np.abs(shift).max() > 8 + 40 * abs(gain - 1):
        gain, shift = 1.0, found - level
    return Exposure(gain, np.asarray(shift, np.float32))
