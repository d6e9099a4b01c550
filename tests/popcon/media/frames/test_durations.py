"""Durations: exact sums, the grid, the minimum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon.media.frames.durations import share_out


@given(
    st.lists(st.floats(0.01, 1000), min_size=1, max_size=24),
    st.integers(48, 800).map(lambda ticks: ticks * 10),
    st.sampled_from([10, 20]),
)
def test_shares_sum_exactly_on_the_grid(weights: list[float], total: int, least: int) -> None:
    shares = share_out(weights, total, least)
    assert sum(shares) == total
    assert all(share % 10 == 0 and share >= least for share in shares)
    assert len(shares) == len(weights)


def test_shares_follow_the_weights() -> None:
    assert share_out([1, 2, 1], 2000) == [500, 1000, 500]
    assert share_out([1, 1, 1], 1000) == [340, 330, 330]


def test_the_minimum_is_taken_from_the_long_ones() -> None:
    assert share_out([0.01, 1, 1], 1000, 100) == [100, 450, 450]


@pytest.mark.parametrize(
    ("weights", "total", "least", "says"),
    [
        ([1.0], 1005, 20, "multiples of 10"),
        ([1.0], 1000, 0, "multiples of 10"),
        ([1.0] * 11, 1000, 100, "11 slots"),
        ([], 1000, 20, "weight"),
        ([1.0, 0.0], 1000, 20, "weight"),
    ],
)
def test_impossible_times_are_refused(weights: list[float], total: int, least: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        share_out(weights, total, least)
