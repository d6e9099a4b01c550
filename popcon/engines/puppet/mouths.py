"""Draws the mouth of an expression: open or shut, with teeth, chewing, or puckered for a kiss or a pout."""

import math

import numpy as np

from popcon.engines.puppet.features import BareFace
from popcon.engines.puppet.patch import Patch, band, ellipse
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.spots import Spot, Texture

MOUTH, TONGUE, TEETH = (112.0, 26.0, 38.0), (238.0, 108.0, 118.0), (255.0, 253.0, 246.0)


def draw_mouth(out: Texture, skin: Texture, face: BareFace, mouth: Spot, pose: Pose) -> None:
    """The mouth: open or shut, up or down at its corners, with teeth or a tongue."""
    strongest = max(abs(pose.mouth), abs(pose.frown), pose.teeth, abs(pose.munch), pose.pucker)
    # What the picture has fades out early: a mouth that stays half open must not shine through the new one.
    much = min(1.0, max(0.0, strongest - 0.04) / 0.08)
    if much <= 0:
        return
    if pose.pucker > 0.5:
        _puckered(out, skin, face, mouth, pose)
        return
    opened = min(1.0, max(0.0, pose.mouth))
    teeth = min(1.0, max(0.0, pose.teeth))
    smile = -float(np.clip(pose.frown, -1.2, 1.2))
    half = min(max(mouth.rx, 0.3 * face.apart), 0.62 * face.apart)
    half *= 1 - 0.42 * opened * max(0.0, 1 - 2.2 * abs(smile)) - 0.22 * max(0.0, -pose.mouth)
    across = np.linspace(-1, 1, 41)
    curve = 1 - across**2
    # Of a mouth with its tongue out, the lips are the upper part.
    lips = mouth.y - max(0.0, mouth.ry - 0.5 * mouth.rx)
    middle = lips + smile * half * (0.5 * curve - 0.24)
    middle = middle + pose.munch * half * 0.2 * np.sin(math.tau * across)
    high = half * 1.25 * opened * np.sqrt(curve)
    up = float(np.clip(0.5 - 0.36 * smile, 0.14, 0.86))
    if teeth > 0:
        high = np.maximum(high, teeth * half * 0.62 * np.clip(1.15 * curve, 0, 1) ** 0.3)
        up = 0.5
    room = 0.95 * face.apart
    upper, lower = middle - high * up, middle + high * (1 - up)
    xs = mouth.x + (across + 0.22 * pose.munch) * half
    patch = Patch(out, mouth.x, mouth.y, max(half, mouth.rx) * 1.35 + 5, max(room, mouth.ry * 1.5) + 5)
    if patch.empty:
        return
    _bared(out, skin, mouth, much)
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
            tongue = ellipse(mouth.x, low, 0.55 * half, 0.42 * deep)
            patch.lay(patch.fill(tongue) * inside, TONGUE, much * min(1.0, 2 * opened))
            if smile > 0.3:
                white = band(xs, upper, upper + 0.26 * high)
                patch.lay(patch.fill(white) * inside, TEETH, much)
        closed = np.concatenate([outline, outline[:1]])
        patch.lay(patch.stroke(closed, 0.8 * face.width), face.line, much)
    else:
        patch.lay(patch.stroke(np.stack([xs, middle], 1).astype(np.float32), face.width), face.line, much)


def _bared(out: Texture, skin: Texture, mouth: Spot, much: float) -> None:
    """Lay the skin over the mouth that the picture has."""
    fade = Patch(out, mouth.x, mouth.y, mouth.rx * 1.12 + 6, mouth.ry * 1.2 + 6)
    fade.put(np.full(fade.size[::-1], much, np.float32), skin)


def _puckered(out: Texture, skin: Texture, face: BareFace, mouth: Spot, pose: Pose) -> None:
    """Lips drawn together: two small bows for a kiss; where the corners go down, an arch over a lip for a pout."""
    _bared(out, skin, mouth, 1.0)
    size = 0.2 * face.apart * min(1.0, pose.pucker)
    patch = Patch(out, mouth.x, mouth.y, 2.4 * size + face.width + 3, 2.4 * size + face.width + 3)
    if patch.empty:
        return
    if pose.frown > 0.2:
        across = np.linspace(-1, 1, 21)
        arch = np.stack([mouth.x + 1.15 * size * across, mouth.y - 0.55 * size * (1 - across**2)], 1)
        lip = np.stack([mouth.x + 0.5 * size * across, mouth.y + 0.62 * size + 0.12 * size * (1 - across**2)], 1)
        patch.lay(patch.stroke(arch.astype(np.float32), face.width), face.line)
        patch.lay(patch.stroke(lip.astype(np.float32), 0.7 * face.width), face.line)
        return
    turn = np.linspace(-0.5 * math.pi, 0.5 * math.pi, 15)
    bows = [
        np.stack([mouth.x - 0.3 * size + size * np.cos(turn), mouth.y + size * (at + 0.5 * np.sin(turn))], 1)
        for at in (-0.5, 0.5)
    ]
    patch.lay(patch.stroke(np.concatenate(bows).astype(np.float32), face.width), face.line)
