"""Faults of generated clips: exposure of single frames, soft shadows, a backdrop that changes its colour."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.matte.keyed import KeyedMatte, make
from popcon.errors import BadInput
from tests.cutout_set import through_codec

GREEN, WHITE = (30, 200, 70), (250, 250, 250)
SIDE = 320


def frame(backdrop: tuple[int, int, int], shadow: float = 0.0, gain: float = 1.0) -> NDArray[np.uint8]:
    """An orange disc with a dark outline over a soft shadow that takes a share of the backdrop's brightness away."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    distance = ((x - 160) / 124) ** 2 + ((y - 244) / 32) ** 2
    strength = cv2.GaussianBlur(np.clip(1.3 - distance, 0, 1) * shadow, (0, 0), 8)
    picture = np.array(backdrop, np.float32) * (1 - strength[..., None])
    for radius, colour in ((84, (40, 20, 20)), (77, (240, 150, 60))):
        cover = np.clip(radius + 0.5 - np.hypot(x - 160, y - 160), 0, 1)[..., None]
        picture = picture * (1 - cover) + np.array(colour, np.float32) * cover
    noise = np.random.default_rng(1).normal(0, 0.6, picture.shape)
    return np.clip(np.rint(picture * gain + noise), 0, 255).astype(np.uint8)


def alphas(frames: list[NDArray[np.uint8]]) -> list[NDArray[np.float64]]:
    engine = KeyedMatte()
    clip = engine.study(iter(frames), None)
    return [cut.rgba[..., 3] / 255 for cut in engine.cut_out(frames, clip)]


@pytest.mark.parametrize(("backdrop", "most"), [(GREEN, 0.002), (WHITE, 0.004)])
def test_a_soft_shadow_goes_and_the_character_stays(backdrop: tuple[int, int, int], most: float) -> None:
    clean, shaded = alphas([frame(backdrop)])[0], alphas([frame(backdrop, shadow=0.45)])[0]
    assert np.abs(clean - shaded).mean() < most
    assert shaded[160, 160] == 1
    assert shaded[260, 160] == 0  # deep in the shadow, below the disc


def test_a_dark_green_thing_with_an_edge_is_no_shadow() -> None:
    picture = frame(GREEN)
    cv2.rectangle(picture, (40, 262), (120, 300), (15, 100, 35), -1)
    alpha = alphas([picture])[0]
    assert alpha[280, 80] > 0.9


def test_the_bright_first_frame_is_cut_like_the_others() -> None:
    first, second, *_ = alphas([frame(GREEN, gain=1.12), *[frame(GREEN)] * 5])
    assert np.abs(first - second).mean() < 0.002
    engine = KeyedMatte()
    frames = [frame(GREEN, gain=1.12), *[frame(GREEN)] * 5]
    cut = engine.cut_out(frames, engine.study(iter(frames), None))
    inside = cut[0].rgba[150:170, 150:170, 1:3].astype(int) - cut[3].rgba[150:170, 150:170, 1:3].astype(int)
    assert np.abs(inside).mean() < 2  # no brighter either, but for red, which was clipped


def test_exposure_that_drifts_leaves_alpha_alone() -> None:
    found = alphas([frame(GREEN, gain=1 + 0.05 * np.sin(k)) for k in range(8)])
    assert max(float(np.abs(each - found[0]).mean()) for each in found) < 0.002


def test_a_backdrop_that_changes_its_colour_is_taken_away_in_both() -> None:
    found = alphas([*[frame(GREEN)] * 5, *[frame((56, 178, 94))] * 3])
    assert np.abs(found[0] - found[-1]).mean() < 0.003
    assert found[-1][5, 5] == 0


@pytest.mark.parametrize("backdrop", [GREEN, WHITE])
@pytest.mark.parametrize("tilt", [0, 9])
def test_a_floor_line_goes_and_the_character_stays(backdrop: tuple[int, int, int], tilt: int) -> None:
    clean = frame(backdrop)
    lined = clean.copy()
    line = tuple(round(0.6 * v) for v in backdrop)
    cv2.line(lined, (0, 228 - tilt), (SIDE - 1, 228 + tilt), line, 2)
    behind = (cv2.absdiff(clean, np.full_like(clean, backdrop)).max(2) > 20)[..., None]
    lined = np.where(behind, clean, lined)
    without, found = alphas([clean])[0], alphas([lined])[0]
    assert np.abs(without - found).mean() < 0.0015
    assert found[220:236, :60].max() == 0


@pytest.mark.parametrize("backdrop", [GREEN, WHITE])
def test_an_arm_that_leaves_the_frame_keeps_its_outline(backdrop: tuple[int, int, int]) -> None:
    picture = frame(backdrop)
    for half, colour in ((16, (20, 10, 10)), (12, (240, 150, 60))):
        cv2.rectangle(picture, (200, 160 - half), (SIDE - 1, 160 + half), colour, -1)
    alpha = alphas([picture])[0]
    assert alpha[146, 250:].min() > 0.9  # in the outline
    assert alpha[174, 250:].min() > 0.9


def test_a_short_line_at_the_side_is_an_effect() -> None:
    picture = frame(GREEN)
    cv2.line(picture, (0, 60), (40, 60), (18, 120, 42), 3)
    assert alphas([picture])[0][60, 5:35].min() > 0.5


@pytest.mark.parametrize("backdrop", [GREEN, WHITE])
def test_a_spark_in_a_shadow_is_kept(backdrop: tuple[int, int, int]) -> None:
    picture = frame(backdrop, shadow=0.45)
    cv2.circle(picture, (110, 258), 5, (250, 160, 40), -1, cv2.LINE_AA)
    alpha = alphas([picture])[0]
    assert alpha[258, 110] == 1
    assert alpha[258, 96:102].max() == 0


def test_motion_blur_leaves_no_green_rim() -> None:
    kernel = np.full((1, 11), 1 / 11, np.float32)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    away = np.hypot(x - 160, y - 160)
    inner, cover = (cv2.filter2D(np.clip(r - away, 0, 1), -1, kernel)[..., None] for r in (76.5, 80.5))
    picture = np.array(GREEN) * (1 - cover) + np.array((60, 30, 30)) * (cover - inner) + np.array(WHITE) * inner
    noise = np.random.default_rng(1).normal(0, 0.6, picture.shape)
    shot = through_codec(np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)[None], crf=20)[0]
    engine = KeyedMatte()
    cut = engine.cut_out([shot], engine.study(iter([shot]), None))[0].rgba
    assert np.abs(cut[..., 3] / 255 - cover[..., 0]).mean() < 0.004
    rim = cut[(cover[..., 0] > 0.3) & (cover[..., 0] < 0.95)].astype(int)
    assert ((rim[:, 1] - np.maximum(rim[:, 0], rim[:, 2])) * rim[:, 3] / 255).mean() < 4


@pytest.mark.parametrize("backdrop", [GREEN, WHITE])
def test_a_shadow_that_is_kept_is_soft_and_black(backdrop: tuple[int, int, int]) -> None:
    picture = frame(backdrop, shadow=0.45)
    engine = make({"shadow": "keep"})
    rgba = engine.cut_out([picture], engine.study(iter([picture]), None))[0].rgba
    alpha = rgba[..., 3:] / 255
    assert 0.3 < alpha[260, 160, 0] < 0.6
    assert rgba[260, 160, :3].max() < 8
    assert alpha[160, 160] == 1
    assert alpha[20, 20] == 0
    again = rgba[..., :3] * alpha + np.array(backdrop) * (1 - alpha)
    assert np.abs(again - picture).mean() < 1.5  # back on its backdrop it is the frame


def test_keeping_shadows_has_a_fingerprint_of_its_own_and_other_words_are_refused() -> None:
    assert make({}).fingerprint == KeyedMatte().fingerprint != make({"shadow": "keep"}).fingerprint
    with pytest.raises(BadInput, match="`shadow` of the engine keyed cannot be 'dim'"):
        make({"shadow": "dim"})
