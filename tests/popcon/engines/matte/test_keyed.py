import json
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.base import Cutout, MatteClip
from popcon.engines.matte import quality
from popcon.engines.matte.keyed import KeyedMatte
from popcon.errors import BackdropNotFlat, BadClip
from tests.popcon.engines.matte.drawings import Colour, Drawn, draw, encode

GREEN: Colour = (20, 220, 60)
WHITE: Colour = (254, 254, 254)


def cut(frames: NDArray[np.uint8], backdrop: str | None = None) -> list[Cutout]:
    engine = KeyedMatte()
    return engine.cut_out(list(frames), engine.study(iter(frames), backdrop))


def stack(cutouts: list[Cutout]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    rgba = np.stack([c.rgba for c in cutouts])
    return rgba, rgba[..., 3].astype(np.float32) / 255


def good_enough(clip: Drawn, cutouts: list[Cutout]) -> bool:
    """The quality that a pack needs, for clips of 240x240: half the side, so twice the rim of the product's frames."""
    rgba, alpha = stack(cutouts)
    return (
        quality.mad(alpha, clip.alpha) < 3e-3
        and quality.dtssd(alpha, clip.alpha) < 3e-2
        and quality.effects_kept(alpha, clip.effect) > 0.98
        and quality.rim_colour_error(rgba, clip.alpha, clip.premultiplied) < 0.022
    )


@pytest.mark.parametrize("backdrop", [GREEN, (225, 30, 215), (30, 60, 230), (0, 255, 0)])
def test_cuts_out_on_saturated_backdrops(backdrop: Colour) -> None:
    clip = draw(backdrop)
    assert good_enough(clip, cut(clip.frames))


def test_a_character_on_the_wrong_backdrop_fails_the_quality_test() -> None:
    yellow = draw((250, 205, 50), skin=(255, 214, 60))
    assert not good_enough(yellow, cut(yellow.frames))
    white = draw(WHITE, skin=(255, 255, 255), outline=(250, 250, 250))
    assert not good_enough(white, cut(white.frames))


def test_rims_keep_nothing_of_the_backdrop() -> None:
    clip = draw(GREEN, skin=(230, 230, 235), outline=(230, 230, 235), sparks=False)
    rgba, alpha = stack(cut(clip.frames))
    rim = (alpha > 0.1) & (alpha < 0.9)
    r, g, b = (rgba[..., k][rim].astype(int) for k in range(3))
    assert rim.sum() > 500
    assert np.mean(g - (r + b) / 2) < 12


def test_far_from_the_rim_alpha_is_exact_and_empty_pixels_have_no_colour() -> None:
    clip = draw(GREEN)
    rgba, _ = stack(cut(clip.frames))
    for got, true in zip(rgba, clip.alpha, strict=True):
        near = cv2.dilate(((true > 0) & (true < 1)).astype(np.uint8), np.ones((17, 17))) > 0
        assert set(np.unique(got[..., 3][~near & (true == 0)])) == {0}
        assert set(np.unique(got[..., 3][~near & (true == 1)])) == {255}
        assert not got[got[..., 3] == 0].any()


def test_chunks_meet_without_a_step() -> None:
    clip = draw(GREEN, count=7)
    engine = KeyedMatte()
    known = engine.study(clip.frames, None)
    whole = engine.cut_out(list(clip.frames), known)
    parts = []
    for i in range(0, 7, 3):
        before = clip.frames[i - 1] if i else None
        after = clip.frames[i + 3] if i + 3 < 7 else None
        parts += engine.cut_out(list(clip.frames[i : i + 3]), known, before, after)
    for one, other in zip(whole, parts, strict=True):
        assert np.array_equal(one.rgba, other.rgba)
        assert (one.doubt, one.reason) == (other.doubt, other.reason)


def test_deterministic_from_several_threads_and_after_json() -> None:
    clip = draw(GREEN, count=3)
    engine = KeyedMatte()
    known = engine.study(clip.frames, None)
    again = MatteClip.model_validate(json.loads(json.dumps(known.model_dump(mode="json"))))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda k: engine.cut_out(list(clip.frames), k), [known, again, known, again]))
    for other in results[1:]:
        assert all(np.array_equal(a.rgba, b.rgba) for a, b in zip(results[0], other, strict=True))


def test_input_frames_stay_as_they_are() -> None:
    clip = draw(GREEN, count=3)
    given = clip.frames.copy()
    cut(clip.frames)
    assert np.array_equal(given, clip.frames)


def test_study_takes_the_backdrop_it_was_told_and_measures_it() -> None:
    clip = draw(GREEN)
    known = KeyedMatte().study(clip.frames, "#14dc3c")
    measured = [int(known.backdrop[i : i + 2], 16) for i in (1, 3, 5)]
    assert max(abs(a - b) for a, b in zip(measured, GREEN, strict=True)) <= 3
    with pytest.raises(BackdropNotFlat, match=r"#ff00ff.*birefnet"):
        KeyedMatte().study(clip.frames, "#ff00ff")


def test_a_picture_on_no_flat_backdrop_is_refused_with_what_to_use() -> None:
    r = np.random.default_rng(2)
    texture = cv2.resize(r.integers(0, 255, (12, 12, 3)).astype(np.uint8), (200, 160), interpolation=cv2.INTER_CUBIC)
    ramp = np.repeat(np.linspace(20, 230, 200).astype(np.uint8)[None, :, None], 160, 0).repeat(3, 2)
    for picture in (texture, ramp):
        with pytest.raises(BackdropNotFlat, match="birefnet"):
            KeyedMatte().study([picture], None)


def test_refuses_no_frames_and_mixed_sizes() -> None:
    engine = KeyedMatte()
    with pytest.raises(BadClip, match="no frames"):
        engine.study([], None)
    small, large = (np.full((n, n, 3), GREEN, np.uint8) for n in (64, 80))
    with pytest.raises(BadClip, match="64x64 and 80x80"):
        engine.study([small, large], None)
    known = engine.study([small], None)
    with pytest.raises(BadClip, match="one size"):
        engine.cut_out([small, large], known)
    assert engine.cut_out([], known) == []


def test_one_frame_of_backdrop_alone_is_empty_and_says_so() -> None:
    frame = np.full((90, 120, 3), GREEN, np.uint8)
    (only,) = cut(frame[None])
    assert not only.rgba.any()
    assert only.doubt == 1
    assert "nothing" in only.reason


def test_odd_sizes_and_shifted_colour_blocks() -> None:
    clip = draw(GREEN, count=3)
    for top, left, bottom, right in ((1, 0, 0, 0), (0, 1, 0, 1), (3, 5, 2, 0)):
        box = slice(top, 240 - bottom), slice(left, 240 - right)
        part = np.ascontiguousarray(clip.frames[:, box[0], box[1]])
        _, alpha = stack(cut(part))
        assert alpha.shape == part.shape[:3]
        assert quality.mad(alpha, clip.alpha[:, box[0], box[1]]) < 3e-3


def test_frames_without_codec_and_with_interpolated_colour() -> None:
    raw = draw(GREEN, count=3, crf=None)
    _, alpha = stack(cut(raw.frames))
    assert quality.mad(alpha, raw.alpha) < 3e-3
    coded = draw(GREEN, count=3)
    half = np.stack([cv2.resize(f, (180, 180), interpolation=cv2.INTER_AREA) for f in coded.frames])
    _, alpha = stack(cut(half))
    truth = np.stack([cv2.resize(a, (180, 180), interpolation=cv2.INTER_AREA) for a in coded.alpha])
    assert quality.mad(alpha, truth) < 6e-3


def test_a_character_that_touches_the_border() -> None:
    clip = draw(GREEN, count=3, shift=(-0.15, 0.25), sparks=False)
    assert clip.alpha[:, -1].max() == 1
    rgba, alpha = stack(cut(clip.frames))
    assert quality.mad(alpha, clip.alpha) < 3e-3
    assert (rgba[:, -1, :, 3].max(1) == 255).all()


def test_a_backdrop_that_drifts_over_the_frame() -> None:
    clip = draw(GREEN, count=4, crf=None)
    fall = np.linspace(0, 16, 240, dtype=np.float32)[None, :, None, None] * (1 - clip.alpha[..., None])
    frames = encode(np.clip(clip.frames - fall, 0, 255).astype(np.uint8), 18)
    _, alpha = stack(cut(frames))
    assert quality.mad(alpha, clip.alpha) < 3e-3


def test_holes_on_a_saturated_backdrop_are_open() -> None:
    clip = draw(GREEN, count=1, sparks=False)
    _, alpha = stack(cut(clip.frames))
    hole = clip.alpha[0][100:160, 36:70] == 0
    assert hole.sum() > 300
    assert alpha[0][100:160, 36:70][hole].mean() < 0.02
