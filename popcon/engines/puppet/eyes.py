"""Where a picture's eyes and mouth are, when it plainly has them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.eye_candidates import Candidate
from popcon.engines.puppet.eye_pairs import best_pair
from popcon.engines.puppet.mouth_candidates import face_window
from popcon.engines.puppet.mouth_choice import best_region


@dataclass(frozen=True)
class Feature:
    """An eye or a mouth, in the coordinates of the picture searched (px).

    Attributes:
        x, y: its centre.
        rx, ry: half its width and height.
    """

    x: float
    y: float
    rx: float
    ry: float


def find_eyes(rgba: NDArray[np.uint8]) -> tuple[Feature, Feature, float] | None:
    """Find the left and right eye of a character.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha: the character, trimmed.

    Returns:
        The pair, left first, and its confidence, 0.5 to 1; None where no pair is convincing.
    """
    if min(rgba.shape[:2]) < 24:
        return None
    found = best_pair(rgba)
    return None if found is None else (_feature(found[0]), _feature(found[1]), found[2])


def _feature(one: Candidate) -> Feature:
    return Feature(one.x, one.y, one.rx, one.ry)


def find_mouth(rgba: NDArray[np.uint8], left: Feature, right: Feature) -> Feature | None:
    """Find the mouth below a pair of eyes: what stands out from the skin, or from a muzzle, in the middle.

    A nose, a beak, or a nose that hangs together with the mouth does not count: they could not be taken away.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, in whose pixels the eyes are given.
    """
    face = face_window(rgba, *((each.x, each.y, each.rx, each.ry) for each in (left, right)))
    best = best_region(face) if face is not None else None
    if face is None or best is None:
        return None
    half = best.w / 2 / face.scale, best.h / 2 / face.scale
    middle = face.left + (best.x + best.w / 2) / face.scale, face.top + (best.y + best.h / 2) / face.scale
    return Feature(*middle, *half)
