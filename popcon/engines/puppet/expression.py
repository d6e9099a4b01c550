"""Draws a face's expression over its bare skin: lids, closed eyes, brows, mouths, hearts, spirals, colour."""

import math
from collections.abc import Sequence

import numpy as np

from popcon.engines.puppet.features import BareFace, grown
from popcon.engines.puppet.mouths import draw_mouth
from popcon.engines.puppet.patch import Floats, Patch, band, ellipse
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.shade import shaded
from popcon.engines.puppet.spots import Spot, Texture

HEART, ANGER, GREEN = (240.0, 52.0, 92.0), (226.0, 30.0, 30.0), (122.0, 178.0, 72.0)


def needs_drawing(pose: Pose) -> bool:
    """Return whether a pose changes the face at all."""
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
        pose.crosses,
        pose.munch,
        pose.pucker,
        pose.red,
        pose.green,
    )


def draw_expression(texture: Texture, face: BareFace, pose: Pose) -> Texture:
    """Return the texture with a pose's expression; the same array where the face rests."""
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
        draw_mouth(out, skin, face, face.mouth, pose)
    return out


def _lids(face: BareFace, pose: Pose) -> list[tuple[int, Spot, float]]:
    """Return the eyes, each with its side of the face (-1: the nose is to its right) and how far it is shut."""
    if face.profile:
        return [(-face.profile, face.eyes[0], max(pose.eye_left, pose.eye_right))]
    left, right = face.eyes
    return [(-1, left, pose.eye_left), (1, right, pose.eye_right)]


def _tinted(texture: Texture, face: BareFace, pose: Pose, eyes: bool) -> Texture:
    """Return a texture with a soft shade over the face: red with anger, green with sickness; itself where there is
    none.

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
    special = max(pose.hearts, pose.spirals, pose.crosses)
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
        patch.put(patch.fill(ellipse(eye.x, eye.y, grown(eye.rx) + 0.5, grown(eye.ry) + 0.5)), skin)
        size = max(0.19 * face.apart, 0.95 * (eye.rx + eye.ry) / 2) * min(special, 1.25)
        size = min(size, 0.4 * face.apart)
        big = Patch(out, eye.x, eye.y, 1.5 * size + 2, 1.5 * size + 2)
        if pose.crosses >= special:
            for slope in (-1, 1):
                line = np.array([[eye.x - 0.8 * size, eye.y - slope * 0.8 * size]] * 2, np.float32)
                line[1] += (1.6 * size, slope * 1.6 * size)
                big.lay(big.stroke(line, 1.2 * face.width), face.line)
        elif pose.hearts >= pose.spirals:
            big.lay(big.fill(_heart(eye.x, eye.y, size)), HEART)
            shine = ellipse(eye.x - 0.42 * size, eye.y - 0.32 * size, 0.16 * size, 0.2 * size)
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
    above = band(xs, np.full(25, top), eye.y + upper * eye.ry)
    below = band(xs, eye.y + lower * eye.ry, np.full(25, bottom))
    own = patch.fill(ellipse(eye.x, eye.y, rx, ry))
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


def _heart(x: float, y: float, size: float) -> Floats:
    t = np.linspace(0, math.tau, 60, endpoint=False)
    across = np.sin(t) ** 3
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    return np.stack([x + size * across, y + size * down], axis=1).astype(np.float32)


def _spiral(x: float, y: float, size: float) -> Floats:
    t = np.linspace(0, 1, 60)
    angle = t * math.tau * 2.1
    return np.stack([x + size * t * np.cos(angle), y + size * t * np.sin(angle)], axis=1).astype(np.float32)
