"""Contact sheets show every sticker on light and on dark, under its name."""

import numpy as np
import pytest

from popcon.errors import BadInput
from popcon.media.pictures.sheet import DARK, LIGHT, contact_sheet, frame_strip, on_backdrop, sampled


def _flat(colour: tuple[int, int, int, int], height: int = 60, width: int = 60) -> np.ndarray:
    return np.full((height, width, 4), colour, np.uint8)


def test_a_picture_keeps_its_proportions() -> None:
    square = on_backdrop(_flat((255, 0, 0, 255), 20, 80), 40, (0, 0, 255))
    red = (square == (255, 0, 0)).all(axis=2)
    assert red.sum() == 40 * 10
    assert red[20].all()
    assert square[0, 0].tolist() == [0, 0, 255]


def test_unseen_colours_do_not_bleed_into_the_rim() -> None:
    picture = _flat((0, 255, 0, 0))
    picture[20:41, 20:41] = (255, 255, 255, 255)
    square = on_backdrop(picture, 23, (255, 255, 255))
    assert (square == 255).all()


def test_half_transparent_is_half_backdrop() -> None:
    assert on_backdrop(_flat((200, 100, 0, 128)), 30, (0, 0, 0))[15, 15].tolist() == [100, 50, 0]


def test_a_strip_has_a_row_for_each_backdrop() -> None:
    frames = [_flat((255, 0, 0, 255)), _flat((0, 0, 0, 0)), _flat((0, 0, 255, 255))]
    strip = frame_strip(frames, side=20)
    assert strip.shape == (40, 60, 3)
    assert (strip[:, :20] == (255, 0, 0)).all()
    assert (strip[:20, 20:40] == LIGHT).all()
    assert (strip[20:, 20:40] == DARK).all()
    assert (strip[:, 40:] == (0, 0, 255)).all()
    assert frame_strip(frames, side=20, gap=4).shape == (40, 68, 3)


@pytest.mark.parametrize(("count", "kept"), [(1, [0]), (3, [0, 3, 6]), (10, list(range(10))), (99, list(range(10)))])
def test_samples_are_spread_evenly(count: int, kept: list[int]) -> None:
    frames = [_flat((i, 0, 0, 255), 2, 2) for i in range(10)]
    assert [int(frame[0, 0, 0]) for frame in sampled(frames, count)] == kept


def test_every_sticker_is_on_the_sheet_on_both_backdrops() -> None:
    colours = [(255, 0, 0), (0, 160, 0), (0, 0, 255)]
    rows = [(f"sticker {i}", [_flat((*colour, 255), 40, 20)] * 8) for i, colour in enumerate(colours)]
    sheet = contact_sheet(rows, side=40, frames=4, columns=2, title="My pack")
    for colour in colours:
        assert (sheet == colour).all(axis=2).sum() == 2 * 4 * 40 * 20
    for backdrop in (LIGHT, DARK):
        assert (sheet == backdrop).all(axis=2).sum() >= 3 * 4 * 40 * 20


def test_names_are_written_and_long_ones_cut() -> None:
    def ink(name: str) -> np.ndarray:
        sheet = contact_sheet([(name, [_flat((0, 0, 0, 0))])], side=80, columns=1)
        return np.asarray((sheet[8:30].max(axis=2) < 120).any(axis=0))

    assert not ink("").any()
    assert ink("wave").any()
    assert not np.array_equal(ink("wave"), ink("laugh"))
    # Never over the edge of its cell, whatever a person called it.
    assert np.flatnonzero(ink("a very long name of an action " * 20))[-1] <= 13 + 80
    assert ink("zwei\nZeilen").any()


def test_stickers_of_unlike_length_share_a_grid() -> None:
    one = contact_sheet([("a", [_flat((255, 0, 0, 255))] * 5), ("b", [])], side=30, columns=2)
    assert (one == (255, 0, 0)).all(axis=2).sum() == 2 * 5 * 30 * 30
    assert (one == DARK).all(axis=2).sum() == 5 * 30 * 30


def test_the_same_input_gives_the_same_bytes() -> None:
    rows = [("wave", [_flat((1, 2, 3, 200))])]
    assert np.array_equal(contact_sheet(rows), contact_sheet(rows))


def test_nothing_is_refused_in_one_sentence() -> None:
    with pytest.raises(BadInput, match="at least one sticker"):
        contact_sheet([])
    with pytest.raises(BadInput, match="at least one frame"):
        frame_strip([])
