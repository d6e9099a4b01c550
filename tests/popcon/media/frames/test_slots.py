"""Slots: what is picked, for how long, and what else could be."""

import itertools
import math
from collections.abc import Callable, Sequence

import pytest

from popcon.media.frames.loop import find_loop, play_order
from popcon.media.frames.motion import Motion, watch
from popcon.media.frames.slots import choose_slots, reduce
from popcon.models.artifact import ArtifactRef
from popcon.models.timeline import Candidate, FrameRef, Loop, Timeline
from popcon.pixels import Rgb

Draw = Callable[[Sequence[tuple[float, float]]], list[Rgb]]
Path = Callable[..., list[tuple[float, float]]]
CLIP = ArtifactRef(sha256="ab" * 32, size=10, media_type="video/mp4")
WHOLE = Loop(kind="cycle", start=0, stop=60, seam=1.0)


@pytest.fixture
def burst(clip_of: Draw) -> Motion:
    """A wave of half a second in the middle of two seconds."""
    wave = [(math.sin(2 * math.pi * i / 15) * 0.9, 0.5) for i in range(15)]
    return watch(clip_of([(0.0, 0.5)] * 25 + wave + [(0.0, 0.5)] * 20))


def indices(timeline: Timeline) -> list[int]:
    return [slot.frame.index for slot in timeline.slots]


@pytest.mark.parametrize("slots", [1, 2, 5, 12, 20, 60])
@pytest.mark.parametrize("total_ms", [1000, 2000, 3000])
def test_durations_are_exact(burst: Motion, slots: int, total_ms: int) -> None:
    timeline = choose_slots(burst, WHOLE, CLIP, slots, total_ms, min_ms=40)
    assert timeline.duration_ms == total_ms
    assert all(slot.duration_ms >= 40 and slot.duration_ms % 10 == 0 for slot in timeline.slots)
    assert len(timeline.slots) <= min(slots, total_ms // 40)


def test_what_moves_gets_the_slots(burst: Motion) -> None:
    timeline = choose_slots(burst, WHOLE, CLIP, 12, 2000, min_ms=40)
    assert len(timeline.slots) == 12
    moving = [index for index in indices(timeline) if 25 <= index < 40]
    assert len(moving) >= 10, "by the clock it would be three"
    assert indices(timeline)[0] == 0
    assert timeline.slots[0].duration_ms > 1000


def test_even_formats_get_even_slots(burst: Motion) -> None:
    timeline = choose_slots(burst, WHOLE, CLIP, 12, 2000, even=True)
    assert {slot.duration_ms for slot in timeline.slots} <= {160, 170}


def test_steady_motion_is_picked_by_the_clock(clip_of: Draw, circle: Path) -> None:
    motion = watch(clip_of(circle(60, 60, 0.25)))
    timeline = choose_slots(motion, WHOLE, CLIP, 12, 1200)
    assert indices(timeline) == list(range(0, 60, 5))
    assert {slot.duration_ms for slot in timeline.slots} == {100}


def test_poses_held_for_several_frames_are_not_shown_twice(clip_of: Draw, circle: Path) -> None:
    path = [pose for pose in circle(10, 10, 0.25) for _ in range(6)]
    motion = watch(clip_of(path))
    timeline = choose_slots(motion, WHOLE, CLIP, 20, 2000)
    poses = [index // 6 for index in indices(timeline)]
    assert len(timeline.slots) == 10
    assert all(a != b for a, b in itertools.pairwise([*poses, poses[0]]))
    assert poses == list(range(10))


def test_a_ping_pong_is_filled_forth_and_back(clip_of: Draw) -> None:
    motion = watch(clip_of([(-1 + 2 * i / 29, 0.0) for i in range(30)]))
    loop = find_loop(motion, min_frames=20)
    picked = indices(choose_slots(motion, loop, CLIP, 10, 2000))
    assert picked[0] == 0
    turn = picked.index(max(picked))
    assert max(picked) >= 27
    assert picked[: turn + 1] == sorted(picked[: turn + 1])
    assert picked[turn:] == sorted(picked[turn:], reverse=True)


def test_candidates_are_the_frames_around_with_the_chosen_first(burst: Motion) -> None:
    timeline = choose_slots(burst, WHOLE, CLIP, 12, 2000)
    picked = indices(timeline)
    for slot in timeline.slots:
        first, *others = slot.candidates
        assert (first.frame, first.score) == (slot.frame, 1.0)
        assert slot.frame.source == CLIP
        scores = [candidate.score for candidate in others]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert not {candidate.frame.index for candidate in others} & set(picked)
    offered = {candidate.frame.index for slot in timeline.slots for candidate in slot.candidates}
    assert set(range(26, 39)) <= offered, "every frame of the wave can be had"


def test_a_still_clip_fills_one_slot_or_as_many_as_a_format_wants(clip_of: Draw) -> None:
    motion = watch(clip_of([(0.0, 0.5)] * 20))
    loop = find_loop(motion, 10)
    assert [slot.duration_ms for slot in choose_slots(motion, loop, CLIP, 12, 2000).slots] == [2000]
    five = choose_slots(motion, loop, CLIP, 12, 2000, min_slots=5)
    assert [slot.duration_ms for slot in five.slots] == [400] * 5


def test_one_frame_can_fill_what_a_format_wants(clip_of: Draw) -> None:
    motion = watch(clip_of([(0.0, 0.5)]))
    timeline = choose_slots(motion, find_loop(motion, 10), CLIP, 12, 1000, min_slots=5)
    assert indices(timeline) == [0] * 5
    assert timeline.duration_ms == 1000


def test_the_same_clip_gives_the_same_slots(burst: Motion) -> None:
    assert choose_slots(burst, WHOLE, CLIP, 9, 2000) == choose_slots(burst, WHOLE, CLIP, 9, 2000)


def test_all_slots_come_from_the_loop(clip_of: Draw, circle: Path) -> None:
    motion = watch(clip_of(circle(70, 26, 0.6)))
    loop = find_loop(motion, 20)
    timeline = choose_slots(motion, loop, CLIP, 10, 1000)
    assert set(indices(timeline)) <= set(play_order(loop))
    assert indices(timeline)[0] == loop.start


def test_reducing_keeps_the_first_slot_the_order_and_the_time(burst: Motion) -> None:
    whole = choose_slots(burst, WHOLE, CLIP, 12, 2000)
    fewer = reduce(whole, 5, 1000, min_ms=30)
    kept = indices(fewer)
    assert len(kept) == 5
    assert kept[0] == 0
    assert kept == sorted(kept)
    assert set(kept) <= set(indices(whole))
    assert fewer.duration_ms == 1000
    assert fewer.loop == whole.loop
    offered = {candidate.frame.index for slot in fewer.slots for candidate in slot.candidates}
    assert set(indices(whole)) <= offered, "what was left out can be put back"


def test_reducing_keeps_what_a_person_put_in(burst: Motion) -> None:
    whole = choose_slots(burst, WHOLE, CLIP, 8, 2000)
    own = FrameRef(source=ArtifactRef(sha256="cd" * 32, size=5, media_type="image/png"))
    edited = whole.model_copy(
        update={
            "slots": (
                whole.slots[0].model_copy(update={"frame": own, "candidates": (Candidate(frame=own, score=1.0),)}),
                *whole.slots[1:],
            )
        }
    )
    assert reduce(edited, 4, 2000).slots[0].frame == own
    assert reduce(edited, 20, 2000).slots == edited.slots


def test_a_timeline_needs_slots_and_time(burst: Motion) -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        choose_slots(burst, WHOLE, CLIP, 0, 2000)
    with pytest.raises(ValueError, match="multiples of 10"):
        choose_slots(burst, WHOLE, CLIP, 4, 2005)
    with pytest.raises(ValueError, match="at least one slot"):
        reduce(choose_slots(burst, WHOLE, CLIP, 4, 2000), 0, 1000)
