"""A limb by its joint and its tip, on layered art whose limbs are known."""

import cv2
import numpy as np
import pytest

from popcon.engines.puppet.limb_mask import limb_mask
from popcon.engines.puppet.marked import limb_between
from popcon.errors import BadInput
from popcon.models.rig import Point
from popcon.pixels import Mask, Rgba
from tests.popcon.engines.puppet.figures import ball, over

SIDE = 300
INK, FUR, SHADE = (50, 30, 40, 255), (236, 180, 110, 255), (215, 155, 85, 255)
ELBOW = np.array([[95, 180], [85, 225], [150, 255]], np.int32)


def body(line: bool) -> Rgba:
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    if line:
        cv2.circle(picture, (150, 160), 124, INK, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, (150, 160), 118, FUR, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, (150, 210), 45, (255, 235, 210, 255), cv2.FILLED, cv2.LINE_AA)
    return picture


def arm(points: np.ndarray, colour: tuple[int, int, int, int], line: bool) -> Rgba:
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    if line:
        cv2.polylines(picture, [points], False, INK, 34, cv2.LINE_AA)
    cv2.polylines(picture, [points], False, colour, 24, cv2.LINE_AA)
    return picture


def overlap(found: Mask | None, truth: np.ndarray) -> float:
    assert found is not None
    return float(((found > 0) & truth).sum() / ((found > 0) | truth).sum())


@pytest.mark.parametrize(
    ("colour", "line"), [(FUR, True), (SHADE, False)], ids=["of the body's colour, outlined", "a shade darker"]
)
def test_an_arm_with_an_elbow_over_the_body_is_bounded_by_its_own_lines(
    colour: tuple[int, int, int, int], line: bool
) -> None:
    layer = arm(ELBOW, colour, line)
    found = limb_mask(over(body(line), layer), (96, 185), (142, 252))
    assert overlap(found, layer[..., 3] > 127) > 0.88


def test_an_arm_without_lines_is_cut_straight_across_its_joint() -> None:
    points = np.array([[200, 150], [285, 100]], np.int32)
    picture = over(body(line=False), arm(points, FUR, line=False))
    found = limb_mask(picture, (255, 118), (283, 102))
    outside = (picture[..., 3] > 127) & (np.hypot(*(np.mgrid[0:SIDE, 0:SIDE] - np.array([[[160]], [[150]]]))) > 122)
    assert overlap(found, outside) > 0.75
    assert found is not None
    assert not found[140:, :230].any()


def test_two_points_in_pixels_of_the_picture_make_a_limb_of_the_record() -> None:
    layer = arm(ELBOW, FUR, line=True)
    picture = over(body(line=True), layer)
    joint, tip = Point(x=2 * 96 + 10, y=2 * 185 + 20), Point(x=2 * 142 + 10, y=2 * 252 + 20)
    limb = limb_between(picture, (10, 20, 610, 620), "arm_left", joint, tip)
    drawn = np.zeros((SIDE, SIDE), np.uint8)
    corners = [((at.x - 10) / 2, (at.y - 20) / 2) for at in limb.outline]
    cv2.fillPoly(drawn, [np.rint(corners).astype(np.int32)], 255)
    assert overlap(drawn, layer[..., 3] > 127) > 0.88
    assert (limb.pivot, limb.tip) == (joint, tip)
    assert len(limb.outline) <= 400


@pytest.mark.parametrize(
    ("joint", "tip", "says"),
    [((2, 2), (120, 150), "The point 2, 2 is not on"), ((120, 150), (238, 2), "The point 238, 2 is not on"),
     ((120, 120), (121, 121), "No limb lies between")],
)  # fmt: skip
def test_points_that_mark_no_limb_are_refused(joint: tuple[float, float], tip: tuple[float, float], says: str) -> None:
    places = [Point(x=x, y=y) for x, y in (joint, tip)]
    with pytest.raises(BadInput, match=says):
        limb_between(ball(240), (0, 0, 240, 240), "arm_left", *places)


def test_a_limb_that_is_nearly_everything_is_refused() -> None:
    everything = np.full((240, 240), 255, np.uint8)
    with pytest.raises(BadInput, match="nearly the whole character"):
        limb_between(ball(240), (0, 0, 240, 240), "other", Point(x=120, y=60), Point(x=120, y=200), everything)
