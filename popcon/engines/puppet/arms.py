"""A picture's own arms as layers that swing: cut off at the shoulder, turned, and put back."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.face import Texture
from popcon.engines.puppet.hands import gesture, hand_place
from popcon.engines.puppet.limbs import Limb
from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import Rig
from popcon.engines.puppet.warp import Points
from popcon.pixels import Mask

RIM = 10
"""Pixels this near to an arm can be its soft rim, texture px."""
WIDEST = 2.3
"""The farthest that an arm turns from where it was drawn, radians."""


@dataclass(frozen=True)
class Arm:
    """An arm as a layer.

    Attributes:
        side: -1 for the viewer's left, 1 for the right.
        layer: premultiplied pixels of the arm, carried on behind the joint, so that no gap opens.
        corner: (x, y) of the layer's top left pixel in the texture.
        joint: shoulder in the texture, px.
        hull: (n, 2) points around the layer's visible part, layer px.
        along: from the joint to the tip of the hand, px, y downwards.
    """

    side: int
    layer: Texture
    corner: tuple[int, int]
    joint: tuple[float, float]
    along: tuple[float, float]
    hull: Points

    @property
    def length(self) -> float:
        return math.hypot(*self.along)


@dataclass(frozen=True)
class Swing:
    """What an arm does in a pose: turned by `angle` (radians, clockwise as seen), `longer` times as long."""

    angle: float
    longer: float
    front: bool


def cut_arm(texture: Texture, margin: tuple[int, int], limb: Limb, side: int) -> tuple[Arm, NDArray[np.float32]]:
    """Separate an arm from a texture.

    Arguments:
        texture: (h, w, 4) uint8 premultiplied, with `margin` transparent (columns, rows) on each side.
        limb: the arm, as found in the picture without the margin.

    Returns:
        The arm, and (h, w) float32, 0-1: how much of each texture pixel belongs to it alone.
    """
    rows, columns = texture.shape[:2]
    wide, tall = columns - 2 * margin[0], rows - 2 * margin[1]
    arm, rest = (_away_from(mask, wide, tall, margin) for mask in (limb.mask, limb.rest))
    # Every pixel, soft rims included, belongs to what it is nearer to.
    alone = np.clip((rest - arm) * 0.5 + 0.5, 0, 1) * (arm < RIM)
    joint = limb.joint[0] * wide + margin[0], limb.joint[1] * tall + margin[1]
    tip = limb.tip[0] * wide + margin[0], limb.tip[1] * tall + margin[1]
    alone = np.maximum(alone, _stub(texture[..., 3] * (1 - alone), alone, joint, limb.thickness * tall))
    ys, xs = np.mgrid[0:rows, 0:columns]
    radius = max(2.0, 0.55 * limb.thickness * tall)
    away = np.hypot(xs + 0.5 - joint[0], ys + 0.5 - joint[1])
    disc = np.clip(radius - away + 0.5, 0, 1).astype(np.float32)
    kept = np.maximum(alone, disc)
    on = np.argwhere(kept > 0)
    (top, left), (bottom, right) = on.min(axis=0), on.max(axis=0) + 1
    pixels = _capped(texture, alone, joint, radius)[top:bottom, left:right]
    layer = np.rint(pixels * kept[top:bottom, left:right, None]).astype(np.uint8)
    part = Arm(side, layer, (int(left), int(top)), joint, (tip[0] - joint[0], tip[1] - joint[1]), _hull(layer))
    return part, np.maximum(alone, _specks(texture[..., 3] * (1 - alone), alone))


def _away_from(mask: Mask, wide: int, tall: int, margin: tuple[int, int]) -> NDArray[np.float32]:
    """How far each pixel of a texture is from a mask given at another size, px."""
    big = cv2.resize(mask, (wide, tall), interpolation=cv2.INTER_CUBIC)
    big = np.pad(np.asarray(big), ((margin[1], margin[1]), (margin[0], margin[0])))
    outside = cv2.distanceTransform((big < 128).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform((big >= 128).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(outside - inside, dtype=np.float32)


def _stub(
    left: NDArray[np.float32], gone: NDArray[np.float32], joint: tuple[float, float], thickness: float
) -> NDArray[np.float32]:
    """1 where a piece of a cut-off arm sticks out of the trunk: what an opening wider than the arm removes there.

    Arguments:
        left: alpha of the rest, 0 to 255; `gone`: how much of each pixel was cut off, 0 to 1.
        thickness: of the arm at its joint, px.
    """
    reach = math.ceil(1.6 * thickness) + 4
    rows, columns = left.shape
    x0, x1 = max(0, round(joint[0]) - 2 * reach), min(columns, round(joint[0]) + 2 * reach)
    y0, y1 = max(0, round(joint[1]) - 2 * reach), min(rows, round(joint[1]) + 2 * reach)
    solid = (left[y0:y1, x0:x1] > 24).astype(np.uint8)
    size = 2 * max(2, round(0.62 * thickness)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    # The trunk goes on where it leaves the window.
    padded = cv2.copyMakeBorder(solid, size, size, size, size, cv2.BORDER_REPLICATE)
    opened = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc))[size:-size, size:-size]
    ys, xs = np.mgrid[y0:y1, x0:x1]
    near = np.hypot(xs + 0.5 - joint[0], ys + 0.5 - joint[1]) < reach
    sticking = ((solid > 0) & (opened == 0) & near).astype(np.uint8)
    _, labels = cv2.connectedComponents(sticking, connectivity=8)
    touched = np.asarray(cv2.dilate((gone[y0:y1, x0:x1] > 0.3).astype(np.uint8), np.ones((5, 5), np.uint8))) > 0
    on = np.isin(labels, np.setdiff1d(np.unique(labels[touched]), [0]))
    found = np.zeros(left.shape, np.float32)
    found[y0:y1, x0:x1] = on
    return found


def _specks(left: NDArray[np.float32], gone: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 where crumbs of a cut-off arm stayed behind: tiny islands that touch where it was."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((left > 0.5).astype(np.uint8), connectivity=8)
    tiny = stats[:, cv2.CC_STAT_AREA] < 0.002 * left.size
    touching = np.zeros(count, bool)
    touching[np.unique(labels[cv2.dilate(gone, np.ones((9, 9), np.uint8)) > 0])] = True
    tiny[0] = False
    return np.asarray((tiny & touching)[labels], dtype=np.float32)


def _capped(texture: Texture, alone: NDArray[np.float32], joint: tuple[float, float], radius: float) -> Texture:
    """The texture with the arm carried on into the trunk: a round end in its colour, rimmed as the arm is."""
    arm = (alone > 0.9).astype(np.uint8)
    depth = cv2.distanceTransform(arm, cv2.DIST_L2, 5)
    deepest = float(depth.max())
    if deepest < 3:
        return texture
    line = max(1.5, 0.016 * texture.shape[0])
    core = np.median(texture[depth > 0.6 * deepest], axis=0)
    rimmed = (depth > 0) & (depth < min(line + 2, 0.5 * deepest)) & (texture[..., 3] > 250)
    edge = np.median(texture[rimmed], axis=0) if rimmed.any() else core
    ys, xs = np.mgrid[0 : texture.shape[0], 0 : texture.shape[1]]
    away = np.hypot(xs + 0.5 - joint[0], ys + 0.5 - joint[1])
    rim = np.clip(away - (radius - line) + 0.5, 0, 1)[..., None]
    end = core * (1 - rim) + edge * rim
    trunk = (alone < 0.5) & (texture[..., 3] > 250)
    return np.asarray(np.where(trunk[..., None], np.rint(end), texture), dtype=np.uint8)


def swing(arm: Arm, rig: Rig, pose: Pose, texture_unit: float, margin: tuple[int, int], size: tuple[int, int]) -> Swing:
    """Turn and length of an arm in a pose: aimed at its gesture's place as far as the gesture is made.

    Arguments:
        texture_unit: texture pixels in one body height.
        margin, size: of the texture, px: transparent border, and (width, height) with it.
    """
    much, out, level, turn = gesture(pose, arm.side)
    raised = (pose.arm_left if arm.side < 0 else pose.arm_right) * -arm.side
    if not much:
        return Swing(raised, 1.0, False)
    # Short arms that reach up would vanish behind the head: they reach outwards as well.
    u, v = hand_place(rig, arm.side, out * 1.6 if out > 0.9 else out, level)
    x = size[0] / 2 + u * texture_unit
    y = size[1] - margin[1] - v * texture_unit
    dx, dy = x - arm.joint[0], y - arm.joint[1]
    angle = math.atan2(dy, dx) - math.atan2(arm.along[1], arm.along[0])
    angle = (angle + math.pi) % math.tau - math.pi
    angle = min(WIDEST, max(-WIDEST, angle))
    longer = min(1.35, max(0.8, math.hypot(dx, dy) / max(arm.length, 1.0)))
    wag = 0.45 * min(0.6, max(-0.6, turn)) * arm.side
    return Swing(raised + (angle + wag) * much, 1 + (longer - 1) * much, out < 0.75 and much > 0.5)


def reach(arm: Arm, how: Swing) -> Points:
    """Points around a swung arm, texture px."""
    matrix = _matrix(arm, how)
    return np.asarray(arm.hull @ matrix[:, :2].T + matrix[:, 2])


def _hull(layer: Texture) -> Points:
    points = cv2.findNonZero((layer[..., 3] > 8).astype(np.uint8))
    if points is None:
        return np.zeros((1, 2))
    return np.asarray(cv2.convexHull(points).reshape(-1, 2), dtype=np.float64)


def limb_length(limb: Limb, wide: int, tall: int) -> float:
    """From shoulder to tip in a picture of this width and height, px."""
    return math.hypot((limb.tip[0] - limb.joint[0]) * wide, (limb.tip[1] - limb.joint[1]) * tall)


def with_arms(body: Texture, arms: tuple[tuple[Arm, Swing], ...]) -> Texture:
    """The body with its arms swung: those behind it, then it, then those in front."""
    out = body.copy()
    for arm, how in arms:
        corners = reach(arm, how)
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 1, (body.shape[1], body.shape[0]))
        if (high - low < 1).any():
            continue
        matrix = _matrix(arm, how)
        matrix[:, 2] -= low
        size = int(high[0] - low[0]), int(high[1] - low[1])
        turned = cv2.warpAffine(arm.layer, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        window = out[low[1] : high[1], low[0] : high[0]]
        upper, lower = (turned, window) if how.front else (window, turned)
        rest = 255 - upper[..., 3:].astype(np.uint16)
        window[...] = upper + ((lower * rest + 127) // 255).astype(np.uint8)
    return out


def _matrix(arm: Arm, how: Swing) -> NDArray[np.float64]:
    """Layer pixels to texture pixels: stretched along the arm, turned about the joint."""
    length = max(arm.length, 1e-6)
    ax, ay = arm.along[0] / length, arm.along[1] / length
    more = how.longer - 1
    stretch = np.array([[1 + more * ax * ax, more * ax * ay], [more * ax * ay, 1 + more * ay * ay]])
    cos, sin = math.cos(how.angle), math.sin(how.angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ stretch
    from_joint = np.array([arm.corner[0] + 0.5 - arm.joint[0], arm.corner[1] + 0.5 - arm.joint[1]])
    offset = linear @ from_joint + np.array(arm.joint) - 0.5
    return np.concatenate([linear, offset[:, None]], axis=1)
