"""What a picture says about its regions before anybody has clicked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from popcon.engines.segment.regions import Regions

Floats = NDArray[np.float32]

EDGE = 9.0
"""CIELAB distance at which a line between two regions is more likely an edge than not."""
SLOPE = 4.0
"""CIELAB distance over three pixels that a smooth background may have without any edge."""


@dataclass(frozen=True)
class Evidence:
    """Beliefs about the regions of one picture.

    Arguments:
        smooth: (m,), 1 where two regions meet without an edge, 0 where a sure edge lies between them.
        forward, backward: (m,), cost of cutting there with the first, or the second, region inside.
        open: (n,), 1 where the region is joined to the picture's border without crossing an edge, 0 where not.
        alike: (n,), share of the border that has the region's colour.
        clutter: 0 where the border crosses no edges, 1 where it crosses many: then it says little.
        steps: graph of (n, n) whose weights are colour distances, for walks.
    """

    smooth: Floats
    forward: Floats
    backward: Floats
    away: Floats
    open: Floats
    alike: Floats
    clutter: float
    steps: csr_matrix


def evidence_of(regions: Regions) -> Evidence:
    """Look at edges, strokes and the picture's border."""
    smooth = np.exp(-np.square(regions.contrast / EDGE)).astype(np.float32)
    both = (regions.border[regions.first] > 0) & (regions.border[regions.second] > 0)
    clutter = float(np.clip((float((both & (smooth < 0.3)).sum()) - 8) / 20, 0, 1))
    ink_first, ink_second = regions.ink[regions.first], regions.ink[regions.second]
    usual = clutter * (1 - regions.odd) * (1 - smooth)
    plain = regions.length * (0.12 + smooth + 0.25 * usual)
    # An outline belongs to what it surrounds: leaving it inside is cheap, leaving it outside is dear.
    left_out = plain + 0.5 * regions.length
    forward = np.select([ink_first > ink_second, ink_second > ink_first], [plain * 0.3, left_out], plain)
    backward = np.select([ink_second > ink_first, ink_first > ink_second], [plain * 0.3, left_out], plain)
    # Few pixels of contact are more likely a flaw in an edge than a way through.
    climb = np.maximum(regions.contrast - SLOPE, 0) + 4 * np.exp(-regions.length / 1.2) + 1e-3
    shape = (regions.count, regions.count)
    steps = csr_matrix((climb, (regions.first, regions.second)), shape=shape)
    on_border = np.flatnonzero(regions.border > 0)
    away = dijkstra(steps, directed=False, indices=on_border, min_only=True, limit=200)
    weight = regions.border[on_border]
    distance = np.square(regions.lab[:, None] - regions.lab[on_border][None]).sum(2)
    alike = (np.exp(-distance / (2 * 5.0**2)) * weight).sum(1) / weight.sum()
    return Evidence(
        smooth=smooth,
        forward=forward.astype(np.float32),
        backward=backward.astype(np.float32),
        away=np.minimum(away,200).astype(np.float32),
        open=np.exp(-np.minimum(away, 200) / 8).astype(np.float32),
        alike=alike.astype(np.float32),
        clutter=clutter,
        steps=steps,
    )
