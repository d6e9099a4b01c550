"""The prior: what it sees, that NumPy computes what was fitted, and that it helps where colours do not."""

import cv2
import numpy as np
import pytest

from popcon.engines.segment import prior
from popcon.engines.segment.graph import GraphEngine, prepared
from popcon.engines.segment.prior_features import DYNAMIC, STATIC, grid_of, maps_of, maps_of_clicks
from popcon.models.refinement import Click
from tests.popcon.engines.segment.pictures import disc_on, iou, plain, tiles

ENGINE = GraphEngine()


@pytest.mark.parametrize(("size", "grid"), [((480, 480), (120, 120)), ((512, 300), (120, 72)), ((9, 400), (8, 120))])
def test_the_grid_keeps_the_pictures_shape_and_can_be_halved_three_times(
    size: tuple[int, int], grid: tuple[int, int]
) -> None:
    assert grid_of(*size) == grid
    picture = np.random.default_rng(2).integers(0, 256, (*size, 3)).astype(np.uint8)
    maps = maps_of(picture)
    assert maps.shape == (STATIC, *grid)
    assert maps.min() >= 0
    assert maps.max() <= 1


def test_a_colour_that_the_border_has_is_told_from_one_that_is_two_levels_off() -> None:
    picture = plain((100, 100, 100), side=120)
    picture[40:80, 40:80] = (104, 100, 100)
    fine, coarse = maps_of(picture)[3:5]
    assert fine[2, 2] == pytest.approx(1, abs=0.01)
    assert fine[60, 60] < 0.05
    assert coarse[60, 60] == pytest.approx(1, abs=0.01)


def test_clicks_show_where_they_are_and_which_colour_they_mean() -> None:
    picture = plain((10, 200, 10), side=120)
    picture[:, 60:] = (200, 10, 10)
    static = maps_of(picture)
    maps = maps_of_clicks(static, [(20.5, 30.5, True), (90.5, 30.5, False)], None)
    assert maps.shape == (DYNAMIC, 120, 120)
    assert [divmod(int(maps[n].argmax()), 120) for n in (0, 3)] == [(30, 20), (30, 90)]
    assert maps[2, 100, 5] > 0.9 > 0.1 > maps[2, 100, 110]
    assert maps[5, 100, 110] > 0.9 > 0.1 > maps[5, 100, 5]
    assert maps[6:].max() == 0
    before = np.zeros((120, 120), np.float32)
    before[:, :60] = 1
    leaning = maps_of_clicks(static, [(20.5, 30.5, True)], before)[7]
    assert leaning[3, 3] > 0.9
    assert leaning[3, 110] < -0.9


def test_numpy_computes_what_convolutions_do() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(10, 16, prior.WIDTHS[0])).astype(np.float32)
    matrix, bias = prior.weights()["fine0"], prior.weights()["fine0.bias"]
    kernels = matrix.reshape(3, 3, prior.WIDTHS[0], prior.WIDTHS[0])
    expected = np.zeros_like(x) + bias
    for source in range(prior.WIDTHS[0]):
        for target in range(prior.WIDTHS[0]):
            expected[..., target] += cv2.filter2D(
                np.ascontiguousarray(x[..., source]), -1, kernels[:, :, source, target], borderType=cv2.BORDER_CONSTANT
            )
    assert np.allclose(prior._linear("fine0", x), expected, atol=1e-4)


def test_the_weights_are_those_of_the_network() -> None:
    fine, middle, coarse = prior.WIDTHS
    table = prior.weights()
    assert table["enter"].shape == (4 * (STATIC + DYNAMIC), fine)
    assert table["down1"].shape == (4 * middle, coarse)
    assert table[f"coarse{2 * prior.BLOCKS - 1}"].shape == (9 * coarse, coarse)
    assert f"coarse{2 * prior.BLOCKS}" not in table
    assert table["leave"].shape == (9 * fine, 4)
    assert all(np.isfinite(values).all() for values in table.values())


def test_one_click_finds_a_character_before_a_mosaic_of_its_own_colours() -> None:
    picture, truth = disc_on(tiles(320), x=170, y=150, radius=90)
    board = prepared(picture).board
    assert board.evidence.clutter > 0.5
    mask, _ = ENGINE.predict(ENGINE.encode(picture), [Click(x=190, y=180)])
    assert iou(mask, truth) >= 0.9


def test_a_further_click_in_clutter_does_not_undo_what_was_right() -> None:
    picture, truth = disc_on(tiles(320), x=170, y=150, radius=90)
    embedding = ENGINE.encode(picture)
    clicks = [Click(x=190, y=180), Click(x=140, y=150), Click(x=20, y=300, positive=False), Click(x=170, y=100)]
    scores = [iou(ENGINE.predict(embedding, clicks[:count])[0], truth) for count in range(1, 5)]
    assert min(scores[1:]) >= scores[0] - 0.02


def test_in_clutter_a_given_mask_changes_only_around_what_was_clicked() -> None:
    picture, truth = disc_on(tiles(320), x=90, y=150, radius=60)
    second, other = disc_on(picture, x=240, y=150, radius=60)
    given = np.where(other, 255, 0).astype(np.uint8)
    given[300:310, 300:310] = 255
    mask, _ = ENGINE.predict(ENGINE.encode(second), [Click(x=95, y=165)], given)
    assert (mask[:, 200:] == given[:, 200:]).all()
    assert mask[165, 95] == 255
    assert (mask > 127)[truth].mean() > 0.8
