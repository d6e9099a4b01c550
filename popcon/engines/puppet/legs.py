"""Finds legs and tails: what stands on the ground apart from each other, and what sticks out behind an animal."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.limbs import LOWEST, Limb, Seen, contact, find_arms, outline_of
from popcon.models.rig import LimbName
from popcon.pixels import Mask

GROUND = 0.14
"""A leg ends at most this far above the ground, in heights of the picture: far legs are drawn higher up."""
SHORTEST = 0.13
"""The least length of a leg, in heights of the picture; shorter ones are feet, which the body lifts as it bends."""
SLIM = 0.85
"""The greatest mean width of a leg, in lengths of it."""
HIGHEST = 0.4
"""Legs begin at most this far from the top, in heights of the picture."""
MOST = 4
WIDE = 1.05
"""What stands on two legs and is wider than this, in heights of it, is an animal seen from the side."""
LYING = 1.25
"""What is wider than this, in heights of it, has no arms: what sticks out of it are feet, fins or ears."""


def find_legs(seen: Seen, profile: int, arms: tuple[Limb, ...]) -> tuple[Limb, ...]:
    """Return the legs of a character, from left to right; none unless there are at least two.

    Below a level line across the picture, legs are pieces apart from each other that are slim and reach the ground.
    The line at which they are longest altogether is the hip.

    Arguments:
        profile: as in `popcon.engines.puppet.rig.Rig`; the foremost leg of a profile has the name of that side.
        arms: of the character; what is theirs is no leg.
    """
    height = seen.mask.shape[0]
    free = seen.mask.copy()
    for arm in arms:
        free[arm.mask > 0] = 0
    best: list[Mask] = []
    longest = 0.0
    for hip in range(round(HIGHEST * height), round((1 - SHORTEST) * height), 2):
        legs = _standing_below(free, hip)
        total = sum(float(np.ptp(np.nonzero(leg)[0])) for leg in legs)
        if 2 <= len(legs) <= MOST and total > longest:
            best, longest = legs, total
    best.sort(key=lambda leg: float(np.nonzero(leg)[1].mean()))
    sides = [(-1) ** n * (1 if profile > 0 else -1) for n in range(len(best))]
    if profile > 0:
        sides.reverse()
    return tuple(_leg(leg, side, seen.mask) for leg, side in zip(best, sides, strict=True))


def _standing_below(mask: Mask, hip: int) -> list[Mask]:
    """Return the pieces of a figure below a line that are slim and reach the ground; none where a piece is no leg."""
    height, width = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask[hip:]), connectivity=8)
    legs = []
    for n in range(1, count):
        _, top, wide, tall, area = (int(v) for v in stats[n])
        if area < 0.004 * mask.size or hip + top + tall < (1 - GROUND) * height:
            continue  # a hand, a tail, the hem of a coat
        if top > 1 or tall < SHORTEST * height or area / tall > SLIM * tall or wide > 0.42 * width:
            return []
        leg = np.zeros_like(mask)
        leg[hip:] = labels == n
        legs.append(leg)
    return legs


def _leg(leg: Mask, side: int, mask: Mask) -> Limb:
    height, width = leg.shape
    ys, xs = np.nonzero(leg)
    hip = xs[ys <= ys.min() + 1]
    thickness = float(np.ptp(hip)) + 1
    joint = float(hip.mean()), max(0.0, float(ys.min()) - 0.2 * thickness)
    tip = float(xs[ys >= ys.max() - 2].mean()), float(ys.max())
    name: LimbName = "leg_left" if side < 0 else "leg_right"
    return Limb(
        name,
        leg * np.uint8(255),
        (mask & (1 - leg)) * np.uint8(255),
        ((joint[0] + 0.5) / width, (joint[1] + 0.5) / height),
        ((tip[0] + 0.5) / width, (tip[1] + 0.5) / height),
        thickness / height,
        behind=True,
        straight=True,
    )


def find_tail(seen: Seen, profile: int) -> Limb | None:
    """Return the tail of an animal seen from the side: the longest thin part that hangs on its rear end by one joint.

    Arguments:
        profile: where it looks: -1 to the left, 1 to the right.
    """
    height, width = seen.mask.shape
    middle = float(np.nonzero(seen.core)[1].mean())
    best: tuple[float, Limb] | None = None
    for part in seen.parts:
        joined = contact(part, seen.core, middle)
        if joined is None or joined.pieces > 1:
            continue
        behind = (middle - joined.joint[0]) * profile
        outward = (joined.joint[0] - joined.tip[0]) * profile
        level = 1 - joined.joint[1] / height
        slim = float(part.sum()) < 0.6 * joined.reach**2
        if behind < 0.15 * width or outward < -0.3 * joined.reach or level < 0.3 or not slim:
            continue
        if joined.tip[1] > (1 - LOWEST) * height:
            continue  # a leg
        if joined.reach < max(0.12 * max(height, width), 1.3 * joined.thickness):
            continue
        if best is None or joined.reach > best[0]:
            best = joined.reach, joined.limb("tail", part, seen.mask, straight=True)
    return best[1] if best else None


def find_limbs(rgba: NDArray[np.uint8], neck: float, upright: bool, profile: int) -> tuple[Limb, ...]:
    """Return the limbs of a character: two arms at most, its legs, and in profile its tail.

    Arguments:
        rgba: (h, w, 4) uint8, the character, trimmed.
        neck, upright, profile: as in `popcon.engines.puppet.rig.Rig`. What sticks out of a profile is no arm.
    """
    outline = outline_of(rgba)
    if outline is None:
        return ()
    height, width = outline.mask.shape
    lies = not upright and width > LYING * height
    arms = () if profile or lies else find_arms(outline, neck, upright)
    legs = find_legs(outline, profile, arms)
    if len(legs) > 2 or (len(legs) == 2 and not upright and width > WIDE * height):
        # An animal on its legs: what sticks out at its sides is its tail, or a leg that is lifted.
        tails = [find_tail(outline, looks) for looks in ((profile,) if profile else (-1, 1))]
        known = [tail for tail in tails if tail is not None]
        return (*find_legs(outline, profile, ()), *(known if len(known) == 1 else ()))
    tail = find_tail(outline, profile) if profile else None
    return (*legs, *((tail,) if tail else ()), *arms)
