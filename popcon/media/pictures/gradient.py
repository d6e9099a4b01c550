"""Finds a smooth gradient behind a drawing, from the picture's border.

A quadratic surface a channel is fitted to the border by iteratively reweighted least squares, so that what the
character covers of the border does not bend it.
"""

import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.colour import to_hex
from popcon.media.pictures.flatness import Border
from popcon.pixels import Rgb, Rgba

Floats = NDArray[np.float32]

_ROUNDS = 12
_NEAR = 6.0
"""Difference of a border pixel from the surface, of 255, within which it counts as background."""
_ENOUGH = 0.85
"""Share of the border without its lowest fifth, where characters are cut off, that has to be background."""
_ALL = 0.98
"""The same where a lower corner is none: a bust, and no floor."""
_REACH = 3.5
"""Distance from the surface within which a pixel is background, OKLab x 100."""


def find_gradient(picture: Rgba) -> tuple[Border, Rgb] | None:
    """Return the gradient that a picture stands on; None where its border shows no smooth one.

    Arguments:
        picture: (h, w, 4); a transparent edge is not looked at.

    Returns:
        What `remove_background` needs: the border, with the gradient's middle colour, and the background at every
        pixel, (h, w, 3).
    """
    height, width = picture.shape[:2]
    solid = picture[..., 3] >= 250
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    wide = max(2, min(height, width) // 50)
    if min(len(rows), len(columns)) <= 4 * wide:
        return None
    ring = solid.copy()
    ring[rows[0] + wide : rows[-1] + 1 - wide, columns[0] + wide : columns[-1] + 1 - wide] = False
    ys, xs = np.nonzero(ring)
    terms, seen = _terms(xs / width, ys / height), picture[ys, xs, :3].astype(np.float32)
    weight = np.ones(len(ys), np.float32)
    surface, away = np.zeros((6, 3), np.float32), np.zeros(len(ys), np.float32)
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)[:, None]
        surface = np.linalg.lstsq(terms * root, seen * root, rcond=None)[0]
        away = np.abs(terms @ surface - seen).max(axis=1)
        weight = 1 / np.maximum(away, 1) ** 1.5
    near = away <= _NEAR
    upper = ys < height * 4 // 5
    low, left, right = ys > rows[-1] - wide, xs < columns[0] + wide, xs > columns[-1] - wide
    corners = min(float(near[low & side].sum()) / wide**2 for side in (left, right))
    if float(near[upper].mean()) < (_ENOUGH if corners > 0.5 else _ALL):
        return None
    y, x = np.mgrid[:height, :width].astype(np.float32)
    ground = _terms(x.ravel() / width, y.ravel() / height) @ surface
    ground = np.clip(np.rint(ground), 0, 255).astype(np.uint8).reshape(height, width, 3)
    border = Border(
        colour=to_hex(np.median(seen[near], axis=0)),
        share=float(near.mean()),
        upper=float(near[upper].mean()),
        corners=0,
        noise=0.0,
        reach=_REACH,
    )
    return border, ground


def _terms(x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
    """Return the six terms of a quadratic surface at places from 0 to 1, (n, 6)."""
    u, v = 2 * x - 1, 2 * y - 1
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1).astype(np.float32)
