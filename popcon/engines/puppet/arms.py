"""Limbs that swing: where they are aimed in a pose, and the body with them turned about their joints."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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

PAW = 1.1
"""Radians that a paw is lifted at most before it wags."""


@dataclass(frozen=True)
class Swing:
    """What a limb does in a pose: turned by `angle` (radians, clockwise as seen), `longer` times as long."""

    angle: float
    longer: float
    front: bool


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
        return Swing(raised, 1.0, False)
    # Short arms that reach up would vanish behind the head: they reach outwards as well.
    u, v = hand_place(rig, limb.side, out * 1.6 if out > 0.9 else out, level)
    x = size[0] / 2 + u * texture_unit
    y = size[1] - margin[1] - v * texture_unit
    dx, dy = x - limb.joint[0], y - limb.joint[1]
    angle = math.atan2(dy, dx) - math.atan2(limb.along[1], limb.along[0])
    angle = (angle + math.pi) % math.tau - math.pi
    angle = min(WIDEST, max(-WIDEST, angle))
    longer = min(1.35, max(0.8, math.hypot(dx, dy) / max(limb.length, 1.0)))
    wag = 0.45 * min(0.6, max(-0.6, turn)) * limb.side
    return Swing(raised + (angle + wag) * much, 1 + (longer - 1) * much, out < 0.75 and much > 0.5)


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
        turned = cv2.warpAffine(limb.layer, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
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
