"""Coverage is the area of a pixel that a shape covers."""

import math

import numpy as np
import pytest

from popcon.media.vector.coverage import Patch, filled, ribbon, stroked
from popcon.media.vector.paths import ellipse


def _whole(patch: Patch | None, side: int) -> np.ndarray:
    picture = np.zeros((side, side), np.float32)
    if patch is not None:
        height, width = patch.coverage.shape
        picture[patch.top : patch.top + height, patch.left : patch.left + width] = patch.coverage
    return picture


def test_a_square_on_the_grid_covers_its_pixels_only() -> None:
    picture = _whole(filled([[(2, 3), (6, 3), (6, 7), (2, 7)]], 12, 12, detail=8), 12)
    assert (picture[3:7, 2:6] == 1).all()
    outside = picture.copy()
    outside[3:7, 2:6] = 0
    assert outside.max() <= 0.15  # OpenCV draws the boundary too: up to one sample


@pytest.mark.parametrize("radius", [3.0, 9.5, 40.0])
@pytest.mark.parametrize("shift", [0.0, 0.37])
def test_a_disc_has_the_area_of_a_disc(radius: float, shift: float) -> None:
    area = _whole(filled([ellipse((50 + shift, 50 - shift), radius)], 100, 100, detail=8), 100).sum()
    assert area == pytest.approx(math.pi * radius**2, rel=0.03, abs=1.5)


def test_the_centre_of_mass_does_not_drift() -> None:
    picture = _whole(filled([ellipse((20.3, 24.8), 8)], 48, 48, detail=8), 48)
    y, x = np.mgrid[0:48, 0:48] + 0.5
    assert (picture * x).sum() / picture.sum() == pytest.approx(20.3, abs=0.05)
    assert (picture * y).sum() / picture.sum() == pytest.approx(24.8, abs=0.05)


def test_a_contour_inside_another_is_a_hole() -> None:
    picture = _whole(filled([ellipse((16, 16), 12), ellipse((16, 16), 6)], 32, 32), 32)
    assert picture[16, 16] == 0
    assert picture[16, 7] == 1


def test_a_stroke_is_as_wide_as_asked() -> None:
    picture = _whole(stroked([(8, 20), (32, 20)], 6, 40, 40, closed=False), 40)
    assert picture[:, 20].sum() == pytest.approx(6, abs=0.4)
    assert picture[20, 3] == 0
    assert picture[20, 6] > 0.5  # a round end, half of the width beyond the last point


def test_a_ribbon_narrows() -> None:
    picture = _whole(ribbon([(8, 20), (20, 20), (32, 20)], [12, 7, 2], 40, 40), 40)
    assert picture[:, 9].sum() == pytest.approx(11.6, abs=0.7)
    assert picture[:, 31].sum() == pytest.approx(2.4, abs=0.7)


def test_a_ribbon_over_itself_has_no_hole() -> None:
    loop = [(10, 10), (30, 30), (30, 10), (10, 30)]
    assert _whole(ribbon(loop, 6, 40, 40), 40)[20, 20] == 1


def test_what_lies_outside_costs_and_draws_nothing() -> None:
    assert filled([ellipse((-500, 20), 30)], 64, 64) is None
    assert stroked([(900, 900), (1000, 1000)], 5, 64, 64) is None
    assert ribbon([(70, -90), (80, -90)], 8, 64, 64) is None


def test_a_shape_far_larger_than_the_picture_fills_it() -> None:
    picture = _whole(filled([[(-1e7, -1e7), (1e7, -1e7), (1e7, 1e7), (-1e7, 1e7)]], 20, 20), 20)
    assert (picture == 1).all()
