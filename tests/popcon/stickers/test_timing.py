"""Timelines within the rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.pixels import Rgba
from popcon.platforms import Timing, platform
from popcon.stickers.timing import Schedule, Scheduler, play_length, plays

LINE = platform("line-emoji").timing


def steps(levels: list[int]) -> list[Rgba]:
    return [np.full((8, 8, 4), level, np.uint8) for level in levels]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(5, 900), min_size=1, max_size=60))
def test_line_rules_hold_for_any_durations(durations: list[int]) -> None:
    frames = steps([(37 * i) % 251 for i in range(len(durations))])
    scheduler = Scheduler(frames, durations, LINE)
    made = scheduler.schedule(scheduler.most)
    assert 5 <= len(made.frames) <= 20
    assert made.play_ms in (1000, 2000, 3000, 4000)
    assert 1 <= made.plays <= 4
    assert made.play_ms * made.plays <= 4000
    assert min(made.durations_ms) > 0
    assert list(made.frames) == sorted(made.frames)


@pytest.mark.parametrize(
    ("total", "length", "loops"),
    [(2075, 2000, 2), (900, 1000, 4), (1400, 1000, 4), (1450, 2000, 2), (2600, 3000, 1), (9000, 4000, 1)],
)
def test_line_takes_the_nearest_whole_second(total: int, length: int, loops: int) -> None:
    assert play_length(total, LINE) == length
    assert plays(length, LINE) == loops


def test_frames_are_dropped_where_nothing_moves() -> None:
    levels = [0, 0, 0, 0, 60, 120, 180, 240, 240, 240]
    made = Scheduler(steps(levels), [100] * 10, Timing(max_frames=5)).schedule(5)
    assert sorted({levels[i] for i in made.frames}) == [0, 60, 120, 180, 240]
    assert made.durations_ms == (400, 100, 100, 100, 300)


def test_a_still_source_is_split_not_merged() -> None:
    made = Scheduler(steps([1, 2]), [500, 500], LINE).schedule(2)
    assert len(made.frames) == 5
    assert set(made.frames) == {0, 1}
    assert made.play_ms == 1000


def test_fast_sources_are_brought_to_the_frame_rate() -> None:
    scheduler = Scheduler(steps(list(range(120))), [17] * 120, platform("telegram-sticker").timing)
    made = scheduler.schedule(scheduler.most)
    assert len(made.frames) <= 61
    assert min(made.durations_ms) >= 33
    assert made.play_ms == 2040


def test_long_sources_play_faster() -> None:
    scheduler = Scheduler(steps(list(range(50))), [200] * 50, platform("telegram-sticker").timing)
    assert scheduler.schedule(scheduler.most).play_ms == 3000


def test_closing_changes_nothing_for_who_watches_the_loop() -> None:
    closed = Schedule((0, 1, 2), (80, 80, 80), 0).closed(8)
    assert closed.frames == (0, 1, 2, 0)
    assert closed.play_ms == 240
    assert closed.durations_ms[0] + closed.durations_ms[-1] == 80
    assert min(closed.durations_ms) >= 8
