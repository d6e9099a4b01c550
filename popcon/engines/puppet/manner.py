"""How a kind of body plays a performance: wide bodies rock on their feet where tall ones bend, and face their way.

Choreographies are written for a body that looks to the viewer's right. Without hands to make a gesture, the body makes
it: it rears up where others raise a hand, rocks where they wag it, hops where they clap.
"""

import numpy as np

from popcon.engines.puppet.figure import Figure
from popcon.engines.puppet.pose import CHANNELS, SIDED, Score
from popcon.engines.puppet.tracks import FRAMES, Track

STEEPEST = 0.42
"""Radians that a body rocks at most."""
WIDE = 0.42
"""A body without a head of its own rocks from this half width on, in heights."""
FORWARD = {"pitch": 0.34, "nod": 0.2}
"""Channels by which others bend towards the viewer: how far a body seen from the side rocks towards where it looks."""
KEPT_FORWARD = 0.25
"""How much of that bending it does itself."""
SIDEWAYS = {"lean": 0.8, "bend": 0.6, "tilt": 0.4, "jelly": 0.5}
"""Channels by which the spine bends sideways: how far a wide body, whose spine cannot, rocks instead."""
HEADS = 0.6
"""How much a head seen from the front rocks, whose spine bends a little."""
UPRIGHT_FROM = 0.6
"""Level of a hand from which a gesture is a raised one."""


def in_manner(figure: Figure, score: Score) -> Score:
    """Return a performance as this body plays it; the same score where it bends and has hands.

    Arguments:
        score: played by a tall body that looks to the viewer's right.
    """
    gestures = figure.has_arms or figure.colours is not None
    rocks = _rocks(figure)
    if gestures and not rocks and figure.facing >= 0:
        return score
    values = score.values.copy()
    facing = figure.facing or 1
    if facing < 0:
        for name in SIDED:
            values[:, CHANNELS.index(name)] *= -1
    if rocks:
        turn = sum((share * score.track(name) for name, share in SIDEWAYS.items()), np.zeros(FRAMES))
        if figure.facing:
            turn = turn + sum((share * score.track(name) for name, share in FORWARD.items()), np.zeros(FRAMES))
            for name in FORWARD:
                values[:, CHANNELS.index(name)] *= KEPT_FORWARD
        if not gestures:
            turn = turn - _reared(score) + _wagged(score)
        steepest = STEEPEST * rocks
        _add(values, "rock", facing * steepest * np.tanh(rocks * turn / steepest))
    if not gestures:
        hop, squeeze = _clapped(score)
        _add(values, "y", hop)
        _add(values, "zoom", squeeze)
    return Score(values)


def _rocks(figure: Figure) -> float:
    """Return how much of what others bend this body rocks instead, 0 to 1: heads seen from the front do
    less, bodies with two arms do not."""
    parts = figure.rig
    if figure.facing:
        return 1.0
    armed = sum(limb.name.startswith("arm") for limb in figure.limbs) > 1
    return 0.0 if armed or parts.upright or parts.half < WIDE else HEADS


def _hands(score: Score, channel: str) -> Track:
    """Return a channel of the hands: the mean of both, each as far as its gesture is made."""
    much = [score.track(f"hand_{side}") for side in ("left", "right")]
    each = [score.track(f"{channel}_{side}") for side in ("left", "right")]
    total = np.maximum(much[0] + much[1], 1e-9)
    return np.asarray((each[0] * much[0] + each[1] * much[1]) / total)


def _reared(score: Score) -> Track:
    """Return how far a body rears up, radians: where the higher hand is raised, or both are."""
    up = np.maximum(*(score.track(f"hand_{s}") * (score.track(f"level_{s}") - UPRIGHT_FROM) for s in ("left", "right")))
    return 0.5 * np.clip(up, 0, 0.45)


def _wagged(score: Score) -> Track:
    """Return how far a body rocks, radians, with hands that wag while they are raised."""
    wag = np.zeros(FRAMES)
    for side in ("left", "right"):
        raised = np.clip((score.track(f"level_{side}") - UPRIGHT_FROM) * 4, 0, 1) * score.track(f"hand_{side}")
        turn = score.track(f"turn_{side}")
        wag += 0.3 * raised * (turn - turn.mean())
    return wag


def _clapped(score: Score) -> tuple[Track, Track]:
    """Return how high a body hops, and how much nearer it comes, with hands that part and meet before it."""
    if not score.track("hand_left").any() or not score.track("hand_right").any():
        return np.zeros(FRAMES), np.zeros(FRAMES)
    apart = _hands(score, "out")
    span = float(apart.max() - apart.min())
    if span < 0.3:
        return np.zeros(FRAMES), np.zeros(FRAMES)
    share = (apart - apart.min()) / span
    meets = int(np.count_nonzero((share[:-1] >= 0.5) & (share[1:] < 0.5)))
    if meets > 1:
        return 0.07 * share, np.zeros(FRAMES)
    return np.zeros(FRAMES), 0.12 * (1 - share)


def _add(values: np.ndarray, channel: str, track: Track) -> None:
    values[:, CHANNELS.index(channel)] += track
