"""A clip that closes its loop over its whole length is shown whole, where it only has to play somewhat faster."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from popcon.media.clips.encode import encode_mp4
from popcon.models.results import Frames
from popcon.pipeline.steps.frames import FramesInputs, choose_frames
from popcon.pixels import Rgb
from popcon.storage.store import Store


@pytest.fixture(scope="module")
def orbit() -> bytes:
    """Five seconds in which a ball goes round once: no shorter part of it repeats."""

    def frame(number: int) -> Rgb:
        angle = 2 * np.pi * number / 75
        picture = np.full((96, 96, 3), (240, 32, 240), np.uint8)
        at = round(48 + 30 * np.cos(angle)), round(48 + 30 * np.sin(angle))
        return np.asarray(cv2.circle(picture, at, 11, (250, 214, 90), -1), np.uint8)

    return encode_mp4((frame(number) for number in range(75)), 15)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def chosen(clip: bytes, store: Store, longest_ms: int) -> Frames:
    ref = store.put(clip, "video/mp4")
    return choose_frames(FramesInputs(clips=(ref,), backdrop="#f020f0", slots=20, longest_ms=longest_ms), store)


@pytest.mark.parametrize(("longest_ms", "times"), [(4000, "1.2"), (3000, "1.7")])
def test_a_whole_loop_plays_faster_within_the_time_of_a_platform(
    orbit: bytes, store: Store, longest_ms: int, times: str
) -> None:
    made = chosen(orbit, store, longest_ms)
    loop = made.timeline.loop
    assert loop.kind == "cycle"
    assert loop.stop - loop.start >= 74
    assert made.timeline.duration_ms == longest_ms
    assert f"It plays {times} times as fast as it was filmed." in made.notes[0]


def test_a_loop_that_would_have_to_race_plays_forth_and_back(orbit: bytes, store: Store) -> None:
    made = chosen(orbit, store, 2000)
    assert made.timeline.loop.kind != "cycle"
    assert "as fast" not in made.notes[0]
