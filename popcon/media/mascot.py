"""PopCon's own character: a piece of popcorn with a melted-butter cap, in a striped tub. Drawn, so at any size."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from popcon.media.vector.canvas import Canvas, Colour
from popcon.media.vector.paths import Points, arc, ellipse, joined, placed, points, smooth, trace

Rgba = NDArray[np.uint8]
"""(height, width, 4) uint8, straight alpha."""

INK: Colour = (56, 32, 40)
CREAM: Colour = (255, 247, 224)
WHITE: Colour = (255, 255, 255)
BUTTER: Colour = (255, 222, 140)
YELLOW: Colour = (255, 206, 56)
AMBER: Colour = (240, 156, 36)
RED: Colour = (238, 70, 72)
DARK_RED: Colour = (192, 40, 56)
PALE: Colour = (232, 214, 214)
ROSE: Colour = (255, 158, 140)

COLOURS: tuple[Colour, ...] = (INK, CREAM, WHITE, BUTTER, YELLOW, AMBER, RED, DARK_RED, PALE, ROSE)
"""Every colour it is painted with; edges mix neighbouring ones."""

_LINE = 15.0  # outline, in thousandths of the picture

# The lobes of the head: x, y, radius. The first five carry the butter.
_LOBES = (
    (350, 252, 128),
    (508, 196, 134),
    (662, 250, 126),
    (268, 358, 118),
    (734, 362, 116),
    (500, 400, 250),
    (244, 480, 106),
    (750, 484, 102),
    (322, 572, 106),
    (500, 590, 120),
    (680, 574, 106),
)
# All above the lower edge of the butter, which runs from the left to the right in drips.
_DRIPS = trace("M 60 344 C 130 306 176 300 196 324 C 214 348 210 398 244 400 C 284 402 272 338 296 318 "
               "C 320 300 352 310 362 338 "
               "C 370 366 410 366 418 338 C 426 312 470 306 480 336 C 488 366 490 404 524 404 "
               "C 558 404 560 366 566 338 "
               "C 574 308 612 306 622 332 C 632 356 668 356 676 332 C 684 304 730 302 744 330 "
               "C 756 358 748 386 778 388 "
               "C 812 388 800 336 826 322 C 850 308 900 320 950 344", 16)[0]  # fmt: skip
_ABOVE_DRIPS = joined([_DRIPS, points([(950, 0), (60, 0)])])
_STRIPES = 7
_SCALLOPS = [arc((500 + (i - 3) * 66, 650), 33, 30, 180, 360, 12) for i in range(_STRIPES)]
_TUB = joined(
    [
        *_SCALLOPS,
        points([(731, 650)]),
        smooth([(684, 846), (668, 872), (640, 878)], False),
        smooth([(360, 878), (332, 872), (316, 846)], False),
        points([(269, 650)]),
    ]
)


def _limb(canvas: Canvas, path: Points, widths: NDArray[np.float64], *ends: Points) -> None:
    """An arm with its hand, or a leg with its foot, in one outline."""
    canvas.ribbon(path, widths + 2 * _LINE, INK)
    for end in ends:
        canvas.stroke(end, 2 * _LINE, INK)
    canvas.ribbon(path, widths, AMBER)
    for end in ends:
        canvas.fill(end, AMBER)
    canvas.ribbon(path - (4, 8), widths - 16, YELLOW)
    for end in ends:
        canvas.fill(placed(end, (-6, -11)), YELLOW, clip=end)


def _limbs(canvas: Canvas) -> None:
    for x, outward in ((398, -1), (602, 1)):
        leg = points([(x - outward * 4, 850), (x, 912)])
        toe = x + 11 * outward
        foot = smooth(
            [
                (toe - 72, 938),
                (toe - 62, 904),
                (toe - 22, 886),
                (toe + 22, 886),
                (toe + 62, 904),
                (toe + 72, 938),
                (toe + 44, 956),
                (toe - 44, 956),
            ]
        )
        _limb(canvas, leg, np.array([64.0, 60.0]), foot)
    low = smooth([(330, 738), (236, 752), (166, 806)], False)
    _limb(canvas, low, np.linspace(70, 56, len(low)), ellipse((140, 826), 55, 51, -40))
    high = smooth([(670, 738), (782, 742), (868, 658)], False)
    _limb(
        canvas, high, np.linspace(70, 56, len(high)), ellipse((890, 622), 51, 56, 30), ellipse((846, 606), 22, 27, -30)
    )


def _head(canvas: Canvas) -> None:
    for x, y, radius in _LOBES:
        canvas.stroke(ellipse((x, y), radius), 2 * _LINE, INK)
    for x, y, radius in _LOBES:
        canvas.fill(ellipse((x, y), radius), BUTTER)
    for x, y, radius in _LOBES:
        canvas.fill(ellipse((x - 9, y - 14), radius - 12), CREAM)


def _crease(front: tuple[int, int, int], back: tuple[int, int, int], sign: int) -> Points:
    """Return the outline of a lobe, a little way on into the lobe behind it.

    Arguments:
        sign: 1 for a lobe behind on the left side, -1 on the right.
    """
    x, y, radius = front
    apart = math.dist(front[:2], back[:2])
    reach = radius + _LINE / 2
    beyond = back[2] + _LINE / 2
    opening = math.degrees(math.acos((apart**2 + reach**2 - beyond**2) / (2 * apart * reach)))
    towards = math.degrees(math.atan2(back[1] - y, back[0] - x))
    meet = towards + sign * opening
    return arc((x, y), reach, None, meet - sign * 1.5, meet - sign * 20, 12)


def _cap(canvas: Canvas) -> None:
    for x, y, radius in _LOBES[:6]:
        canvas.fill(ellipse((x, y), radius), AMBER, clip=_ABOVE_DRIPS)
    # The light side of every lobe, and of every drip.
    raised = _ABOVE_DRIPS - (5, 15)
    for x, y, radius in _LOBES[:6]:
        canvas.fill(ellipse((x - 9, y - 14), radius - 12), YELLOW, clip=raised)
    inside = (_DRIPS[:, 0] > 150) & (_DRIPS[:, 0] < 852)
    canvas.ribbon(_DRIPS[inside], _LINE * 0.9, INK)
    for front, back, sign in ((1, 0, 1), (1, 2, -1), (0, 3, 1), (2, 4, -1), (3, 6, 1), (4, 7, -1)):
        crease = _crease(_LOBES[front], _LOBES[back], sign)
        canvas.ribbon(crease, np.linspace(_LINE, 5, len(crease)), INK)
    shine = smooth([(262, 268), (282, 206), (336, 168)], False)
    canvas.ribbon(shine, 12 + 14 * np.sin(np.linspace(0.1, 0.9, len(shine)) * math.pi), WHITE)
    canvas.fill(ellipse((362, 150), 14, 11, -18), WHITE)
    second = smooth([(438, 120), (476, 96), (520, 90)], False)
    canvas.ribbon(second, 7 + 9 * np.sin(np.linspace(0.1, 0.9, len(second)) * math.pi), WHITE)


def _piece(canvas: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """A small piece of popcorn that looks out of the tub."""
    lobes = placed([(-0.62, 0.1), (0.0, -0.5), (0.62, 0.08), (0.0, 0.45)], (x, y), size, turn)
    radii = (0.5 * size, 0.56 * size, 0.5 * size, 0.6 * size)
    for centre, radius in zip(lobes, radii, strict=True):
        canvas.stroke(ellipse((centre[0], centre[1]), radius), 2 * _LINE, INK)
    for centre, radius in zip(lobes, radii, strict=True):
        canvas.fill(ellipse((centre[0], centre[1]), radius), BUTTER)
    for centre, radius in zip(lobes, radii, strict=True):
        canvas.fill(ellipse((centre[0] - 5, centre[1] - 8), radius - 7), CREAM)
    canvas.fill(ellipse((x, y), 0.3 * size, 0.2 * size, turn), AMBER)
    canvas.fill(ellipse((x - 3, y - 4), 0.2 * size, 0.11 * size, turn), YELLOW)


def _tub(canvas: Canvas) -> None:
    _piece(canvas, 264, 612, 46, -24)
    _piece(canvas, 736, 612, 46, 24)
    canvas.outlined(_TUB, WHITE, _LINE, INK)

    def edge(stripe: float, y: float) -> tuple[float, float]:
        half = 231 - (231 - 180) * (y - 650) / 228
        return 500 + (2 * stripe / _STRIPES - 1) * half, y

    for i in range(_STRIPES):
        away = i >= 5  # from the light
        colour = (DARK_RED if away else RED) if i % 2 == 0 else (PALE if away else WHITE)
        left, right = (i if i else -1), (i + 1 if i < _STRIPES - 1 else _STRIPES + 1)
        canvas.fill(
            [edge(left, 600), edge(left, 650), edge(left, 890), edge(right, 890), edge(right, 650), edge(right, 600)],
            colour,
            clip=_TUB,
        )
    for i in range(1, _STRIPES):
        canvas.ribbon([edge(i, 652), edge(i, 668)], [_LINE, 5], INK)
    shine = smooth([edge(0.32, 664), edge(0.38, 720), edge(0.44, 776)], False)
    canvas.ribbon(shine, 13, ROSE)
    canvas.fill(ellipse(edge(0.5, 806), 7), ROSE)


def _face(canvas: Canvas) -> None:
    for x, side in ((390, -1), (610, 1)):
        canvas.fill(ellipse((x, 468), 46, 60), INK)
        canvas.fill(placed(arc((0, 0), 29, 22, 6, 174, 24), (x, 494)), AMBER)
        canvas.fill(ellipse((x - 13, 443), 20, 23), WHITE)
        canvas.fill(ellipse((x + 17, 485), 9, 10), WHITE)
        canvas.fill(ellipse((x + side * 84, 532), 43, 26), ROSE)
    smile = smooth([(448, 518), (500, 530), (552, 518)], False)
    chin = smooth([(552, 518), (541, 562), (500, 584), (459, 562), (448, 518)], False)
    mouth = joined([smile, chin])
    canvas.outlined(mouth, DARK_RED, _LINE * 0.7, INK)
    canvas.fill(ellipse((500, 578), 38, 28), ROSE, clip=mouth)


@lru_cache(maxsize=4)
def _drawn(side: int) -> Rgba:
    canvas = Canvas(side, side, scale=side / 1000, detail=8 if side <= 512 else 4)
    for part in (_limbs, _head, _cap, _face, _tub):
        part(canvas)
    return canvas.straight()


def draw_mascot(side: int = 1024) -> Rgba:
    """Return the mascot, whole, on nothing.

    Arguments:
        side: width and height in pixels, at least 16.

    Raises:
        ValueError: `side` is smaller.
    """
    if side < 16:
        raise ValueError(f"the mascot needs at least 16 px, not {side}")
    return _drawn(side).copy()
