"""Effects of bad moods: the vein of manga anger, steam, gloom."""

import math

import numpy as np

from popcon.engines.puppet.effects.palette import BLUE, CORAL, CRIMSON, ICE, INK, MIST, SLATE, WHITE
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import ease, ease_out, lifetime, since, wave
from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import placed, points, smooth, turned
from popcon.media.vector.sprites import Sprite

_VEIN = smooth([(0.2, -0.92), (0.22, -0.46), (0.3, -0.3), (0.46, -0.22), (0.92, -0.2)], False)


def _paint_vein(canvas: Canvas, line: float) -> None:
    arms = [turned(_VEIN, 90 * quarter) for quarter in range(4)]
    width = 0.13 + 0.16 * np.sin(np.linspace(0.15, 0.85, len(_VEIN)) * math.pi)
    for arm in arms:
        canvas.ribbon(arm, width + 2 * line, INK)
    for arm in arms:
        canvas.ribbon(arm, width, CRIMSON)
    for arm in arms:
        canvas.ribbon(arm - 0.03, width * 0.72, CORAL)


VEIN = Sprite("vein", _paint_vein)


def _thump(t: float, turns: int) -> float:
    """Return a heartbeat: up fast, down slowly, `turns` times in a loop; 0 to 1."""
    x = (t * turns) % 1.0
    return ease(x / 0.18) if x < 0.18 else (1 - ease((x - 0.18) / 0.62))


def _anger_mark(stage: Stage, t: float) -> None:
    left, top, right, _ = stage.anchors.box
    brow = 0.5 * (top + stage.anchors.face[1])
    at = (stage.anchors.face[0] + 0.33 * (right - left), brow - 0.06 * stage.unit)
    beat = _thump(t, 4)
    stage.place(VEIN, at, 0.32, 0.88 + 0.22 * beat, -8 + 8 * beat)
    small = _thump(t + 0.12, 4)
    other = (stage.anchors.face[0] - 0.42 * (right - left), brow - 0.1 * stage.unit)
    stage.place(VEIN, other, 0.2, 0.8 + 0.25 * small, 20 - 8 * small)


anger_mark = effect(
    "anger_mark",
    ("anger mark", "anger vein", "vein", "anger", "angry mark", "生气", "怒", "💢"),
    (INK, CORAL, CRIMSON),
    _anger_mark,
)

_PUFF = smooth(
    [
        (-0.72, 0.4),
        (-0.9, 0.06),
        (-0.66, -0.3),
        (-0.3, -0.36),
        (0.02, -0.66),
        (0.44, -0.5),
        (0.56, -0.2),
        (0.88, -0.04),
        (0.84, 0.36),
        (0.46, 0.56),
        (0.1, 0.46),
        (-0.3, 0.62),
    ]
)


def _paint_steam(canvas: Canvas, line: float) -> None:
    canvas.outlined(_PUFF, ICE, line, INK)
    canvas.fill(placed(_PUFF, (-0.09, -0.15), 0.92), WHITE, clip=_PUFF)


STEAM = Sprite("steam", _paint_steam)


def _steam(stage: Stage, t: float) -> None:
    left, top, right, _ = stage.anchors.box
    level = 0.55 * top + 0.45 * stage.anchors.face[1]
    for i in range(6):
        side = 1 if i % 2 else -1
        life = since(t, i / 6, 0.56)
        if life >= 1:
            continue
        out = ease_out(life)
        edge = stage.anchors.face[0] + side * 0.36 * (right - left)
        at = stage.near((edge, level), side * (0.02 + 0.27 * out), -0.02 - 0.12 * out - 0.1 * life * life)
        grow = lifetime(life, 0.3, 0.3, 1.4) * (0.72 + 0.34 * out)
        stage.place(STEAM, at, 0.29, grow, side * (6 + 26 * life), (side, 1.0))


steam = effect("steam", ("steam", "steaming", "smoke", "fume", "puff", "蒸汽", "冒烟", "💨"), (INK, WHITE, ICE), _steam)


def _gloom_lines(stage: Stage, t: float) -> None:
    left, top, right, _ = stage.anchors.box
    width = right - left
    start = top + 0.16 * stage.unit
    for i, (x, length, thick) in enumerate(
        ((0.02, 0.13, 0.03), (0.12, 0.22, 0.034), (0.22, 0.17, 0.032), (0.32, 0.26, 0.036), (0.42, 0.15, 0.03))
    ):
        breathe = 1 + 0.16 * wave(t, 1, 0.16 * i) + 0.05 * wave(t, 3, 0.3 * i)
        at = (stage.anchors.face[0] + x * width, start + 0.012 * stage.unit * wave(t, 2, 0.3 * i))
        low = at[1] + length * breathe * stage.unit
        path = points([(at[0], at[1] + (low - at[1]) * k / 7) for k in range(8)])
        widths = thick * np.array([0.5, 0.9, 1, 1, 1, 1, 0.9, 0.5])
        stage.streak(path, widths, BLUE)
    at = stage.near((stage.anchors.face[0] + 0.22 * width, top), 0.02 * wave(t, 1), 0.01)
    stage.place(GLOOM, at, 0.44, 1 + 0.03 * wave(t, 2))


def _paint_gloom(canvas: Canvas, line: float) -> None:
    cloud = placed(_PUFF, (0, 0), (1.0, 0.66))
    canvas.outlined(cloud, SLATE, line, INK)
    canvas.fill(placed(cloud, (-0.06, -0.1), 0.95), MIST, clip=cloud)


GLOOM = Sprite("gloom", _paint_gloom)

gloom_lines = effect(
    "gloom_lines",
    ("gloom line", "gloom", "gloomy", "dark cloud", "rain cloud", "depressed", "阴郁", "黑线"),
    (INK, SLATE, MIST, BLUE),
    _gloom_lines,
)
