"""Effects that throw things: confetti, food crumbs; and a raised thumb."""

import math
from functools import lru_cache

import numpy as np

from popcon.engines.puppet.effects.palette import AMBER, BROWN, CORAL, INK, SKY, TAN, WHITE, YELLOW
from popcon.engines.puppet.effects.stage import Stage, effect
from popcon.engines.puppet.effects.timing import lifetime, since, wave
from popcon.media.vector.canvas import Canvas, Colour
from popcon.media.vector.paths import ellipse, placed, points, rounded, smooth, trace
from popcon.media.vector.sprites import Sprite

_PAPERS: tuple[tuple[str, Colour], ...] = (("yellow", YELLOW), ("coral", CORAL), ("sky", SKY), ("amber", AMBER))


def _slip(name: str, colour: Colour) -> Sprite:
    def paint(canvas: Canvas, line: float) -> None:
        canvas.outlined(rounded([(-0.5, -0.82), (0.5, -0.82), (0.5, 0.82), (-0.5, 0.82)], 0.16), colour, line, INK)

    return Sprite(f"slip-{name}", paint)


def _disc(name: str, colour: Colour) -> Sprite:
    def paint(canvas: Canvas, line: float) -> None:
        canvas.outlined(ellipse((0, 0), 0.7), colour, line, INK)

    return Sprite(f"disc-{name}", paint)


def _curl(name: str, colour: Colour) -> Sprite:
    wavy = smooth([(-0.26, -0.84), (0.26, -0.42), (-0.26, 0.0), (0.26, 0.42), (-0.26, 0.84)], False)

    def paint(canvas: Canvas, line: float) -> None:
        canvas.outlined_ribbon(wavy, 0.32, colour, line, INK)

    return Sprite(f"curl-{name}", paint)


_CONFETTI = tuple(
    make(*paper) for i, paper in enumerate(_PAPERS * 3) for make in ((_slip, _disc, _curl, _slip)[(i + i // 4) % 4],)
)


def _confetti(stage: Stage, t: float) -> None:
    count, side = 15, stage.side
    for i in range(count):
        luck = stage.dice(f"confetti{i}", 4)
        life = since(t, (i * 0.618) % 1.0, 0.97)
        # Evenly spread columns, so that no draw of luck leaves half of the frame empty.
        x = (((i * 7) % count + 0.2 + 0.6 * luck[0]) / count) * side
        x += stage.unit * 0.05 * math.sin(2 * math.pi * (1.3 * life + luck[1]))
        y = (-0.02 + 1.04 * (0.75 * life + 0.25 * life * life)) * side
        flip = math.cos(2 * math.pi * ((1 + i % 2) * 1.0 * life + luck[2]))
        stretch = (math.copysign(0.35 + 0.65 * abs(flip), flip), 1.0)
        turn = 360 * luck[3] + (160 if i % 2 else -160) * life
        size = 0.145 if i % 3 else 0.16
        stage.place(
            _CONFETTI[i % len(_CONFETTI)], (x, y), size, lifetime(life, 0.1, 0.12), turn, stretch, behind=i % 3 != 0
        )


confetti = effect(
    "confetti",
    ("confetti", "party", "streamer", "celebration", "彩纸", "彩带", "🎉", "🎊"),
    (INK, YELLOW, CORAL, SKY, AMBER),
    _confetti,
    clear_of_face=True,
)


def _crumb(name: str, corners: list[tuple[float, float]], chip: tuple[float, float]) -> Sprite:
    shape = rounded(corners, 0.3)

    def paint(canvas: Canvas, line: float) -> None:
        canvas.outlined(shape, BROWN, line, INK)
        canvas.fill(placed(shape, (-0.1, -0.14), 0.92), TAN, clip=shape)
        canvas.fill(ellipse(chip, 0.17), BROWN)
        canvas.fill(ellipse((-0.34, -0.36), 0.13, 0.09, -30), WHITE)

    return Sprite(name, paint)


_CRUMBS = (
    _crumb("crumb-1", [(-0.8, -0.3), (-0.2, -0.8), (0.7, -0.5), (0.85, 0.3), (0.1, 0.8), (-0.7, 0.5)], (0.25, 0.1)),
    _crumb("crumb-2", [(-0.7, -0.6), (0.5, -0.75), (0.8, 0.2), (0.2, 0.75), (-0.75, 0.4)], (0.1, 0.15)),
    _crumb("crumb-3", [(-0.6, -0.75), (0.75, -0.3), (0.5, 0.7), (-0.7, 0.6)], (0.05, 0.2)),
)


def _food_crumbs(stage: Stage, t: float) -> None:
    for i in range(8):
        life = since(t, i / 8, 0.5)
        if life >= 1:
            continue
        luck = stage.dice(f"crumb{i}", 3)
        side = 1 if i % 2 else -1
        out = side * (0.1 + (0.34 + 0.16 * luck[0]) * life)
        fall = -(0.12 + 0.14 * luck[1]) * life + (0.62 + 0.1 * luck[1]) * life * life
        turn = side * 200 * life + 360 * luck[2]
        at = stage.near(stage.anchors.mouth, out, 0.04 + fall)
        stage.place(_CRUMBS[i % 3], at, 0.15, lifetime(life, 0.22, 0.24), turn)


food_crumbs = effect(
    "food_crumbs",
    ("crumb", "food crumb", "food bit", "cookie", "munching", "面包屑", "碎屑", "🍪"),
    (INK, TAN, BROWN, WHITE),
    _food_crumbs,
)

_FIST = trace("M -0.62 -0.06 C -0.4 -0.1 -0.2 -0.36 -0.12 -0.6 C -0.08 -0.86 0.3 -0.92 0.32 -0.56 "
              "C 0.33 -0.42 0.3 -0.28 0.26 -0.16 L 0.66 -0.16 C 0.94 -0.16 0.98 0.14 0.78 0.2 "
              "C 0.94 0.28 0.9 0.5 0.72 0.53 "
              "C 0.82 0.64 0.74 0.82 0.58 0.82 C 0.2 0.86 -0.3 0.86 -0.62 0.72 Z")[0]  # fmt: skip
_CUFF = rounded([(-0.98, -0.16), (-0.56, -0.16), (-0.52, 0.82), (-0.98, 0.82)], 0.14)


@lru_cache(maxsize=8)
def thumb(skin: Colour | None) -> Sprite:
    """Return a raised thumb in a character's colour, or in the yellow and blue of emoji."""
    if skin is None:
        light, shadow, cuff = YELLOW, AMBER, SKY
    else:
        light, shadow, cuff = skin, _scaled(skin, 0.8), _scaled(skin, 0.62)

    def paint(canvas: Canvas, line: float) -> None:
        canvas.outlined(_FIST, shadow, line, INK)
        canvas.fill(placed(_FIST, (-0.05, -0.09), 0.97), light, clip=_FIST)
        for y, x in ((0.2, 0.78), (0.53, 0.7)):
            canvas.ribbon([(0.4, y), (x, y)], max(line * 0.8, 0.06), INK)
        canvas.ribbon(points([(0.0, -0.5), (0.06, -0.62)]), 0.11, WHITE)
        canvas.outlined(_CUFF, cuff, line, INK)
        if skin is None:
            canvas.ribbon([(-0.84, 0.0), (-0.84, 0.3)], 0.1, WHITE)

    return Sprite("thumb", paint)


def _scaled(colour: Colour, by: float) -> Colour:
    red, green, blue = (round(part * by) for part in colour)
    return red, green, blue


def _thumbs_up(stage: Stage, t: float) -> None:
    life = since(t, 0.9, 0.94)
    hand = stage.anchors.hands[1]
    lift = 0.03 * abs(wave(t, 2, 0.1))
    nod = 10 * wave(t, 2) * math.exp(-1.2 * life) if life < 1 else 0.0
    at = stage.near(hand, 0.03, 0.02 - lift)
    stage.place(thumb(stage.anchors.skin), at, 0.46, lifetime(life, 0.13, 0.09, 2.8), -8 + nod)
    for i, (x, y, size) in enumerate(((0.17, -0.27, 0.2), (0.1, -0.4, 0.16))):
        shine = since(t, 0.06 + 0.3 * i, 0.5)
        stage.place(_SHINE, stage.near(hand, x, y), size, math.sin(math.pi * shine) if shine < 1 else 0.0, 30 * shine)


def _paint_shine(canvas: Canvas, line: float) -> None:
    for i in range(4):
        angle = math.pi / 2 * i
        tip = np.array([math.cos(angle), math.sin(angle)])
        canvas.ribbon([tip * 0.1, tip * 0.86], np.array([0.3, 0.08]) + 2 * line, INK)
    for i in range(4):
        angle = math.pi / 2 * i
        tip = np.array([math.cos(angle), math.sin(angle)])
        canvas.ribbon([tip * 0.1, tip * 0.86], [0.3, 0.08], YELLOW)


_SHINE = Sprite("shine", _paint_shine)

thumbs_up = effect(
    "thumbs_up",
    ("thumbs up", "thumb up", "thumb", "like", "approval", "点赞", "👍"),
    (INK, YELLOW, AMBER, SKY, WHITE),
    _thumbs_up,
)
