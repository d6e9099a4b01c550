"""Bounds a limb on both sides of the way from its joint to its tip: a ribbon that ends at the art's lines.

Rays leave the way on both sides and around its ends. The bound on each ray lies where an edge is strong, at the outer
one of an outline, and bounds of neighbouring rays are near each other (dynamic programming: Amini, Weymouth and Jain,
"Using dynamic programming for solving variational problems in vision", 1990).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Mask

WIDEST = 0.3
"""The farthest that a limb's side is from its way, in lengths of the way."""
STEP = 2
"""The most that bounds of neighbouring rays differ, px."""
FAN = 15
"""Rays around an end."""
SHUT = 0.42
"""Mean strength of edges around a joint from which the limb is bounded by them there."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Art:
    """What bounds a limb in a picture.

    Attributes:
        solid: (h, w) bool, where the character is.
        edge: (h, w) float64, 0-1: how strong an edge is there; 1 on the silhouette.
        line: (h, w) float64, 0-1: how much of a thin line darker than what is around it is there.
    """

    solid: NDArray[np.bool_]
    edge: Floats
    line: Floats


def ribbon(art: Art, way: Floats) -> Mask:
    """Return the mask of the limb around a way, (h, w) uint8, 0 or 1.

    Arguments:
        way: (n, 2) float64, x and y from the joint to the tip, about a px apart.
    """
    rows, columns = art.solid.shape
    length = float(np.hypot(*np.diff(way, axis=0).T).sum())
    clear = cv2.distanceTransform((art.solid & (art.edge < 0.5)).astype(np.uint8), cv2.DIST_L2, 5)
    room = float(np.median(clear[tuple(way.astype(int).T[::-1])]))
    most = max(8, math.ceil(max(WIDEST * length, min(1.8 * room, length))))
    roots, aims = _rays(way)
    scores, within = _bounds(art, roots, aims, most)
    found = _chained(scores, within)
    sides = np.arange(len(found)) >= FAN
    sure = sides & (scores[np.arange(len(found)), found] > 0.5)
    usual = float(np.median(found[sure if sure.sum() > 0.2 * len(found) else sides]))
    unusual = np.abs(np.arange(most + 1)[None] - usual) / max(usual, 2.0)
    found = _chained(scores - 0.5 * unusual, within)
    reach = found.astype(np.float64)
    # Where no edge goes around the joint, the limb is of one piece with the body: it is cut straight across.
    if float(scores[np.arange(FAN), found[:FAN]].mean()) < SHUT:
        reach[:FAN] = 0.0
    corners = roots + aims * reach[:, None] - 0.5
    mask = np.zeros((rows, columns), np.uint8)
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 1, shift=4)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    closed = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), np.uint8)
    return closed & art.solid.astype(np.uint8)


def _rays(way: Floats) -> tuple[Floats, Floats]:
    """Return where rays begin and their directions (unit vectors): around the joint, up one side, around the tip,
    back."""
    ahead = np.gradient(way, axis=0)
    for _ in range(2):
        ahead[1:-1] = (ahead[:-2] + 2 * ahead[1:-1] + ahead[2:]) / 4
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-6)[:, None]
    left = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)
    turns = np.linspace(0, math.pi, FAN + 2)[1:-1, None]
    back = -left[0] * np.cos(turns) - ahead[0] * np.sin(turns)
    front = left[-1] * np.cos(turns) + ahead[-1] * np.sin(turns)
    roots = np.concatenate([np.repeat(way[:1], FAN, axis=0), way, np.repeat(way[-1:], FAN, axis=0), way[::-1]])
    return roots, np.concatenate([back, left, front, -left[::-1]])


def _bounds(art: Art, roots: Floats, aims: Floats, most: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return how well the limb ends at each distance on each ray, and where a ray is still in the character."""
    along = np.arange(most + 2)
    x = (roots[:, :1] + aims[:, :1] * along - 0.5).astype(np.float32)
    y = (roots[:, 1:] + aims[:, 1:] * along - 0.5).astype(np.float32)

    def seen(field: Floats | NDArray[np.bool_]) -> Floats:
        return np.asarray(
            cv2.remap(field.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float64
        )

    solid, edge, line = seen(art.solid), seen(art.edge), seen(art.line)
    within = np.logical_and.accumulate(solid > 0.5, axis=1)
    within[:, 0] = True
    last = within.sum(axis=1) - 1
    # The outer edge of an outline: a line just inside of it, none outside.
    outer = edge[:, :-1] + 0.6 * (np.maximum(line[:, :-1], np.roll(line, 1, axis=1)[:, :-1]) - line[:, 1:])
    scores = outer - 0.25 * along[None, :-1] / most
    scores[:, :2] -= 0.5
    rim = last < most + 1
    scores[rim, np.minimum(last, most)[rim]] = 1.0
    near = np.abs(along[None, :-1] - last[:, None]) <= 1
    scores[near & rim[:, None]] = np.maximum(scores[near & rim[:, None]], 0.8)
    return scores, within[:, :-1]


def _chained(scores: Floats, within: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the bound of each ray, px, so that neighbours differ by at most STEP and the scores are highest."""
    rays, reach = scores.shape
    value = np.where(within, scores, -4.0)
    best, came = value[0].copy(), np.zeros((rays, reach), np.int64)
    for n in range(1, rays):
        options = np.full((2 * STEP + 1, reach), -np.inf)
        for k, by in enumerate(range(-STEP, STEP + 1)):
            lo, hi = max(0, by), reach + min(0, by)
            options[k, lo:hi] = best[lo - by : hi - by] - 0.12 * abs(by)
        pick = options.argmax(axis=0)
        came[n] = np.arange(reach) - (pick - STEP)
        best = options[pick, np.arange(reach)] + value[n]
    chain = np.zeros(rays, np.int64)
    chain[-1] = int(best.argmax())
    for n in range(rays - 1, 0, -1):
        chain[n - 1] = came[n, chain[n]]
    return chain
