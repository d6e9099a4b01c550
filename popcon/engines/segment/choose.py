"""Choose the regions that clicks ask for: what the first click finds, what each further click mends.

Both propose several masks, each a minimum cut for another size of what is meant, and keep the one whose contour
runs best along edges and that has the click nearest to its middle: people click in the middle of what they mean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from popcon.engines.segment.cut import Flags, minimum_cut
from popcon.engines.segment.evidence import Evidence
from popcon.engines.segment.regions import Regions

Floats = NDArray[np.float32]
SURE = 1e5
"""Gain that no cut outweighs."""

P = dict(balloon=0.5, alike=0.6, radial=0.12, border=6, stay=0.25, zone=0.5, near=0.5, walk=0.3,
   centre1=1.0, centre2=1.0, size=0.1, q=1.0, size2=0.05, soft=(5,10,20,40), calm_size=0.1, calm_centre=0.4, qc=1.0, tol=1.0, calm_size2=0.05, calm_centre2=1.0, b1=1.0,b2=1.0)
SC1 = (14, 24, 40, 64, 100, 150)
SC2 = (4, 8, 16, 32, 64, 110)


@dataclass(frozen=True)
class Spot:
    """A click on a region: its place, px, and its sign."""

    region: int
    positive: bool
    x: int
    y: int


@dataclass(frozen=True)
class Board:
    """A picture as clicks see it: `coarse` is every fourth pixel of the labels."""

    regions: Regions
    evidence: Evidence
    coarse: NDArray[np.int32]


def _cut(board: Board, unary: NDArray[np.floating]) -> Flags:
    return minimum_cut(
        unary, board.regions.first, board.regions.second, board.evidence.forward, board.evidence.backward
    )


def _joined_to(spot: int, inside: Flags, regions: Regions) -> Flags:
    """The part of `inside` that is connected with a region."""
    both = inside[regions.first] & inside[regions.second]
    shape = (regions.count, regions.count)
    graph = coo_matrix((np.ones(int(both.sum())), (regions.first[both], regions.second[both])), shape=shape)
    _, piece = connected_components(graph, directed=False)
    return np.asarray(inside & (piece == piece[spot]))


def contour_quality(board: Board, inside: Flags) -> float:
    """1 where the whole contour is surely one, 0 where it runs through the middle of areas."""
    a, b = inside[board.regions.first], inside[board.regions.second]
    cost = board.evidence.forward[a & ~b].sum() + board.evidence.backward[b & ~a].sum()
    length = board.regions.length[a != b].sum() + board.regions.border[inside].sum()
    cost += board.regions.border[inside].sum()
    return 1 - float(cost) / max(1.0, float(length))


def centredness(board: Board, region: Flags, spot: Spot) -> float:
    """1 where the click is as far inside the region as one can be, 0 where it is at its edge."""
    shape = np.pad(region[board.coarse], 1).astype(np.uint8)
    shape[spot.y // 4 + 1, spot.x // 4 + 1] = 1
    depth = cv2.distanceTransform(shape, cv2.DIST_L2, 3)
    return min(1.0, (float(depth[spot.y // 4 + 1, spot.x // 4 + 1]) + P['tol']) / float(depth.max()))


def _walk(board: Board, spot: Spot) -> Floats:
    """How far every region is from a click, px; crossing edges makes the way longer."""
    straight = np.hypot(*(board.regions.centre - (spot.x, spot.y)).T)
    climbed = dijkstra(board.evidence.steps, directed=False, indices=spot.region, limit=300)
    return np.asarray(straight + P['walk'] * np.minimum(climbed, 300), np.float32)


def first_choice(board: Board, spot: Spot) -> Flags:
    """The best closed thing around the first click that the border does not claim."""
    regions, evidence = board.regions, board.evidence
    away = _walk(board, spot)
    calm = 1 - evidence.clutter
    best, best_score = None, -np.inf
    trials = [(soft, SC1[-1]) for soft in P['soft']] if evidence.clutter < 0.05 else [(8, scale) for scale in SC1]
    for soft, scale in trials:
        closed = P['balloon'] * (1 - 2 * np.exp(-evidence.away / soft)) - P['alike'] * evidence.alike
        radial = P['radial'] * np.tanh((scale - away) / (0.5 * scale))
        unary = regions.area * (calm * closed + evidence.clutter * radial) - P['border'] * regions.border
        unary[spot.region] = SURE
        inside = _joined_to(spot.region, _cut(board, unary), regions)
        score = P['q'] * contour_quality(board, inside) + (P['centre1']*evidence.clutter+calm*P['calm_centre']) * centredness(board, inside, spot) + (P['size']*evidence.clutter+calm*P['calm_size']) * np.log(regions.area[inside].sum())
        if score > best_score:
            best, best_score = inside, score
    return best


def mended(board: Board, before: Flags, spots: Sequence[Spot]) -> Flags:
    """The choice after one more click, the last of `spots`; what the others decided stays where it can."""
    spot, regions = spots[-1], board.regions
    if before[spot.region] == spot.positive:
        return before
    sign = 1.0 if spot.positive else -1.0
    clutter = board.evidence.clutter
    away = _walk(board, spot)
    same = (regions.zone == regions.zone[spot.region]) & (before != spot.positive)
    best, best_score = None, -np.inf
    for scale in SC2:
        near = np.exp(-np.square(away / (1.6 * scale)))
        unary = P['stay'] * regions.area * (2.0 * before - 1) * (1 - near)
        unary = unary + sign * regions.area * (P['near'] * near + P['zone'] * same * np.exp(-away / (4 * scale)))
        if spot.positive:
            unary -= P['border'] * regions.border
        for other in spots:
            unary[other.region] = SURE if other.positive else -SURE
        after = _cut(board, unary)
        changed = _joined_to(spot.region, after != before, regions)
        after = np.where(changed, after, before)
        score = P['q'] * contour_quality(board, after) + P['qc'] * contour_quality(board, changed) + (P['centre2']*clutter+P['calm_centre2']*(1-clutter)) * centredness(board, changed, spot) + (P['size2']*clutter+P['calm_size2']*(1-clutter)) * np.log(regions.area[changed].sum())
        if score > best_score:
            best, best_score = after, score
    return best
