"""Chooses the frame that tells most of an animation, for platforms that take stills."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgba

_SIDE = 48
"""Frames are compared at about this many px."""

_SETTLED = 0.5
"""How much of a frame's own motion counts against it: a pose that is held reads better than one that rushes by."""

_UNIT = np.arange(256, dtype=np.float32) / 255
"""8-bit values as 0 to 1."""


def telling_frame(frames: Sequence[Rgba]) -> int:
    """Return the number of the frame whose pose is farthest from the mean of all, less what moves just then.

    Arguments:
        frames: at least one, all of one size; (h, w, 4) uint8 straight alpha.
    """
    small = np.stack([_small(frame) for frame in frames])
    away = _distances(small, small.mean(axis=0, keepdims=True))
    before, after = _distances(small, np.roll(small, 1, axis=0)), _distances(small, np.roll(small, -1, axis=0))
    score = away - _SETTLED * (before + after) / 2
    return int(np.argmax(np.round(score, 4)))


def _distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.sqrt(((a - b) ** 2).mean(axis=(1, 2, 3))), np.float32)


def _small(frame: Rgba) -> NDArray[np.float32]:
    data = np.asarray(cv2.LUT(frame, _UNIT), np.float32)
    data[..., :3] *= data[..., 3:]
    scale = min(1.0, _SIDE / max(frame.shape[:2]))
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return np.asarray(cv2.resize(data, size, interpolation=cv2.INTER_AREA), np.float32)
