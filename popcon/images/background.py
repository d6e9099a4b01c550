"""Takes a flat background away from a single drawing, whose insides may be of the same colour.

The outside is found by flooding from the border through the background's colour, so that white eyes and bellies
stay where an outline closes them in. The soft rim is unmixed: each of its pixels is some of the background and
some of a colour that is found further in.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.base import Rgba
from popcon.images.colour import oklab, parse_hex
from popcon.images.flatness import Border

Flags = NDArray[np.bool_]
_RIM = 2
"""Pixels that a soft edge reaches inwards: one of anti-aliasing, one of scaling or JPEG."""


class Removed(NamedTuple):
    """A drawing without its background."""

    rgba: Rgba
    gaps_closed: bool
    """Whether an outline was open and its inside was kept as it was the background's colour."""


def remove_background(picture: Rgba, border: Border, open_holes: bool = False) -> Removed:
    """Make the flat background of a drawing transparent.

    Arguments:
        picture: (h, w, 4) uint8; alpha below 255 is taken as it is.
        border: the background, as `measure_border` found it.
        open_holes: also clear what is of the background's colour but closed in, such as between arm and body.
    """
    rgb = picture[..., :3]
    ground = np.array(parse_hex(border.colour), np.float32)
    away = np.linalg.norm(oklab(rgb) - oklab(ground.astype(np.uint8)), axis=-1)
    like = away <= border.reach
    outside, gaps_closed = _outside(like)
    if open_holes:
        outside |= _closed_in(like & ~outside)
    alpha, colours = _unmix_rim(rgb, outside, ground)
    alpha = np.minimum(alpha, picture[..., 3])
    colours[alpha == 0] = 0
    return Removed(np.dstack([colours, alpha]), gaps_closed)


def _outside(like: Flags) -> tuple[Flags, bool]:
    """What the background reaches from the border, and whether gaps in outlines were closed for that."""
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
    """The parts of `like` that touch the picture's border."""
    framed = cv2.copyMakeBorder(like.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1.0,))
    _, labels = cv2.connectedComponents(framed, connectivity=4)
    return np.asarray(labels == labels[0, 0])[1:-1, 1:-1]


def _closed_in(like: Flags) -> Flags:
    """The closed-in parts of `like` that are large enough to be holes and not highlights."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(like.astype(np.uint8), connectivity=4)
    large = stats[:count, cv2.CC_STAT_AREA] >= 0.0005 * like.size
    large[0] = False
    return np.asarray(large[labels])


def _unmix_rim(
    rgb: NDArray[np.uint8], outside: Flags, ground: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Alpha and true colours, given what is surely outside.

    A rim pixel c lies between the ground B and a colour F further in. F is the pixel within two pixels that differs
    most from B among those that differ from it in the same direction as c; alpha is how far c is on the way.
    """
    alpha = np.where(outside, 0, 255).astype(np.uint8)
    colours = rgb.copy()
    distance = cv2.distanceTransform((~outside).astype(np.uint8), cv2.DIST_L2, 3)
    ys, xs = np.nonzero((distance > 0) & (distance <= _RIM))
    if not len(ys):
        return alpha, colours
    padded = cv2.copyMakeBorder(rgb, 2, 2, 2, 2, cv2.BORDER_REPLICATE).astype(np.float32) - ground
    inner = cv2.copyMakeBorder(distance, 2, 2, 2, 2, cv2.BORDER_REPLICATE)
    own = padded[ys + 2, xs + 2]
    own_length = np.linalg.norm(own, axis=1)
    best, best_length = own.copy(), own_length.copy()
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            other = padded[ys + 2 + dy, xs + 2 + dx]
            length = np.linalg.norm(other, axis=1)
            cosine = np.einsum("ij,ij->i", own, other) / np.maximum(1e-6, own_length * length)
            deeper = inner[ys + 2 + dy, xs + 2 + dx] >= distance[ys, xs]
            # Pale pixels have no clear direction of their own: the rounding of a few steps turns it.
            better = (length > best_length) & deeper & (cosine > np.where(own_length > 40, 0.97, 0.85))
            best[better], best_length[better] = other[better], length[better]
    share = np.clip(own_length / np.maximum(1e-6, best_length), 0, 1)
    share[best_length < 12] = 1
    alpha[ys, xs] = np.rint(share * 255).astype(np.uint8)
    colours[ys, xs] = np.clip(np.rint(best + ground), 0, 255).astype(np.uint8)
    return alpha, colours
