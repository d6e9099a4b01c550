"""The framing check on drawings that are right, and wrong in each way that it names."""

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from dashscope_double.media import picture_of

from popcon.actions.choose import action
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import PuppetImage
from popcon.media.pictures.framing import check_framing
from popcon.media.pictures.png import decode_png

BACKDROP = "#00d45a"


def drawn(what: str = "") -> Any:
    return decode_png(picture_of(f"on {BACKDROP}", [], 480, what), 3)


def test_a_good_picture_passes_and_its_body_is_measured() -> None:
    framing = check_framing(drawn(), BACKDROP)
    assert framing.problems == ()
    assert framing.body is not None
    assert framing.backdrop == BACKDROP
    assert (framing.body.top, framing.body.bottom) == pytest.approx((0.19, 0.91), abs=0.01)
    assert (framing.body.left, framing.body.right) == pytest.approx((0.30, 0.70), abs=0.01)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("two", "There are 2 figures instead of one."),
        ("cut", "cut by the lower border: its feet are not in the picture"),
        ("shaded", "a shadow, a floor or a gradient"),
        ("empty", "There is no figure to be seen."),
    ],
)
def test_each_fault_is_named(what: str, says: str) -> None:
    framing = check_framing(drawn(what), BACKDROP)
    assert any(says in problem for problem in framing.problems)
    assert len(framing.problems) == 1


def test_a_figure_off_each_side_is_cut_there() -> None:
    for shift, name in (((-200, 0), "left"), ((200, 0), "right"), ((0, -150), "upper")):
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        picture = cv2.warpAffine(drawn(), move, (480, 480), borderValue=(0, 212, 90))
        assert check_framing(np.asarray(picture, np.uint8), BACKDROP).problems == (
            f"The figure is cut by the {name} border.",
        )


def test_a_busy_backdrop_and_a_wrong_one_are_named() -> None:
    noisy = np.random.default_rng(3).integers(0, 255, (480, 480, 3)).astype(np.uint8)
    assert "The backdrop is not one flat colour along the border." in check_framing(noisy, BACKDROP).problems
    assert check_framing(drawn(), "#f020f0").problems == ("The backdrop came out as #00d45a instead of #f020f0.",)


def test_effects_beside_the_figure_are_not_figures_and_compression_is_no_shading() -> None:
    picture = drawn()
    for x in (60, 90, 400):
        cv2.circle(picture, (x, 90), 14, (255, 240, 60), -1, cv2.LINE_AA)
    ok, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert ok
    compressed = np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
    assert check_framing(compressed, BACKDROP).problems == ()


@pytest.mark.parametrize("name", ["wave", "jump", "cheer", "cry"])
def test_start_frames_with_arms_and_effects_in_the_air_pass(name: str) -> None:
    preset = action(name)
    shot = Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop="#f020f0", side=480)
    picture = decode_png(picture_of("on #000000", [], 300), 3)
    figure = np.dstack([picture, np.where(picture.any(axis=2), 255, 0).astype(np.uint8)])
    frame, _ = PuppetImage().draw_start_frame(figure, shot)
    assert check_framing(frame, "#f020f0").problems == ()
