"""Faults of takes, each drawn into a clip that has none; what is wrong is compared with the start frame."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from popcon.media.clips.encode import encode_mp4
from popcon.media.clips.take_check import check_take
from popcon.pixels import Rgb

SIDE, COUNT = 200, 40
GREEN = (0, 212, 90)
Frame = Callable[[int], Rgb]


def figure(number: int, at: float = 0.5, colour: tuple[int, int, int] = (250, 200, 80)) -> Rgb:
    """A ball on the backdrop with eyes, which bobs."""
    frame = np.full((SIDE, SIDE, 3), GREEN, np.uint8)
    y = round(SIDE * (0.55 + 0.06 * np.sin(2 * np.pi * number / COUNT)))
    x = round(SIDE * at)
    cv2.ellipse(frame, (x, y), (44, 60), 0, 0, 360, colour, -1, cv2.LINE_AA)
    for side in (-16, 16):
        cv2.circle(frame, (x + side, y - 15), 7, (40, 30, 30), -1, cv2.LINE_AA)
    return frame


def two(number: int) -> Rgb:
    left, right = figure(number, 0.25), figure(number, 0.77)
    return np.where((right != GREEN).any(axis=-1, keepdims=True), right, left).astype(np.uint8)


def another_backdrop(number: int) -> Rgb:
    frame = figure(number)
    if number > 8:
        frame[(frame == GREEN).all(axis=-1)] = (230, 60, 60)
    return frame


def another_scene(number: int) -> Rgb:
    if number < 20:
        return figure(number)
    frame = np.full((SIDE, SIDE, 3), GREEN, np.uint8)
    cv2.rectangle(frame, (12, 120), (188, 188), (60, 60, 220), -1)
    return frame


def watermark(number: int) -> Rgb:
    frame = figure(number)
    cv2.putText(frame, "AI video", (112, 192), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 2, cv2.LINE_AA)
    return frame


def gone(number: int) -> Rgb:
    return figure(number) if number < 15 else np.full((SIDE, SIDE, 3), GREEN, np.uint8)


def drifts_out(number: int) -> Rgb:
    return figure(number, 0.5 + 0.42 * min(1, number / 12))


def fades_to_blue(number: int) -> Rgb:
    share = min(1.0, number / 15)
    return figure(number, colour=(round(250 - 190 * share), round(200 - 120 * share), round(80 + 150 * share)))


def checked(frame: Frame) -> tuple[str, ...]:
    return check_take(encode_mp4((frame(number) for number in range(COUNT)), 30, crf=24), figure(0))


def test_a_good_take_has_no_problems() -> None:
    assert checked(figure) == ()


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (lambda _: figure(0), "Nothing moves"),
        (two, "There are 2 figures instead of 1"),
        (another_backdrop, "The backdrop changes its colour"),
        (another_scene, "The scene is cut"),
        (watermark, "text or a watermark"),
        (gone, "The character leaves the picture"),
        (drifts_out, "cut by the right border"),
        (fades_to_blue, "not the one of the start frame"),
    ],
    ids=["still", "two", "backdrop", "cut", "watermark", "gone", "border", "identity"],
)
def test_each_fault_is_named(frame: Frame, says: str) -> None:
    assert any(says in each for each in checked(frame)), checked(frame)


def test_two_heads_in_the_start_frame_are_no_fault() -> None:
    data = encode_mp4((two(number) for number in range(COUNT)), 30, crf=24)
    assert check_take(data, two(0)) == ()
