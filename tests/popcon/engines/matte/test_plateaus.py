import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from popcon.engines.matte.keyed import KeyedMatte
from tests.popcon.engines.matte.drawings import Colour, encode

BLUE: Colour = (30, 60, 220)
SIDE = 160


def cut(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    engine = KeyedMatte()
    return np.stack([each.rgba for each in engine.cut_out(list(frames), engine.study(iter(frames), None))])


def scene(backdrop: Colour, count: int = 3) -> NDArray[np.uint8]:
    """A yellow character alone."""
    frames = np.tile(np.array(backdrop, np.uint8), (count, SIDE, SIDE, 1))
    for i, frame in enumerate(frames):
        cv2.circle(frame, (80 + i, 90), 36, (250, 205, 60), -1, cv2.LINE_AA)
    return frames


@pytest.mark.parametrize(
    ("backdrop", "spark"),
    [
        (BLUE, (70, 130, 255)),
        ((225, 30, 200), (255, 110, 200)),
        ((20, 215, 60), (150, 235, 60)),
    ],
)
def test_a_flat_spark_near_the_backdrop_is_opaque_and_keeps_its_colour(backdrop: Colour, spark: Colour) -> None:
    frames = scene(backdrop)
    for i, frame in enumerate(frames):
        cv2.circle(frame, (24 + 5 * i, 26), 6, spark, -1, cv2.LINE_AA)
    rgba = cut(encode(frames, 20))
    for i, frame in enumerate(rgba):
        inside = frame[24:29, 22 + 5 * i : 27 + 5 * i].reshape(-1, 4).astype(float)
        assert inside[:, 3].min() > 250
        assert np.abs(inside[:, :3].mean(0) - spark).max() < 14
        assert frame[10:16, 10:50, 3].max() == 0


def test_steam_stays_see_through() -> None:
    frames = scene(BLUE)
    y, x = np.mgrid[:SIDE, :SIDE]
    puff = (0.6 * np.exp(-((x - 28) ** 2 + (y - 28) ** 2) / (2 * 7.0**2)))[..., None]
    frames = np.rint(frames * (1 - puff) + 255 * puff).astype(np.uint8)
    alpha = cut(encode(frames, 20))[..., 3]
    assert 100 < alpha[:, 26:31, 26:31].mean() < 190


def test_a_grey_spark_on_white_is_no_shadow() -> None:
    frames = scene((253, 253, 253))
    for i, frame in enumerate(frames):
        cv2.circle(frame, (24 + 5 * i, 26), 6, (205, 205, 210), -1, cv2.LINE_AA)
    for i, frame in enumerate(cut(encode(frames, 20))):
        inside = frame[24:29, 22 + 5 * i : 27 + 5 * i].reshape(-1, 4).astype(float)
        assert inside[:, 3].min() > 240
        assert np.abs(inside[:, :3].mean(0) - (205, 205, 210)).max() < 14


def test_a_small_soft_shadow_on_white_goes() -> None:
    frames = scene((253, 253, 253))
    y, x = np.mgrid[:SIDE, :SIDE]
    dark = (0.3 * np.exp(-((x - 26) ** 2 + (y - 26) ** 2) / (2 * 6.0**2)))[..., None]
    alpha = cut(encode(np.rint(frames * (1 - dark)).astype(np.uint8), 20))[..., 3]
    assert alpha[:, :44, :44].max() == 0


def test_a_flat_spark_beside_the_outline_is_opaque() -> None:
    frames = scene(BLUE)
    for frame in frames:
        cv2.circle(frame, (40, 60), 6, (90, 60, 230), -1, cv2.LINE_AA)
    alpha = cut(encode(frames, 23))[..., 3]
    assert alpha[:, 58:63, 38:43].min() > 240


@pytest.mark.parametrize("backdrop", [BLUE, (225, 30, 200), (20, 215, 60)])
def test_a_dark_grey_line_stays_grey(backdrop: Colour) -> None:
    frames = scene(backdrop)
    for frame in frames:
        cv2.line(frame, (14, 40), (36, 16), (62, 62, 66), 2, cv2.LINE_AA)
    rgba = cut(encode(frames, 23))[:, 10:46, 8:42].reshape(-1, 4).astype(float)
    mean = (rgba[:, :3] * rgba[:, 3:]).sum(0) / rgba[:, 3].sum()
    assert np.ptp(mean) < 8
