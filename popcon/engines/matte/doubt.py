"""The doubt score of a cutout: when a person should look at it, and why."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import SQUARE, opened
from popcon.engines.matte.trimap import MARGIN
from popcon.engines.matte.unmix import Scene

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Doubt:
    """A doubt score with its reason.

    Attributes:
        score: 0 (sure) to 1 (a person should look).
        reason: a phrase for that person; empty for none.
    """

    score: float = 0.0
    reason: str = ""


_PALE = 32


def assess_doubt(gap: Bytes, scene: Scene) -> Doubt:
    """Compute the doubt of a cutout: nothing is visible, no backdrop is left, or areas are close to its colour."""
    inner = gap[MARGIN:-MARGIN, MARGIN:-MARGIN]
    active = inner > scene.threshold
    there = int(active.sum())
    if there == 0:
        return Doubt(1.0, "nothing but the backdrop is in this frame")
    if there > 0.98 * active.size:
        return Doubt(1.0, "no backdrop is left in this frame")
    pale = (active & (inner < _PALE)).astype(np.uint8)
    area = int(opened(pale, SQUARE).sum())
    score = float(np.clip((area / there - 0.01) / 0.04, 0, 1))
    return Doubt(score, "parts of it have almost the backdrop's colour" if score > 0 else "")
