"""What is made of a model's alpha: agreement with unmixing, steadiness, clean colours."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.fuse import fuse
from popcon.engines.matte.keyed import KeyedMatte
from popcon.engines.matte.modelled import ModelledMatte
from popcon.engines.matte.quality import effects_kept, mad, rim_colour_error
from popcon.engines.matte.rescue import Rescued
from popcon.engines.matte.stabilise_alpha import steadied, still
from popcon.media.pictures.foreground import clean_colours
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Mask, Rgb
from tests.cutout_set import make_clip
from tests.rescue_scenes import model_alpha

Bytes = NDArray[np.uint8]
PRINT = EngineFingerprint(name="simulated", version="1")


class Simulated:
    """A model that says what it was told to say about each frame."""

    def __init__(self, frames: Sequence[Rgb], alphas: Sequence[Mask]) -> None:
        self.said = {frame.tobytes(): alpha for frame, alpha in zip(frames, alphas, strict=True)}

    @property
    def key(self) -> int:
        return id(self)

    def ready(self) -> None: ...

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        return [self.said[frame.tobytes()] for frame in frames]


def _float(values: Bytes | Sequence[Bytes]) -> NDArray[np.float32]:
    return np.asarray(np.asarray(values) / 255, np.float32)


def test_on_a_flat_backdrop_a_vague_lossy_model_costs_nothing() -> None:
    clip = make_clip(611, "green", side=320, count=3)
    frames = list(clip.frames)
    vague = [
        np.asarray(cv2.GaussianBlur(model_alpha(a, e, halo=True), (0, 0), 1.5), np.uint8)
        for a, e in zip(clip.alpha, clip.effect, strict=True)
    ]
    assert mad(_float(vague), clip.alpha) > 0.005
    engine = ModelledMatte(PRINT, Simulated(frames, vague))
    hint = "#{:02x}{:02x}{:02x}".format(*clip.backdrop)
    made = np.stack([cut.rgba for cut in engine.cut_out(frames, engine.study(frames, hint))])
    keyed = KeyedMatte()
    alone = np.stack([cut.rgba for cut in keyed.cut_out(frames, keyed.study(frames, hint))])
    assert mad(_float(made[..., 3]), clip.alpha) <= 1.05 * mad(_float(alone[..., 3]), clip.alpha)
    assert effects_kept(_float(made[..., 3]), clip.effect) >= 0.97
    assert rim_colour_error(made, clip.alpha, clip.premultiplied) <= 1.05 * rim_colour_error(
        alone, clip.alpha, clip.premultiplied
    )


def _scene(backdrop_colour: tuple[int, int, int], belly: tuple[int, int, int]) -> tuple[Bytes, Bytes]:
    """A dark ring-shaped body around a belly of 60 px, and the alpha of a model that is sure of both."""
    frame = np.full((160, 160, 3), backdrop_colour, np.uint8)
    alpha = np.zeros((160, 160), np.uint8)
    cv2.circle(frame, (80, 80), 50, (60, 40, 90), -1, cv2.LINE_AA)
    cv2.circle(frame, (80, 80), 30, belly, -1, cv2.LINE_AA)
    cv2.circle(alpha, (80, 80), 50, 255, -1, cv2.LINE_AA)
    return frame, alpha


def _cut(frame: Bytes, alpha: Bytes, hint: str, rescue_effects: bool = True) -> Bytes:
    engine = ModelledMatte(PRINT, Simulated([frame], [alpha]), rescue_effects)
    return engine.cut_out([frame], engine.study([frame], hint))[0].rgba


def test_the_model_repairs_white_on_white_and_backdrop_shows_through_a_hole() -> None:
    white, alpha = _scene((252, 252, 252), (252, 252, 252))
    assert _cut(white, alpha, "#fcfcfc")[80, 80].tolist() == [252, 252, 252, 255]
    green, alpha = _scene((20, 200, 60), (20, 200, 60))
    assert _cut(green, alpha, "#14c83c")[80, 80, 3] == 0


def test_the_model_repairs_what_is_tinted_like_the_backdrop() -> None:
    frame, alpha = _scene((20, 200, 60), (90, 190, 80))
    unmixed = np.dstack([frame, alpha])
    unmixed[60:100, 60:100] = (200, 150, 100, 140)  # as unmixing would have it, half backdrop
    nothing = Rescued(alpha, np.zeros(0, np.intp), np.zeros((0, 3), np.uint8))
    assert fuse(frame, alpha, unmixed, nothing, saturated=True)[80, 80].tolist() == [90, 190, 80, 255]
    unsure = np.where(alpha > 200, 200, alpha).astype(np.uint8)
    assert fuse(frame, unsure, unmixed, nothing, saturated=True)[80, 80].tolist() == [200, 150, 100, 140]


def test_unmixing_keeps_what_the_model_lost_unless_effects_are_off() -> None:
    frame, alpha = _scene((20, 200, 60), (240, 240, 240))
    cv2.circle(frame, (20, 20), 6, (250, 220, 60), -1, cv2.LINE_AA)
    kept = _cut(frame, alpha, "#14c83c")[20, 20]
    assert kept[3] == 255
    assert np.abs(kept[:3].astype(int) - (250, 220, 60)).max() <= 16
    assert _cut(frame, alpha, "#14c83c", rescue_effects=False)[20, 20].tolist() == [0, 0, 0, 0]


def test_before_scenery_nothing_comes_back() -> None:
    """Peaks and clouds stand out as sparks do: without a known backdrop the model alone decides."""
    y, x = np.mgrid[:160, :160]
    frame = np.rint(np.stack([60 + 0.5 * x, 120 + 0.3 * y, 200 - 0.3 * x], -1)).astype(np.uint8)
    cv2.fillPoly(frame, [np.array([[10, 60], [30, 20], [50, 60]])], (240, 240, 250))
    alpha = np.zeros((160, 160), np.uint8)
    for each, ink in ((frame, (200, 40, 40)), (alpha, 255)):
        cv2.circle(each, (110, 110), 30, ink, -1, cv2.LINE_AA)
    engine = ModelledMatte(PRINT, Simulated([frame], [alpha]))
    clip = engine.study([frame], None)
    assert not clip.details["flat"]
    assert np.array_equal(engine.cut_out([frame], clip)[0].rgba[..., 3], alpha)


def test_doubt_where_nothing_or_everything_is_found() -> None:
    frame, alpha = _scene((20, 200, 60), (240, 240, 240))
    for said, reason in ((np.zeros_like(alpha), "nothing"), (alpha, "")):
        engine = ModelledMatte(PRINT, Simulated([frame], [said]), rescue_effects=False)
        cut = engine.cut_out([frame], engine.study([frame], "#14c83c"))[0]
        assert reason in cut.reason
        assert cut.doubt == (1.0 if reason else 0.0)


def test_one_flickering_frame_is_outvoted_where_nothing_moves() -> None:
    frames = [np.full((60, 60, 3), 90, np.uint8) for _ in range(3)]
    alphas = [np.full((60, 60), 200, np.uint8) for _ in range(3)]
    alphas[1][20:30, 20:30] = 0
    assert (steadied(frames, alphas, 1) == 200).all()
    frames[1][15:40, 15:40] = 200  # something moves there: the model is believed
    assert (steadied(frames, alphas, 1)[20:30, 20:30] == 0).all()
    assert steadied(frames[:1], alphas[:1], 0) is not alphas[0]


def test_still_bears_noise_but_not_movement() -> None:
    r = np.random.default_rng(3)
    frame = r.integers(40, 200, (80, 80, 3)).astype(np.int16)
    noisy = np.clip(frame + r.normal(0, 1.5, frame.shape), 0, 255).astype(np.uint8)
    same = still(frame.astype(np.uint8), noisy)
    assert same.mean() > 0.98
    noisy[30:34, 30:34] = 255 - noisy[30:34, 30:34]
    moved = still(frame.astype(np.uint8), noisy)
    assert moved[26:38, 26:38].max() == 0


def test_clean_colours_take_the_backdrop_out_of_a_soft_rim() -> None:
    y, x = np.mgrid[:200, :200]
    share = np.clip((60 - np.hypot(x - 100, y - 100)) / 12 + 0.5, 0, 1)[..., None]
    mixed = np.rint(share * (220, 40, 40) + (1 - share) * (30, 60, 220)).astype(np.uint8)
    alpha = np.rint(share[..., 0] * 255).astype(np.uint8)
    clean = clean_colours(mixed, alpha)
    soft = (alpha > 25) & (alpha < 255)
    before = np.abs(mixed[soft].astype(int) - (220, 40, 40)).mean()
    after = np.abs(clean[soft].astype(int) - (220, 40, 40)).mean()
    assert before > 40
    assert after < before / 3
    assert np.array_equal(clean[alpha == 255], mixed[alpha == 255])
    assert np.array_equal(clean_colours(mixed, np.full_like(alpha, 255)), mixed)
