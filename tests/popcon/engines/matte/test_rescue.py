"""Effects that a model lost come back; backdrop, noise and shadows do not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.matte.difference import BackdropDifference, compare_to_backdrop
from popcon.engines.matte.quality import effects_kept
from popcon.engines.matte.rescue import Limits, rescue
from tests.rescue_scenes import SCENES, Scene, make, model_alpha

Bytes = NDArray[np.uint8]
GREEN = (30, 190, 60)


def _frame(side: int = 120, colour: tuple[int, int, int] = GREEN) -> tuple[Bytes, Bytes]:
    """A red disc on a flat backdrop, and its alpha."""
    frame = np.full((side, side, 3), colour, np.uint8)
    alpha = np.zeros((side, side), np.uint8)
    cv2.circle(frame, (side // 2, side // 2), side // 5, (200, 30, 30), -1)
    cv2.circle(alpha, (side // 2, side // 2), side // 5, 255, -1)
    return frame, alpha


def _view(frame: Bytes, alpha: Bytes, colour: tuple[int, int, int] = GREEN) -> BackdropDifference:
    """A frame beside its flat backdrop."""
    return compare_to_backdrop(frame, alpha, np.full_like(frame, colour))


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("halo", [False, True])
def test_effects_come_back_and_backdrop_does_not(scene: Scene, halo: bool) -> None:
    kept, surplus = [], []
    for seed in (500, 501):
        clip = make(scene, seed, count=3)
        alphas = [model_alpha(a, e, halo) for a, e in zip(clip.alpha, clip.effect, strict=True)]
        lost = np.asarray(np.stack(alphas) / 255, np.float32)
        assert effects_kept(lost, clip.effect) < 0.7, "the model is meant to lose effects"
        views = [compare_to_backdrop(f, a, clip.empty) for f, a in zip(clip.frames, alphas, strict=True)]
        made = [rescue(v, [*views[max(0, i - 1) : i], *views[i + 1 : i + 2]]) for i, v in enumerate(views)]
        got = np.asarray(np.stack([each.alpha for each in made]) / 255, np.float32)
        kept.append(effects_kept(got, clip.effect))
        surplus.append(float((got[clip.alpha < 0.004] > 0.1).mean()))
    assert np.mean(kept) >= 0.975  # two clips scatter by ±0.01 around the benchmark's 0.985 and more
    assert np.mean(surplus) <= (0.008 if "shadow" in scene else 0.005)  # a veil over a shadow is not all found


def test_a_frame_without_effects_keeps_the_models_alpha() -> None:
    frame, alpha = _frame()
    noisy = np.clip(frame + np.random.default_rng(1).normal(0, 3, frame.shape), 0, 255).astype(np.uint8)
    made = rescue(_view(noisy, alpha))
    assert np.array_equal(made.alpha, alpha)
    assert len(made.fresh) == 0 == len(made.colour)


def test_a_spark_comes_back_soft_and_with_its_own_colour() -> None:
    frame, alpha = _frame()
    fine = np.zeros((480, 480), np.uint8)
    cv2.circle(fine, (80, 80), 22, 255, -1)
    spark = cv2.resize(fine, (120, 120), interpolation=cv2.INTER_AREA)[..., None] / 255
    mixed = np.rint(frame * (1 - spark) + spark * (255, 240, 120)).astype(np.uint8)
    made = rescue(_view(mixed, alpha))
    assert made.alpha[20, 20] == 255
    soft = (made.alpha > 0) & (made.alpha < 255) & (alpha == 0)
    assert soft.sum() >= 8, "a rim, not a staircase"
    strong = made.alpha.ravel()[made.fresh] > 100
    assert np.abs(made.colour[strong].astype(int) - (255, 240, 120)).max() <= 16


def test_a_soft_shadow_stays_away_and_a_spark_on_it_comes_back() -> None:
    frame, alpha = _frame(240, (252, 252, 252))
    y, x = np.mgrid[:240, :240]
    shade = 1 - 0.3 * np.exp(-(((x - 120) / 50) ** 2 + ((y - 205) / 12) ** 2))
    shaded = np.rint(frame * shade[..., None]).astype(np.uint8)
    assert rescue(_view(shaded, alpha, (252, 252, 252))).fresh.size == 0
    cv2.circle(shaded, (120, 205), 5, (220, 60, 60), -1)
    made = rescue(_view(shaded, alpha, (252, 252, 252)))
    assert made.alpha[205, 120] == 255
    assert made.alpha[205, 90] == 0
    assert 60 <= made.fresh.size <= 140  # a disc of 5 px has 79


def test_a_weak_speck_needs_an_answer_from_a_neighbour() -> None:
    frame, alpha = _frame()
    speck = frame.copy()
    speck[20, 20] = (60, 205, 90)  # 30 levels away, one pixel
    moved = frame.copy()
    moved[22, 22] = (60, 205, 90)
    calm = _view(frame, alpha)
    assert rescue(_view(speck, alpha), [calm, calm]).fresh.size == 0
    assert rescue(_view(speck, alpha), [calm, _view(moved, alpha)]).fresh.size > 0


def test_something_large_is_no_effect() -> None:
    frame, alpha = _frame(200)
    cv2.rectangle(frame, (4, 4), (90, 60), (240, 240, 240), -1)
    assert rescue(_view(frame, alpha)).fresh.size == 0
    cv2.line(frame, (10, 180), (120, 190), (20, 20, 20), 3)  # long, but thin
    assert rescue(_view(frame, alpha)).alpha[184:190, 60:70].max() == 255


def test_limits_can_be_set() -> None:
    frame, alpha = _frame(200)
    cv2.circle(frame, (30, 30), 12, (240, 240, 240), -1)
    assert rescue(_view(frame, alpha)).alpha[30, 30] == 255
    assert rescue(_view(frame, alpha), limits=Limits(blob=0.05, stroke=0.1)).alpha[30, 30] == 0


def test_a_textured_background_gives_nothing_back() -> None:
    _, alpha = _frame(200)
    noise = np.random.default_rng(2).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    made = rescue(_view(noise, alpha))
    assert np.array_equal(made.alpha, alpha)


def test_white_inside_a_white_character_stays() -> None:
    frame, alpha = _frame(200, (250, 250, 250))
    cv2.circle(frame, (100, 100), 25, (250, 250, 250), -1)
    assert rescue(_view(frame, alpha, (250, 250, 250))).alpha[100, 100] == 255


@pytest.mark.parametrize("size", [(61, 47), (64, 48), (33, 200)])
def test_any_size_and_parity(size: tuple[int, int]) -> None:
    frame = np.full((*size, 3), GREEN, np.uint8)
    alpha = np.zeros(size, np.uint8)
    frame[5:8, 5:8] = 255
    frame[-3:, -3:] = 0
    made = rescue(_view(frame, alpha))
    assert made.alpha.shape == size
    assert made.alpha[6, 6] == 255
    assert made.alpha[-1, -1] == 255
    assert made.alpha.sum() < 255 * 40
