"""Make a mask of whole regions exact to the pixel: a minimum cut in a narrow band around its contour."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.segment.cut import Flags, minimum_cut
from popcon.models.refinement import Click
from popcon.pixels import Mask

Floats = NDArray[np.float32]

NEAR = 5
"""How far what a click says may reach without a cut, px."""
BAND = 4
"""How far the contour may move, px."""
LOOK = (6, 10)
"""How far from a pixel the colours of inside and outside are looked up, px."""
INK = 0.73
"""Gain of having a dark line inside: outlines belong to what they surround."""
SEEN = 1.0
"""Gain of having inside what a subject engine's mask has inside, near its contour."""
MARGIN = 24
"""How far around a change the contour is looked at again, px: twice as far as a pixel's neighbourhood reaches."""
AGREE = 82.0
"""Squared CIELAB distance that settles on which side a pixel belongs."""


def _disc(radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def _leaning(lab: Floats, sure: NDArray[np.int8], y: NDArray[np.intp], x: NDArray[np.intp]) -> Floats:
    """Return how much nearer a pixel is to the colours sure to be inside around it than to those outside, -1 to 1."""
    height, width = sure.shape
    nearest = {1: np.full(len(y), 1e6, np.float32), -1: np.full(len(y), 1e6, np.float32)}
    own = lab[y, x]
    colours, sides = lab.reshape(-1, 3), sure.ravel()
    for reach in LOOK:
        for step in range(8):
            v = np.clip(y + round(reach * np.sin(step * np.pi / 4)), 0, height - 1)
            u = np.clip(x + round(reach * np.cos(step * np.pi / 4)), 0, width - 1)
            place = v * width + u
            difference = colours.take(place, axis=0) - own
            distance = np.einsum("ij,ij->i", difference, difference)
            there = sides.take(place)
            for side, best in nearest.items():
                np.minimum(best, distance, out=best, where=there == side)
    seen = (nearest[1] < 1e6) & (nearest[-1] < 1e6)
    # What resembles neither side says nothing: an outline has a colour of its own.
    near, far = (np.minimum(nearest[side], AGREE) for side in (1, -1))
    return np.where(seen, (far - near) / AGREE, 0).astype(np.float32)


def around(near: Flags) -> tuple[slice, slice]:
    """Return the window that holds all of `near` and a margin."""
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    return (
        slice(max(0, int(rows[0]) - MARGIN), int(rows[-1]) + 1 + MARGIN),
        slice(max(0, int(columns[0]) - MARGIN), int(columns[-1]) + 1 + MARGIN),
    )


def _inked(lines: Floats) -> Floats:
    """1 in dark lines, 0 away from them and in the lighter half of their rims."""
    darkest = cv2.dilate(lines, _disc(2))
    half = np.clip((lines / np.maximum(darkest, 1) - 0.5) * 4, 0, 1)
    return np.asarray(half * np.clip(darkest / 15 - 0.3, 0, 1), np.float32)


def told_by(lab: Floats, clicks: Sequence[Click]) -> NDArray[np.int8]:
    """Return what clicks say about pixels: the area of one colour right around each is on its side.

    Arguments:
        lab: (h, w, 3).

    Returns:
        (h, w): 1 inside, -1 outside, 0 nothing said. The pixel of a click is always told.
    """
    height, width = lab.shape[:2]
    told = np.zeros((height, width), np.int8)
    for click in clicks:
        x, y = int(click.x), int(click.y)
        top, left = max(0, y - NEAR), max(0, x - NEAR)
        window = slice(top, y + NEAR + 1), slice(left, x + NEAR + 1)
        difference = lab[window] - lab[y, x]
        alike = (np.einsum("ijk,ijk->ij", difference, difference) < 64) & (told[window] == 0)
        _, pieces = cv2.connectedComponents(alike.astype(np.uint8), connectivity=4)
        told[window][(pieces == pieces[y - top, x - left]) & alike] = 1 if click.positive else -1
    for click in clicks:
        told[int(click.y), int(click.x)] = 1 if click.positive else -1
    return told


def seen_nearby(seen: Mask) -> Floats:
    """Return how much a soft mask of the picture says for having a pixel inside, beside its own contour; elsewhere
    nothing.

    Arguments:
        seen: (h, w), 0 to 255.

    Returns:
        (h, w), -1 to 1.
    """
    inside = (seen > 127).astype(np.uint8)
    reach = _disc(BAND)
    near = cv2.dilate(inside, reach) - cv2.erode(inside, reach, borderValue=1)
    return np.asarray((seen / np.float32(127.5) - 1) * near, np.float32)


def sharpened(
    mask: Flags, lab: Floats, lines: Floats, told: NDArray[np.int8] | None = None, seen: Floats | None = None
) -> Flags:
    """Move the contour by a few pixels, to where the picture has its edge.

    Arguments:
        mask: (h, w).
        lab: (h, w, 3), the picture in CIELAB.
        told: (h, w), 1 and -1 where a person has said that a pixel is inside or outside, 0 elsewhere.
        seen: (h, w), from `seen_nearby`: what a subject engine's mask says.
    """
    if told is None:
        told = np.zeros(mask.shape, np.int8)
    mask = np.where(told == 0, mask, told > 0)
    if not mask.any() or mask.all():
        return mask
    byte = mask.astype(np.uint8)
    core, reach = cv2.erode(byte, _disc(BAND), borderValue=1), cv2.dilate(byte, _disc(BAND))
    band = (core == 0) & (reach > 0) & (told == 0)
    y, x = np.nonzero(band)
    node = np.full(mask.shape, -1, np.int32)
    node[y, x] = np.arange(len(y), dtype=np.int32)
    sure = np.where(band, 0, np.where(mask, 1, -1)).astype(np.int8)
    unary = 1.2 * _leaning(lab, sure, y, x) + 0.06 * (2.0 * mask[y, x] - 1)
    ink = INK * _inked(lines)[y, x]
    if seen is None:
        unary += ink
    else:
        # A dark line that the mask has outside is no outline.
        unary += ink * (seen[y, x] > -0.5) + SEEN * seen[y, x]
    firsts, seconds, costs = [], [], []
    height, width = mask.shape
    for dy, dx, weight in ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.7), (1, -1, 0.7)):
        v, u = y + dy, x + dx
        fits = (v < height) & (u >= 0) & (u < width)
        a, v, u = np.flatnonzero(fits), v[fits], u[fits]
        difference = lab[v, u] - lab[y[a], x[a]]
        cost = weight * (0.06 + np.exp(-np.einsum("ij,ij->i", difference, difference) / 60.0))
        b = node[v, u]
        joined = b >= 0
        firsts.append(a[joined])
        seconds.append(b[joined])
        costs.append(cost[joined])
        np.add.at(unary, a[~joined], cost[~joined] * sure[v, u][~joined])
        # The pixel before has no node of its own when it lies outside the band.
        v, u = y - dy, x - dx
        fits = (v >= 0) & (u >= 0) & (u < width)
        a, v, u = np.flatnonzero(fits), v[fits], u[fits]
        a, v, u = (part[node[v, u] < 0] for part in (a, v, u))
        difference = lab[v, u] - lab[y[a], x[a]]
        cost = weight * (0.06 + np.exp(-np.einsum("ij,ij->i", difference, difference) / 60.0))
        np.add.at(unary, a, cost * sure[v, u])
    first, second = np.concatenate(firsts).astype(np.int32), np.concatenate(seconds).astype(np.int32)
    cost = np.concatenate(costs)
    result = mask.copy()
    result[y, x] = minimum_cut(unary, first, second, cost, cost)
    return result
