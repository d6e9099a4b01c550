"""Effects made of water: tears, sweat, bubbles."""

import math

import numpy as np

from popcon.engines.puppet.effects.palette import BLUE, ICE, INK, SKY, WHITE
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import ease, ease_out, lifetime, since, wave
from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import arc, ellipse, placed, trace
from popcon.media.vector.sprites import Sprite

_DROP = trace("M 0 -0.98 C 0.1 -0.6 0.66 -0.16 0.66 0.3 C 0.66 0.7 0.36 0.94 0 0.94 "
              "C -0.36 0.94 -0.66 0.7 -0.66 0.3 C -0.66 -0.16 -0.1 -0.6 0 -0.98 Z")[0]  # fmt: skip


def _paint_drop(canvas: Canvas, line: float) -> None:
    canvas.outlined(_DROP, BLUE, line, INK)
    canvas.fill(placed(_DROP, (-0.12, -0.1), 0.97), SKY, clip=_DROP)
    canvas.ribbon(arc((-0.04, 0.3), 0.34, 0.36, 120, 200, 14), np.linspace(0.12, 0.2, 14), WHITE)


DROP = Sprite("drop", _paint_drop)


def _tears(stage: Stage, t: float) -> None:
    for side, eye in zip((-1, 1), stage.anchors.eyes, strict=True):
        if side == stage.anchors.profile:
            continue  # in profile the one eye cries to the cheek's side
        for i in range(3):
            x = since(t, i / 3 + (0.0 if side < 0 else 0.13), 0.62)
            if x >= 1:
                continue
            luck = stage.dice(f"tear{side}{i}", 2)
            out, fall = (0.26 + 0.1 * luck[0]) * x, -(0.22 + 0.08 * luck[1]) * x + 0.78 * x * x
            speed = -(0.22 + 0.08 * luck[1]) + 1.56 * x
            turn = math.degrees(math.atan2(-side * (0.2 + 0.1 * luck[0]), abs(speed) + 0.35))
            at = stage.near(eye, side * (0.13 + out), 0.12 + fall)
            stage.place(DROP, at, 0.17, lifetime(x, 0.2, 0.22), turn if speed > 0 else turn * 0.6)
        well = 1 + 0.14 * wave(t, 3, 0.25 if side < 0 else 0.5)
        stage.place(DROP, stage.near(eye, side * 0.06, 0.115), 0.105, well, -8 * side, (1.1, 0.9))


tears = effect(
    "tears",
    ("tear", "teardrop", "crying", "cry", "sob", "weeping", "眼泪", "泪", "😢", "😭"),
    (INK, SKY, BLUE, WHITE),
    _tears,
)


def _sweat(stage: Stage, t: float) -> None:
    left, top, right, _ = stage.anchors.box
    brow = (stage.anchors.crown[1] + stage.anchors.face[1]) / 2
    edge = stage.anchors.face[0] + 0.36 * (right - left)
    for start, size, out in ((0.9, 0.25, 0.0), (0.4, 0.18, 0.11)):
        x = since(t, start, 0.82)
        slide = 0.17 * ease(x * 1.1)
        stretch = 1 + 0.12 * math.sin(math.pi * min(x * 1.1, 1.0)) * (x < 1)
        at = stage.near((edge, brow), 0.02 + out + 0.12 * slide, slide - 0.1)
        stage.place(DROP, at, size, lifetime(x, 0.14, 0.16), -12, (2 - stretch, stretch))
    for i, (angle, size) in enumerate(((-150, 0.15), (-112, 0.14))):
        x = since(t, 0.55 + 0.09 * i, 0.4)
        reach = 0.05 + 0.15 * ease_out(x)
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        at = stage.near((left + 0.22 * (right - left), top + 0.5 * (brow - top)), c * reach, s * reach + 0.1 * x * x)
        stage.place(DROP, at, size, lifetime(x, 0.22, 0.3), angle - 90)


sweat = effect(
    "sweat", ("sweat", "sweat drop", "sweating", "nervous drop", "汗", "💦", "😅"), (INK, SKY, BLUE, WHITE), _sweat
)


def _paint_bubble(canvas: Canvas, line: float) -> None:
    ball = ellipse((0, 0), 0.9)
    canvas.outlined(ball, SKY, line, INK)
    canvas.fill(ellipse((-0.1, -0.1), 0.86), ICE, clip=ball)
    canvas.ribbon(arc((0, 0), 0.56, 0.56, 195, 262, 16), np.concatenate([np.linspace(0.1, 0.2, 8)] * 2), WHITE)
    canvas.fill(ellipse((0.4, 0.42), 0.11), WHITE)


def _paint_burst(canvas: Canvas, line: float) -> None:
    for i in range(7):
        c, s = math.cos(2 * math.pi * i / 7 - 0.4), math.sin(2 * math.pi * i / 7 - 0.4)
        canvas.outlined_ribbon([(0.62 * c, 0.62 * s), (0.86 * c, 0.86 * s)], 0.16, ICE, line, INK)


BUBBLE = Sprite("bubble", _paint_bubble)
BURST = Sprite("burst", _paint_burst)


def _bubbles(stage: Stage, t: float) -> None:
    plan = ((0.06, 0.2), (0.03, 0.14), (0.1, 0.16), (0.02, 0.21), (0.11, 0.14), (0.0, 0.15))
    for i, (x, size) in enumerate(plan):
        hand, luck = i % 2, stage.dice(f"bubble{i}", 2)
        life = since(t, i / len(plan) + 0.05 * luck[0], 0.88)
        rise = 0.25 - (0.66 + 0.12 * luck[1]) * (0.6 * life + 0.4 * ease_out(life))
        at = stage.beside(hand, x + 0.035 * math.sin(2 * math.pi * (1.5 * life + luck[1])), rise)
        squash = 0.05 * wave(t, 3, luck[0])
        stage.place(BUBBLE, at, size, lifetime(life, 0.2, 0.05), stretch=(1 + squash, 1 - squash))
        after = since(life if life < 1 else 0.0, 0.945, 0.055) if life < 1 else 2.0
        if 0 < after < 1:
            stage.place(BURST, at, size, math.sin(math.pi * after) ** 0.5 * (0.8 + 0.5 * after))


bubbles = effect("bubbles", ("bubble", "soap bubble", "soap", "泡泡", "气泡"), (INK, SKY, ICE, WHITE), _bubbles)
