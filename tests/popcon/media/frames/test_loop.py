"""Loops on drawn clips whose period, phase and drift are known."""

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from popcon.media.frames.loop import GOOD_SEAM, blends, describe, find_loop, play_order
from popcon.media.frames.motion import watch
from popcon.models.timeline import Loop
from popcon.pixels import Rgb

Draw = Callable[[Sequence[tuple[float, float]]], list[Rgb]]
Path = Callable[..., list[tuple[float, float]]]


def true_seam(frames: list[Rgb], loop: Loop) -> float:
    """The seam as a stranger would measure it: on whole frames, after the loop was found on thumbnails."""
    shown = [frames[index].astype(np.float64) for index in play_order(loop)]

    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(np.mean((a - b) ** 2)))

    return apart(shown[-1], shown[0]) / float(np.median([apart(a, b) for a, b in itertools.pairwise(shown)]))


@pytest.mark.parametrize(("period", "length", "phase"), [(24, 60, 0.0), (30, 60, 0.0), (40, 90, 0.3), (26, 70, 0.6)])
def test_a_repeating_clip_gives_one_period(clip_of: Draw, circle: Path, period: int, length: int, phase: float) -> None:
    frames = clip_of(circle(length, period, phase))
    loop = find_loop(watch(frames), min_frames=20)
    assert loop.kind == "cycle"
    assert loop.stop - loop.start == period
    assert loop.seam <= GOOD_SEAM
    assert true_seam(frames, loop) <= GOOD_SEAM


def test_a_period_between_frames_is_met_by_whichever_multiple_fits(clip_of: Draw, circle: Path) -> None:
    frames = clip_of(circle(90, 37.5))
    loop = find_loop(watch(frames), min_frames=20)
    assert loop.kind == "cycle"
    assert true_seam(frames, loop) <= GOOD_SEAM


def test_a_clip_that_is_one_loop_is_taken_whole_and_begins_with_its_first_frame(clip_of: Draw, circle: Path) -> None:
    loop = find_loop(watch(clip_of(circle(60, 60, 0.25))), min_frames=24)
    assert (loop.kind, loop.start, loop.stop) == ("cycle", 0, 60)
    assert play_order(loop) == list(range(60))


@pytest.mark.parametrize("length", [24, 48, 81])
@pytest.mark.parametrize("phase", [0.0, 0.07, 0.5])
def test_one_period_that_is_cut_where_it_is_fastest_begins_where_it_is_not(
    clip_of: Draw, circle: Path, length: int, phase: float
) -> None:
    frames = clip_of(circle(length, length, phase))
    loop = find_loop(watch(frames), min_frames=14)
    order = play_order(loop)
    assert (loop.kind, loop.start, loop.stop) == ("cycle", 0, length)
    assert sorted(order) == list(range(length)), "every frame plays once"
    assert all((b - a) % length == 1 for a, b in itertools.pairwise(order)), "in the clip's order"
    assert loop.seam <= GOOD_SEAM
    assert true_seam(frames, loop) <= GOOD_SEAM + 0.02
    assert min(order[0], length - order[0]) <= length / 6, "near the still that was approved"
    assert (f"from frame {order[0]} on" in describe(loop)) == (order[0] > 0)


def test_a_pendulum_is_not_cut_where_it_passes_the_other_way(clip_of: Draw) -> None:
    frames = clip_of([(math.sin(2 * math.pi * i / 30) * 0.9, 0.2) for i in range(75)])
    loop = find_loop(watch(frames), min_frames=12)
    assert loop.kind == "cycle"
    assert (loop.stop - loop.start) % 30 == 0


def test_an_action_between_two_rests_is_not_left_out(clip_of: Draw) -> None:
    path = [(0.0, 0.5)] * 15 + [(math.sin(2 * math.pi * i / 30) * 0.9, 0.5) for i in range(30)] + [(0.0, 0.5)] * 15
    loop = find_loop(watch(clip_of(path)), min_frames=15)
    assert loop.kind == "cycle"
    assert loop.start <= 15
    assert loop.stop >= 44


def test_a_cut_at_the_end_is_left_out(clip_of: Draw, circle: Path) -> None:
    loop = find_loop(watch(clip_of(circle(45, 45) + [(-0.9, -0.9)] * 3)), min_frames=24)
    assert (loop.kind, loop.start, loop.stop) == ("cycle", 0, 45)


@pytest.mark.parametrize("ease", [lambda t: t, lambda t: t * t * (3 - 2 * t)])
def test_one_way_motion_plays_forth_and_back(clip_of: Draw, ease: Callable[[float], float]) -> None:
    frames = clip_of([(-1 + 2 * ease(i / 59), 0.0) for i in range(60)])
    loop = find_loop(watch(frames), min_frames=24)
    assert (loop.kind, loop.start, loop.stop) == ("ping_pong", 0, 60)
    assert "forth and back" in describe(loop)
    order = play_order(loop)
    assert order[:3] == [0, 1, 2]
    assert order[59:62] == [59, 58, 57]
    assert order[-1] == 1
    assert true_seam(frames, loop) <= GOOD_SEAM


def test_a_small_jump_in_a_turning_motion_is_blended(drifting: list[Rgb]) -> None:
    loop = find_loop(watch(drifting), min_frames=60)
    assert loop.kind == "cross_blend"
    assert 2 <= loop.blend <= 5
    assert "fade" in describe(loop)
    mixes = blends(loop)
    assert [mix.frame for mix in mixes] == list(range(loop.stop - loop.blend, loop.stop))
    weights = [mix.weight for mix in mixes]
    assert weights == sorted(weights)
    assert 0 < weights[0] < weights[-1] < 1

    def mixed(index: int) -> np.ndarray:
        for mix in mixes:
            if mix.frame == index:
                return drifting[mix.frame] * (1 - mix.weight) + drifting[mix.other] * mix.weight
        return drifting[index].astype(float)

    jump = np.abs(drifting[loop.stop - 1].astype(float) - drifting[loop.start]).mean()
    assert np.abs(mixed(loop.stop - 1) - drifting[loop.start]).mean() < 0.6 * jump


def test_lengths_are_kept(clip_of: Draw, circle: Path) -> None:
    motion = watch(clip_of(circle(120, 20)))
    loop = find_loop(motion, min_frames=50, max_frames=65)
    assert loop.stop - loop.start == 60
    one_way = watch(clip_of([(-1 + 2 * i / 59, 0.0) for i in range(60)]))
    assert len(play_order(find_loop(one_way, min_frames=24, max_frames=40))) <= 40


def test_a_still_clip_is_said_to_be_one(clip_of: Draw) -> None:
    frames = clip_of([(0.1, 0.2)] * 20)
    motion = watch(frames)
    assert motion.still
    loop = find_loop(motion, min_frames=10)
    assert (loop.kind, loop.start, loop.stop, loop.seam) == ("cycle", 0, 20, 0.0)
    assert "Nothing moves" in describe(loop)


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_clips_that_are_shorter_than_asked_for_are_used_whole(clip_of: Draw, circle: Path, length: int) -> None:
    loop = find_loop(watch(clip_of(circle(length, 5))), min_frames=24)
    assert 0 <= loop.start < loop.stop <= length
    assert set(play_order(loop)) <= set(range(length))


def test_the_result_does_not_depend_on_the_run(clip_of: Draw, circle: Path) -> None:
    frames = clip_of(circle(50, 33, drift=0.3))
    assert find_loop(watch(frames), 20) == find_loop(watch(iter(frames)), 20)


def test_long_clips_are_watched_in_strides(clip_of: Draw, circle: Path) -> None:
    short = clip_of(
        circle(40, 40, 0.25),
    )
    motion = watch(short[i % 40] for i in range(700))
    assert motion.stride == 2
    assert motion.frames == 700
    assert len(motion.distances) == 350
    loop = find_loop(motion, min_frames=30)
    assert loop.kind == "cycle"
    assert (loop.stop - loop.start) % 40 == 0


def test_frames_of_several_sizes_are_refused() -> None:
    frames = [np.zeros((40, 40, 3), np.uint8), np.zeros((40, 50, 3), np.uint8)]
    with pytest.raises(ValueError, match="frame 1 is 50x40, the first 40x40"):
        watch(frames)
    with pytest.raises(ValueError, match="without frames"):
        watch([])
