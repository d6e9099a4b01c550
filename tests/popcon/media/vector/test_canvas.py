"""Painting lays flat colours over each other without seams."""

import numpy as np
import pytest

from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import ellipse

RED, BLUE, INK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def test_colours_are_exact_inside_and_nothing_is_outside() -> None:
    canvas = Canvas(40, 40)
    canvas.fill(ellipse((20, 20), 12), (200, 100, 50))
    straight = canvas.straight()
    assert straight[20, 20].tolist() == [200, 100, 50, 255]
    assert straight[0, 0].tolist() == [0, 0, 0, 0]
    rim = (straight[..., 3] > 0) & (straight[..., 3] < 255)
    assert rim.any()
    assert np.abs(straight[rim][:, :3].astype(int) - (200, 100, 50)).max() <= 2  # straight alpha: no dark rim


def test_units_are_scaled_and_moved() -> None:
    canvas = Canvas(60, 40, scale=10, origin=(30, 20))
    canvas.fill([(-1, -1), (1, -1), (1, 1), (-1, 1)], RED)
    assert canvas.pixels[..., 3].sum() == pytest.approx(400, rel=0.04)
    assert canvas.pixels[20, 30, 0] == 1


def test_the_clip_holds() -> None:
    canvas = Canvas(40, 40)
    canvas.fill(ellipse((20, 20), 15), RED, clip=[(0, 0), (20, 0), (20, 40), (0, 40)])
    assert canvas.pixels[20, 12, 3] == 1
    assert canvas.pixels[:, 22:, 3].max() == 0


def test_a_clip_beside_the_shape_leaves_nothing() -> None:
    canvas = Canvas(40, 40)
    canvas.fill(ellipse((10, 10), 5), RED, clip=ellipse((32, 32), 4))
    assert not canvas.pixels.any()


def test_an_outline_lies_outside_of_its_shape() -> None:
    canvas = Canvas(60, 60)
    canvas.outlined(ellipse((30, 30), 15), RED, 4, BLUE)
    row = canvas.straight()[30]
    assert row[16].tolist() == [255, 0, 0, 255]
    assert row[12].tolist() == [0, 0, 255, 255]
    assert row[9, 3] == 0


def test_holes_stay_open() -> None:
    canvas = Canvas(40, 40)
    canvas.fill(ellipse((20, 20), 15), RED, holes=[ellipse((20, 20), 6)])
    assert canvas.pixels[20, 20, 3] == 0
    assert canvas.pixels[20, 10, 3] == 1


def test_paint_on_the_same_paint_leaves_no_seam() -> None:
    canvas = Canvas(40, 40)
    canvas.fill(ellipse((20, 20), 15), RED)
    before = canvas.pixels.copy()
    canvas.fill(ellipse((21.3, 20.4), 7), RED)
    assert np.abs(canvas.pixels - before).max() < 1e-6
