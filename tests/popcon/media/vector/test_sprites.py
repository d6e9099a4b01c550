"""Sprites land where they are put, at the size and angle asked for."""

import threading

import numpy as np
import pytest

from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import ellipse
from popcon.media.vector.sprites import Raster, Sprite, extent, raster, stamp


def _paint_bar(canvas: Canvas, line: float) -> None:
    canvas.outlined([(-0.5, -0.2), (0.5, -0.2), (0.5, 0.2), (-0.5, 0.2)], (255, 0, 0), line, (0, 0, 0))


def _paint_disc(canvas: Canvas, line: float) -> None:
    canvas.fill(ellipse((0, 0), 0.9), (0, 0, 255))


BAR, DISC = Sprite("bar", _paint_bar), Sprite("disc", _paint_disc)


def _stamped(of: Raster, at: tuple[float, float], size: float, turn: float = 0.0) -> np.ndarray:
    picture = np.zeros((120, 120, 4), np.float32)
    stamp(picture, of, at, size, turn, (1.0, 1.0), 0)
    return picture


@pytest.mark.parametrize("size", [9.0, 31.0, 64.5])
def test_the_centre_and_the_area_are_right_at_any_size(size: float) -> None:
    alpha = _stamped(raster(DISC, size, 0.1), (57.3, 62.8), size)[..., 3]
    y, x = np.mgrid[0:120, 0:120] + 0.5
    assert (alpha * x).sum() / alpha.sum() == pytest.approx(57.3, abs=0.1)
    assert (alpha * y).sum() / alpha.sum() == pytest.approx(62.8, abs=0.1)
    assert alpha.sum() == pytest.approx(np.pi * (0.45 * size) ** 2, rel=0.05)


def test_extent_is_what_is_painted() -> None:
    of = raster(BAR, 60, 0.1)
    for turn in (0, 90, 33):
        left, top, right, bottom = extent(of, 60, turn, (1.0, 1.0))
        alpha = _stamped(of, (60, 60), 60, turn)[..., 3]
        columns, rows = np.flatnonzero(alpha.max(axis=0) > 0.5), np.flatnonzero(alpha.max(axis=1) > 0.5)
        # Turned, the box of a box is a little larger than what is in it.
        slack = 1.5 if turn % 90 == 0 else 6
        assert 60 + left == pytest.approx(columns[0], abs=slack)
        assert 60 + right == pytest.approx(columns[-1] + 1, abs=slack)
        assert 60 + top == pytest.approx(rows[0], abs=slack)
        assert 60 + bottom == pytest.approx(rows[-1] + 1, abs=slack)


def test_the_margin_is_never_touched() -> None:
    picture = np.zeros((80, 80, 4), np.float32)
    for at in ((0.0, 0.0), (79.0, 40.0), (40.0, 200.0), (-500.0, 4.0)):
        stamp(picture, raster(DISC, 50, 0.1), at, 50, 12, (1.0, 1.0), 5)
    assert picture[5:75, 5:75].any()
    picture[5:75, 5:75] = 0
    assert not picture.any()


def test_stamping_over_keeps_premultiplied_colour_within_alpha() -> None:
    picture = _stamped(raster(BAR, 70, 0.1), (50, 50), 70, 20)
    stamp(picture, raster(DISC, 40, 0.1), (60.4, 55.2), 40, 0, (1.0, 0.6), 0)
    assert picture[..., 3].max() <= 1 + 1e-5
    assert (picture[..., :3] <= picture[..., 3:] + 1e-5).all()


def test_painted_sprites_cannot_be_changed_by_accident() -> None:
    of = raster(DISC, 30, 0.1)
    with pytest.raises(ValueError, match="read-only"):
        of.pixels[0, 0] = 1


def test_threads_see_the_same_sprites() -> None:
    made: list[np.ndarray] = []

    def work() -> None:
        made.append(_stamped(raster(BAR, 47, 0.13), (50.2, 49.1), 47, 11))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(made[0], other) for other in made[1:])
    assert made[0][..., 3].max() == 1
