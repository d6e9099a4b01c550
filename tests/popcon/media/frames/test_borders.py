"""Bars around a clip's picture, after the codec had its way with them."""

import numpy as np
import pytest

from popcon.media.clips.clip import encode_mp4, frames
from popcon.media.frames.borders import Crop, find_borders
from popcon.pixels import Rgb


def scene(at: int, size: tuple[int, int], backdrop: tuple[int, int, int]) -> Rgb:
    """A disc that wanders on a backdrop, (h, w, 3)."""
    height, width = size
    picture = np.full((height, width, 3), backdrop, np.uint8)
    y, x = np.ogrid[:height, :width]
    disc = (y - height // 2) ** 2 + (x - width // 2 - 3 * at) ** 2 < (height // 4) ** 2
    picture[disc] = (240, 160, 60)
    return picture


def coded(pictures: list[Rgb]) -> list[Rgb]:
    return list(frames(encode_mp4(pictures, 24, crf=23)))


@pytest.mark.parametrize(
    ("top", "bottom", "left", "right"),
    [(24, 24, 0, 0), (0, 0, 30, 30), (17, 23, 0, 0), (12, 12, 20, 20), (0, 26, 0, 0)],
)
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255)])
def test_bars_are_found(top: int, bottom: int, left: int, right: int, colour: tuple[int, int, int]) -> None:
    height, width = 160, 200
    clip = []
    for at in range(6):
        framed = np.full((height, width, 3), colour, np.uint8)
        inside = scene(at, (height - top - bottom, width - left - right), (0, 212, 90))
        framed[top : height - bottom, left : width - right] = inside
        clip.append(framed)
    crop = find_borders(coded(clip), backdrop="#00d45a")
    assert 0 <= crop.top - top <= 5
    assert 0 <= (height - bottom) - crop.bottom <= 5
    assert 0 <= crop.left - left <= 5
    assert 0 <= (width - right) - crop.right <= 5
    rest = crop.apply(coded(clip)[0]).astype(int)
    assert np.abs(rest[0, 5:-5] - (0, 212, 90)).max() < 25
    assert rest.flags.c_contiguous


@pytest.mark.parametrize("backdrop", ["#00d45a", None])
def test_a_backdrop_is_no_bar(backdrop: str | None) -> None:
    clip = coded([scene(at, (160, 200), (0, 212, 90)) for at in range(6)])
    assert find_borders(clip, backdrop) == Crop(left=0, top=0, right=200, bottom=160)


def test_a_character_on_black_is_not_letterboxed() -> None:
    clip = [scene(at, (160, 200), (0, 0, 0)) for at in range(4)]
    assert find_borders(clip) == Crop(left=0, top=0, right=200, bottom=160)


def test_a_wide_shape_that_touches_both_sides_is_no_edge_of_a_bar_once_it_moves() -> None:
    clip = []
    for at in range(6):
        picture = np.full((160, 200, 3), (0, 212, 90), np.uint8)
        picture[40 + 6 * at :, :] = (240, 160, 60)
        clip.append(picture)
    assert find_borders(clip, "#00d45a") == Crop(left=0, top=0, right=200, bottom=160)


def test_a_blank_clip_has_no_bars() -> None:
    assert find_borders([np.zeros((90, 90, 3), np.uint8)] * 3) == Crop(left=0, top=0, right=90, bottom=90)


def test_bars_that_would_leave_almost_nothing_are_not_believed() -> None:
    picture = np.zeros((160, 160, 3), np.uint8)
    picture[70:90] = (200, 100, 50)
    assert find_borders([picture] * 3) == Crop(left=0, top=0, right=160, bottom=160)


def test_no_frames_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        find_borders([])
