"""Two cutouts mixed at a loop's seam."""

import numpy as np

from popcon.pipeline.steps.sticker import cross_blend


def flat(colour: tuple[int, int, int, int]) -> np.ndarray:
    return np.full((2, 3, 4), colour, np.uint8)


def test_a_frame_mixed_with_itself_is_itself() -> None:
    random = np.random.default_rng(3)
    frame = random.integers(0, 256, (20, 20, 4), np.uint8)
    frame[frame[..., 3] == 0] = 0
    assert np.array_equal(cross_blend(frame, frame, 0.37), frame)


def test_none_or_all_of_the_other() -> None:
    one, other = flat((200, 10, 10, 255)), flat((0, 90, 250, 120))
    assert np.array_equal(cross_blend(one, other, 0), one)
    assert np.array_equal(cross_blend(one, other, 1), other)


def test_what_only_one_shows_fades_without_a_foreign_colour() -> None:
    """The colour under full transparency is the backdrop's, or black; neither darkens what fades in."""
    mixed = cross_blend(flat((0, 212, 90, 0)), flat((250, 240, 20, 255)), 0.4)
    assert mixed[0, 0].tolist() == [250, 240, 20, 102]


def test_opaque_stays_opaque_and_colour_goes_over_evenly() -> None:
    mixed = cross_blend(flat((200, 0, 0, 255)), flat((0, 100, 40, 255)), 0.25)
    assert mixed[0, 0].tolist() == [150, 25, 10, 255]


def test_where_neither_shows_nothing_is_left() -> None:
    assert not cross_blend(flat((9, 9, 9, 0)), flat((80, 0, 0, 0)), 0.5).any()
