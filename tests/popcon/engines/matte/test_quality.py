import numpy as np
import pytest

from popcon.engines.matte import quality


def test_perfect_cutouts_have_no_error() -> None:
    alpha = np.zeros((3, 8, 8), np.float32)
    alpha[:, 2:6, 2:6] = 1
    alpha[:, 2, 2:6] = 0.5
    colour = alpha[..., None] * np.float32(1.0) * np.ones(3, np.float32)
    rgba = np.dstack([np.full((8, 8, 3), 255), np.round(alpha[0] * 255)]).astype(np.uint8)
    assert quality.mad(alpha, alpha) == 0
    assert quality.dtssd(alpha, alpha) == 0
    assert quality.effects_kept(alpha, alpha) == 1
    assert quality.rim_colour_error(np.stack([rgba] * 3), alpha, colour) < 0.002


def test_figures_are_what_their_definitions_say() -> None:
    truth = np.zeros((2, 4, 4), np.float32)
    got = truth.copy()
    got[1] = 0.5
    assert quality.mad(got, truth) == pytest.approx(0.25)
    assert quality.dtssd(got, truth) == pytest.approx(0.5)
    effect = np.full((1, 2, 2), 0.8, np.float32)
    half = np.array([[[0.4, 0.8], [1.0, 0.8]]], np.float32)
    assert quality.effects_kept(half, effect) == pytest.approx(2.8 / 3.2)
    assert quality.effects_kept(half, np.full((1, 2, 2), 0.4, np.float32)) == 1
    assert quality.dtssd(got[:1], truth[:1]) == 0


def test_a_green_rim_shows_on_violet_and_black() -> None:
    alpha = np.full((1, 6, 6), 0.5, np.float32)
    white = np.full((1, 6, 6, 3), 0.5, np.float32)
    clean = np.full((1, 6, 6, 4), (255, 255, 255, 128), np.uint8)
    green = np.full((1, 6, 6, 4), (120, 255, 120, 128), np.uint8)
    assert quality.rim_colour_error(clean, alpha, white) < 0.005
    assert quality.rim_colour_error(green, alpha, white) > 0.15


def test_shapes_have_to_match() -> None:
    with pytest.raises(ValueError, match="shapes"):
        quality.mad(np.zeros((1, 2, 2), np.float32), np.zeros((1, 3, 2), np.float32))
