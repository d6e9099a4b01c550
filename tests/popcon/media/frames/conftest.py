"""Small drawn clips whose motion is known."""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from popcon.pixels import Rgb

BACKDROP = (0, 212, 90)


def draw(x: float, y: float, blink: float = 0.0, side: int = 120) -> Rgb:
    """A round figure whose arm points to (x, y) in -1..1; sub-pixel exact."""
    scale, shift = side / 120, 4
    big = np.full((side, side, 3), BACKDROP, np.uint8)

    def at(px: float, py: float) -> tuple[int, int]:
        return round(px * scale * 2**shift), round(py * scale * 2**shift)

    cv2.circle(big, at(60 + 4 * x, 70), round(30 * scale * 2**shift), (240, 160, 60), -1, cv2.LINE_AA, shift)
    cv2.line(big, at(60, 70), at(60 + 45 * x, 40 - 25 * y), (40, 30, 30), max(1, round(5 * scale)), cv2.LINE_AA, shift)
    cv2.circle(big, at(60 + 45 * x, 40 - 25 * y), round(9 * scale * 2**shift), (250, 250, 250), -1, cv2.LINE_AA, shift)
    if blink > 0:
        cv2.circle(big, at(60, 75), round(8 * blink * scale * 2**shift), (20, 20, 20), -1, cv2.LINE_AA, shift)
    return big


@pytest.fixture
def clip_of() -> Callable[[Sequence[tuple[float, float]]], list[Rgb]]:
    """Draws a clip from the arm's path, with noise such as a codec leaves."""

    def make(path: Sequence[tuple[float, float]], noise: float = 1.5) -> list[Rgb]:
        random = np.random.default_rng(7)
        return [np.clip(draw(x, y) + random.normal(0, noise, (120, 120, 3)), 0, 255).astype(np.uint8) for x, y in path]

    return make


def turn(frames: int, period: float, phase: float = 0.0, drift: float = 0.0) -> list[tuple[float, float]]:
    """A path that comes round every `period` frames."""
    return [
        (
            math.sin(2 * math.pi * (i / period + phase)) * 0.8 + drift * i / frames,
            math.cos(2 * math.pi * (i / period + phase)) * 0.8,
        )
        for i in range(frames)
    ]


@pytest.fixture
def circle() -> Callable[..., list[tuple[float, float]]]:
    """`circle(frames, period, phase=0, drift=0)`: a path that comes round every `period` frames."""
    return turn


@pytest.fixture
def drifting() -> list[Rgb]:
    """A turning arm whose figure has grown a small patch by the time it comes round."""
    return [draw(x, y, blink=0.6 * at / 60) for at, (x, y) in enumerate(turn(60, 60, 0.25))]
