"""What the puppet can do with its body: a pose is one frame's values, a score all poses of a loop."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.tracks import FRAMES, Track


@dataclass(frozen=True)
class Pose:
    """One frame's pose. Every value is 0 at rest, so poses add and scale.

    Lengths are in body sizes (see `Rig.size`), angles in radians, positive to the viewer's right (or up, or
    towards the viewer). "Held" means that what touches the ground does not move.

    Attributes:
        x, y: travel of the whole body.
        zoom: logarithm of its size, about the feet.
        roll: rotation about the middle of the body.
        rock: rotation about the outer edge of the feet, as if it tipped over.
        yaw: turn about the upright axis, seen with perspective. Whole body.
        twist: the same, growing from the held feet upwards.
        flip: whole turns about the middle of the body; the ground stays below it. 1 is 0 again.
        whirl: whole turns about the upright axis. 1 is 0 again.
        stretch: logarithm of the height; the width answers so that the area is kept. Feet held.
        lean: slant of the whole spine. Feet held.
        bend: how much the spine curves from feet to crown. Feet held.
        jelly: a second, S-shaped curve: the middle goes one way, the crown the other. Feet held.
        tilt: slant of the head alone.
        pitch: bending forward from the hips.
        nod: bending forward of the head alone.
        belly: logarithm of the width of the body's middle.
        head: logarithm of the head's width.
        arm_left, arm_right: how far the side of the body at arm height is swung up.
        step_left, step_right: how far that side's foot is lifted.
        hand_left, hand_right: how much of the gesture below is made: 0 hangs at rest, 1 is there. For bodies without
            arms of their own, the size of a floating hand.
        out_left, out_right: where that hand is sideways: 0 is the body's middle, 1 its edge.
        level_left, level_right: how high it is: 0 ground, 0.5 chest, 0.75 mouth, 0.9 eyes, 1 crown.
        turn_left, turn_right: how far the hand is turned outwards; 0 points up.
        eye_left, eye_right: 1 is shut, below 0 is wide open. Only where eyes were found.
        brow: above 0 the eyes slant angrily, below 0 sadly. Only where eyes were found.
        mouth: above 0 opens, below 0 presses together. Only where eyes were found.
        frown: above 0 the corners of the mouth go down, below 0 up. Only where eyes were found.
        joy: shut eyes are arched upwards, as in laughing, instead of downwards, as in sleep.
        teeth: how much of them is bared.
        hearts, spirals, crosses: the eyes are these, as large as said.
        gaze, gaze_up: how far the eyes look to the viewer's right, and up: 1 is as far as they go.
        munch: how far a chewing mouth is pulled to the viewer's right.
        pucker: how far the lips are drawn together: above 0.5 for a kiss, with `frown` for a pout.
        red, green: a shade over the face: anger, sickness.
        wag, flop: turn of the tail, and of the ears outwards.
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 0.0
    roll: float = 0.0
    rock: float = 0.0
    yaw: float = 0.0
    twist: float = 0.0
    flip: float = 0.0
    whirl: float = 0.0
    stretch: float = 0.0
    lean: float = 0.0
    bend: float = 0.0
    jelly: float = 0.0
    tilt: float = 0.0
    pitch: float = 0.0
    nod: float = 0.0
    belly: float = 0.0
    head: float = 0.0
    arm_left: float = 0.0
    arm_right: float = 0.0
    step_left: float = 0.0
    step_right: float = 0.0
    hand_left: float = 0.0
    hand_right: float = 0.0
    out_left: float = 0.0
    out_right: float = 0.0
    level_left: float = 0.0
    level_right: float = 0.0
    turn_left: float = 0.0
    turn_right: float = 0.0
    eye_left: float = 0.0
    eye_right: float = 0.0
    brow: float = 0.0
    mouth: float = 0.0
    frown: float = 0.0
    joy: float = 0.0
    teeth: float = 0.0
    hearts: float = 0.0
    spirals: float = 0.0
    crosses: float = 0.0
    gaze: float = 0.0
    gaze_up: float = 0.0
    munch: float = 0.0
    pucker: float = 0.0
    red: float = 0.0
    green: float = 0.0
    wag: float = 0.0
    flop: float = 0.0


CHANNELS = tuple(field.name for field in fields(Pose))
FACE = (
    "eye", "brow", "mouth", "frown", "joy", "teeth", "hearts", "spirals", "crosses", "gaze", "munch", "pucker", "red",
    "green",
)  # fmt: skip
"""Channels of the face begin with these."""
HANDS = ("hand", "out", "level", "turn")
KEPT = (
    "flip",
    "whirl",
    "eye_left",
    "eye_right",
    "brow",
    "mouth",
    "frown",
    "joy",
    "teeth",
    "hearts",
    "spirals",
    "crosses",
    "gaze",
    "gaze_up",
    "munch",
    "pucker",
    "red",
    "green",
    *(f"{name}_{side}" for name in HANDS for side in ("left", "right")),
)
"""Channels that say where something is rather than how far it moves, and whole turns: they do not scale."""
SIDED = ("x", "roll", "rock", "yaw", "flip", "whirl", "twist", "lean", "bend", "jelly", "tilt", "gaze", "munch")
PAIRED = {f"{name}_left": f"{name}_right" for name in ("arm", "step", "eye", *HANDS)}


class Score:
    """The poses of a loop: `values` is (FRAMES, len(CHANNELS)) float64, read-only."""

    __slots__ = ("values",)

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values
        self.values.flags.writeable = False

    @classmethod
    def of(cls, **tracks: Track | float) -> "Score":
        """Return a score of the channels named; all others rest."""
        values = np.zeros((FRAMES, len(CHANNELS)))
        for name, track in tracks.items():
            values[:, CHANNELS.index(name)] = track
        return cls(values)

    def pose(self, frame: int) -> Pose:
        return Pose(*(float(value) for value in self.values[frame % FRAMES]))

    def track(self, channel: str) -> Track:
        return self.values[:, CHANNELS.index(channel)].copy()

    def __add__(self, other: "Score") -> "Score":
        return Score(self.values + other.values)

    def scaled(self, by: float) -> "Score":
        """Bigger or smaller movements; gestures and the face stay what they are."""
        factors = np.array([1.0 if name in KEPT else by for name in CHANNELS])
        return Score(self.values * factors)

    def rolled(self, frames: int) -> "Score":
        """Begin `frames` later in the loop."""
        return Score(np.roll(self.values, -frames, axis=0))

    def again(self, times: int) -> "Score":
        """Play the loop `times` times as fast."""
        return Score(self.values[(np.arange(FRAMES) * times) % FRAMES])

    def mirrored(self) -> "Score":
        """Left and right exchanged."""
        order = [CHANNELS.index(_partner(name)) for name in CHANNELS]
        signs = np.array([-1.0 if name in SIDED else 1.0 for name in CHANNELS])
        return Score(self.values[:, order] * signs)

    def resting_frame(self) -> int:
        """Return the frame in which the body is nearest to rest."""
        return int(np.argmin(np.abs(self.values).sum(axis=1)))

    def relative_to(self, frame: int) -> "Score":
        """Return the same movements, seen from one of its poses: that frame is at rest."""
        return Score(self.values - self.values[frame])


def mixed(parts: Mapping[Score, float]) -> Score:
    """Return a weighted sum of scores."""
    total = np.zeros((FRAMES, len(CHANNELS)))
    for score, weight in parts.items():
        total += score.values * weight
    return Score(total)


def still(pose: Pose, **changes: float) -> Pose:
    """Return the pose with some values changed."""
    return replace(pose, **changes)


def _partner(name: str) -> str:
    pairs = PAIRED | {right: left for left, right in PAIRED.items()}
    return pairs.get(name, name)
