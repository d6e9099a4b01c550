"""Choose regions by what the prior says about the clicks, where the picture's border tells little."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.segment.board import SURE, Board, Spot, cut, joined_to
from popcon.engines.segment.choose import anything, first_choice, mended
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
    """Return the choice after the last of some clicks: the cut that the prior and the picture's edges agree on best."""
    regions = board.regions
    belief = np.clip(odds(board, before, spots), -SUREST, SUREST)
    unary = PRIOR_GAIN * np.bincount(regions.labels.ravel(), belief.ravel(), regions.count)
    for spot in spots:
        unary[spot.region] = SURE if spot.positive else -SURE
    return cut(board, unary)


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
    or once several clicks on a picture that seemed calm have shown that it is not, the prior does.

    Arguments:
        before: the choice before it; None: it is the first.
        nearby: change only what hangs together with the click.
    """
    spot = spots[-1]
    if before is None and spot.positive and board.subject is not None and board.subject[spot.region] > 0:
        return subject_at(board, spot)
    hard = board.evidence.clutter >= CLUTTERED or len(spots) > PATIENCE
    if not hard or not any(spot.positive for spot in spots):
        if before is None:
            before = first_choice(board, spot) if spot.positive else anything(board)
        return mended(board, before, spots)
    after = informed(board, before, spots)
    if nearby and before is not None:
        changed = before != after
        return before ^ joined_to(spot.region, changed, board.regions) if changed[spot.region] else before
    return after
