"""Effects of light: stars, sparkles, sparks, the glint of sunglasses, the moon, orbiting stars."""

import math

import numpy as np

from popcon.engines.puppet.effects.palette import AMBER, INK, WHITE, YELLOW
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import ease_out, lifetime, since, wave
from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import Points, arc, joined, placed, points, rounded, smooth, star
from popcon.media.vector.sprites import Sprite

_STAR = star(5, 1.0, 0.5, 0.26)


def _glint(spikes: int, reach: float, waist: float) -> Points:
    """Return a star whose edges are curves drawn in towards its centre."""
    parts = []
    for i in range(spikes):
        a, b = math.radians(360 / spikes * i - 90), math.radians(360 / spikes * (i + 1) - 90)
        middle = (a + b) / 2
        tip, notch, after = (
            np.array([math.cos(angle), math.sin(angle)]) * far
            for angle, far in ((a, reach), (middle, waist), (b, reach))
        )
        s = np.linspace(0, 1, 14, endpoint=False)[:, None]
        parts.append((1 - s) ** 3 * tip + 3 * s * (1 - s) ** 2 * notch + 3 * s**2 * (1 - s) * notch + s**3 * after)
    return joined(parts)


_GLINT = _glint(4, 0.98, 0.3)


def _paint_star(canvas: Canvas, line: float) -> None:
    canvas.outlined(_STAR, AMBER, line, INK)
    canvas.fill(placed(_STAR, (-0.07, -0.09), 0.94), YELLOW, clip=_STAR)
    canvas.ribbon([(-0.3, -0.2), (-0.16, -0.42)], [0.13, 0.17], WHITE)


def _paint_glint(canvas: Canvas, line: float) -> None:
    canvas.outlined(_GLINT, YELLOW, line, INK)
    canvas.fill(placed(_GLINT, (0, 0), 0.5), WHITE)


STAR = Sprite("star", _paint_star)
GLINT = Sprite("glint", _paint_glint)


def _spots(stage: Stage) -> list[tuple[float, float]]:
    """Places around the upper body, left and right in turn."""
    left, top, right, bottom = stage.anchors.box
    tall = bottom - top
    return [
        stage.near((left, top + 0.14 * tall), 0.0),
        stage.near((right, top + 0.3 * tall), 0.07),
        stage.near((left, top + 0.46 * tall), -0.1),
        stage.near((right, top + 0.02 * tall), -0.03),
        stage.near((left, top + 0.78 * tall), -0.04),
        stage.near((right, top + 0.66 * tall), 0.08),
    ]


def _stars(stage: Stage, t: float) -> None:
    for i, (at, size) in enumerate(zip(_spots(stage), (0.28, 0.24, 0.19, 0.2, 0.2, 0.18), strict=True)):
        life = since(t, i * 0.29 + 0.05, 0.8)
        turn = -16 + 30 * ease_out(life) + 8 * wave(t, 2, i / 6)
        stage.place(STAR, stage.near(at, 0, 0.02 * wave(t, 1, i / 6)), size, lifetime(life, 0.2, 0.2, 2.6), turn)


stars = effect("stars", ("star", "starry", "星星", "⭐", "🌟"), (INK, YELLOW, AMBER, WHITE), _stars, True)


def _twinkle(x: float) -> float:
    """Return the size of a glint: out of nothing, a first flash, a smaller second one, nothing."""
    if not 0 < x < 1:
        return 0.0
    return float(math.sin(math.pi * x) ** 0.8 * (1 + 0.16 * math.sin(4 * math.pi * x)))


def _sparkle(stage: Stage, t: float) -> None:
    for i, (at, size) in enumerate(zip(_spots(stage), (0.36, 0.3, 0.24, 0.27, 0.25, 0.22), strict=True)):
        life = since(t, i * 0.37, 0.66)
        stage.place(GLINT, at, size, _twinkle(life), 24 * (life - 0.5))


sparkle = effect(
    "sparkle", ("sparkle", "sparkling", "glitter", "twinkle", "shiny", "闪亮", "✨"), (INK, YELLOW, WHITE), _sparkle
)

_RAY = smooth([(-0.0, -0.98), (0.26, -0.16), (0.2, 0.36), (0, 0.5), (-0.2, 0.36), (-0.26, -0.16)])


def _paint_ray(canvas: Canvas, line: float) -> None:
    canvas.outlined(_RAY, YELLOW, line, INK)
    canvas.fill(placed(_RAY, (0, 0.08), (0.45, 0.62)), WHITE)


RAY = Sprite("ray", _paint_ray)


def _sparks(stage: Stage, t: float) -> None:
    x0, top, x1, bottom = stage.anchors.box
    tall = bottom - top
    sources = (
        (stage.near(stage.anchors.hands[0], -0.03, -0.1), 0.0, -70),
        (stage.near(stage.anchors.hands[1], 0.03, -0.1), 0.25, 70),
        (stage.near((x1, top), -0.1, 0.3 * tall / stage.unit - 0.12), 0.5, 40),
        (stage.near((x0, top), 0.1, 0.3 * tall / stage.unit - 0.12), 0.75, -40),
    )
    for at, start, facing in sources:
        life = since(t, start, 0.52)
        if life >= 1:
            continue
        for j in range(4):
            angle = facing + (j - 1.5) * 46
            reach = 0.05 + 0.16 * ease_out(life)
            to = stage.near(at, math.sin(math.radians(angle)) * reach, -math.cos(math.radians(angle)) * reach)
            size = 0.24 if j % 2 else 0.19
            stage.place(RAY, to, size, lifetime(life, 0.25, 0.5, 1.6), angle, (1.0, 0.75 + 0.4 * ease_out(2 * life)))


sparks = effect("sparks", ("spark", "electric spark", "flash", "clap spark", "火花"), (INK, YELLOW, WHITE), _sparks)

_FLARE = _glint(8, 0.62, 0.2)


def _paint_flare(canvas: Canvas, line: float) -> None:
    cross = placed(_glint(4, 1.0, 0.13), (0, 0), (1.0, 1.0))
    for path in (_FLARE, cross):
        canvas.stroke(path, 2 * line, INK)
    for path in (_FLARE, cross):
        canvas.fill(path, YELLOW)
    canvas.fill(placed(_FLARE, (0, 0), 0.68), WHITE)
    canvas.fill(placed(cross, (0, 0), 0.68), WHITE)


FLARE = Sprite("flare", _paint_flare)


def _sun_glint(stage: Stage, t: float) -> None:
    (left, right) = stage.anchors.eyes
    apart = max(right[0] - left[0], 0.1 * stage.unit)
    main = (right[0] + 0.3 * apart, right[1] - 0.05 * stage.unit)
    flash = since(t, 0.86, 0.9)
    stage.place(FLARE, main, 0.42, 0.5 * _twinkle(flash) + 0.5 * lifetime(flash, 0.14, 0.3, 2.6), -18 + 50 * flash)
    second = since(t, 0.3, 0.55)
    stage.place(GLINT, (left[0] - 0.1 * apart, left[1] - 0.04 * stage.unit), 0.25, _twinkle(second), 30 * second)


sun_glint = effect(
    "sun_glint", ("sun glint", "glint", "gleam", "lens flare", "shine", "反光"), (INK, YELLOW, WHITE), _sun_glint
)


def _paint_moon(canvas: Canvas, line: float) -> None:
    outer = arc((0, 0), 0.92, 0.92, -52, -308, 60)
    inner = smooth([outer[-1], (0.14, 0.44), (-0.02, 0.0), (0.14, -0.44), outer[0]], False)
    crescent = rounded(joined([outer[::3], inner[1:-1:4]]), 0.09, 4)
    canvas.outlined(crescent, AMBER, line, INK)
    canvas.fill(placed(crescent, (-0.09, -0.07), 0.97), YELLOW, clip=crescent)
    canvas.ribbon(arc((0, 0), 0.7, 0.7, 186, 232, 14), np.sin(np.linspace(0.2, 0.9, 14) * math.pi) * 0.13, WHITE)


MOON = Sprite("moon", _paint_moon)


def _moon(stage: Stage, t: float) -> None:
    left, top, _, bottom = stage.anchors.box
    at = stage.near((left, top), 0.0, 0.12)
    stage.place(MOON, stage.near(at, 0, 0.015 * wave(t, 1)), 0.36, 1 + 0.02 * wave(t, 2), -14 + 7 * wave(t, 1, 0.25))
    for i, (x, y, size) in enumerate(((0.2, -0.12, 0.14), (-0.04, 0.28, 0.15))):
        stage.place(GLINT, stage.near(at, x, y), size, 0.78 + 0.3 * wave(t, 2, i * 0.5), 12 * wave(t, 1, i * 0.4))
    right = stage.near((stage.anchors.box[2], top + 0.2 * (bottom - top)), 0.04)
    stage.place(GLINT, right, 0.17, 0.78 + 0.3 * wave(t, 2, 0.25), 10 * wave(t, 1, 0.7))


moon = effect("moon", ("moon", "crescent", "moonlight", "night sky", "月亮", "🌙"), (INK, YELLOW, AMBER, WHITE), _moon)


def _dizzy(stage: Stage, t: float) -> None:
    left, _, right, _ = stage.anchors.box
    rx = min(max(0.36 * (right - left), 0.2 * stage.unit), 0.36 * stage.side)
    ry = 0.09 * stage.unit
    # The orbit as a whole keeps inside the frame, so that no star leaves it.
    room = 0.14 * stage.unit
    cx = min(max(stage.anchors.crown[0], rx + room), stage.side - rx - room)
    cy = min(max(stage.anchors.crown[1], ry + room), stage.side - ry - room)
    # Around the top of the head, but never across the eyes.
    above_eyes = min(eye[1] for eye in stage.anchors.eyes) - 0.2 * stage.unit
    cy = max(min(cy, above_eyes), 0.5 * ry + 0.13 * stage.unit)
    for i in range(4):
        angle = 2 * math.pi * (t + i / 4)
        depth = math.sin(angle)
        trail = np.linspace(angle - 0.95, angle - 0.3, 12)
        path = points(np.stack([cx + rx * np.cos(trail), cy + ry * np.sin(trail)], axis=1))
        stage.streak(path, np.linspace(0.004, 0.024, 12) * (0.9 + 0.25 * depth), WHITE, behind=depth < 0)
    for i in sorted(range(4), key=lambda k: math.sin(2 * math.pi * (t + k / 4))):
        angle = 2 * math.pi * (t + i / 4)
        depth = math.sin(angle)
        at = (cx + rx * math.cos(angle), cy + ry * depth)
        stage.place(STAR, at, 0.2, 0.86 + 0.2 * depth, 20 * wave(t, 2, i / 4), behind=depth < 0)


dizzy = effect(
    "dizzy",
    ("dizzy", "dizziness", "orbiting star", "swirl", "spinning star", "头晕", "晕", "💫"),
    (INK, YELLOW, AMBER, WHITE),
    _dizzy,
)
