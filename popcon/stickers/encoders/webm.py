"""Encodes WebM: as much quality as fits."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from popcon.pixels import Rgba
from popcon.stickers import webm
from popcon.stickers.encoders.base import EncodedFile
from popcon.stickers.pixels import fill_transparent
from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


class WebmEncoder:
    """Constant quality. A coding at half the size tells where to begin."""

    _WORST, _BEST = 63, 4
    _SLOPE = 0.05
    """A step of quality changes the size by about this, in natural logarithms; measured from 24 to 34."""
    _FULL_TO_HALF = 2.0
    """Bytes at full size and usual effort to bytes at half the size and lower effort; measured, within 0.15."""

    def __init__(self, frames: Sequence[Rgba]) -> None:
        self._filled: dict[int, Rgba] = {}
        self._frames = frames
        self.trials: list[Trial] = []

    def encode(self, schedule: Schedule, limit: int | None) -> EncodedFile | None:
        for i in schedule.frames:
            if i not in self._filled:
                self._filled[i] = fill_transparent(self._frames[i])
        shown = [self._filled[i] for i in schedule.frames]
        if limit is None:
            return EncodedFile(webm.encode(shown, schedule.durations_ms, 12), "crf 12")
        crf = self._begin(shown, schedule, limit)
        best: tuple[int, bytes] | None = None
        too_large = self._BEST - 1
        for _ in range(6):
            data = webm.encode(shown, schedule.durations_ms, crf)
            fits = len(data) <= limit
            self.trials.append(Trial(setting=f"crf {crf}", frames=len(shown), bytes=len(data), fits=fits))
            room = math.log(limit / len(data))
            if fits and (best is None or crf < best[0]):
                best = (crf, data)
            # More bytes show little from here on, and another coding is the dearest thing of all.
            if fits and (room < 0.3 or crf <= 12 or too_large >= self._BEST):
                break
            if not fits and best is not None:
                break
            if not fits and crf == self._WORST:
                return None
            if not fits:
                too_large = max(too_large, crf)
            # Aim a little under the limit: another coding is dearer than what these last bytes show.
            step = -room / self._SLOPE + 1.2
            crf = crf + (math.ceil(step) if step > 0 else math.floor(step))
            crf = min(self._WORST, max(self._BEST, too_large + 1, crf))
        if best is None:
            return None
        return EncodedFile(best[1], f"crf {best[0]}", comfortable=best[0] <= 44)

    def _begin(self, shown: Sequence[Rgba], schedule: Schedule, limit: int) -> int:
        if shown[0].shape[0] * shown[0].shape[1] < 200 * 200:
            return self._BEST  # so small that a coding costs no more than the estimate
        half = [_half(frame) for frame in shown]
        size = len(webm.encode(half, schedule.durations_ms, 24, effort=4)) * self._FULL_TO_HALF
        # Below 12 little is gained, and sizes rise faster than the slope says.
        return min(self._WORST, max(12, round(24 + math.log(size / (0.92 * limit)) / self._SLOPE)))


def _half(frame: Rgba) -> Rgba:
    height, width = (side // 2 * 2 for side in frame.shape[:2])
    small = cv2.resize(frame[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
