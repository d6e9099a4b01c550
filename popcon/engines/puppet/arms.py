"""Limbs that swing: where they are aimed in a pose, and the body with them turned about their joints."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.elbow import SLIM, Bend, turn_to_reach
from popcon.engines.puppet.hands import gesture, hand_place
from popcon.engines.puppet.limb_layers import LimbLayer
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import Rig
from popcon.engines.puppet.spots import Texture
from popcon.engines.puppet.warp import Points

WIDEST = 2.3
"""The farthest that an arm turns from where it was drawn, radians."""
STRIDE = 4.0
"""Radians that a leg turns for each body height that its foot is lifted."""

BENT = 0.85
"""Raised arms reach at most this far of the way, so that their elbows show."""
PAW = 1.1
"""Radians that a paw is lifted at most before it wags."""


@dataclass(frozen=True)
class Swing:
    """What a limb does in a pose: turned by `angle` (radians, clockwise as seen), `longer` times as long.

    Attributes:
        front: of the body.
        elbow: how far what is beyond its middle is turned besides, radians.
    """

    angle: float
    longer: float
    front: bool
    elbow: float = 0.0


def swing(
    limb: LimbLayer, rig: Rig, pose: Pose, texture_unit: float, margin: tuple[int, int], size: tuple[int, int]
) -> Swing:
    """Turn and length of a limb in a pose; an arm is aimed at its gesture's place as far as the gesture is made.

    Arguments:
        texture_unit: texture pixels in one body height.
        margin, size: of the texture, px: transparent border, and (width, height) with it.
    """
    if not limb.name.startswith("arm"):
        return Swing(_angle(limb, pose) + _paw(limb, rig, pose, size), 1.0, not limb.behind)
    much, out, level, turn = gesture(pose, limb.side)
    raised = (pose.arm_left if limb.side < 0 else pose.arm_right) * -limb.side
    if not much:
        return Swing(raised, 1.0, limb.inside and not limb.behind)
    # Short arms that reach up would vanish behind the head: they reach outwards as well.
    u, v = hand_place(rig, limb.side, out * 1.6 if out > 0.9 else out, level)
    x = size[0] / 2 + u * texture_unit
    y = size[1] - margin[1] - v * texture_unit
    dx, dy = x - limb.joint[0], y - limb.joint[1]
    far = math.hypot(dx, dy)
    aim = math.atan2(dy, dx) - math.atan2(limb.along[1], limb.along[0])
    wag = 0.45 * min(0.6, max(-0.6, turn)) * limb.side
    # It passes behind a head that it is raised beside, and in front of what it reaches for.
    front = much > 0.5 and (out < 0.75 or (limb.inside and not limb.behind and level < 0.9))
    front = front or (limb.inside and not limb.behind and much <= 0.5)
    longer = min(1.35, max(0.8, far / max(limb.length, 1.0)))
    if limb.length < SLIM * 2 * limb.half:
        angle = min(WIDEST, max(-WIDEST, (aim + math.pi) % math.tau - math.pi))
        return Swing(raised + (angle + wag) * much, 1 + (longer - 1) * much, front)
    # Forearms rise beside a head and come in before a chest.
    rising = min(1.0, max(-1.0, (limb.joint[1] - y) / (0.3 * limb.length)))
    bent = -limb.side * rising * turn_to_reach(limb.length, limb.half, BENT * far if rising > 0 else far)
    if abs(bent) > 1e-3:
        tip = Bend.of(limb.length, limb.half, bent).placed(np.array([[limb.length, 0.0]]))[0]
        aim -= math.atan2(tip[1], tip[0])
    angle = min(WIDEST, max(-WIDEST, (aim + math.pi) % math.tau - math.pi))
    bent += 1.4 * wag if rising > 0 else 0.0
    angle += 0.3 * wag if rising > 0 else wag
    return Swing(raised + angle * much, 1 + (max(1.0, longer) - 1) * much, front, bent * much)


def _angle(limb: LimbLayer, pose: Pose) -> float:
    """Return how far a leg, a tail or an ear is turned in a pose, radians, clockwise as seen."""
    if limb.name.startswith("leg"):
        # Legs take turns: one is in front while the other is behind.
        return STRIDE * -limb.side * (pose.step_left - pose.step_right)
    if limb.name.startswith("ear"):
        return limb.side * pose.flop
    return pose.wag


def _paw(limb: LimbLayer, rig: Rig, pose: Pose, size: tuple[int, int]) -> float:
    """Return how far the foremost leg of an animal in profile is lifted where others raise their right hand,
    radians."""
    if not limb.name.startswith("leg") or limb.side != rig.profile:
        return 0.0
    if (limb.joint[0] / size[0] - 0.5) * rig.profile < 0.1 * min(1.0, rig.half):
        return 0.0
    lifted = max(0.0, min(1.0, (pose.level_right - 0.55) / 0.4)) * pose.hand_right
    return -rig.profile * (PAW * lifted + 0.4 * lifted * pose.turn_right)


def reach(limb: LimbLayer, how: Swing) -> Points:
    """Points around a swung limb, texture px."""
    matrix = _matrix(limb, how)
    if how.elbow:
        corners = np.asarray(limb.hull, np.float64)
        # More of them: a bend moves what is between two corners elsewhere.
        edges = np.linspace(corners, np.roll(corners, -1, axis=0), 8, axis=1).reshape(-1, 2)
        frame, joint = _frame(limb), _in_layer(limb)
        straight = (edges - joint) @ frame.T
        return np.asarray((_bend(limb, how).placed(straight) @ frame + joint) @ matrix[:, :2].T + matrix[:, 2])
    return np.asarray(limb.hull @ matrix[:, :2].T + matrix[:, 2])


def with_limbs(body: Texture, limbs: tuple[tuple[LimbLayer, Swing], ...]) -> Texture:
    """Return the body with its limbs swung: those behind it, then it, then those in front."""
    out = body.copy()
    for limb, how in limbs:
        corners = reach(limb, how)
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, (body.shape[1], body.shape[0]))
        if (high - low < 1).any():
            continue
        matrix = _matrix(limb, how)
        matrix[:, 2] -= low
        size = int(high[0] - low[0]), int(high[1] - low[1])
        if how.elbow:
            turned = _bent(limb, how, matrix, size)
        else:
            flat = cv2.warpAffine(limb.layer, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            turned = np.asarray(flat, np.uint8)
        window = out[low[1] : high[1], low[0] : high[0]]
        upper, lower = (turned, window) if how.front else (window, turned)
        rest = 255 - upper[..., 3:].astype(np.uint16)
        window[...] = upper + ((lower * rest + 127) // 255).astype(np.uint8)
    return out


def _matrix(limb: LimbLayer, how: Swing) -> NDArray[np.float64]:
    """Layer pixels to texture pixels: stretched along the limb, turned about the joint."""
    length = max(limb.length, 1e-6)
    ax, ay = limb.along[0] / length, limb.along[1] / length
    more = how.longer - 1
    stretch = np.array([[1 + more * ax * ax, more * ax * ay], [more * ax * ay, 1 + more * ay * ay]])
    cos, sin = math.cos(how.angle), math.sin(how.angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ stretch
    from_joint = np.array([limb.corner[0] + 0.5 - limb.joint[0], limb.corner[1] + 0.5 - limb.joint[1]])
    offset = linear @ from_joint + np.array(limb.joint) - 0.5
    return np.concatenate([linear, offset[:, None]], axis=1)


def _bend(limb: LimbLayer, how: Swing) -> Bend:
    return Bend.of(limb.length, limb.half, how.elbow)


def _frame(limb: LimbLayer) -> NDArray[np.float64]:
    """Layer pixels from the joint to along and across the limb."""
    length = max(limb.length, 1e-6)
    ax, ay = limb.along[0] / length, limb.along[1] / length
    return np.array([[ax, ay], [-ay, ax]])


def _in_layer(limb: LimbLayer) -> NDArray[np.float64]:
    return np.array(limb.joint) - limb.corner - 0.5


def _bent(limb: LimbLayer, how: Swing, matrix: NDArray[np.float64], size: tuple[int, int]) -> Texture:
    """Return a bent limb in a window: its forearm over its upper arm.

    Arguments:
        matrix: layer pixels to pixels of the window, without the bend.
        size: of the window: width, height.
    """
    whole = np.concatenate([matrix, [[0.0, 0.0, 1.0]]])
    back = np.linalg.inv(whole)[:2]
    xs, ys = np.meshgrid(np.arange(size[0], dtype=np.float64), np.arange(size[1], dtype=np.float64))
    placed = np.stack([xs.ravel(), ys.ravel()], axis=1) @ back[:, :2].T + back[:, 2]
    frame, joint = _frame(limb), _in_layer(limb)
    drawn = []
    for part in _bend(limb, how).straight((placed - joint) @ frame.T):
        at = (part @ frame + joint).reshape(size[1], size[0], 2).astype(np.float32)
        across, down = cv2.split(at)
        drawn.append(cv2.remap(limb.layer, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))
    upper, lower = drawn
    rest = 255 - lower[..., 3:].astype(np.uint16)
    return np.asarray(lower + ((upper * rest + 127) // 255).astype(np.uint8), np.uint8)
