"""Floating cartoon hands for bodies without arms, in the character's own colours.

Shapes are signed distance fields (negative inside) of capsules joined smoothly, so that they are crisp at any
size; see Inigo Quilez, "2D distance functions" and "smooth minimum".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.rig import Rig
from popcon.pixels import Rgba

Field = NDArray[np.float64]
SIZE = 128
"""Width and height of a drawn hand, px; its radius is about half of that."""
RIM = 0.045
"""Thickness of the outline, in half-sizes of the sprite."""


@dataclass(frozen=True)
class Tint:
    """Colours of a hand, sRGB 0-255: its skin and its outline."""

    skin: tuple[float, float, float]
    line: tuple[float, float, float]

    @property
    def rounded(self) -> tuple[int, int, int]:
        """The skin in whole numbers."""
        red, green, blue = (round(part) for part in self.skin)
        return red, green, blue


def tint(character: Rgba, rig: Rig) -> Tint:
    """Return the colour most of the character's face has, and a darker one."""
    height, width = character.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width]
    u = ((xs + 0.5) / width - 0.5) * 2 * rig.half
    v = 1 - (ys + 0.5) / height
    reach, middle = 0.2 if rig.upright else 0.34, rig.face
    if rig.sees and not rig.profile:
        # Hair and beards have other colours than hands: what is between the eyes has the same.
        reach, middle = 0.5 * (rig.eyes[1][0] - rig.eyes[0][0]), (rig.face[0], rig.eyes[0][1])
    near = (u - middle[0]) ** 2 + (v - middle[1]) ** 2 < reach**2
    solid = character[..., 3] > 200
    pixels = character[solid & near][:, :3]
    if len(pixels) < 32:
        pixels = character[solid][:, :3]
    if not len(pixels):
        pixels = np.array([[250, 200, 90]], dtype=np.uint8)
    bright = pixels[pixels.max(axis=1) > 90]
    if len(bright) > 0.15 * len(pixels):
        pixels = bright
    bins = (pixels >> 5).astype(np.int32) @ np.array([64, 8, 1])
    common = np.bincount(bins).argmax()
    skin = pixels[bins == common].astype(np.float64).mean(axis=0)
    line = skin * (0.5 if skin.mean() < 200 else 0.42)
    red, green, blue = (float(c) for c in skin)
    return Tint((red, green, blue), (float(line[0]), float(line[1]), float(line[2])))


@lru_cache(maxsize=64)
def hand_sprite(shape: str, colours: Tint) -> NDArray[np.uint8]:
    """Return a right hand (as the viewer sees it: thumb to the left), pointing up: (SIZE, SIZE, 4) uint8 premultiplied.

    Arguments:
        shape: one of SHAPES.
    """
    axis = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    x, y = np.meshgrid(axis, -axis)
    outline, creases = SHAPES[shape](x, y)
    soft = 2 / SIZE
    inside = np.clip(0.5 - outline / soft, 0, 1)
    line = np.clip(0.5 + (outline + RIM * 2) / soft, 0, 1)
    line = np.maximum(line, np.clip(0.5 - (np.abs(creases) - RIM * 0.7) / soft, 0, 1))
    skin, dark = np.array(colours.skin), np.array(colours.line)
    light = np.clip(0.5 + 0.5 * (y * 0.8 - x * 0.3) - 0.35, -0.3, 0.3)[..., None]
    lit = np.clip(skin + light * np.where(light > 0, 90, 70), 0, 255)
    colour = lit * (1 - line[..., None]) + dark * line[..., None]
    out = np.concatenate([colour * inside[..., None], inside[..., None] * 255], axis=2)
    drawn: NDArray[np.uint8] = np.rint(np.clip(out, 0, 255)).astype(np.uint8)
    drawn.flags.writeable = False
    return drawn


def paste(
    canvas: NDArray[np.uint8],
    sprite: NDArray[np.uint8],
    x: float,
    y: float,
    width: float,
    angle: float,
    mirrored: bool,
) -> None:
    """Lay a premultiplied sprite over a premultiplied canvas, in place.

    Arguments:
        x, y: where its middle goes, px.
        width: how large it becomes, px.
        angle: clockwise, radians.
        mirrored: left and right exchanged first.
    """
    scale = width / SIZE
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    flip = -1.0 if mirrored else 1.0
    linear = np.array([[cos * flip, -sin], [sin * flip, cos]])
    low = np.maximum(np.floor([x - width * 0.72, y - width * 0.72]).astype(int), 0)
    high = np.minimum(np.ceil([x + width * 0.72, y + width * 0.72]).astype(int), canvas.shape[1::-1])
    if (high - low < 1).any():
        return
    half = np.full(2, SIZE / 2 - 0.5)
    offset = np.array([x - 0.5, y - 0.5]) - low - linear @ half
    matrix = np.concatenate([linear, offset[:, None]], axis=1)
    if scale < 0.6:
        # Bilinear sampling alone would skip pixels of a sprite that is made much smaller.
        sprite = np.asarray(cv2.GaussianBlur(sprite, (0, 0), 0.35 / scale), dtype=np.uint8)
    drawn = cv2.warpAffine(
        sprite, matrix, (int(high[0] - low[0]), int(high[1] - low[1])), flags=cv2.INTER_LINEAR, borderValue=0
    )
    window = canvas[low[1] : high[1], low[0] : high[0]]
    rest = 255 - drawn[..., 3:].astype(np.uint16)
    window[...] = drawn + ((window * rest + 127) // 255).astype(np.uint8)


def _capsule(x: Field, y: Field, a: tuple[float, float], b: tuple[float, float], radius: float) -> Field:
    ax, ay = b[0] - a[0], b[1] - a[1]
    along = np.clip(((x - a[0]) * ax + (y - a[1]) * ay) / max(ax * ax + ay * ay, 1e-9), 0, 1)
    distance: Field = np.hypot(x - a[0] - along * ax, y - a[1] - along * ay) - radius
    return distance


def _join(a: Field, b: Field, soft: float = 0.12) -> Field:
    """Return the smooth union of two fields."""
    mix = np.clip(0.5 + 0.5 * (b - a) / soft, 0, 1)
    joined: Field = b * (1 - mix) + a * mix - soft * mix * (1 - mix)
    return joined


def _open(x: Field, y: Field) -> tuple[Field, Field]:
    palm = _capsule(x, y, (0.02, -0.38), (0.06, -0.22), 0.42)
    palm = _join(palm, _capsule(x, y, (-0.2, -0.1), (-0.3, 0.42), 0.17))
    palm = _join(palm, _capsule(x, y, (0.07, 0.0), (0.06, 0.6), 0.18), 0.08)
    palm = _join(palm, _capsule(x, y, (0.33, -0.08), (0.44, 0.4), 0.165), 0.08)
    return _join(palm, _capsule(x, y, (-0.25, -0.35), (-0.68, -0.1), 0.16)), np.ones_like(x)


def _fist(x: Field, y: Field) -> tuple[Field, Field]:
    ball = _join(
        _capsule(x, y, (-0.22, 0.1), (0.26, 0.08), 0.36), _capsule(x, y, (-0.1, -0.25), (0.18, -0.25), 0.36), 0.3
    )
    ball = _join(ball, _capsule(x, y, (-0.42, -0.22), (-0.36, 0.0), 0.2), 0.06)
    creases = [_capsule(x, y, (at, 0.1), (at + 0.01, 0.34), 0) for at in (-0.2, 0.03, 0.26)]
    return ball, np.minimum.reduce(creases)


def _flat(x: Field, y: Field) -> tuple[Field, Field]:
    slab = _join(
        _capsule(x, y, (0.08, -0.45), (0.06, 0.0), 0.34), _capsule(x, y, (0.04, 0.0), (-0.02, 0.55), 0.27), 0.3
    )
    thumb = _capsule(x, y, (-0.08, -0.4), (-0.36, -0.02), 0.15)
    return _join(slab, thumb), np.ones_like(x)


def _thumb(x: Field, y: Field) -> tuple[Field, Field]:
    ball = _join(
        _capsule(x, y, (-0.1, -0.3), (0.25, -0.3), 0.38), _capsule(x, y, (-0.18, -0.1), (-0.24, 0.55), 0.2), 0.16
    )
    lines = np.minimum(_capsule(x, y, (0.2, -0.12), (0.5, -0.12), 0), _capsule(x, y, (0.2, -0.38), (0.5, -0.38), 0))
    return ball, lines


def _ok(x: Field, y: Field) -> tuple[Field, Field]:
    palm = _capsule(x, y, (0.1, -0.5), (0.16, -0.3), 0.33)
    palm = _join(palm, _capsule(x, y, (0.12, -0.1), (0.1, 0.62), 0.15), 0.08)
    palm = _join(palm, _capsule(x, y, (0.34, -0.15), (0.44, 0.48), 0.14), 0.08)
    ring = np.abs(np.hypot(x + 0.3, y - 0.02) - 0.27) - 0.135
    return _join(palm, ring, 0.06), np.ones_like(x)


SHAPES: dict[str, Callable[[Field, Field], tuple[Field, Field]]] = {
    "open": _open,
    "fist": _fist,
    "flat": _flat,
    "thumb": _thumb,
    "ok": _ok,
}
