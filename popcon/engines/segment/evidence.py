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
"""CIELAB distance across a line that a smooth background may have without any edge."""
FAR = 200.0
"""Ways are not followed further than this, CIELAB."""


@dataclass(frozen=True)
class Evidence:
    """Beliefs about the regions of one picture.

    Arguments:
        forward, backward: (m,), cost of cutting there with the first, or the second, region inside.
        away: (n,), colour distance of the edges between a region and the picture's border, along the easiest way.
        open: (n,), 1 where that way crosses no edge, 0 where it does.
        alike: (n,), share of the border that has the region's colour.
        ink: (n,), 1 where a region is part of an outline.
        clutter: 0 where the border crosses no edges, 1 where it crosses many: then it says little.
        steps: graph of (n, n) whose weights are colour distances, for ways.
    """

    forward: Floats
    backward: Floats
    away: Floats
    open: Floats
    alike: Floats
    ink: Floats
    clutter: float
    steps: csr_matrix


def alike_to(regions: Regions, border: Floats) -> Floats:
    """Return the share of a border that has each region's colour.

    White counts little: white paper shows through nothing, and what is as white inside a closed outline is more
    likely drawn than open.

    Arguments:
        border: (n,), px of the border that each region has.
    """
    on_border = np.flatnonzero(border)
    weight = border[on_border] / border.sum()
    distance = np.square(regions.lab[:, None] - regions.lab[on_border][None]).sum(2)
    alike = (np.exp(-distance / (2 * 5.0**2)) * weight).sum(1)
    light, a, b = (regions.lab[on_border] * weight[:, None]).sum(0)
    white = light > 96.5 and np.hypot(a, b) < 4
    return np.asarray(alike * (0.04 if white else 1.0), np.float32)


def evidence_of(regions: Regions) -> Evidence:
    """Look at edges, strokes and the picture's border."""
    smooth = np.exp(-np.square(regions.contrast / EDGE)).astype(np.float32)
    both = (regions.border[regions.first] > 0) & (regions.border[regions.second] > 0)
    clutter = float(np.clip((float((both & (smooth < 0.3)).sum()) - 6) / 10, 0, 1))
    alike = alike_to(regions, regions.border)
    # On a calm dark background a narrow gap looks like a stroke, but has the background's colour.
    ink = regions.ink * (alike < 0.03 + clutter)
    usual = clutter * (1 - regions.odd) * (1 - smooth)
    plain = regions.length * (0.12 + smooth + 0.25 * usual)
    # An outline belongs to what it surrounds: leaving it inside is cheap, leaving it outside is dear.
    cheap, dear = 0.3 * plain, plain + 0.5 * regions.length
    outward, inward = ink[regions.first] > ink[regions.second], ink[regions.second] > ink[regions.first]
    # Few pixels of contact are more likely a flaw in an edge than a way through.
    climb = np.maximum(regions.contrast - SLOPE, 0) + 4 * np.exp(-regions.length / 1.2) + 1e-3
    steps = csr_matrix((climb, (regions.first, regions.second)), shape=(regions.count, regions.count))
    away = dijkstra(steps, directed=False, indices=np.flatnonzero(regions.border), min_only=True, limit=FAR)
    away = np.minimum(away, FAR)
    return Evidence(
        forward=np.select([outward, inward], [cheap, dear], plain).astype(np.float32),
        backward=np.select([inward, outward], [cheap, dear], plain).astype(np.float32),
        away=away.astype(np.float32),
        open=np.exp(-away / 8).astype(np.float32),
        alike=alike,
        ink=ink.astype(np.float32),
        clutter=clutter,
        steps=steps,
    )
