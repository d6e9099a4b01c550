"""Bends an arm at its elbow: two straight bones with an arc between them, so that the joint stays round and whole.

Along the arm, in its own frame, u runs from the joint to the tip as it was drawn and v to the right of that. The bend
turns what is beyond the elbow by `turn` (radians, positive towards v) about the centre of the arc.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLIM = 2.4
"""An arm has an elbow where it is at least this many times as long as it is thick; shorter ones would crumple."""
SHARPEST = 2.2
"""The most that an elbow bends, radians."""
MIDDLE = 0.5
"""Where the elbow is, in lengths of the arm."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bend:
    """The shape of a bent arm.

    Attributes:
        start: where the arc begins, px along the arm.
        arc: its length, px.
        turn: how far what is beyond it is turned, radians; not 0.
    """

    start: float
    arc: float
    turn: float

    @classmethod
    def of(cls, length: float, half: float, turn: float) -> "Bend":
        """Return the bend of an arm.

        Arguments:
            length: of the arm, px.
            half: half its width, px: the inside of the arc is not tighter than that.
        """
        arc = min(0.9 * length, max(0.3 * length, 1.1 * half * abs(turn)))
        return cls(MIDDLE * length - arc / 2, arc, turn)

    @property
    def radius(self) -> float:
        return self.arc / abs(self.turn)

    def placed(self, points: Floats) -> Floats:
        """Return where points (n, 2: u, v) of the straight arm are in the bent one."""
        sign = math.copysign(1, self.turn)
        u, v = points[:, 0], points[:, 1] * sign
        beyond = np.clip(u - self.start, 0, self.arc)
        angle = beyond / self.radius
        rest = u - self.start - beyond
        out = self.radius - v
        x = self.start + np.sin(angle) * out + np.cos(angle) * rest
        y = self.radius - np.cos(angle) * out + np.sin(angle) * rest
        return np.stack([x, y * sign], axis=1)

    def straight(self, points: Floats) -> tuple[Floats, Floats]:
        """Return where points (n, 2) of the picture are in the straight arm: in its upper arm, and in its forearm.

        A folded forearm lies over the upper arm, so that a point may be in both; what is in neither is far outside.
        """
        sign = math.copysign(1, self.turn)
        x, y = points[:, 0] - self.start, points[:, 1] * sign - self.radius
        out = np.hypot(x, y)
        angle = np.arctan2(x, -y)
        around = (angle >= 0) & (angle <= abs(self.turn))
        along = self.start + angle * self.radius
        nowhere = -1e4
        upper = np.full_like(points, nowhere)
        before = (x < 0) & ~around
        upper[before] = np.stack([x + self.start, y + self.radius], axis=1)[before]
        upper[around] = np.stack([along, self.radius - out], axis=1)[around]
        cos, sin = math.cos(self.turn * sign), math.sin(self.turn * sign)
        back_x, back_y = cos * x + sin * y, cos * y - sin * x
        lower = np.full_like(points, nowhere)
        after = (back_x > 0) & ~around
        lower[after] = np.stack([back_x + self.start + self.arc, back_y + self.radius], axis=1)[after]
        late = around & (along > self.start + self.arc / 2)
        lower[late] = np.stack([along, self.radius - out], axis=1)[late]
        for part in (upper, lower):
            part[:, 1] *= sign
        return upper, lower


def turn_to_reach(length: float, half: float, distance: float) -> float:
    """Return how far an elbow bends for the tip to be at a distance from the joint, 0 to SHARPEST radians.

    Without the arc it is the law of cosines for two bones of half the length; the arc's chord is a little shorter, so
    that the turn is found by halving.
    """
    if distance >= length:
        return 0.0
    low, high = 0.0, SHARPEST
    for _ in range(20):
        turn = (low + high) / 2
        tip = Bend.of(length, half, max(turn, 1e-6)).placed(np.array([[length, 0.0]]))[0]
        low, high = (turn, high) if math.hypot(*tip) > distance else (low, turn)
    return low
