"""Choose the regions that clicks ask for: what the first click finds, what each further click mends.

Both propose several masks, most of them minimum cuts for another size of what is meant, and keep the one whose
contour runs best along edges and that has the click nearest to its middle: people click in the middle of what they
mean. How much the picture's border can tell about the background decides which evidence counts (`clutter`).

Where the border is cluttered, and clicks have said what is meant, `informed` chooses instead.

The weights were found by random search on the tuning scenes of `benchmarks/segment.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from popcon.engines.segment.board import SURE, Board, Spot, contour_quality, cut, joined_to
from popcon.engines.segment.cut import Flags
from popcon.engines.segment.evidence import alike_to

Floats = NDArray[np.float32]

SOFTNESS = (1.5, 3.0, 6.0, 12.0, 25.0)
"""Colour distances that are tried for "an edge lies between this and the border", CIELAB."""
FIRST_SIZES = (14.0, 24.0, 40.0, 64.0, 100.0, 150.0)
"""Sizes of a character that are tried where the border tells little, px."""
MEND_SIZES = (4.0, 8.0, 16.0, 32.0, 64.0, 110.0)
"""Sizes of what a further click means that are tried, px."""


@dataclass(frozen=True)
class Weights:
    """How much each kind of evidence counts, per px of area or of the border, or in the comparison of proposals.

    Arguments:
        closed: gain of having inside what edges part from the border, where the border is calm.
        alike: loss of having the border's colour inside, where the border is calm.
        round: gain of what is near the first click, and loss of what is far, where the border is cluttered.
        rare, rare_mend: gain of what has a colour that the border has not, where the border is cluttered, at the first
            click and at further ones.
        stay: gain of leaving an earlier choice as it was.
        near: gain of what is near a further click.
        zone: gain of what hangs together in colour with a further click.
        belief: share of `closed` and `alike` that still counts when a choice is mended.
        climb: px that one unit of colour distance makes a way longer.
        tolerance: px by which people miss the middle.
    """

    closed: float = 0.54
    alike: float = 3.1
    round: float = 0.036
    rare: float = 0.15
    rare_mend: float = 0.1
    stay: float = 0.2
    near: float = 0.23
    zone: float = 0.5
    belief: float = 0.15
    climb: float = 0.36
    tolerance: float = 2.9


@dataclass(frozen=True)
class BorderWeights:
    """What differs between calm and cluttered borders. `border`: loss of having a px of the border inside; `hue`: how
    much a further click means its colour; the others compare proposals: contours along edges, the click in the
    middle, and size."""

    border: float = 2.3
    contour: float = 2.0
    middle_first: float = 0.6
    size_first: float = 0.1
    change: float = 0.6
    middle_mend: float = 1.4
    size_mend: float = 0.03
    hue: float = 0.3


WEIGHTS = Weights()
CLUTTERED = BorderWeights()
CALM = BorderWeights(change=1.0, middle_first=0.4, size_first=0.12, middle_mend=0.5, size_mend=0.02)


def _border_weight(board: Board, name: str) -> float:
    """Return a weight between those of a calm and of a cluttered border."""
    share = board.evidence.clutter
    return share * float(getattr(CLUTTERED, name)) + (1 - share) * float(getattr(CALM, name))


def first_choice(board: Board, spot: Spot) -> Flags:
    """Return the best closed thing around the first click that the border does not claim."""
    regions, clutter = board.regions, board.evidence.clutter
    apart, alike, border = _border_of_others(board, spot)
    away = walk(board, spot)
    rare = np.exp(-alike / 0.02)
    trials = [(soft, FIRST_SIZES[-1]) for soft in SOFTNESS] if clutter < 0.05 else [(8.0, s) for s in FIRST_SIZES]
    best, best_score = np.zeros(regions.count, bool), -np.inf
    for soft, size in trials:
        calm = WEIGHTS.closed * (1 - 2 * np.exp(-apart / soft)) - WEIGHTS.alike * alike
        cluttered = WEIGHTS.round * np.tanh((size - away) / (0.5 * size)) + WEIGHTS.rare * rare
        unary = regions.area * ((1 - clutter) * calm + clutter * cluttered) - _border_weight(board, "border") * border
        unary[spot.region] = SURE
        inside = joined_to(spot.region, cut(board, unary), regions)
        score = (
            _border_weight(board, "contour") * contour_quality(board, inside)
            + _border_weight(board, "middle_first") * _middle(board, inside, spot)
            + _border_weight(board, "size_first") * np.log(1 + regions.area[inside].sum())
        )
        if score > best_score:
            best, best_score = inside, score
    return best


def mended(board: Board, before: Flags, spots: Sequence[Spot]) -> Flags:
    """Return the choice after one more click, the last of `spots`; what the others decided stays where it can."""
    spot, regions = spots[-1], board.regions
    if before[spot.region] == spot.positive:
        return before
    best, best_score = before.copy(), -np.inf
    best[spot.region] = spot.positive
    for proposal in _changes(board, before, spots):
        proposal[spot.region] = True
        for other in spots[:-1]:
            if other.region != spot.region:
                proposal[other.region] = before[other.region] != other.positive
        changed = joined_to(spot.region, proposal, regions)
        after = before ^ changed
        score = (
            _border_weight(board, "contour") * contour_quality(board, after)
            + _border_weight(board, "change") * contour_quality(board, changed)
            + _border_weight(board, "middle_mend") * _middle(board, changed, spot)
            + _border_weight(board, "size_mend") * np.log(1 + regions.area[changed].sum())
        )
        if score > best_score:
            best, best_score = after, score
    return best


def _changes(board: Board, before: Flags, spots: Sequence[Spot]) -> Iterator[Flags]:
    """Yield what the last click may mean to change: cuts of several sizes, its colour's area, all of about its
    colour."""
    spot, regions, evidence = spots[-1], board.regions, board.evidence
    sign = 1.0 if spot.positive else -1.0
    wrong = before != spot.positive
    # Nearer to a click of the other sign, that one decides: an area may leak into another of its colour.
    mine = _straight(board, spot) < np.min(
        [
            np.full(regions.count, np.inf),
            *(_straight(board, other) for other in spots if other.positive != spot.positive),
        ],
        axis=0,
    )
    same = (regions.zone == regions.zone[spot.region]) & wrong & mine
    difference = np.square(regions.lab - regions.lab[spot.region]).sum(1)
    hue = _border_weight(board, "hue")
    alike = (1 - hue) + hue * np.exp(-difference / 18.0**2)
    belief = 2 * WEIGHTS.closed * (1 - 2 * evidence.open) - 0.8 * WEIGHTS.alike * evidence.alike
    away = walk(board, spot)
    rare = np.exp(-evidence.alike / 0.02)
    for size in MEND_SIZES:
        near = alike * mine * np.exp(-np.square(away / (1.6 * size)))
        gain = WEIGHTS.stay * (2.0 * before - 1) + WEIGHTS.belief * (1 - evidence.clutter) * belief
        gain = gain + WEIGHTS.rare_mend * evidence.clutter * rare
        gain = gain * (1 - near) + sign * (WEIGHTS.near * near + WEIGHTS.zone * same * np.exp(-away / (4 * size)))
        unary = regions.area * gain
        if spot.positive:
            unary = unary - _border_weight(board, "border") * regions.border
        for other in spots:
            unary[other.region] = SURE if other.positive else -SURE
        yield cut(board, unary) != before
    if not spot.positive:
        piece = joined_to(spot.region, before, regions)
        if not any(other.positive and piece[other.region] for other in spots):
            yield piece
    yield same
    yield wrong & mine & (difference < 100)


def anything(board: Board) -> Flags:
    """Return all that does not belong to the picture's border: what is meant when only the unwanted was clicked."""
    regions, evidence = board.regions, board.evidence
    belief = WEIGHTS.closed * (1 - 2 * evidence.open) - WEIGHTS.alike * evidence.alike
    inside = cut(board, regions.area * belief - _border_weight(board, "border") * regions.border)
    return inside if inside.any() else np.ones(regions.count, bool)


def _middle(board: Board, inside: Flags, spot: Spot) -> float:
    """1 where the click is as far inside as one can be, 0 where it is at the edge."""
    shape = np.pad(inside[board.coarse], 1).astype(np.uint8)
    y, x = spot.y // 2 + 1, spot.x // 2 + 1
    shape[y, x] = 1
    depth = cv2.distanceTransform(shape, cv2.DIST_L2, 3)
    return min(1.0, (float(depth[y, x]) + WEIGHTS.tolerance / 2) / float(depth.max()))


def _straight(board: Board, spot: Spot) -> Floats:
    return np.asarray(np.hypot(*(board.regions.centre - (spot.x, spot.y)).T), np.float32)


def walk(board: Board, spot: Spot) -> Floats:
    """Return how far every region is from a click, px; crossing edges makes the way longer."""
    climbed = dijkstra(board.evidence.steps, directed=False, indices=spot.region, limit=300)
    return np.asarray(_straight(board, spot) + WEIGHTS.climb * np.minimum(climbed, 300), np.float32)


def _border_of_others(board: Board, spot: Spot) -> tuple[Floats, Floats, Floats]:
    """`Evidence.away`, `Evidence.alike` and `Regions.border` without the part of the border that the clicked area
    itself reaches: a character may be cut off by the picture."""
    regions, evidence = board.regions, board.evidence
    reached = dijkstra(evidence.steps, directed=False, indices=spot.region, limit=4) < 4
    own = np.where(reached, regions.border, 0)
    if not 0 < own.sum() < 0.4 * regions.border.sum():
        return evidence.away, evidence.alike, regions.border
    border = np.asarray(regions.border - own, np.float32)
    away = dijkstra(evidence.steps, directed=False, indices=np.flatnonzero(border), min_only=True, limit=200)
    return np.minimum(away, 200).astype(np.float32), alike_to(regions, border), border
