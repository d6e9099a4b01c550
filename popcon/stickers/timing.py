"""Fitting a timeline into a platform's: which frames are shown, when, how often it plays."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgba
from popcon.platforms.model import Timing


@dataclass(frozen=True)
class Schedule:
    """Frames by their number in the source, each with its time."""

    frames: tuple[int, ...]
    durations_ms: tuple[int, ...]
    plays: int
    """How often the file says that it plays; 0 is endless."""

    @property
    def play_ms(self) -> int:
        return sum(self.durations_ms)

    def closed(self, least_ms: int) -> "Schedule":
        """Return the same showing, ending on its first frame: that gives up a little of its time for it, so that
        nothing changes for whoever watches the loop."""
        if self.frames[-1] == self.frames[0] or self.durations_ms[0] < 2 * least_ms:
            return self
        end = max(least_ms, min(20, self.durations_ms[0] // 2))
        times = (self.durations_ms[0] - end, *self.durations_ms[1:], end)
        return Schedule((*self.frames, self.frames[0]), times, self.plays)


def play_length(total_ms: int, timing: Timing) -> int:
    """Return how long one play lasts on a platform: the source's own time where that is allowed, else the nearest."""
    longest = timing.max_play_ms or total_ms
    if timing.whole_seconds:
        seconds = max(1, longest // 1000)
        # The nearest in proportion: 1.4 s is nearer to 1 s than to 2 s.
        return 1000 * min(range(1, seconds + 1), key=lambda s: (abs(math.log(1000 * s / total_ms)), s))
    return min(total_ms, longest)


def plays(play_ms: int, timing: Timing) -> int:
    """Return how often a file plays: endless where that is allowed, else as often as the rules let it."""
    if timing.max_loops is None:
        return 0
    fitting = (timing.max_total_ms or play_ms * timing.max_loops) // play_ms
    return max(1, min(timing.max_loops, fitting))


def most_frames(count: int, play_ms: int, timing: Timing, shortest_ms: int) -> int:
    """Return how many of `count` frames may be shown in `play_ms`."""
    shortest = max(shortest_ms, timing.min_frame_ms, 1)
    most = min(count, timing.max_frames or count, max(1, play_ms // shortest))
    return min(most, int(play_ms * timing.max_fps / 1000)) if timing.max_fps else most


class Scheduler:
    """Chooses frames for any number of places. Knows how much any two neighbouring frames differ.

    Arguments:
        frames: the source, (h, w, 4) uint8.
        durations_ms: of each, over 0.
        timing: the platform's rules.
        shortest_ms: that the format can show.
    """

    def __init__(
        self, frames: Sequence[Rgba], durations_ms: Sequence[int], timing: Timing, shortest_ms: int = 1
    ) -> None:
        self._timing, self._durations = timing, np.array(durations_ms, np.int64)
        self.play_ms = play_length(int(self._durations.sum()), timing)
        self.most = max(1, most_frames(len(frames), self.play_ms, timing, shortest_ms))
        self._least_ms = max(
            shortest_ms, timing.min_frame_ms, math.floor(1000 / timing.max_fps) if timing.max_fps else 1
        )
        self._small = np.stack([_small(frame) for frame in frames])

    def schedule(self, places: int) -> Schedule:
        """Return the best showing of the source in at most this many frames (and at least what the platform asks
        for)."""
        edges = np.rint(
            np.concatenate([[0], np.cumsum(self._durations)]) * (self.play_ms / self._durations.sum())
        ).astype(int)
        if places >= len(self._durations):
            shown, starts = list(range(len(self._durations))), list(range(len(self._durations)))
        else:
            shown, starts = self._choose(places)
        times = np.diff([*edges[starts], self.play_ms])
        if times.min() < self._least_ms:
            shown, times = self._evenly(places, edges)
        frames, durations = self._split(list(shown), [int(t) for t in times])
        return Schedule(tuple(frames), tuple(durations), plays(self.play_ms, self._timing))

    def _evenly(self, places: int, edges: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
        """Return a regular grid, for sources whose own times are too short."""
        places = min(places, self.play_ms // self._least_ms)
        grid = np.rint(np.linspace(0, self.play_ms, places + 1)).astype(np.int64)
        middle = (grid[:-1] + grid[1:]) / 2
        return [int(np.searchsorted(edges[1:-1], m, side="right")) for m in middle], np.diff(grid)

    def _choose(self, places: int) -> tuple[list[int], list[int]]:
        """Cut the source into runs and show one frame of each, so that the difference to the source, weighted by
        time, is least: dynamic programming over the ends of runs. Returns the frames shown and where runs start."""
        count = len(self._durations)
        longest = min(count, 3 * -(-count // places) + 1)
        apart = np.zeros((count, count))
        for lag in range(1, longest):
            steps = ((self._small[lag:] - self._small[:-lag]) ** 2).sum(axis=(1, 2, 3), dtype=np.float64)
            apart[np.arange(count - lag), np.arange(lag, count)] = steps
        apart += apart.T
        # A price for holding a frame, growing with the square: two short holds read better than one long stop.
        steps = np.diagonal(apart, 1)
        hold = 0.15 * float(np.median(steps) * self._durations.mean()) + 1e-6
        cost = np.full((count, longest + 1), np.inf)
        best = np.zeros((count, longest + 1), np.intp)
        for start in range(count):
            for length in range(1, min(longest, count - start) + 1):
                run = slice(start, start + length)
                each = (apart[run, run] * self._durations[run, None]).sum(axis=0) + hold * (length - 1) ** 2
                best[start, length] = start + int(each.argmin())
                cost[start, length] = each.min()
        total = np.full((places + 1, count + 1), np.inf)
        total[0, 0] = 0
        back = np.zeros((places + 1, count + 1), np.intp)
        for place in range(1, places + 1):
            for end in range(place, count + 1):
                lengths = np.arange(1, min(longest, end) + 1)
                sums = total[place - 1, end - lengths] + cost[end - lengths, lengths]
                k = int(sums.argmin())
                total[place, end], back[place, end] = sums[k], lengths[k]
        shown: list[int] = []
        starts: list[int] = []
        end = count
        for place in range(places, 0, -1):
            length = int(back[place, end])
            shown.append(int(best[end - length, length]))
            end -= length
            starts.append(end)
        return shown[::-1], starts[::-1]

    def _split(self, frames: list[int], durations: list[int]) -> tuple[list[int], list[int]]:
        """Show the longest frames twice until there are as many as the platform asks for."""
        while len(frames) < self._timing.min_frames and max(durations) >= 2 * self._least_ms:
            k = int(np.argmax(durations))
            half = durations[k] // 2
            frames.insert(k, frames[k])
            durations[k : k + 1] = [durations[k] - half, half]
        return frames, durations


def _small(frame: Rgba) -> NDArray[np.float32]:
    scale = min(1.0, 64 / max(frame.shape[:2]))
    data = frame.astype(np.float32) / 255
    data[..., :3] *= data[..., 3:]
    size = (max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale)))
    return np.asarray(cv2.resize(data, size, interpolation=cv2.INTER_AREA), np.float32)
