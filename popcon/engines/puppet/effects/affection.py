"""Effects of affection: hearts that float up, blushing cheeks."""

import math

import numpy as np

from popcon.engines.puppet.effects.palette import CORAL, CRIMSON, INK, ROSE, WHITE
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import ease_out, lifetime, since, wave
from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import arc, ellipse, placed, trace
from popcon.media.vector.sprites import Sprite

_HEART = trace("M 0 0.86 C -0.42 0.52 -0.92 0.2 -0.92 -0.3 C -0.92 -0.86 -0.24 -1.02 0 -0.46 "
               "C 0.24 -1.02 0.92 -0.86 0.92 -0.3 C 0.92 0.2 0.42 0.52 0 0.86 Z")[0]  # fmt: skip


def _paint_heart(canvas: Canvas, line: float) -> None:
    canvas.outlined(_HEART, CRIMSON, line, INK)
    canvas.fill(placed(_HEART, (-0.1, -0.12), 0.96), CORAL, clip=_HEART)
    canvas.ribbon(arc((-0.42, -0.3), 0.27, 0.3, 185, 275, 14), np.linspace(0.14, 0.2, 14), WHITE)


HEART = Sprite("heart", _paint_heart)


def _hearts(stage: Stage, t: float) -> None:
    plan = (
        (0.02, 0.66, 0.24),
        (0.08, 0.56, 0.21),
        (-0.04, 0.6, 0.2),
        (0.1, 0.64, 0.25),
        (0.06, 0.62, 0.22),
        (0.0, 0.58, 0.19),
    )
    for i, (x, height, size) in enumerate(plan):
        hand, luck = i % 2, stage.dice(f"heart{i}", 2)
        x_of_life = since(t, i / 6 + 0.03 * luck[0], 0.8)
        rise = 0.75 * ease_out(x_of_life) + 0.25 * x_of_life
        sway = math.sin(2 * math.pi * (1.1 * x_of_life + luck[1])) * 0.04 * (0.4 + x_of_life)
        at = stage.beside(hand, x + sway * (1 if hand else -1), 0.08 - height * rise)
        turn = (14 if hand else -14) * math.cos(2 * math.pi * (1.1 * x_of_life + luck[1]))
        beat = 1 + 0.06 * wave(t, 4, i / 5)
        stage.place(HEART, at, size, lifetime(x_of_life, 0.18, 0.2) * beat, turn)


hearts = effect(
    "hearts",
    ("heart", "love heart", "affection", "kiss", "爱心", "❤", "♥", "💕"),
    (INK, CORAL, CRIMSON, WHITE),
    _hearts,
    True,
)


def _paint_cheek(canvas: Canvas, line: float) -> None:
    canvas.fill(ellipse((0, 0), 0.98, 0.6), ROSE)
    for x in (-0.42, 0.0, 0.42):
        canvas.ribbon([(x + 0.13, -0.26), (x - 0.13, 0.26)], 0.15, CRIMSON)


CHEEK = Sprite("cheek", _paint_cheek)


def _blush(stage: Stage, t: float) -> None:
    (left, right), mouth = stage.anchors.eyes, stage.anchors.mouth
    drop = 0.62 * (mouth[1] - (left[1] + right[1]) / 2)
    apart = abs(right[0] - left[0])
    reach = max(0.32 * apart, 0.05 * stage.unit)
    size = 0.15
    if not stage.anchors.profile:
        # Beside a small face of a large body a cheek is small, too.
        reach, size = min(reach, 0.6 * apart), min(size, max(0.03, 0.55 * apart / stage.unit))
    # Eyes may stand on top of a head, farther apart than its cheeks.
    farthest = 0.36 * (stage.anchors.box[2] - stage.anchors.box[0])
    for side, eye in ((-1, left), (1, right)):
        if side == stage.anchors.profile:
            continue
        glow = 1 + 0.1 * wave(t, 2, 0.05 * side)
        out = min(side * (eye[0] - stage.anchors.face[0]) + reach, farthest)
        stage.place(
            CHEEK, (stage.anchors.face[0] + side * out, eye[1] + drop), size, glow, stretch=(1.0, 0.9 + 0.1 * glow)
        )


blush = effect("blush", ("blush", "blushing", "rosy cheek", "red cheek", "脸红", "腮红"), (ROSE, CRIMSON), _blush)
