"""Keeps a performance inside the frame: movements shrink, the character's place and size stay."""

from popcon.engines.puppet.figure import Figure
from popcon.engines.puppet.pose import CHANNELS, FACE, Score
from popcon.engines.puppet.tracks import FRAMES

BORDER = 5.0
"""Nothing of the body comes nearer to the frame's border than this, in 480ths of it."""
TRAVEL = ("x", "y", "zoom", "stretch")
STEPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)


def fitted(figure: Figure, score: Score) -> Score:
    """Return the score with travel, then everything else, as large as fits."""
    for factor in STEPS[:6]:
        travelling = _scaled(score, factor, TRAVEL)
        if _fits(figure, travelling):
            return travelling
    for factor in STEPS[1:]:
        smaller = _scaled(score, factor * 0.5, TRAVEL)
        smaller = _scaled(smaller, factor, tuple(name for name in CHANNELS if name not in TRAVEL and _moves(name)))
        if _fits(figure, smaller):
            return smaller
    return _scaled(score, 0.0, CHANNELS)


def _moves(channel: str) -> bool:
    """Return whether a channel can push the body's outline outwards; faces cannot, nor can where a hand would be."""
    return not channel.startswith(("out", "level", "turn", "flip", "whirl", *FACE))


def _scaled(score: Score, by: float, channels: tuple[str, ...]) -> Score:
    values = score.values.copy()
    for name in channels:
        values[:, CHANNELS.index(name)] *= by
    return Score(values)


def _fits(figure: Figure, score: Score) -> bool:
    border = BORDER * figure.side / 480
    for n in range(FRAMES):
        left, top, right, bottom = figure.extent(score.pose(n))
        if left < border or top < border or right > figure.side - border or bottom > figure.side - border:
            return False
    return True
