"""Arms that a picture plainly has: thin parts at the sides of the trunk that can swing about a shoulder.

Thin parts are what a morphological opening with a large disc removes. One that sticks out sideways at arm height,
is about as long as it is thick and hangs on the trunk by a single joint is taken for an arm.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.models.rig import LimbName
from popcon.pixels import Mask

WORKING = 192
"""The outline is looked at with its longer side at this many pixels."""


@dataclass(frozen=True)
class Limb:
    """An arm, a leg, a tail or an ear, in fractions of the picture's width and height, origin at the top left.

    Attributes:
        name: which one, as in `popcon.models.rig.RigLimb`.
        mask: (h, w) uint8, 255 where the limb is, at working size.
        rest: the same for everything else of the body.
        joint: what it turns about: a shoulder, a hip.
        tip: its farthest point.
        thickness: of the joint, as a fraction of the picture's height.
        behind: it is behind the body at rest.
        inside: most of it lies over the body, which goes on behind it; its joint and outline are taken as they are.
    """

    name: LimbName
    mask: Mask
    rest: Mask
    joint: tuple[float, float]
    tip: tuple[float, float]
    thickness: float
    behind: bool = False
    inside: bool = False


def find_limbs(rgba: NDArray[np.uint8], neck: float, upright: bool, profile: int) -> tuple[Limb, ...]:
    """The arms of a character; none of one in profile: what sticks out of it is a leg, a face or a tail.

    Arguments:
        profile: as in `popcon.engines.puppet.rig.Rig`; the others as in `find_arms`.
    """
    return () if profile else tuple(arm for arm in find_arms(rgba, neck, upright) if arm is not None)


def find_arms(rgba: NDArray[np.uint8], neck: float, upright: bool) -> tuple[Limb | None, Limb | None]:
    """The left and the right arm (as the viewer sees them), where there are any.

    Arguments:
        rgba: (h, w, 4) uint8, the character, trimmed.
        neck: where its head begins, as a fraction of its height from the ground up.
        upright: it has a body below its head; arms then hang from the body.
    """
    height, width = rgba.shape[:2]
    scale = WORKING / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    mask = (cv2.resize(rgba[..., 3], size, interpolation=cv2.INTER_AREA) > 110).astype(np.uint8)
    padded = np.pad(mask, 1)
    deepest = float(cv2.distanceTransform(padded, cv2.DIST_L2, 5).max())
    if deepest < 8:
        return None, None
    radius = max(3, round(0.42 * deepest))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    wide = np.pad(mask, radius + 1)
    opened = cv2.morphologyEx(wide, cv2.MORPH_OPEN, disc)[radius + 1 : -radius - 1, radius + 1 : -radius - 1]
    core: Mask = np.asarray(opened, dtype=np.uint8)
    thin = cv2.morphologyEx(mask & (1 - core), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    found: dict[bool, tuple[float, Limb]] = {}
    for n in range(1, count):
        area = int(stats[n, cv2.CC_STAT_AREA])
        if area < 0.004 * float(mask.sum()):
            continue
        part = _without_slivers((labels == n).astype(np.uint8))
        measured = _measure(part, core, mask, neck, upright)
        if measured is None:
            continue
        right, limb = measured
        if right not in found or area > found[right][0]:
            found[right] = float(area), limb
    left_arm, right_arm = found.get(False), found.get(True)
    return (left_arm[1] if left_arm else None), (right_arm[1] if right_arm else None)


def _without_slivers(part: Mask) -> Mask:
    """The thick part of a thin part: scraps of the trunk's outline that hang on it go."""
    thick = float(cv2.distanceTransform(np.pad(part, 1), cv2.DIST_L2, 5).max())
    size = 2 * max(1, round(0.45 * thick)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    opened = cv2.morphologyEx(np.pad(part, size), cv2.MORPH_OPEN, disc)[size:-size, size:-size]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(opened, dtype=np.uint8), connectivity=8)
    if count < 2:
        return part
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(labels == largest, dtype=np.uint8)


def _measure(part: Mask, core: Mask, mask: Mask, neck: float, upright: bool) -> tuple[bool, Limb] | None:
    """Whether a thin part is an arm, on which side, and its joint and tip."""
    height, width = part.shape
    touching = np.asarray(cv2.dilate(core, np.ones((5, 5), np.uint8)), dtype=np.uint8) & part
    contacts, where = cv2.connectedComponents(touching, connectivity=8)
    middle = float(np.nonzero(core)[1].mean())
    joints = [np.nonzero(where == n) for n in range(1, contacts)]
    joints = [(ys, xs) for ys, xs in joints if xs.size >= 3]
    if not joints:
        return None
    # A raised hand may touch the head: the shoulder is the contact nearer to the body's middle.
    ys, xs = min(joints, key=lambda at: abs(float(at[1].mean()) - middle))
    joint = float(xs.mean()), float(ys.mean())
    thickness = math.hypot(float(xs.max() - xs.min()), float(ys.max() - ys.min())) + 1
    py, px = np.nonzero(part)
    reach = np.hypot(px - joint[0], py - joint[1])
    far = int(reach.argmax())
    tip = float(px[far]), float(py[far])
    right = joint[0] > middle
    level = 1 - joint[1] / height
    outward = (tip[0] - joint[0]) * (1 if right else -1)
    high = neck + 0.1 if upright else 0.78
    if not 0.16 < level < high or outward < 0.3 * reach[far] or reach[far] < 0.8 * thickness:
        return None
    if abs(joint[0] - middle) < 0.12 * width or reach[far] < 0.08 * height:
        return None
    near = np.asarray(cv2.dilate(core, np.ones((11, 11), np.uint8)), dtype=np.uint8)
    # The opening rounded the hand off: give it back what is next to it and not trunk.
    kernel = np.ones((7, 7), np.uint8)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    hand = np.hypot(across - tip[0], down - tip[1]) < 0.6 * reach[far]
    whole = part | (np.asarray(cv2.dilate(part, kernel), dtype=np.uint8) & mask & (1 - near) & hand)
    limb = Limb(
        "arm_right" if right else "arm_left",
        whole * np.uint8(255),
        (mask & (1 - whole)) * np.uint8(255),
        ((joint[0] + 0.5) / width, (joint[1] + 0.5) / height),
        ((tip[0] + 0.5) / width, (tip[1] + 0.5) / height),
        thickness / height,
    )
    return right, limb
