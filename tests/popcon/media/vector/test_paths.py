"""Outlines pass where they should."""

import numpy as np
import pytest

from popcon.media.vector.paths import arc, ellipse, joined, placed, points, rounded, smooth, star, trace, turned


def test_a_smooth_curve_passes_through_every_point() -> None:
    through = np.array([(0, 0), (10, 2), (12, 14), (-3, 9)], float)
    for closed in (True, False):
        curve = smooth(through, closed)
        for point in through:
            assert np.linalg.norm(curve - point, axis=1).min() < 1e-9


def test_a_smooth_curve_stays_near_its_points() -> None:
    curve = smooth([(0, 0), (1, 0), (1.05, 0.02), (30, 0)], closed=False)
    assert curve[:, 0].min() >= -0.5
    assert curve[:, 0].max() <= 30.5
    assert abs(curve[:, 1]).max() < 2


def test_angles_turn_clockwise_on_the_screen() -> None:
    assert turned([(1, 0)], 90)[0] == pytest.approx((0, 1))
    assert arc((0, 0), 2, None, 90, 90, 1)[0] == pytest.approx((0, 2))
    assert placed([(1, 0)], (5, 5), (-2, 1), 90)[0] == pytest.approx((5, 3))


def test_rounding_keeps_within_the_corners() -> None:
    path = rounded([(0, 0), (10, 0), (10, 10), (0, 10)], 3)
    assert path.min() >= 0
    assert path.max() <= 10
    assert np.linalg.norm(path - (0, 0), axis=1).min() > 1


def test_a_star_has_its_tips_where_asked() -> None:
    path = star(5, 1.0, 0.5)
    assert path[0] == pytest.approx((0, -1))
    assert sorted({round(float(np.hypot(*point)), 6) for point in path}) == [0.5, 1.0]


def test_a_traced_path_follows_its_commands() -> None:
    first, second = trace("M 0 0 L 10 0 C 10 5 5 10 0 10 Z M 2,2 Q 3 4 4 2 Z", steps=4)
    assert first[0] == pytest.approx((0, 0))
    assert first[1] == pytest.approx((10, 0))
    assert first[-1] == pytest.approx((0, 10))
    assert second[0] == pytest.approx((2, 2))
    assert second[2] == pytest.approx((3, 3))  # the middle of the quadratic curve


@pytest.mark.parametrize("bad", ["M 0 0 A 1 1", "L 3 3", "M 0 0 C 1 2 3 4 5", "M 1", "3 4", "M 0 0 l 3 3"])
def test_what_cannot_be_traced_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"understood|missing"):
        trace(bad)


@pytest.mark.parametrize("bad", [[1, 2, 3], [[1, 2, 3]], 4])
def test_points_are_pairs(bad: object) -> None:
    with pytest.raises(ValueError, match="shape"):
        points(bad)  # type: ignore[arg-type]


def test_pieces_join_in_order() -> None:
    whole = joined([ellipse((0, 0), 1, steps=8), points([(9, 9)])])
    assert len(whole) == 9
    assert whole[-1] == pytest.approx((9, 9))
