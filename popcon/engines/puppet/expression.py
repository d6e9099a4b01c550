"""Draws a face's expression over its bare skin: lids, closed eyes, brows, mouths, hearts, spirals, colour."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.features import BareFace, Colour, grown
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.shade import shaded
from popcon.engines.puppet.spots import Spot, Texture

Floats = NDArray[np.float32]
FINE = 3
"""Shapes are drawn this many times as large and averaged."""
MOUTH, TONGUE, TEETH = (112.0, 26.0, 38.0), (238.0, 108.0, 118.0), (255.0, 253.0, 246.0)
HEART, ANGER, GREEN = (240.0, 52.0, 92.0), (226.0, 30.0, 30.0), (122.0, 178.0, 72.0)


class Patch:
    """A window of a texture that shapes are laid into."""

    def __init__(self, texture: Texture, x: float, y: float, reach_x: float, reach_y: float) -> None:
        height, width = texture.shape[:2]
        self.left, self.top = max(0, math.floor(x - reach_x)), max(0, math.floor(y - reach_y))
        self.right, self.bottom = min(width, math.ceil(x + reach_x)), min(height, math.ceil(y + reach_y))
        self.size = max(0, self.right - self.left), max(0, self.bottom - self.top)
        self.texture = texture

    @property
    def empty(self) -> bool:
        return bool(min(self.size) < 2)

    @property
    def window(self) -> NDArray[np.uint8]:
        return self.texture[self.top : self.bottom, self.left : self.right]

    def fill(self, points: Floats, within: Floats | None = None) -> Floats:
        """How much of each pixel a polygon covers, 0 to 1.

        Arguments:
            points: (n, 2), texture px.
        """
        return self._drawn(points, within, None)

    def stroke(self, points: Floats, width: float) -> Floats:
        """How much of each pixel a line with round ends covers."""
        return self._drawn(points, None, width)

    def _drawn(self, points: Floats, within: Floats | None, width: float | None) -> Floats:
        big = np.zeros((self.size[1] * FINE, self.size[0] * FINE), np.uint8)
        at = (np.asarray(points, np.float64) - (self.left, self.top)) * FINE
        whole = np.rint(at * 16 - 8).astype(np.int32)
        if width is None:
            cv2.fillPoly(big, [whole], 255, cv2.LINE_8, 4)
        else:
            cv2.polylines(big, [whole], False, 255, max(1, round(width * FINE)), cv2.LINE_8, 4)
        averaged = np.asarray(cv2.resize(big, self.size, interpolation=cv2.INTER_AREA), dtype=np.float32)
        small: Floats = averaged * np.float32(1 / 255)
        return small if within is None else small * within

    def lay(self, cover: Floats, colour: Colour, much: float = 1.0) -> None:
        """Lay a colour over what is covered, where the character is."""
        covered = _covered(cover)
        if covered is None:
            return
        window = self.window[covered]
        amount = (cover[covered] * much)[..., None]
        ink: Floats = np.array(colour, np.float32) * (window[..., 3:].astype(np.float32) / np.float32(255))
        window[..., :3] = _blended(window[..., :3], ink, amount)

    def put(self, cover: Floats, other: Texture) -> None:
        """Lay another texture's pixels over what is covered."""
        covered = _covered(cover)
        if covered is None:
            return
        window, amount = self.window[covered], cover[covered][..., None]
        theirs = other[self.top : self.bottom, self.left : self.right][covered].astype(np.float32)
        window[...] = _blended(window, theirs, amount)


def _covered(cover: Floats) -> tuple[slice, slice] | None:
    """The rows and columns in which anything is covered."""
    left, top, width, height = cv2.boundingRect(np.asarray(cover > 0, np.uint8))
    return (slice(top, top + height), slice(left, left + width)) if width else None


def _blended(under: NDArray[np.uint8], over: Floats, amount: Floats) -> NDArray[np.uint8]:
    """Two pictures mixed; `over` is written to."""
    mixed = under * (1 - amount)
    over *= amount
    mixed += over
    return np.asarray(np.rint(mixed, out=mixed), np.uint8)


def needs_drawing(pose: Pose) -> bool:
    """Whether a pose changes the face at all."""
    return any(abs(value) > 0.02 for value in _face_of(pose))


def _face_of(pose: Pose) -> Sequence[float]:
    return (
        max(pose.eye_left, 0.0),
        max(pose.eye_right, 0.0),
        pose.brow,
        pose.mouth,
        pose.frown,
        pose.teeth,
        pose.hearts,
        pose.spirals,
        pose.red,
        pose.green,
    )


def draw_expression(texture: Texture, face: BareFace, pose: Pose) -> Texture:
    """The texture with a pose's expression; the same array where the face rests."""
    if not needs_drawing(pose):
        return texture
    out = _tinted(texture, face, pose, eyes=True)
    out = texture.copy() if out is texture else out
    skin = _tinted(face.bare, face, pose, eyes=False)
    if face.clear:
        for side, eye, shut in _lids(face, pose):
            _eye(out, skin, face, eye, side, shut, pose)
    if abs(pose.brow) > 0.25:
        for side, eye, _ in _lids(face, pose):
            _brow(out, face, eye, side, pose.brow)
    if face.mouth is not None:
        _mouth(out, skin, face, face.mouth, pose)
    return out


def _lids(face: BareFace, pose: Pose) -> list[tuple[int, Spot, float]]:
    """The eyes, each with its side of the face (-1: the nose is to its right) and how far it is shut."""
    if face.profile:
        return [(-face.profile, face.eyes[0], max(pose.eye_left, pose.eye_right))]
    left, right = face.eyes
    return [(-1, left, pose.eye_left), (1, right, pose.eye_right)]


def _tinted(texture: Texture, face: BareFace, pose: Pose, eyes: bool) -> Texture:
    """A texture with a soft shade over the face: red with anger, green with sickness; itself where there is none.

    Arguments:
        eyes: whether the texture has its eyes.
    """
    colours = [(colour, much) for colour, much in ((ANGER, pose.red), (GREEN, pose.green)) if much > 0.02]
    if not colours:
        return texture
    out = texture.copy()
    shaded(out, face.shade, colours, eyes)
    return out


def _eye(out: Texture, skin: Texture, face: BareFace, eye: Spot, side: int, shut: float, pose: Pose) -> None:
    special = max(pose.hearts, pose.spirals)
    shut = min(max(shut, 0.0), 1.0)
    slant = pose.brow if special < 0.5 else 0.0
    lidded = shut > 0.02 or abs(slant) > 0.15
    if not lidded and special < 0.02:
        return
    wide, tall = 4 + 1.5 * max(eye.rx, 0.14 * face.apart), 4 + 1.6 * max(eye.ry, 0.14 * face.apart)
    patch = Patch(out, eye.x, eye.y, wide, tall)
    if patch.empty:
        return
    if special >= 0.02:
        patch.put(patch.fill(_ellipse(eye.x, eye.y, grown(eye.rx) + 0.5, grown(eye.ry) + 0.5)), skin)
        size = max(0.19 * face.apart, 0.95 * (eye.rx + eye.ry) / 2) * min(special, 1.25)
        size = min(size, 0.4 * face.apart)
        big = Patch(out, eye.x, eye.y, 1.5 * size + 2, 1.5 * size + 2)
        if pose.hearts >= pose.spirals:
            big.lay(big.fill(_heart(eye.x, eye.y, size)), HEART)
            shine = _ellipse(eye.x - 0.42 * size, eye.y - 0.32 * size, 0.16 * size, 0.2 * size)
            big.lay(big.fill(shine), (255.0, 255.0, 255.0), 0.85)
        else:
            big.lay(big.stroke(_spiral(eye.x, eye.y, size), 0.8 * face.width), face.line)
        return
    across = np.linspace(-1, 1, 25)
    arch = 0.5 * (1 - across**2)
    happy = pose.joy > 0.3
    target = 0.22 - 1.1 * arch if happy else -0.15 + 1.0 * arch
    # A slant lowers the lid at the nose (anger) or at the temple (sorrow).
    tilt = -side * across * 0.55 * slant + 0.30 * abs(slant) * (1 if slant > 0 else 0.5)
    high, low = np.full(25, -1.25), np.full(25, 1.25)
    upper = high + (target - high) * shut + tilt * (1 - shut)
    lower = low + (target - low) * (shut if happy else max(0.0, shut - 0.55) / 0.45)
    rx, ry = grown(eye.rx) + 0.5, grown(eye.ry) + 0.5
    xs = eye.x + across * rx
    top, bottom = eye.y - 1.5 * ry, eye.y + 1.5 * ry
    above = _band(xs, np.full(25, top), eye.y + upper * eye.ry)
    below = _band(xs, eye.y + lower * eye.ry, np.full(25, bottom))
    own = patch.fill(_ellipse(eye.x, eye.y, rx, ry))
    closed = patch.fill(above, own) if shut < 0.97 else own
    patch.put(closed, skin)
    if shut < 0.97 and (happy or shut > 0.55):
        patch.put(patch.fill(below, own), skin)
    # The lid's edge: as long as the eye where it is open, a little longer and rounder where it is shut.
    least = min(max(eye.rx, 0.75 * eye.ry, 0.105 * face.apart), 0.3 * face.apart)
    reach = eye.rx + (1.12 * least - eye.rx) * shut
    deep = eye.ry + (min(max(least, 0.6 * eye.ry), eye.ry * 1.4) * 0.95 - eye.ry) * shut
    inside = 1 if shut > 0.9 else math.sqrt(max(0.0, 1 - min(0.95, abs(float(upper[12]))) ** 2)) * 1.05
    line = np.stack([eye.x + across * reach * inside, eye.y + upper * deep], axis=1)
    if shut > 0.12 or abs(slant) > 0.3:
        patch.lay(
            patch.stroke(line.astype(np.float32), face.width), face.line, min(1.0, 4 * max(shut, abs(slant) - 0.2))
        )


def _brow(out: Texture, face: BareFace, eye: Spot, side: int, brow: float) -> None:
    """A brow over an eye: angry ones go down towards the nose, sad ones up."""
    much = min(1.0, (abs(brow) - 0.25) / 0.35)
    reach = min(max(1.25 * eye.rx, 0.17 * face.apart), 0.36 * face.apart)
    tilt = -side * (0.5 if brow > 0 else -0.42) * min(1.0, abs(brow))
    lift = eye.ry * 1.15 + face.width * 1.1 + (0.02 if brow > 0 else 0.1) * face.apart
    across = np.linspace(-1, 1, 15)
    bow = (0.1 if brow > 0 else 0.22) * (1 - across**2)
    ys = eye.y - lift + reach * (tilt * across - bow)
    line = np.stack([eye.x + across * reach, ys], axis=1).astype(np.float32)
    patch = Patch(out, eye.x, eye.y - lift, 1.4 * reach + 4, 1.2 * reach + 4)
    if not patch.empty:
        patch.lay(patch.stroke(line, 1.35 * face.width), face.line, much)


def _mouth(out: Texture, skin: Texture, face: BareFace, mouth: Spot, pose: Pose) -> None:
    """The mouth: open or shut, up or down at its corners, with teeth or a tongue."""
    strongest = max(abs(pose.mouth), abs(pose.frown), pose.teeth)
    much = min(1.0, max(0.0, strongest - 0.06) / 0.2)
    if much <= 0:
        return
    opened = min(1.0, max(0.0, pose.mouth))
    teeth = min(1.0, max(0.0, pose.teeth))
    smile = -float(np.clip(pose.frown, -1.2, 1.2))
    half = min(max(mouth.rx, 0.3 * face.apart), 0.62 * face.apart)
    half *= 1 - 0.42 * opened * max(0.0, 1 - 2.2 * abs(smile)) - 0.22 * max(0.0, -pose.mouth)
    across = np.linspace(-1, 1, 41)
    curve = 1 - across**2
    middle = mouth.y + smile * half * (0.5 * curve - 0.24)
    high = half * 1.25 * opened * np.sqrt(curve)
    up = float(np.clip(0.5 - 0.36 * smile, 0.14, 0.86))
    if teeth > 0:
        high = np.maximum(high, teeth * half * 0.62 * np.clip(1.15 * curve, 0, 1) ** 0.3)
        up = 0.5
    room = 0.95 * face.apart
    upper, lower = middle - high * up, middle + high * (1 - up)
    xs = mouth.x + across * half
    patch = Patch(out, mouth.x, mouth.y, max(half, mouth.rx) * 1.35 + 5, max(room, mouth.ry * 1.5) + 5)
    if patch.empty:
        return
    fade = Patch(out, mouth.x, mouth.y, mouth.rx * 1.12 + 6, mouth.ry * 1.2 + 6)
    fade.put(np.full(fade.size[::-1], much, np.float32), skin)
    outline = np.concatenate([np.stack([xs, upper], 1), np.stack([xs, lower], 1)[::-1]]).astype(np.float32)
    if float(high.max()) > 0.8 * face.width:
        inside = patch.fill(outline)
        patch.lay(inside, MOUTH, much)
        deep = float(high.max())
        if teeth > 0.05:
            patch.lay(inside, TEETH, much * teeth)
            line = np.stack([xs, middle], 1).astype(np.float32)
            patch.lay(patch.stroke(line, 0.45 * face.width) * inside, face.line, much * teeth)
            for at in (-0.5, 0.0, 0.5):
                post = np.array([[mouth.x + at * half, mouth.y - deep], [mouth.x + at * half, mouth.y + deep]])
                patch.lay(patch.stroke(post.astype(np.float32), 0.4 * face.width) * inside, face.line, much * teeth)
        else:
            low = float((middle + high * (1 - up)).max())
            tongue = _ellipse(mouth.x, low, 0.55 * half, 0.42 * deep)
            patch.lay(patch.fill(tongue) * inside, TONGUE, much * min(1.0, 2 * opened))
            if smile > 0.3:
                band = _band(xs, upper, upper + 0.26 * high)
                patch.lay(patch.fill(band) * inside, TEETH, much)
        closed = np.concatenate([outline, outline[:1]])
        patch.lay(patch.stroke(closed, 0.8 * face.width), face.line, much)
    else:
        patch.lay(patch.stroke(np.stack([xs, middle], 1).astype(np.float32), face.width), face.line, much)


def _ellipse(x: float, y: float, rx: float, ry: float) -> Floats:
    angle = np.linspace(0, math.tau, 48, endpoint=False)
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1).astype(np.float32)


def _band(xs: NDArray[np.float64], upper: NDArray[np.float64], lower: NDArray[np.float64]) -> Floats:
    return np.concatenate([np.stack([xs, upper], 1), np.stack([xs, lower], 1)[::-1]]).astype(np.float32)


def _heart(x: float, y: float, size: float) -> Floats:
    t = np.linspace(0, math.tau, 60, endpoint=False)
    across = np.sin(t) ** 3
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    return np.stack([x + size * across, y + size * down], axis=1).astype(np.float32)


def _spiral(x: float, y: float, size: float) -> Floats:
    t = np.linspace(0, 1, 60)
    angle = t * math.tau * 2.1
    return np.stack([x + size * t * np.cos(angle), y + size * t * np.sin(angle)], axis=1).astype(np.float32)
