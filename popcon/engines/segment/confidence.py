"""How far a carried mask can be trusted."""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MaskEvidence:
    """What speaks for a carried mask; shares from 0 to 1.

    Arguments:
        overlap: of the mask with where motion expects the character.
        size: of the mask against that of the given one, whichever is smaller to the larger.
        agreed: of the mask and what the prior sees, what both have.
        contour: how well the contour runs along edges.
    """

    overlap: float
    size: float
    agreed: float
    contour: float


WEIGHTS = MaskEvidence(overlap=5.96, size=7.77, agreed=5.04, contour=4.38)
START = -19.42
"""Logistic regression on tuning clips of `benchmarks/segment.py`: is the mask's IoU at least 0.9?"""


def overlap_of(one: Floats, other: Floats) -> float:
    """Soft IoU of two maps from 0 to 1; 0 where both are empty."""
    return float(np.minimum(one, other).sum() / max(1.0, float(np.maximum(one, other).sum())))


def mask_confidence(evidence: MaskEvidence) -> float:
    """Return how likely the IoU of a carried mask is at least 0.9, 0 to 1: below a half a person should look at it."""
    total = START + sum(weight * sign for weight, sign in zip(astuple(WEIGHTS), astuple(evidence), strict=True))
    return float(1 / (1 + np.exp(-total)))
