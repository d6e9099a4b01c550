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

LOWEST = 0.06
"""A thin part that ends nearer to the ground than this, in heights of the picture, is a leg or a foot, no arm."""

SHORTEST = 0.14
"""The least length of an arm, in heights of the picture: shorter ones are bumps, which tear when they are cut off."""


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
        straight: the cut runs straight across it; what is around its joint goes on as it is drawn.
    """

    name: LimbName
    mask: Mask
    rest: Mask
    joint: tuple[float, float]
    tip: tuple[float, float]
    thickness: float
    behind: bool = False
    inside: bool = False
    straight: bool = False


@dataclass(frozen=True)
class Seen:
    """A character's outline at working size.

    Attributes:
        mask: (h, w) uint8, 1 where the character is.
        core: the same without its thin parts.
        parts: (h, w) uint8 each, 1 where a thin part is.
    """

    mask: Mask
    core: Mask
    parts: tuple[Mask, ...]


@dataclass(frozen=True)
class Contact:
    """Where a thin part hangs on the trunk, px at working size.

    Attributes:
        joint, tip: the middle of the contact, and the point of the part farthest from it.
        thickness: of the contact.
        reach: from the joint to the tip.
        pieces: how many contacts the part has.
    """

    joint: tuple[float, float]
    tip: tuple[float, float]
    thickness: float
    reach: float
    pieces: int

    def limb(self, name: LimbName, part: Mask, mask: Mask, straight: bool = False) -> Limb:
        """Return the part as a limb of this name."""
        height, width = part.shape
        return Limb(
            name,
            part * np.uint8(255),
            (mask & (1 - part)) * np.uint8(255),
            ((self.joint[0] + 0.5) / width, (self.joint[1] + 0.5) / height),
            ((self.tip[0] + 0.5) / width, (self.tip[1] + 0.5) / height),
            self.thickness / height,
            straight=straight,
        )


def outline_of(rgba: NDArray[np.uint8]) -> Seen | None:
    """Separate thin parts from the trunk; None where the character is too thin to have a trunk.

    Arguments:
        rgba: (h, w, 4) uint8, the character, trimmed.
    """
    height, width = rgba.shape[:2]
    scale = WORKING / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    mask = (cv2.resize(rgba[..., 3], size, interpolation=cv2.INTER_AREA) > 110).astype(np.uint8)
    padded = np.pad(mask, 1)
    deepest = float(cv2.distanceTransform(padded, cv2.DIST_L2, 5).max())
    if deepest < 8:
        return None
    radius = max(3, round(0.42 * deepest))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    wide = np.pad(mask, radius + 1)
    opened = cv2.morphologyEx(wide, cv2.MORPH_OPEN, disc)[radius + 1 : -radius - 1, radius + 1 : -radius - 1]
    core: Mask = np.asarray(opened, dtype=np.uint8)
    thin = cv2.morphologyEx(mask & (1 - core), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    large = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= 0.004 * float(mask.sum())]
    return Seen(mask, core, tuple(_without_slivers((labels == n).astype(np.uint8)) for n in large))


def find_arms(outline: Seen, neck: float, upright: bool) -> tuple[Limb, ...]:
    """Return the left and the right arm (as the viewer sees them), as far as there are any.

    Arguments:
        neck: where its head begins, as a fraction of its height from the ground up.
        upright: it has a body below its head; arms then hang from the body.
    """
    found: dict[bool, tuple[float, Limb]] = {}
    for part in outline.parts:
        measured = _measure(part, outline.core, outline.mask, neck, upright)
        if measured is None:
            continue
        right, limb = measured
        area = float(part.sum())
        if right not in found or area > found[right][0]:
            found[right] = area, limb
    return tuple(found[right][1] for right in (False, True) if right in found)


def contact(part: Mask, core: Mask, middle: float) -> Contact | None:
    """Return where a thin part hangs on the trunk; of several places the one nearest to the body's middle.

    Arguments:
        middle: column, px.
    """
    touching = np.asarray(cv2.dilate(core, np.ones((5, 5), np.uint8)), dtype=np.uint8) & part
    contacts, where = cv2.connectedComponents(touching, connectivity=8)
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
    return Contact(joint, (float(px[far]), float(py[far])), thickness, float(reach[far]), len(joints))


def _without_slivers(part: Mask) -> Mask:
    """Return the thick part of a thin part: scraps of the trunk's outline that hang on it go."""
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
    """Return whether a thin part is an arm, on which side, and its joint and tip."""
    height, width = part.shape
    middle = float(np.nonzero(core)[1].mean())
    joined = contact(part, core, middle)
    if joined is None:
        return None
    joint, tip, reach = joined.joint, joined.tip, joined.reach
    right = joint[0] > middle
    level = 1 - joint[1] / height
    outward = (tip[0] - joint[0]) * (1 if right else -1)
    high = neck + 0.1 if upright else 0.78
    hanging = upright and joined.pieces == 1 and level > 0.45 and tip[1] - joint[1] > 0.8 * reach and outward > -2
    lowest = 0.35 if upright else 0.16
    if not lowest < level < high or reach < 0.8 * joined.thickness or (outward < 0.3 * reach and not hanging):
        return None
    if abs(joint[0] - middle) < 0.12 * width or reach < SHORTEST * height or tip[1] > (1 - LOWEST) * height:
        return None
    near = np.asarray(cv2.dilate(core, np.ones((11, 11), np.uint8)), dtype=np.uint8)
    # The opening rounded the hand off: give it back what is next to it and not trunk.
    kernel = np.ones((7, 7), np.uint8)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    hand = np.hypot(across - tip[0], down - tip[1]) < 0.6 * reach
    whole = part | (np.asarray(cv2.dilate(part, kernel), dtype=np.uint8) & mask & (1 - near) & hand)
    return right, joined.limb("arm_right" if right else "arm_left", whole, mask, straight=hanging)
