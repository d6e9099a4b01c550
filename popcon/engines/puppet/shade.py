"""The shade of anger or sickness over a face: it keeps to the face's skin and shape, and fades towards the chin."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.spots import Spot, Texture

Floats = NDArray[np.float32]
ALIKE, OTHER = 110.0, 260.0
"""Colours nearer to the skin's than the first (sum over R, G and B) are skin, those farther than the second are not."""
SIDEWAYS, FADING = 1.9, 2.6
"""The shade fades between these distances from the middle of the eyes, in distances between the eyes."""
CHIN = 1.15
"""How far below the eyes the shade ends, in distances between them."""
BRIGHT = 90
"""Skin is at least this light in one of its channels, unless nearly nothing of the face is."""
STRONGEST, OPPOSED = 0.72, 0.94
"""How much of the skin's colour a full shade replaces: of one of its own hue, and of the opposite one, which would
otherwise become brown."""
LIGHTNESS = 0.25
"""How much of the skin's lightness a shade keeps: all of it would turn anger on a light face pink."""

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""From linear sRGB to cone responses, and from their cube roots to OKLab."""


@dataclass(frozen=True)
class Shade:
    """Where a face takes a shade on.

    Attributes:
        left, top: of the window in the texture, px.
        skin: (h, w) float32, 0 to 1: how much each pixel of the bare face takes on.
        around: the same with the eyes left out, which keep their colours.
        colour: of the skin, sRGB 0-255.
    """

    left: int
    top: int
    skin: Floats
    around: Floats
    colour: tuple[float, float, float]


def face_shade(bare: Texture, eyes: Sequence[Spot], apart: float) -> Shade:
    """Measure where a face takes a shade on.

    Arguments:
        bare: (h, w, 4) uint8 premultiplied, the texture without eyes and mouth.
        eyes: of the face, left first; one in profile.
        apart: between the eyes, px.
    """
    x, y = (eyes[0].x + eyes[-1].x) / 2, (eyes[0].y + eyes[-1].y) / 2
    height, width = bare.shape[:2]
    left, right = max(0, int(x - FADING * apart)), min(width, int(x + FADING * apart) + 1)
    top, bottom = max(0, int(y - FADING * apart)), min(height, int(y + CHIN * apart) + 1)
    window = bare[top:bottom, left:right]
    if min(window.shape[:2]) < 2:
        empty = np.zeros(window.shape[:2], np.float32)
        return Shade(left, top, empty, empty, (128.0, 128.0, 128.0))
    across = (np.arange(left, right, dtype=np.float32) + 0.5 - np.float32(x)) / np.float32(apart)
    down = (np.arange(top, bottom, dtype=np.float32) + 0.5 - np.float32(y)) / np.float32(apart)
    near = (across[None, :] / 0.9) ** 2 + (down[:, None] / 0.7) ** 2 < 1
    skin = _skin(window, near)
    unlike = np.abs(window[..., :3].astype(np.float32) - skin).sum(axis=2)
    alike = np.clip((OTHER - unlike) / (OTHER - ALIKE), 0, 1)
    alike = cv2.GaussianBlur(np.asarray(alike, np.float32), (0, 0), max(0.8, 0.012 * apart))
    away = np.hypot(across[None, :], np.minimum(down, 0)[:, None] * 0.85)
    # Nobody knows where a face in profile ends: its shade has no even part.
    even = SIDEWAYS if len(eyes) > 1 else 0.2
    round_off = np.clip((FADING - away) / (FADING - even), 0, 1)
    low = np.clip((CHIN - down) / (CHIN + 0.35), 0, 1)[:, None]
    shade = np.asarray(alike * _soft(round_off) * _soft(low), np.float32)
    around = shade.copy()
    for eye in eyes:
        keep = np.zeros_like(around, np.uint8)
        middle = round((eye.x - left) * 16 - 8), round((eye.y - top) * 16 - 8)
        axes = round((eye.rx + 1) * 16), round((eye.ry + 1) * 16)
        cv2.ellipse(keep, middle, axes, 0, 0, 360, 255, cv2.FILLED, cv2.LINE_AA, 4)
        around *= 1 - keep.astype(np.float32) / 255
    red, green, blue = (float(part) for part in skin)
    rows, columns = np.flatnonzero(shade.max(axis=1) > 0), np.flatnonzero(shade.max(axis=0) > 0)
    if not rows.size:
        return Shade(left, top, shade[:0, :0], around[:0, :0], (red, green, blue))
    used = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    corner = left + int(columns[0]), top + int(rows[0])
    return Shade(*corner, np.ascontiguousarray(shade[used]), np.ascontiguousarray(around[used]), (red, green, blue))


def shaded(
    texture: Texture, shade: Shade, colours: Sequence[tuple[tuple[float, float, float], float]], eyes: bool
) -> None:
    """Lay shades over a face in place, as the skin is light: lines keep their colour, and shadows stay.

    Arguments:
        colours: sRGB 0-255 each, and how much of it, 0 to 1.
        eyes: whether the texture has its eyes, which keep their colours.
    """
    amount = shade.around if eyes else shade.skin
    rows, columns = amount.shape
    if not rows:
        return
    window = texture[shade.top : shade.top + rows, shade.left : shade.left + columns]
    red, green, blue, alpha = (plane.astype(np.float32) for plane in cv2.split(window))
    lit = np.maximum(np.maximum(red, green), blue)
    lit *= np.float32(1 / max(90.0, *shade.colour))
    np.minimum(lit, np.multiply(alpha, np.float32(1 / 255), out=alpha), out=lit)
    amount = amount * lit
    for colour, much in colours:
        mixed, against = _towards(shade.colour, colour)
        # A little of the opposite hue is brown: it passes that quickly.
        most = STRONGEST + (OPPOSED - STRONGEST) * against
        part = amount * np.float32(most * min(much, 1.0) ** (1 / (1 + against)))
        for plane, ink in zip((red, green, blue), mixed, strict=True):
            plane += (lit * np.float32(ink) - plane) * part
    window[..., :3] = np.rint(cv2.merge([red, green, blue]))


@lru_cache(maxsize=64)
def _towards(
    skin: tuple[float, float, float], colour: tuple[float, float, float]
) -> tuple[tuple[float, float, float], float]:
    """Return what a skin becomes under a full shade, and how far their hues are opposed, 0 to 1.

    The shade's hue and chroma at a lightness between both, in OKLab (Ottosson, "A perceptual color space for image
    processing", 2020).
    """
    own, wanted = _oklab(skin), _oklab(colour)
    mixed = _srgb(np.array([own[0] * LIGHTNESS + wanted[0] * (1 - LIGHTNESS), wanted[1], wanted[2]]))
    chroma = float(np.hypot(*own[1:]) * np.hypot(*wanted[1:]))
    against = float(np.clip(0.5 - float(own[1:] @ wanted[1:]) / max(chroma, 1e-6), 0, 1)) if chroma > 0.004 else 0.0
    red, green, blue = (float(part) for part in mixed)
    return (red, green, blue), against


def _oklab(colour: tuple[float, float, float]) -> NDArray[np.float64]:
    part = np.array(colour) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_LMS @ linear)
    return lab


def _srgb(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.clip(np.linalg.inv(_TO_LMS) @ (np.linalg.inv(_TO_LAB) @ lab) ** 3, 0, 1)
    coded: NDArray[np.float64] = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return coded * 255


def _skin(window: Texture, near: NDArray[np.bool_]) -> Floats:
    """Return the colour that most of a face has between and around its eyes."""
    pixels = window[near & (window[..., 3] > 250)][:, :3]
    if not len(pixels):
        return np.full(3, 128, np.float32)
    light = pixels @ np.array([0.3, 0.59, 0.11])
    bright = pixels[(pixels.max(axis=1) > BRIGHT) & (light > 0.5 * np.percentile(light, 90))]
    if len(bright) > 0.15 * len(pixels):
        pixels = bright
    bins = (pixels >> 5).astype(np.int32) @ np.array([64, 8, 1])
    return np.asarray(np.median(pixels[bins == np.bincount(bins).argmax()], axis=0), np.float32)


def _soft(share: NDArray[np.floating]) -> Floats:
    return np.asarray(share * share * (3 - 2 * share), np.float32)
