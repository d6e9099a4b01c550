"""How true a sticker is to its source: structural similarity of what people see.

Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004:
Gaussian window of 11 px, sigma 1.5, K1 0.01, K2 0.03, on the luma (BT.601) of composites over three backdrops. The
backdrops are black, white and a mid violet, because a rim that is right on one may be wrong on another.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgba

BACKDROPS: tuple[tuple[int, int, int], ...] = ((0, 0, 0), (255, 255, 255), (118, 84, 160))
"""sRGB, 0-255."""

_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Plane = NDArray[np.float32]


def _blur(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT_101), np.float32)


class Original:
    """Source frames, prepared once so that many encodings can be compared with them.

    Arguments:
        frames: at canvas size, all alike; (h, w, 4) uint8 straight alpha.
    """

    def __init__(self, frames: Sequence[Rgba]) -> None:
        self.frames = tuple(frames)
        self._known: dict[int, tuple[tuple[Plane, Plane, Plane], ...]] = {}

    def _prepared(self, index: int) -> tuple[tuple[Plane, Plane, Plane], ...]:
        if index not in self._known:
            self._known[index] = tuple(
                (y, mean := _blur(y), _blur(y * y) - mean * mean) for y in _lumas(self.frames[index])
            )
        return self._known[index]

    def compare(self, index: int, shown: Rgba) -> float:
        """Mean SSIM of one frame over all backdrops: 1 is alike. Both sides have the same size."""
        if np.array_equal(self.frames[index], shown):
            return 1.0
        scores = []
        for (x, mean_x, var_x), y in zip(self._prepared(index), _lumas(shown), strict=True):
            mean_y = _blur(y)
            var_y = _blur(y * y) - mean_y * mean_y
            both = _blur(x * y) - mean_x * mean_y
            top = (2 * mean_x * mean_y + _C1) * (2 * both + _C2)
            bottom = (mean_x * mean_x + mean_y * mean_y + _C1) * (var_x + var_y + _C2)
            scores.append(float((top / bottom).mean(dtype=np.float64)))
        return float(np.mean(scores))


def _lumas(frame: Rgba) -> list[Plane]:
    alpha = frame[..., 3].astype(np.float32) / 255
    luma = cv2.transform(np.ascontiguousarray(frame[..., :3]), _LUMA).reshape(alpha.shape)
    ink = luma.astype(np.float32) * alpha
    rest = 1 - alpha
    return [np.asarray(ink + rest * float(np.dot(_LUMA[0], backdrop)), np.float32) for backdrop in BACKDROPS]


def shown_at(durations_ms: Sequence[int], moments_ms: Sequence[float]) -> list[int]:
    """Return which frame of a timeline shows at each moment; after its end, the last."""
    ends = np.cumsum(durations_ms)
    found = np.searchsorted(ends, np.asarray(moments_ms), side="right")
    return [int(k) for k in np.minimum(found, len(ends) - 1)]


def middles(durations_ms: Sequence[int]) -> list[float]:
    """Return the middle of each frame's time, ms from the start."""
    edges = np.concatenate([[0], np.cumsum(durations_ms)])
    return [float(a + b) / 2 for a, b in pairwise(edges)]


def similarity(
    original: Original | Sequence[Rgba],
    durations_ms: Sequence[int],
    shown: Sequence[Rgba],
    shown_durations_ms: Sequence[int],
    every: int = 1,
) -> float:
    """Mean SSIM over source frames, each compared with what shows in the middle of its time.

    The two timelines may differ in length by a factor (a sticker of whole seconds): time is compared as a fraction
    of the whole.

    Arguments:
        every: compare only each n-th source frame, for a quick look.
    """
    source = original if isinstance(original, Original) else Original(original)
    stretch = sum(shown_durations_ms) / sum(durations_ms)
    moments = [m * stretch for m in middles(durations_ms)]
    pairs = list(enumerate(shown_at(shown_durations_ms, moments)))[::every]
    return float(np.mean([source.compare(i, shown[k]) for i, k in pairs]))
