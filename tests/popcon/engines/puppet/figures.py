"""Characters for tests, drawn here: no fonts, no files."""

import cv2
import numpy as np

from popcon.pixels import Rgba

INK = (40, 30, 60)


def ball(side: int = 240) -> Rgba:
    """A round face with two eyes and a smile."""
    rgba = _paper(side, side)
    c, r = side // 2, side // 2 - 3
    _disc(rgba, (c, c), (r, r), (250, 200, 60))
    for dx in (-side // 6, side // 6):
        _disc(rgba, (c + dx, c - side // 9), (side // 20, side // 13), INK)
    cv2.ellipse(rgba, (c, c + side // 9), (side // 6, side // 9), 0, 15, 165, (*INK, 255), side // 36, cv2.LINE_AA)
    return _soft(rgba)


def person(height: int = 320) -> Rgba:
    """A head, a trunk, two arms that stand off, two legs."""
    k = height / 420
    rgba = _paper(height, round(300 * k))

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * k), round(y * k)

    for a, b in (((100, 235), (40, 300)), ((200, 235), (260, 300))):
        cv2.line(rgba, at(*a), at(*b), (250, 170, 70, 255), round(30 * k), cv2.LINE_AA)
    for x in (122, 178):
        cv2.line(rgba, at(x, 320), at(x, 398), (90, 60, 40, 255), round(34 * k), cv2.LINE_AA)
    cv2.rectangle(rgba, at(88, 200), at(212, 345), (90, 160, 230, 255), -1)
    _disc(rgba, at(150, 112), at(104, 102), (250, 170, 70))
    for x in (115, 185):
        _disc(rgba, at(x, 110), at(13, 18), INK)
    cv2.ellipse(rgba, at(150, 145), at(26, 20), 0, 15, 165, (*INK, 255), max(1, round(6 * k)), cv2.LINE_AA)
    return _soft(rgba)


def block(width: int, height: int, colour: tuple[int, int, int] = (60, 120, 220)) -> Rgba:
    """A plain box: no face, no limbs."""
    rgba = np.full((height, width, 4), 255, np.uint8)
    rgba[..., :3] = colour
    return rgba


def car() -> Rgba:
    """Wide and low."""
    rgba = _paper(150, 400)
    cv2.rectangle(rgba, (10, 60), (390, 120), (210, 30, 40, 255), -1)
    cv2.rectangle(rgba, (100, 8), (300, 70), (150, 210, 240, 255), -1)
    for x in (90, 310):
        _disc(rgba, (x, 118), (30, 30), (60, 60, 60))
    return _soft(rgba)


def _paper(height: int, width: int) -> Rgba:
    return np.zeros((height, width, 4), np.uint8)


def _disc(rgba: Rgba, at: tuple[int, int], axes: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.ellipse(rgba, at, axes, 0, 0, 360, (*colour, 255), -1, cv2.LINE_8)


def _soft(rgba: Rgba) -> Rgba:
    """Blend colours under the antialiased rim back to full strength: straight alpha."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    colour = np.where(alpha > 0, rgba[..., :3] / np.maximum(alpha, 1 / 255), 0)
    return np.dstack([np.clip(colour, 0, 255), rgba[..., 3]]).astype(np.uint8)


def over(lower: Rgba, upper: Rgba) -> Rgba:
    """Return a layer over another, both straight alpha; the lower one is opaque where the upper one is soft."""
    share = upper[..., 3:].astype(np.float32) / 255
    mixed = lower * (1 - share) + upper * share
    mixed[..., 3] = np.maximum(lower[..., 3], upper[..., 3])
    return np.rint(mixed).astype(np.uint8)
