"""What a choreography is, and moves that several of them share."""

from dataclasses import dataclass

import numpy as np

from popcon.engines.puppet.pose import Score
from popcon.engines.puppet.tracks import FRAMES, Track, keys, phase


@dataclass(frozen=True)
class Choreography:
    """One loop of an action.

    Attributes:
        score: its poses. Frame 0 is whatever suits the timing; `first` says which frame the clip begins with.
        effects: names of the effects that go with it.
        first: the frame that shows the action best as a still.
        grip: shape of floating hands, one of `mitts.SHAPES`.
        held: what stands on the ground stays there throughout.
    """

    score: Score
    effects: tuple[str, ...]
    first: int = 0
    grip: str = "open"
    held: bool = True


def flight(start: float, stop: float, height: float, beats: int = 1) -> Track:
    """Height above the ground of something thrown up at `start` that lands at `stop`: a parabola."""
    p = ((phase() * beats) % 1.0 - start) / (stop - start)
    return np.where((p > 0) & (p < 1), height * 4 * p * (1 - p), 0.0)


def hop(height: float, beats: int = 1, squash: float = 0.2) -> Score:
    """Crouch, take off long, fly, land flat, spring back: the height in body sizes."""
    body = keys(
        (0.0, 0.0),
        (0.16, -squash * 0.8),
        (0.22, -squash * 0.8),
        (0.29, squash * 0.75),
        (0.45, -0.02),
        (0.60, squash * 0.5),
        (0.67, -squash),
        (0.78, squash * 0.28),
        (0.88, -squash * 0.1),
        beats=beats,
    )
    return Score.of(stretch=body, y=flight(0.26, 0.62, height, beats))


def pulses(beats: int, depth: float, sharp: float = 2.0) -> Track:
    """`beats` soft dips of 0 to -depth; `sharp` above 1 makes them shorter with rests between."""
    return -depth * (0.5 - 0.5 * np.cos(phase() * np.pi * 2 * beats)) ** sharp


def blink(at: float, length: float = 0.08) -> Track:
    """Both eyes shut for a moment: 0 open, 1 shut."""
    distance = np.abs((phase() - at + 0.5) % 1.0 - 0.5)
    return np.clip(1.4 - distance / (length / 2), 0.0, 1.0)


def gesture(
    out: Track | float, level: Track | float, turn: Track | float = 0.0, much: Track | float = 1.0, sides: str = "lr"
) -> Score:
    """Hands at a place (see `Pose`): both, or one of them."""
    tracks: dict[str, Track | float] = {}
    for letter, side in (("l", "left"), ("r", "right")):
        if letter in sides:
            tracks |= {f"hand_{side}": much, f"out_{side}": out, f"level_{side}": level, f"turn_{side}": turn}
    return Score.of(**tracks)


def both(name: str, track: Track | float) -> Score:
    """The same on the left and the right: eyes, arms."""
    return Score.of(**{f"{name}_left": track, f"{name}_right": track})


def frame(t: float) -> int:
    """The frame at a phase."""
    return round(t * FRAMES) % FRAMES
