"""Where hands go: a gesture's sideways and height measures turned into places on a particular body."""

import cv2
import numpy as np

from popcon.engines.puppet.pose import Pose
from popcon.engines.puppet.rig import Rig, Spot
from popcon.pixels import Rgba

LEVEL = 0.93
"""A bust ends in an edge that is at least this wide, of its widest below the neck."""
ALIKE, HAND_AREA = 70.0, 0.07
"""A hand's colours differ from the face's by less (sum over R, G and B); it has at least this share of its area."""
LEVELS = np.array([0.0, 0.5, 0.75, 0.9, 1.0, 1.3])
"""Ground, chest, mouth, eyes, crown, above: the heights that poses speak of."""


def hand_place(rig: Rig, side: int, out: float, level: float) -> Spot:
    """Return a place in body coordinates.

    Arguments:
        side: -1 for the viewer's left, 1 for the right.
        out, level: see `Pose`.
    """
    left, right = rig.hands
    middle, reach = (left[0] + right[0]) / 2, max((right[0] - left[0]) / 2, 1e-3)
    if not rig.upright:
        middle = rig.face[0]
    chest = left[1] if rig.upright else 0.05
    heights = [0.0, chest, rig.mouth[1], rig.eyes[0][1], rig.crown[1], rig.crown[1] + 0.3]
    rising = np.maximum.accumulate(np.array(heights))
    return middle + side * out * reach, float(np.interp(level, LEVELS, rising))


def is_bust(character: Rgba, rig: Rig) -> bool:
    """Return whether a picture is of a head and shoulders, cut off level below: its arms are not in the picture.

    Arguments:
        character: (h, w, 4) uint8, straight alpha, trimmed.
    """
    if not rig.upright or not rig.sees or rig.profile or rig.neck > 0.55:
        return False
    seen = character[..., 3] > 128
    height = seen.shape[0]
    below = seen[round((1 - 0.8 * rig.neck) * height) :]
    widest = float(below.sum(axis=1).max(initial=0))
    cut = seen[-max(1, round(0.03 * height)) :]
    return bool(cut.sum(axis=1).min() > LEVEL * widest > 0)


def shows_hands(character: Rgba, rig: Rig, skin: tuple[float, float, float]) -> bool:
    """Return whether a head with shoulders has hands in its picture: large spots of its skin beside or below the face.

    Arguments:
        character: (h, w, 4) uint8, straight alpha, trimmed.
        skin: sRGB 0-255.
    """
    height, width = character.shape[:2]
    scale = min(1.0, 160 / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    small = cv2.resize(character, size, interpolation=cv2.INTER_AREA)
    unlike = np.abs(small[..., :3].astype(np.float32) - np.array(skin, np.float32)).sum(axis=2)
    alike = ((unlike < ALIKE) & (small[..., 3] > 200)).astype(np.uint8)
    alike = cv2.morphologyEx(alike, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, middles = cv2.connectedComponentsWithStats(alike, connectivity=4)
    if count < 2:
        return False
    x, y = (rig.face[0] / rig.half + 1) / 2 * size[0], (1 - rig.face[1]) * size[1]
    reach = max(2, round(0.3 * rig.breadth * size[1]))
    near = labels[max(0, round(y) - reach) : round(y) + reach, max(0, round(x) - reach) : round(x) + reach]
    known = np.bincount(near[near > 0], minlength=count)
    own = int(known.argmax())
    face = float(stats[own, cv2.CC_STAT_AREA])
    for n in range(1, count):
        if n == own:
            continue
        area = float(stats[n, cv2.CC_STAT_AREA])
        u = abs((middles[n][0] / size[0] - 0.5) * 2 * rig.half - rig.face[0])
        low = 1 - (stats[n, cv2.CC_STAT_TOP] + stats[n, cv2.CC_STAT_HEIGHT]) / size[1]
        # Ears are beside the eyes, necks below the chin.
        if HAND_AREA * face < area and u > 0.5 * rig.breadth and low < rig.mouth[1]:
            return True
    return False


def gesture(pose: Pose, side: int) -> tuple[float, float, float, float]:
    """Return how much, out, level and turn of one hand in a pose."""
    if side < 0:
        return pose.hand_left, pose.out_left, pose.level_left, pose.turn_left
    return pose.hand_right, pose.out_right, pose.level_right, pose.turn_right


def below_the_face(rig: Rig, place: Spot, radius: float) -> Spot:
    """Return a floating hand's place moved down so far that it hides neither eyes nor mouth; beside them it may stay.

    Arguments:
        place: of its middle, in body coordinates.
        radius: of the hand, in heights of the body.
    """
    right = rig.eyes[1]
    chin = rig.mouth[1] - (rig.lips[3] if rig.lips is not None else 0.0)
    lower = max(0.0, place[1] + radius - chin)
    reach = max(right[0] + right[2] - rig.face[0], rig.lips[2] if rig.lips is not None else 0.0) + radius
    over = float(np.clip((reach - abs(place[0] - rig.face[0])) / radius, 0, 1))
    above = float(np.clip((place[1] - radius - rig.eyes[0][1]) / radius, 0, 1))
    return place[0], place[1] - lower * over * over * (3 - 2 * over) * (1 - above)
