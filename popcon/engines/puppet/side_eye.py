"""Finds the one eye of a character that is seen from the side."""

import math

import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.eye_candidates import Candidate, Floats, candidates, prepared, scaled

LEAST = 1.0
"""The score from which an eye counts; "there is none" has 0."""
WEIGHTS = (
    -11.489,
    2.944,
    2.925,
    -5.265,
    1.136,
    3.834,
    8.208,
    -3.143,
    -1.521,
    -2.113,
    2.96,
    -3.612,
    -5.136,
    -8.399,
    0.132,
    -1.823,
    1.363,
)
"""Of `measures`: fitted as a softmax over all candidates of a picture and "there is none", on 66 pictures."""


def measures(one: Candidate, among: list[Candidate], lab: Floats, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return what tells an eye in profile from spots, nostrils and gaps between legs, each about 0 to 1.

    Arguments:
        among: all candidates of the picture.
        lab, inside: the picture (see `popcon.engines.puppet.eye_candidates.prepared`).
    """
    height, width = lab.shape[:2]
    alike = sum(
        0.7 < other.size / one.size < 1.43 and math.dist(other.colour[:2], one.colour[:2]) < 30
        for other in among
        if other is not one
    )
    size = math.log(one.size / math.sqrt(float(inside.sum())) / 0.04)
    side, high = min(one.x, width - one.x) / width, one.y / height
    return np.array(
        [
            1.0,
            min(one.contrast, 1.0),
            max(0.0, one.darker),
            max(0.0, -one.darker),
            min(one.fill / 0.785, 1.1),
            one.within,
            one.even,
            abs(math.log(one.rx / one.ry)),
            size,
            abs(size),
            side,
            max(0.0, side - 0.3),
            high,
            max(0.0, high - 0.45),
            one.colour[0] / 255,
            math.log1p(alike),
            min(1.0, high) * side,
        ]
    )


def best_single(rgba: NDArray[np.uint8]) -> tuple[Candidate, float] | None:
    """Return the most likely eye in profile, in px of the picture, and its confidence, 0.5 to 1; None where none is
    likelier.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha: the character, trimmed.
    """
    if min(rgba.shape[:2]) < 24:
        return None
    lab, inside, scale = prepared(rgba)
    if inside.mean() < 0.05:
        return None
    found = candidates(lab, inside)
    if not found:
        return None
    scores = np.array([measures(one, found, lab, inside) for one in found]) @ np.array(WEIGHTS)
    best = int(scores.argmax())
    if scores[best] <= LEAST:
        return None
    return scaled(found[best], 1 / scale), float(1 / (1 + math.exp(-scores[best])))
