"""The mascot is one whole figure, the same at every size."""

import cv2
import numpy as np
import pytest

from popcon.media.mascot import COLOURS, draw_mascot


@pytest.mark.parametrize("side", [16, 180, 1024])
def test_size_and_type(side: int) -> None:
    drawn = draw_mascot(side)
    assert drawn.shape == (side, side, 4)
    assert drawn.dtype == np.uint8
    assert (drawn[drawn[..., 3] == 0] == 0).all()


def test_it_is_one_figure_and_touches_no_border() -> None:
    alpha = draw_mascot(360)[..., 3]
    assert cv2.connectedComponents((alpha > 127).astype(np.uint8))[0] == 2  # the background and the figure
    rows, columns = np.flatnonzero(alpha.max(axis=1)), np.flatnonzero(alpha.max(axis=0))
    assert rows[0] >= 8
    assert rows[-1] <= 351
    assert columns[0] >= 8
    assert columns[-1] <= 351
    assert np.ptp(rows) > 0.85 * 360


def test_arms_and_feet_stand_apart_from_the_body() -> None:
    solid = draw_mascot(500)[..., 3] > 127

    def runs(line: np.ndarray) -> int:
        return int((np.diff(np.concatenate([[False], line]).astype(int)) == 1).sum())

    assert runs(solid[465]) == 2  # two feet
    assert solid[405, 70]  # the lowered hand
    assert not solid[440, 120]  # air between it and the feet
    assert solid[312, 445]  # the raised hand
    assert not solid[330, 398]  # air between it and the tub


def test_it_has_the_same_shape_at_every_size() -> None:
    small = draw_mascot(128)[..., 3].astype(float)
    large = cv2.resize(draw_mascot(1024)[..., 3], (128, 128), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(small - large).mean() < 1.5


def test_flat_colours_and_a_dark_outline_all_around() -> None:
    drawn = draw_mascot(512)
    opaque = drawn[drawn[..., 3] == 255][:, :3].astype(float)
    distance = np.linalg.norm(opaque[:, None] - np.array(COLOURS, float)[None], axis=2)
    assert (distance.min(axis=1) < 4).mean() > 0.9
    assert (distance.min(axis=0) < 2).all()
    solid = (drawn[..., 3] > 200).astype(np.uint8)
    rim = (solid - cv2.erode(solid, np.ones((3, 3), np.uint8))).astype(bool)
    assert (drawn[rim][:, :3].max(axis=1) < 90).mean() > 0.995


def test_each_caller_gets_a_copy() -> None:
    draw_mascot(64)[:] = 0
    assert draw_mascot(64)[..., 3].any()


def test_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="16 px"):
        draw_mascot(15)
