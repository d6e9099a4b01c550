"""Choose regions by what the prior says about the clicks, where the picture's border tells little."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.segment.board import SURE, Board, Spot, cut, joined_to
from popcon.engines.segment.choose import anything, first_choice, mended, walk
from popcon.engines.segment.cut import Flags
from popcon.engines.segment.prior import guess_at
from popcon.engines.segment.prior_features import maps_of_clicks
from popcon.pixels import Mask

Floats = NDArray[np.float32]

SUREST = 4.0
"""Log odds beyond which the prior is not believed to be any surer."""
CLUTTERED = 0.3
"""Clutter of the picture's border from which the prior decides."""
PATIENCE = 4
"""Clicks after which it decides on any picture."""
PRIOR_GAIN = 0.25
"""Gain of a px for each unit of the prior's log odds; the contour costs about 1 a px where there is no edge."""
PRIOR_SHARE, PRIOR_SHARE_SEEN, SUBJECT_SHARE = 0.6, 0.3, 0.6
"""How much of what the prior says counts, after more than `PATIENCE` clicks, and with a subject engine's mask; and how
much of that mask."""
NEAR_GAIN, NEAR_PX = 0.3, 80.0
"""Gain of a px at a click, and the way on which it ends; ways over edges are longer."""
YIELD_PX = 40.0
"""Way from a click on which a subject engine's mask that says otherwise counts again."""
NEARER_GAIN, NEARER_PX = 0.8, 120.0
"""Gain of a px that is much nearer to clicks on the character than to those beside it, and by how much.

These and the shares were found by random search on 18 figures of Tux Paint and Open Clip Art before photographs.
"""


def odds(board: Board, before: Flags | None, spots: Sequence[Spot]) -> Floats:
    """Return the prior's log odds of every pixel of the picture that was looked at.

    Arguments:
        before: the choice before the last click; None: it is the first.
    """
    labels = board.regions.labels
    height, width = labels.shape
    _, rows, columns = board.features.shape
    clicks = [((s.x + 0.5) * columns / width, (s.y + 0.5) * rows / height, s.positive) for s in spots]
    mask = None
    if before is not None:
        share = cv2.resize(before[labels].astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        mask = (share > 0.5).astype(np.float32)
    maps = np.concatenate([board.features, maps_of_clicks(board.features, clicks, mask)])
    return guess_at(maps, height, width)


def informed(board: Board, before: Flags | None, spots: Sequence[Spot]) -> Flags:
    """Return the choice after the last of some clicks: the cut that all that is known agrees on best.

    What the prior believes, what a subject engine saw (after the first click), and which clicks are nearer.
    """
    regions = board.regions
    belief = np.clip(odds(board, before, spots), -SUREST, SUREST)
    seen = board.subject if before is not None else None
    share = PRIOR_SHARE_SEEN if seen is not None else PRIOR_SHARE if len(spots) > PATIENCE else 1.0
    unary = share * PRIOR_GAIN * np.bincount(regions.labels.ravel(), belief.ravel(), regions.count)
    if seen is not None:
        for spot in spots:
            if (seen[spot.region] > 0) != spot.positive:
                # A click knows better, and around it, too.
                seen = seen * (1 - np.exp(-np.square(walk(board, spot) / YIELD_PX)))
        unary += SUBJECT_SHARE * seen
    unary += regions.area * _nearer(board, spots)

    for spot in spots:
        unary[spot.region] = SURE if spot.positive else -SURE
    return cut(board, unary)


def _nearer(board: Board, spots: Sequence[Spot]) -> Floats:
    """Return the gain of a px of each region by its way to the nearest click of either sign, (n,)."""
    nearest: dict[bool, Floats] = {}
    for spot in spots:
        way = walk(board, spot)
        nearest[spot.positive] = np.minimum(nearest.get(spot.positive, way), way)
    gain = np.zeros(board.regions.count, np.float32)
    for positive, way in nearest.items():
        gain += (1 if positive else -1) * NEAR_GAIN * np.exp(-np.square(way / NEAR_PX))
    if len(nearest) == 2:
        gain += NEARER_GAIN * np.tanh((nearest[False] - nearest[True]) / NEARER_PX)
    return gain


def subject_odds(board: Board, likely: Mask) -> Floats:
    """Return the gain of having each region inside by what a subject engine says of its pixels, (n,)."""
    labels = board.regions.labels
    share = np.asarray(cv2.resize(likely, labels.shape[::-1], interpolation=cv2.INTER_AREA), np.float32) / 255
    share = np.clip(share, 0.003, 0.997)
    odds = np.clip(np.log(share / (1 - share)), -SUREST, SUREST)
    return np.asarray(PRIOR_GAIN * np.bincount(labels.ravel(), odds.ravel(), board.regions.count), np.float32)


def subject_at(board: Board, spot: Spot) -> Flags:
    """Return the character that a subject engine saw, as far as it hangs together with a first click on it."""
    assert board.subject is not None
    unary = board.subject.copy()
    unary[spot.region] = SURE
    return joined_to(spot.region, cut(board, unary), board.regions)


def after_click(board: Board, before: Flags | None, spots: Sequence[Spot], nearby: bool = False) -> Flags:
    """Return the choice after one more click, the last of `spots`, by whichever way suits the picture.

    Where the border is calm it tells what is behind, and edges and colours decide (`choose`). Where it is cluttered,
    once several clicks on a picture that seemed calm have shown that it is not, or where a subject engine looked,
    everything that is known does.

    Arguments:
        before: the choice before it; None: it is the first.
        nearby: change only what hangs together with the click.
    """
    spot = spots[-1]
    if before is None and spot.positive and board.subject is not None and board.subject[spot.region] > 0:
        return subject_at(board, spot)
    hard = board.evidence.clutter >= CLUTTERED or len(spots) > PATIENCE or board.subject is not None
    if not hard or not any(spot.positive for spot in spots):
        if before is None:
            before = first_choice(board, spot) if spot.positive else anything(board)
        return mended(board, before, spots)
    after = informed(board, before, spots)
    if nearby and before is not None:
        changed = before != after
        return before ^ joined_to(spot.region, changed, board.regions) if changed[spot.region] else before
    return after
