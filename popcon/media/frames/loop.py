"""Finds the part of a clip that repeats best, and makes one repeat where none does."""

from bisect import insort
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from popcon.media.frames.motion import Motion
from popcon.models.timeline import Loop

GOOD_SEAM = 1.25
"""A cycle whose seam is at most this much larger than its other steps is seen as seamless."""

_EASY_SEAM = 1.18
"""A seam that is under `GOOD_SEAM` on whole frames too, not only on thumbnails."""
_STANDS_OUT = 1.2
"""A step so much larger than those beside it is a jump."""
_LONGEST_BLEND = 5


class Blend(NamedTuple):
    """A frame that is mixed: (1 - weight) of `frame` and `weight` of `other`, premultiplied."""

    frame: int
    other: int
    weight: float


def find_loop(motion: Motion, min_frames: int, max_frames: int | None = None) -> Loop:
    """Find the cycle with the best seam among those long enough to read.

    A seam is judged by its size against the other steps and by how much the motion turns there, so that a
    pendulum is not cut where it passes the same place in the other direction. Cycles that show little of what the
    clip shows lose, and among equals the one that begins with the clip's first frame wins: it is the approved still.

    Without a good cycle the better of two makeshifts is taken: forth and back again, or a short cross-blend.

    Arguments:
        motion: what `watch` saw.
        min_frames, max_frames: length of the cycle, in frames of the clip; a ping-pong's is the way forth and back.
            A clip that is shorter than `min_frames` is used whole.

    Returns:
        The loop; `describe` says in words what it is.
    """
    number = len(motion.distances)
    least = max(2, min(number, -(-min_frames // motion.stride)))
    most = number if max_frames is None else max(least, min(number, max_frames // motion.stride))
    if motion.still or number < 3:
        return Loop(kind="cycle", start=0, stop=_clip_stop(motion, number), seam=0.0)
    cycle = _best_cycle(motion, least, most)
    if cycle.good:
        phase, seam = _begin(motion, cycle)
        return Loop(
            kind="cycle",
            start=cycle.start * motion.stride,
            stop=_clip_stop(motion, cycle.stop),
            seam=round(seam, 4),
            phase=phase * motion.stride,
        )
    blended, blended_cost = _cross_blend(motion, cycle)
    swung, swung_cost = _ping_pong(motion, least, number * 2 if max_frames is None else most)
    return blended if blended_cost <= swung_cost else swung


def play_order(loop: Loop) -> list[int]:
    """Return the clip's frames in the order in which they play, each as long as the others."""
    forth = list(range(loop.start, loop.stop))
    if loop.kind == "ping_pong":
        return forth + forth[-2:0:-1]
    return forth[loop.phase :] + forth[: loop.phase]


def blends(loop: Loop) -> list[Blend]:
    """Return which frames of a cross-blended loop are mixed with which: the last ones with those that lead to the
    first.

    Where nothing leads to the first frame, because it is the clip's first, that frame itself is faded in.
    """
    return [
        Blend(
            frame=loop.stop - loop.blend + at,
            other=max(0, loop.start - loop.blend + at),
            weight=(at + 1) / (loop.blend + 1),
        )
        for at in range(loop.blend)
    ]


def describe(loop: Loop) -> str:
    """Return one sentence for the report."""
    span = f"frames {loop.start} to {loop.stop - 1}"
    if loop.kind == "ping_pong":
        return f"The clip does not repeat, so {span} play forth and back."
    if loop.kind == "cross_blend":
        return f"The clip nearly repeats: the last {loop.blend} of {span} fade into the first."
    if loop.seam == 0:
        return "Nothing moves in this clip; it is a still."
    if loop.phase:
        span += f", from frame {loop.start + loop.phase} on"
    return f"A cycle: {span}, whose seam is {loop.seam:.2f} of a usual step."


def _clip_stop(motion: Motion, stop: int) -> int:
    return min(motion.frames, stop * motion.stride)


class _Cycle:
    """A stretch of thumbnails and how its end meets its start."""

    def __init__(self, motion: Motion, start: int, stop: int) -> None:
        self.start, self.stop = start, stop
        self.gap = float(motion.distances[stop - 1, start])
        self.usual = float(_usual_steps(motion.steps[start : stop - 1])[-1])
        nearby = float(_nearby_steps(motion.steps, start, np.array([stop]))[0])
        self.seam = self.gap / self.usual
        self.good = self.gap <= GOOD_SEAM * max(self.usual, nearby)


def _begin(motion: Motion, cycle: _Cycle) -> tuple[int, float]:
    """With which frame of a good cycle to begin, as its number in the cycle, and the seam there.

    A cycle has no beginning of its own: where it is cut, the step back to its first frame is compared with the median
    one. Cut where motion is fastest, a true cycle has a large seam (1.41 for a circle that slows down twice a turn).
    It begins with its first frame, the approved still, unless the seam is large there though the steps beside it are
    as large; then with the frame nearest to it in time at which the seam is small. A step that stands out is a jump,
    and stays the seam: begun elsewhere the cycle would only hide it.
    """
    size = cycle.stop - cycle.start
    around = np.append(motion.steps[cycle.start : cycle.stop - 1], np.float32(cycle.gap))
    # Step `at` leads from frame `at` to the next one, the last to the first; the median is of all but the seam.
    seams = [
        float(around[at - 1]) / max(1e-3, float(np.median(np.delete(around, (at - 1) % size)))) for at in range(size)
    ]
    beside = np.concatenate([around[:2], around[-3:-1]])
    if seams[0] <= _EASY_SEAM or cycle.gap > _STANDS_OUT * float(beside.max()):
        return 0, seams[0]
    near = sorted(range(size), key=lambda at: min(at, size - at))
    phase = next((at for at in near if seams[at] <= _EASY_SEAM), min(near, key=lambda at: seams[at]))
    return phase, seams[phase]


def _best_cycle(motion: Motion, least: int, most: int) -> _Cycle:
    number = len(motion.distances)
    steps = motion.steps
    bends = np.sqrt(np.maximum(0, _second_difference(motion.gram, np.arange(number - 2))))
    usual_bend = max(float(np.median(bends)), 1e-3)
    best: tuple[float, int, int] | None = None
    for start in range(number - least + 1):
        stops = np.arange(start + least, min(number, start + most) + 1)
        usual = _usual_steps(steps[start : stops[-1] - 1])[least - 2 :]
        gaps = motion.distances[stops - 1, start]
        seams = gaps / usual
        # Where the motion is fast anyway a larger step is no jump.
        nearby = np.maximum(usual, _nearby_steps(steps, start, stops))
        turns = _seam_bend(motion.gram, start, stops) / np.maximum(usual_bend, nearby / 2)
        cost = (
            np.maximum(0, gaps / nearby - 1)
            + 0.2 * (seams > GOOD_SEAM)
            + 0.15 * np.maximum(0, turns - 1.5)
            + 0.3 * np.minimum(1, _mismatch(motion, start, stops) / nearby)
            + 1.0 * np.maximum(0, _missing(motion, start, stops) - 0.1)
            # One round shown well beats two shown by halves.
            + 0.1 * (stops - start) / number
            + (0.08 if start else 0.0)
            # A last frame that repeats the first is a hitch.
            + 0.3 * np.maximum(0, 0.6 - gaps / nearby)
        )
        at = int(cost.argmin())
        if best is None or cost[at] < best[0] - 1e-6:
            best = (float(cost[at]), start, int(stops[at]))
    assert best is not None
    return _Cycle(motion, best[1], best[2])


def _nearby_steps(steps: NDArray[np.float32], start: int, stops: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the largest of the three steps before each stop and after the start, but nothing as rare as a cut."""
    padded = np.concatenate([np.zeros(3, np.float32), steps])
    # Entry i of the maxima covers steps i - 3 to i - 1; the last step before a stop is number stop - 2.
    before = np.lib.stride_tricks.sliding_window_view(padded, 3).max(axis=1)[stops - 1]
    largest = np.maximum(before, steps[start : start + 3].max())
    return np.asarray(np.minimum(largest, np.percentile(steps, 95)), np.float32)


def _mismatch(motion: Motion, start: int, stops: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how far what surrounds each stop is from what surrounds the start, at its best; 0 where nothing does."""
    number = len(motion.distances)
    pairs = [
        np.where(stops + at < number, motion.distances[np.minimum(stops + at, number - 1), start + at], np.inf)
        for at in (-1, 0, 1)
        if start + at >= 0
    ]
    nearest = np.stack(pairs).min(axis=0)
    return np.asarray(np.where(np.isinf(nearest), 0, nearest), np.float32)


def _missing(motion: Motion, start: int, stops: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how far the clip's frames are from the nearest one in the cycle, as shares of the amplitude, for each
    stop."""
    nearest = np.minimum.accumulate(motion.distances[:, start : stops[-1]], axis=1)[:, stops - start - 1]
    return np.asarray((nearest.max(axis=0) / 2 + nearest.mean(axis=0)) / motion.amplitude, np.float32)


def _usual_steps(steps: NDArray[np.float32]) -> NDArray[np.float64]:
    """Medians of the first one, two, three … steps.

    Never below a quarter of their mean: in a clip that shows each drawing two or three times, most steps are noise.
    """
    ordered: list[float] = []
    medians = np.empty(len(steps))
    for at, step in enumerate(steps):
        insort(ordered, float(step))
        middle = at // 2
        medians[at] = ordered[middle] if at % 2 == 0 else (ordered[middle] + ordered[middle + 1]) / 2
    means = np.cumsum(steps, dtype=np.float64) / np.arange(1, len(steps) + 1)
    return np.maximum(np.maximum(medians, 0.25 * means), 1e-3)


def _second_difference(gram: NDArray[np.float32], first: NDArray[np.int64]) -> NDArray[np.float32]:
    return _bend(gram, first, first + 1, first + 2)


def _bend(
    gram: NDArray[np.float32], a: NDArray[np.int64], b: NDArray[np.int64], c: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Squared length of a - 2b + c: how much motion changes at b."""
    return np.asarray(
        gram[a, a] + 4 * gram[b, b] + gram[c, c] - 4 * gram[a, b] + 2 * gram[a, c] - 4 * gram[b, c], np.float32
    )


def _seam_bend(gram: NDArray[np.float32], start: int, stops: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how much motion changes on either side of the seam, for each stop."""
    first = np.full_like(stops, start)
    before = _bend(gram, stops - 2, stops - 1, first)
    after = _bend(gram, stops - 1, first, first + 1)
    return np.asarray(np.sqrt(np.maximum(0, before)) / 2 + np.sqrt(np.maximum(0, after)) / 2, np.float32)


def _cross_blend(motion: Motion, cycle: _Cycle) -> tuple[Loop, float]:
    """Return the best cycle with its end faded into its start, and how bad that looks."""
    start, stop, usual = cycle.start, cycle.stop, cycle.usual
    length = stop - start
    blend = int(np.clip(round(cycle.seam), 2, max(1, min(_LONGEST_BLEND, length // 4))))
    loop = Loop(kind="cross_blend", start=start * motion.stride, stop=_clip_stop(motion, stop), seam=0.0, blend=blend)
    mixes = blends(loop.model_copy(update={"start": start, "stop": stop}))
    # Positions as weights over the clip's frames, so that distances between mixtures follow from the Gram matrix.
    rows = np.zeros((blend + 2, len(motion.gram)))
    rows[0, max(start, stop - blend - 1)] = 1
    for at, mix in enumerate(mixes):
        rows[at + 1, mix.frame] += 1 - mix.weight
        rows[at + 1, mix.other] += mix.weight
    rows[-1, start] = 1
    moves = np.diff(rows, axis=0)
    sizes = np.sqrt(np.maximum(0, np.einsum("ij,jk,ik->i", moves, motion.gram.astype(np.float64), moves)))
    ghost = max(4 * mix.weight * (1 - mix.weight) * motion.distances[mix.frame, mix.other] for mix in mixes)
    cost = max(0.0, float(sizes.max()) / usual - 1) + float(ghost) / motion.amplitude
    return loop.model_copy(update={"seam": round(float(sizes[-1]) / usual, 4)}), cost


def _ping_pong(motion: Motion, least: int, most: int) -> tuple[Loop, float]:
    """Return the way forth and back that shows most and turns most gently, and how bad that looks."""
    number = len(motion.distances)
    steps = motion.steps
    usual = float(_usual_steps(steps)[-1])
    shortest = min(number, least // 2 + 1)
    longest = max(shortest, min(number, most // 2 + 1))
    best: tuple[float, int, int] | None = None
    for start in range(number - shortest + 1):
        stops = np.arange(start + shortest, min(number, start + longest) + 1)
        turning = (steps[min(start, number - 2)] + steps[stops - 2]) / (2 * usual)
        cost = 0.3 * turning + _missing(motion, start, stops) + (0.25 if start else 0.0)
        at = int(cost.argmin())
        if best is None or cost[at] < best[0] - 1e-6:
            best = (float(cost[at]), start, int(stops[at]))
    assert best is not None
    _, start, stop = best
    inside = float(_usual_steps(steps[start : stop - 1])[-1])
    seam = float(motion.distances[min(start + 1, stop - 1), start]) / inside
    loop = Loop(kind="ping_pong", start=start * motion.stride, stop=_clip_stop(motion, stop), seam=round(seam, 4))
    # Backwards looks odd for whatever falls, flies off or pours.
    return loop, best[0] + 0.4
