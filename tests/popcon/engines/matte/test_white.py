import cv2
import numpy as np
import pytest

from popcon.engines.base import Cutout
from popcon.engines.matte import quality
from popcon.engines.matte.keyed import KeyedMatte
from tests.popcon.engines.matte.drawings import Colour, draw, encode

WHITE: Colour = (254, 254, 254)


def cut(frames: np.ndarray) -> list[Cutout]:
    engine = KeyedMatte()
    return engine.cut_out(list(frames), engine.study(frames, None))


def alphas(cutouts: list[Cutout]) -> np.ndarray:
    return np.stack([c.rgba[..., 3] for c in cutouts]).astype(np.float32) / 255


@pytest.mark.parametrize("skin", [(255, 214, 60), (255, 255, 255), (250, 250, 247)])
def test_closed_outlines_keep_white_insides_and_holes_open(skin: Colour) -> None:
    clip = draw(WHITE, skin=skin, count=3)
    cutouts = cut(clip.frames)
    alpha = alphas(cutouts)
    for got, true in zip(alpha, clip.alpha, strict=True):
        sure = cv2.dilate(((true > 0) & (true < 1)).astype(np.uint8), np.ones((5, 5))) == 0
        assert got[sure & (true == 1)].mean() > 0.998
        hole = np.zeros_like(sure)
        hole[100:160, 36:72] = True
        assert got[hole & sure & (true == 0)].max() < 0.2
    assert quality.mad(alpha, clip.alpha) < 4e-3
    # A white belly keeps its colour, too.
    assert cutouts[0].rgba[150, 125, :3].min() > 240


def test_sparks_stay_on_white() -> None:
    clip = draw(WHITE, count=4)
    assert quality.effects_kept(alphas(cut(clip.frames)), clip.effect) > 0.95


def test_pale_shadows_go() -> None:
    clip = draw(WHITE, count=3, crf=None, sparks=False)
    y, x = np.mgrid[:240, :240]
    shadow = 26 * np.exp(-(((x - 115) / 60) ** 2 + ((y - 205) / 9) ** 2))
    frames = np.clip(clip.frames - shadow[..., None] * (1 - clip.alpha[..., None]), 0, 255).astype(np.uint8)
    frames = encode(frames, 20)
    assert frames[0, 205, 115].max() < 235
    alpha = alphas(cut(frames))
    assert alpha[:, 200:215, 60:170].max() < 0.05
    assert quality.mad(alpha, clip.alpha) < 4e-3


def test_an_open_outline_around_white_is_doubted() -> None:
    cutouts = cut(draw(WHITE, count=3, open_outline=True).frames)
    assert all(c.doubt > 0.8 for c in cutouts)
    assert all("outline is open" in c.reason for c in cutouts)


def test_a_plain_coloured_character_is_not_doubted() -> None:
    assert all(c.doubt == 0 for c in cut(draw((20, 220, 60), count=3).frames))


def test_grey_and_black_backdrops() -> None:
    for backdrop in ((128, 128, 128), (2, 2, 2)):
        clip = draw(backdrop, count=3, outline=(240, 230, 250), sparks=False)
        assert quality.mad(alphas(cut(clip.frames)), clip.alpha) < 7e-3


def test_a_white_screen_on_a_chest_is_kept_and_in_doubt() -> None:
    frame = np.full((240, 240, 3), WHITE, np.uint8)
    for (left, top, right, bottom), fill in (((50, 50, 190, 190), (120, 160, 210)), ((84, 84, 156, 156), WHITE)):
        cv2.rectangle(frame, (left, top), (right, bottom), fill, -1)
        cv2.rectangle(frame, (left, top), (right, bottom), (40, 40, 60), 4, cv2.LINE_AA)
    engine = KeyedMatte()
    (only,) = engine.cut_out([frame], engine.study([frame], None))
    assert (only.rgba[95:145, 95:145, 3] == 255).all()
    assert only.doubt >= 0.5
    assert "hole" in only.reason
