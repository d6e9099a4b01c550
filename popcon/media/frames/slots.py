"""Chooses the few frames of a loop that a sticker shows, by what moves and not by the clock alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from popcon.media.frames.durations import share_out
from popcon.media.frames.loop import play_order
from popcon.media.frames.motion import Motion
from popcon.models.artifact import ArtifactRef
from popcon.models.timeline import Candidate, FrameRef, Loop, Slot, Timeline

_WORTH = 0.9
"""Uneven durations are taken where they leave less than this of the even pick's cost: else they only jitter."""
_POSES = 0.3
"""What a pose that is passed over counts, against ways of unequal length."""
_CLOCK = 0.25
"""What the passing of time counts, against motion."""
_MOST_CANDIDATES = 12


class Pick(NamedTuple):
    """Which places of the play order are shown, and for how many frames of it each."""

    places: list[int]
    held: list[float]
    by_motion: bool


def choose_slots(
    motion: Motion,
    loop: Loop,
    clip: ArtifactRef,
    slots: int,
    total_ms: int,
    min_ms: int = 20,
    min_slots: int = 1,
    even: bool = False,
) -> Timeline:
    """Fill a timeline with the frames that together show the loop best.

    Frames are picked so that about as much happens between any two of them, and few poses are passed over: where
    the clip rests one frame is held for long, where it moves frames are close. Where that gains nothing over the
    clock, the clock picks. The loop's first frame always fills the first slot.

    Arguments:
        motion: what `watch` saw of the clip.
        loop: the part that plays, from `find_loop`.
        clip: what the frames are taken from.
        slots: how many to fill. Fewer are filled where the loop has not that many frames that differ.
        total_ms: the timeline's length; a multiple of 10.
        min_ms: the shortest duration of a slot; a multiple of 10.
        min_slots: how many to fill even if frames have to be shown twice, for formats that want as many.
        even: give all slots the same duration (within 10 ms), for formats that know no other.

    Returns:
        Slots with durations on a 10 ms grid that sum to `total_ms`, each with the other frames around it as
        candidates, best first.

    Raises:
        ValueError: no slots, or times off the grid or too short for one slot.
    """
    if slots < 1:
        raise ValueError("a timeline needs at least one slot")
    order = play_order(loop)
    most = min(slots, max(1, total_ms // min_ms))
    pick = _pick(motion, order, most, min(most, min_slots), even)
    durations = share_out([1.0] * len(pick.places) if even else pick.held, total_ms, min_ms)
    filled = []
    for at, place in enumerate(pick.places):
        around = _around(pick.places, at, len(order))
        filled.append(
            Slot(
                frame=FrameRef(source=clip, index=order[place]),
                duration_ms=durations[at],
                candidates=_candidates(motion, clip, order[place], [order[near % len(order)] for near in around]),
            )
        )
    return Timeline(slots=tuple(filled), loop=loop)


def reduce(timeline: Timeline, slots: int, total_ms: int, min_ms: int = 20) -> Timeline:
    """Bring a timeline to fewer slots and another length, for a stricter platform.

    Slots are left out evenly, as they were chosen to differ about equally, and their time goes to the one before.
    What was left out becomes a candidate of that one. What a person put into the kept slots stays.

    Arguments:
        timeline: as chosen or edited.
        slots: how many to keep at most; the first always stays.
        total_ms, min_ms: as for `choose_slots`.

    Raises:
        ValueError: as for `choose_slots`.
    """
    if slots < 1:
        raise ValueError("a timeline needs at least one slot")
    old = timeline.slots
    number = min(slots, len(old), max(1, total_ms // min_ms))
    firsts = [at * len(old) // number for at in range(number)]
    groups = [old[first:stop] for first, stop in zip(firsts, [*firsts[1:], len(old)], strict=True)]
    durations = share_out([float(sum(slot.duration_ms for slot in group)) for group in groups], total_ms, min_ms)
    kept = [
        Slot(frame=group[0].frame, duration_ms=duration, candidates=_merged(group))
        for group, duration in zip(groups, durations, strict=True)
    ]
    return timeline.model_copy(update={"slots": tuple(kept)})


def _pick(motion: Motion, order: list[int], slots: int, least: int, even: bool) -> Pick:
    """Choose places of the play order, the first always among them."""
    spread = _between(motion, order)
    size = len(order)
    distinct = 1 if motion.still else _distinct_places(spread, motion.same)
    number = max(min(slots, distinct), least)
    clock = [at * size // number for at in range(number)]
    even_pick = Pick(clock, [size / number] * number, by_motion=False)
    if number >= size or number == 1 or even or motion.still:
        return even_pick
    gaps = _gaps(spread, motion.same)
    way_by_clock, loss_by_clock = _sum(gaps.way, clock, size), _sum(gaps.loss, clock, size)
    if way_by_clock == 0 or loss_by_clock == 0:
        return even_pick
    places = _cheapest(gaps.way / way_by_clock + _POSES * gaps.loss / loss_by_clock, number)
    if _sum(gaps.way, places, size) > _WORTH * way_by_clock and _sum(gaps.loss, places, size) > _WORTH * loss_by_clock:
        return even_pick
    return Pick(places, _held(gaps.splits, places, size), by_motion=True)


def _between(motion: Motion, order: list[int]) -> NDArray[np.float32]:
    """(m, m) distances of the frames in play order; clips that were watched in strides lend the nearest frame's."""
    last = len(motion.distances) - 1
    seen = np.minimum(np.rint(np.array(order) / motion.stride).astype(int), last)
    return np.asarray(motion.distances[np.ix_(seen, seen)])


def _distinct_places(spread: NDArray[np.float32], same: float) -> int:
    """Return how many frames in a row can be shown without showing the same twice, at least one."""
    shown, count = 0, 1
    for place in range(1, len(spread)):
        if spread[place, shown] > same:
            shown, count = place, count + 1
    return count - (count > 1 and spread[shown, 0] <= same)


class _Gaps(NamedTuple):
    """What it costs to show frame a until frame b comes, for all a < b <= m, where m is the first frame again."""

    way: NDArray[np.float64]
    """Squared length of the way from a to b: convex, so that the shortest ways are equally long ones."""
    loss: NDArray[np.float64]
    """Squared distances of the frames between from whichever of a and b is shown: poses that are passed over."""
    splits: NDArray[np.int64]
    """How many frames after a still show a."""


def _gaps(spread: NDArray[np.float32], same: float) -> _Gaps:
    size = len(spread)
    way = np.full((size, size + 1), np.inf)
    loss = np.full((size, size + 1), np.inf)
    splits = np.zeros((size, size + 1), np.int64)
    steps = np.maximum(0, np.append(np.diagonal(spread, 1), spread[-1, 0]) - same).astype(np.float64)
    # Time counts a little too: what hardly moves, such as a blink, is not passed over for hours.
    along = np.concatenate([[0.0], np.cumsum(steps + _CLOCK * steps.mean() + 1e-6)])
    square = spread.astype(np.float64) ** 2
    for first in range(size):
        ahead = np.concatenate([[0.0], np.cumsum(square[first, first + 1 :])])
        for second in range(first + 1, size + 1):
            target = second % size
            between = square[first + 1 : second, target]
            total = ahead[: second - first] + between.sum()
            total[1:] -= np.cumsum(between)
            # Rests are divided in the middle.
            middle = np.abs(np.arange(second - first) - (second - first - 1) / 2)
            split = int((total + (same**2) * middle).argmin())
            way[first, second] = (along[second] - along[first]) ** 2
            loss[first, second] = total[split]
            splits[first, second] = split
            if spread[first, target] <= same and not (first == 0 and second == size):
                # Two neighbours that look the same are one slot wasted.
                way[first, second] += along[-1] ** 2
    return _Gaps(way, loss, splits)


def _cheapest(costs: NDArray[np.float64], number: int) -> list[int]:
    """Return the places of `number` frames, 0 among them, with the least cost: shortest path with that many edges."""
    size = len(costs)
    reach = np.full(size, np.inf)
    reach[0] = 0
    trail = np.zeros((number, size), np.int64)
    for edge in range(1, number):
        through = reach[:, None] + costs[:, :size]
        trail[edge] = through.argmin(axis=0)
        reach = through.min(axis=0)
    place = int((reach + costs[:, size]).argmin())
    places = [place]
    for edge in range(number - 1, 0, -1):
        place = int(trail[edge, place])
        places.append(place)
    return places[::-1]


def _sum(costs: NDArray[np.float64], places: list[int], size: int) -> float:
    return float(sum(costs[a, b] for a, b in zip(places, [*places[1:], size], strict=True)))


def _held(splits: NDArray[np.int64], places: list[int], size: int) -> list[float]:
    """Return how many frames of the play order each pick stands for."""
    ends = [*places[1:], size]
    after = [int(splits[a, b]) for a, b in zip(places, ends, strict=True)]
    before = [b - a - 1 - split for a, b, split in zip(places, ends, after, strict=True)]
    return [1.0 + after[at] + before[at - 1] for at in range(len(places))]


def _around(places: list[int], at: int, size: int) -> range:
    """Places between the neighbours of a pick, over the seam too."""
    before = places[at - 1] if at else places[-1] - size
    after = places[at + 1] if at + 1 < len(places) else places[0] + size
    return range(before + 1, after)


def _candidates(motion: Motion, clip: ArtifactRef, chosen: int, frames: list[int]) -> tuple[Candidate, ...]:
    """Return the chosen frame and the others around it, scored by likeness: 1 alike, 0.37 a usual motion away."""
    last = len(motion.distances) - 1
    here = min(round(chosen / motion.stride), last)
    scale = max(motion.same, 0.25 * motion.amplitude)
    scored = {
        frame: float(np.exp(-motion.distances[here, min(round(frame / motion.stride), last)] / scale))
        for frame in frames
        if frame != chosen
    }
    best = sorted(scored.items(), key=lambda item: (-item[1], item[0]))[: _MOST_CANDIDATES - 1]
    return tuple(
        Candidate(frame=FrameRef(source=clip, index=frame), score=round(min(score, 1.0), 4))
        for frame, score in [(chosen, 1.0), *best]
    )


def _merged(group: tuple[Slot, ...]) -> tuple[Candidate, ...]:
    """Return the candidates of the slot that stays, and the frames of those that go, as half as good."""
    merged = {candidate.frame: candidate for candidate in group[0].candidates}
    for slot in group[1:]:
        merged.setdefault(slot.frame, Candidate(frame=slot.frame, score=0.5))
    return tuple(sorted(merged.values(), key=lambda candidate: -candidate.score))
