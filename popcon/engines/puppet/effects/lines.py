"""Effects that are strokes: of motion, speed, shock, bowing."""

import math

import numpy as np

from popcon.engines.puppet.effects.palette import CORAL, ICE, INK, SKY, WHITE, YELLOW
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import ease, ease_out, lifetime, since
from popcon.media.vector.canvas import Canvas
from popcon.media.vector.paths import arc, points, smooth
from popcon.media.vector.sprites import Sprite


def _drawn(x: float) -> tuple[float, float]:
    """Return which part of a stroke is there at progress x: its head runs ahead, its tail follows."""
    return ease((x - 0.4) / 0.6), ease(x / 0.6)


def _taper(count: int, thick: float) -> np.ndarray:
    """Widths of a stroke that is full in its middle and thin at its ends."""
    return thick * np.sin(np.linspace(0.12, 0.88, count) * math.pi)


def _motion_lines(stage: Stage, t: float) -> None:
    for hand in (0, 1):
        for i, (out, tall) in enumerate(((0.07, 0.15), (0.15, 0.22))):
            x = (2 * t + 0.18 * i + 0.5 * hand) % 1.0
            spread = math.sin(math.pi * min(x / 0.85, 1.0))
            if spread <= 0:
                continue
            at = stage.beside(hand, out + 0.03 * ease_out(x), -0.12)
            half = 52 * spread**0.6
            facing = 0 if hand else 180
            radius = tall * stage.unit
            path = arc(
                (at[0] - math.cos(math.radians(facing)) * radius, at[1]), radius, None, facing - half, facing + half, 16
            )
            stage.streak(path, _taper(16, 0.042 * min(1.0, 1.6 * spread)), SKY)


motion_lines = effect(
    "motion_lines",
    ("motion line", "movement line", "action line", "wave line", "whoosh", "shake line", "动作线"),
    (INK, SKY),
    _motion_lines,
)


def _paint_dust(canvas: Canvas, line: float) -> None:
    cloud = smooth(
        [
            (-0.86, 0.3),
            (-0.7, -0.2),
            (-0.3, -0.24),
            (0.0, -0.62),
            (0.5, -0.4),
            (0.56, -0.06),
            (0.88, 0.14),
            (0.7, 0.5),
            (0, 0.52),
            (-0.6, 0.52),
        ]
    )
    canvas.outlined(cloud, ICE, line, INK)
    canvas.fill(cloud * 0.94 - (0.03, 0.08), WHITE, clip=cloud)


DUST = Sprite("dust", _paint_dust)


def _speed_lines(stage: Stage, t: float) -> None:
    left, top, right, bottom = stage.anchors.box
    tall = bottom - top
    for i in range(6):
        luck = stage.dice(f"speed{i}", 2)
        x = (2 * t + i * 0.382 + 0.1 * luck[0]) % 1.0
        tail, head = _drawn(x)
        start, stop = right + 0.22 * stage.unit, left - 0.3 * stage.unit
        if stage.anchors.facing < 0:
            start, stop = left - 0.22 * stage.unit, right + 0.3 * stage.unit
        y = top + tall * (0.08 + 0.15 * i + 0.04 * luck[1])
        path = points(
            np.stack(
                [np.linspace(start + (stop - start) * tail, start + (stop - start) * head, 7), np.full(7, y)], axis=1
            )
        )
        length = abs(head - tail)
        stage.streak(path, _taper(7, 0.042 * min(1.0, 4 * length)), SKY, behind=True)
    for i in range(4):
        life = since(t, i / 4, 0.5)
        behind = (-0.1 - 0.3 * ease_out(life)) * (stage.anchors.facing or 1)
        at = stage.near(stage.anchors.feet, behind, -0.06 - 0.07 * life)
        stage.place(DUST, at, 0.28, lifetime(life, 0.25, 0.4, 1.4) * (0.7 + 0.3 * life), 20 * life - 10, behind=True)


speed_lines = effect(
    "speed_lines",
    ("speed line", "speed", "dash", "rushing", "running dust", "dust", "速度线"),
    (INK, SKY, WHITE, ICE),
    _speed_lines,
)


def _shock_lines(stage: Stage, t: float) -> None:
    left, top, right, bottom = stage.anchors.box
    cx, cy = (left + right) / 2, 0.55 * top + 0.45 * bottom
    rx, ry = 0.52 * (right - left) + 0.05 * stage.unit, 0.48 * (bottom - top) + 0.04 * stage.unit
    count = 9
    for i in range(count):
        angle = math.radians(-90 + (i - count // 2) * 30)
        c, s = math.cos(angle), math.sin(angle)
        x = (2 * t + (0.5 if i % 2 else 0.0)) % 1.0
        push = math.sin(math.pi * x) ** 2
        base = stage.near((cx + c * rx, cy + s * ry), c * 0.03 * push, s * 0.03 * push)
        length = (0.1 if i % 2 else 0.15) * (0.62 + 0.38 * push)
        tip = stage.near(base, c * length, s * length)
        stage.streak([base, tip], [0.026, 0.07] if i % 2 else [0.03, 0.08], CORAL if i % 2 else YELLOW)


shock_lines = effect(
    "shock_lines",
    ("shock line", "shock", "surprise line", "burst line", "impact line", "震惊线"),
    (INK, CORAL, YELLOW),
    _shock_lines,
)


def _bow_lines(stage: Stage, t: float) -> None:
    left, top, right, _ = stage.anchors.box
    width = right - left
    for side in (-1, 1):
        for i, (out, size) in enumerate(((0.0, 0.2), (0.09, 0.26))):
            x = (2 * t + 0.2 * i + 0.3) % 1.0
            tail, head = _drawn(x)
            middle = (stage.anchors.crown[0] + side * 0.3 * width, top + 0.2 * stage.unit)
            radius = (size + out) * stage.unit
            start, stop = -80, 8
            angles = np.radians(np.linspace(start + (stop - start) * tail, start + (stop - start) * head, 14))
            path = points(
                np.stack([middle[0] + side * radius * np.cos(angles), middle[1] + radius * np.sin(angles)], axis=1)
            )
            stage.streak(path, _taper(14, 0.042 * min(1.0, 4 * abs(head - tail))), SKY)


bow_lines = effect(
    "bow_lines", ("bow line", "bowing line", "bowing", "bow", "nod line", "鞠躬线"), (INK, SKY), _bow_lines
)
