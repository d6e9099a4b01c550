"""Takes a flat background away from a single drawing, whose insides may be of the same colour.

The outside is found by flooding from the border through the background's colour, so that white eyes and bellies
stay where an outline closes them in. The soft rim is unmixed: each of its pixels is some of the background and
some of a colour that is found further in.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.colour import difference, parse_hex
from popcon.media.pictures.flatness import Border
from popcon.pixels import Rgb, Rgba

Flags = NDArray[np.bool_]
_SOFTEST = 5
"""Pixels that a soft edge reaches inwards at most: one of anti-aliasing, more where a picture was enlarged."""
_STEEP = 6.0
"""What one pixel of a soft edge differs from the next at least, in RGB steps."""
_AROUND = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]


class Removed(NamedTuple):
    """A drawing without its background."""

    rgba: Rgba
    gaps_closed: bool
    """Whether an outline was open and its inside was kept as it was the background's colour."""


def remove_background(picture: Rgba, border: Border, open_holes: bool = False, gradient: Rgb | None = None) -> Removed:
    """Make the flat background of a drawing transparent.

    Arguments:
        picture: (h, w, 4) uint8; alpha below 255 is taken as it is.
        border: the background, as `measure_border` found it.
        open_holes: also clear what is of the background's colour but closed in, such as between arm and body.
        gradient: (h, w, 3), the background's colour at every pixel, where it is not `border.colour` everywhere.
    """
    rgb = picture[..., :3]
    flat = np.array(parse_hex(border.colour), np.uint8)
    ground = np.broadcast_to(flat if gradient is None else gradient, rgb.shape)
    away = difference(rgb, ground)
    like = (away <= border.reach) | (picture[..., 3] < 8)  # a transparent edge closes nothing in
    outside, gaps_closed = _outside(like)
    if open_holes:
        outside |= _closed_in(like & ~outside)
    outside = _without_ghosts(outside, away, border.reach)
    alpha, colours = _unmix_rim(rgb, outside, ground)
    alpha = np.minimum(alpha, picture[..., 3])
    colours[alpha == 0] = 0
    return Removed(np.dstack([colours, alpha]), gaps_closed)


def _outside(like: Flags) -> tuple[Flags, bool]:
    """Return what the background reaches from the border, and whether gaps in outlines were closed for that."""
    flooded = _from_border(like)
    radius = max(1, round(min(like.shape) * 0.004))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    walls = cv2.morphologyEx((~like).astype(np.uint8), cv2.MORPH_CLOSE, kernel, borderValue=0)
    behind = flooded & ~cv2.dilate(_from_border(walls == 0).astype(np.uint8), kernel).astype(bool)
    # Behind a narrow gap lies either a notch, which is background, or a body that leaks out, which is wide.
    count, labels = cv2.connectedComponents(behind.astype(np.uint8), connectivity=4)
    if count == 1:
        return flooded, False
    depth = cv2.distanceTransform(behind.astype(np.uint8), cv2.DIST_L2, 3)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    wide = deepest > max(6.0 * radius, 0.03 * min(like.shape))
    wide[0] = False
    return flooded & ~wide[labels], bool(wide.any())


def _from_border(like: Flags) -> Flags:
    """Return the parts of `like` that touch the picture's border."""
    framed = cv2.copyMakeBorder(like.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1.0,))
    _, labels = cv2.connectedComponents(framed, connectivity=4)
    return np.asarray(labels == labels[0, 0])[1:-1, 1:-1]


def _closed_in(like: Flags) -> Flags:
    """Return the closed-in parts of `like` that are large enough to be holes and not highlights."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(like.astype(np.uint8), connectivity=4)
    large = stats[:count, cv2.CC_STAT_AREA] >= 0.0005 * like.size
    large[0] = False
    return np.asarray(large[labels])


def _without_ghosts(outside: Flags, away: NDArray[np.float32], reach: float) -> Flags:
    """Give islands that hardly differ from the ground back to it: JPEG's ripples, pale shadows."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~outside).astype(np.uint8), connectivity=8)
    strongest = np.zeros(count, np.float32)
    np.maximum.at(strongest, labels.ravel().astype(np.intp), away.ravel())
    dots = (stats[:count, cv2.CC_STAT_AREA] <= 4) & (strongest <= 15)
    return np.asarray(outside | ((strongest <= 2 * reach) | dots)[labels])


def _unmix_rim(
    rgb: NDArray[np.uint8], outside: Flags, ground: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return alpha and true colours, given what is surely outside.

    A rim pixel c lies between the ground B and a colour F further in. F is where one arrives by climbing inwards, as
    long as every step leads clearly away from B and keeps the direction from B in colour: a plateau one pixel
    wide ends the climb, so that neither the next shape nor a fill's own shading is mistaken for F.
    Alpha is how far c is on the way from B to F.
    """
    alpha = np.where(outside, 0, 255).astype(np.uint8)
    colours = rgb.copy()
    depth = cv2.distanceTransform((~outside).astype(np.uint8), cv2.DIST_L2, 3)
    ys, xs = np.nonzero((depth > 0) & (depth <= 2 * _SOFTEST))
    if not len(ys):
        return alpha, colours
    ys, xs = ys + 1, xs + 1
    differs = cv2.copyMakeBorder(rgb.astype(np.float32) - ground, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    length = np.linalg.norm(differs, axis=-1)
    top, top_length = differs.copy(), length.copy()
    own, own_length = differs[ys, xs], length[ys, xs]
    # Rounding turns the direction of pale pixels, JPEG that of all a little.
    straight = np.where(own_length > 40, 0.96, 0.85)
    for _ in range(_SOFTEST):
        best, best_length = top[ys, xs], top_length[ys, xs]
        for dy, dx in _AROUND:
            other, other_length = top[ys + dy, xs + dx], top_length[ys + dy, xs + dx]
            cosine = np.einsum("ij,ij->i", own, other) / np.maximum(1e-6, own_length * other_length)
            climbs = length[ys + dy, xs + dx] >= own_length + _STEEP
            better = climbs & (other_length > best_length) & (cosine > straight)
            best[better], best_length[better] = other[better], other_length[better]
        top[ys, xs], top_length[ys, xs] = best, best_length
    rim = (depth[ys - 1, xs - 1] <= _SOFTEST) & (best_length >= 12)
    ys, xs, best = ys[rim] - 1, xs[rim] - 1, best[rim]
    share = np.clip(own_length[rim] / best_length[rim], 0, 1)
    alpha[ys, xs] = np.rint(share * 255).astype(np.uint8)
    colours[ys, xs] = np.clip(np.rint(best + ground[ys, xs]), 0, 255).astype(np.uint8)
    return alpha, colours
