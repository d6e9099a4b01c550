"""A picture as clicks see it: its regions, what is believed about them, and what is common to all choices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from popcon.engines.segment.cut import Flags, minimum_cut
from popcon.engines.segment.evidence import Evidence
from popcon.engines.segment.regions import Regions

Floats = NDArray[np.float32]

SURE = 1e5
"""Gain that no cut outweighs."""


@dataclass(frozen=True)
class Spot:
    """A click on a region: its place, px of the picture that was looked at, and its sign."""

    region: int
    positive: bool
    x: int
    y: int


@dataclass(frozen=True)
class Board:
    """A picture as clicks see it: `coarse` is every second pixel of the labels, `features` the prior's maps."""

    regions: Regions
    evidence: Evidence
    coarse: NDArray[np.int32]
    features: Floats
    subject: Floats | None = None
    """(n,), how surely each region belongs to the character, log odds times px; None: nobody looked."""


def cut(board: Board, unary: NDArray[np.floating]) -> Flags:
    """Return the minimum cut of a board's regions; `unary` is the gain of having each inside, (n,)."""
    regions, evidence = board.regions, board.evidence
    return minimum_cut(unary, regions.first, regions.second, evidence.forward, evidence.backward)


def joined_to(region: int, inside: Flags, regions: Regions) -> Flags:
    """Return the part of `inside` that is connected with a region of it."""
    both = inside[regions.first] & inside[regions.second]
    shape = (regions.count, regions.count)
    graph = coo_matrix((np.ones(int(both.sum())), (regions.first[both], regions.second[both])), shape=shape)
    _, piece = connected_components(graph, directed=False)
    return np.asarray(inside & (piece == piece[region]))


def contour_quality(board: Board, inside: Flags) -> float:
    """1 where the whole contour is surely one, 0 or less where it runs through the middle of areas."""
    regions = board.regions
    a, b = inside[regions.first], inside[regions.second]
    cost = board.evidence.forward[a & ~b].sum() + board.evidence.backward[b & ~a].sum()
    cut_off = regions.border[inside].sum()
    return 1 - float(cost + cut_off) / max(1.0, float(regions.length[a != b].sum() + cut_off))
