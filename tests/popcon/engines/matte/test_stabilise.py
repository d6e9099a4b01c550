import numpy as np

from popcon.engines.matte import quality
from popcon.engines.matte.keyed import KeyedMatte
from tests.popcon.engines.matte.drawings import Colour, draw

GREEN: Colour = (20, 220, 60)


def alphas(frames: np.ndarray) -> np.ndarray:
    engine = KeyedMatte()
    return np.stack([c.rgba[..., 3] for c in engine.cut_out(list(frames), engine.study(frames, None))])


def test_unmoved_parts_do_not_flicker() -> None:
    clip = draw(GREEN, count=6, still=True, crf=None, noise=0)
    noisy = np.clip(clip.frames + np.random.default_rng(3).normal(0, 1.2, clip.frames.shape), 0, 255).astype(np.uint8)
    steady = alphas(noisy).astype(np.float32) / 255
    engine = KeyedMatte()
    known = engine.study(noisy, None)
    single = np.stack([engine.cut_out([f], known)[0].rgba[..., 3] for f in noisy]).astype(np.float32) / 255
    assert quality.dtssd(steady, clip.alpha) < 0.012
    assert quality.dtssd(steady, clip.alpha) < 0.8 * quality.dtssd(single, clip.alpha)


def test_a_speck_of_one_frame_goes_and_a_spark_that_flies_stays() -> None:
    frames = np.tile(np.array(GREEN, np.uint8), (5, 120, 160, 1))
    frames[:, 40:90, 60:110] = (250, 200, 60)
    frames[2, 20:23, 20:23] = (250, 240, 200)
    for i in range(5):
        frames[i, 100:103, 20 + 9 * i : 23 + 9 * i] = (255, 250, 240)
    alpha = alphas(frames)
    assert alpha[2, 16:28, 16:28].max() == 0
    for i in range(5):
        assert alpha[i, 100:103, 20 + 9 * i : 23 + 9 * i].mean() > 200


def test_faint_noise_leaves_nothing() -> None:
    r = np.random.default_rng(4)
    frames = np.tile(np.array(GREEN, np.uint8), (4, 120, 160, 1))
    frames[:, 40:90, 60:110] = (250, 200, 60)
    for f in frames:
        for y, x in zip(r.integers(0, 30, 12), r.integers(0, 160, 12), strict=True):
            f[y, x] = (32, 205, 74)
    assert alphas(frames)[:, :30].max() == 0
