"""Soft alpha along the contour of a hard mask.

A pixel on the rim mixes a colour of the inside with one of the outside: a = (I - B) . (F - B) / |F - B|^2. F and B
are taken from the nearest pixels that are surely on either side; of several samples at different depths, the pair
that explains the pixel best wins (sample-based matting, after Gastal and Oliveira 2010). Where no pair explains
it, or both sides have the same colour, the mask itself is softened.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgb

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

REACH = 3
"""How far from the contour alpha may be soft, px."""
DEPTHS = (1.5, 2.5, 4.0)
"""How far inside, and outside, of the contour colours are taken, px."""
DISTINCT = 24.0
"""Colours nearer than this (0-255, Euclidean) cannot be unmixed."""


@dataclass(frozen=True)
class Rim:
    """What was found about the pixels near a contour.

    Arguments:
        y, x: (n,), the pixels.
        alpha: (n,), 0 to 1.
        colour: (n, 3), the foreground's colour there, 0 to 255.
    """

    y: NDArray[np.intp]
    x: NDArray[np.intp]
    alpha: Floats
    colour: Floats


def _nearest(frame: Rgb, sure: Flags, y: NDArray[np.intp], x: NDArray[np.intp]) -> Floats | None:
    """Return the colours of the pixels of `sure` nearest to the given ones; None if there are none."""
    if not sure.any():
        return None
    _, labels = cv2.distanceTransformWithLabels((~sure).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    # OpenCV numbers the pixels of `sure` from 1 on, row by row.
    place = np.flatnonzero(sure)[labels[y, x] - 1]
    return np.asarray(frame.reshape(-1, 3)[place], np.float32)


def _mixed(colour: Floats, fore: Floats, back: Floats) -> NDArray[np.bool_]:
    """Return whether a colour lies between two others, clearly apart from both."""
    line = fore - back
    length = np.maximum(np.einsum("ij,ij->i", line, line), 1.0)
    share = np.einsum("ij,ij->i", colour - back, line) / length
    rest = colour - (back + share[:, None] * line)
    near = np.einsum("ij,ij->i", rest, rest) < 15.0**2
    return np.asarray(near & (share > 0.1) & (share < 0.9) & (length > DISTINCT**2))


def signed_distance(mask: Flags) -> Floats:
    """Return the distance to the contour, px: positive inside, negative outside, +-0.5 next to it."""
    inside = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 5)
    return np.where(mask, inside - 0.5, 0.5 - outside).astype(np.float32)


def soften(distance: Floats) -> Floats:
    """Return alpha of a contour about which nothing else is known: one pixel wide, without steps."""
    smooth = cv2.GaussianBlur(np.clip(distance, -REACH, REACH), (0, 0), 1.2)
    return np.asarray(np.clip(smooth / 1.6 + 0.5, 0, 1), np.float32)


def matte_rim(frame: Rgb, distance: Floats, backdrop: NDArray[np.float32] | None) -> Rim:
    """Unmix the pixels near a mask's contour.

    Arguments:
        frame: (h, w, 3).
        distance: (h, w), `signed_distance` of the mask of what belongs.
        backdrop: (3,), the flat colour behind the character where it is known, 0 to 255.
    """
    y, x = np.nonzero(np.abs(distance) < REACH)
    own = frame[y, x].astype(np.float32)
    plain = soften(distance)[y, x]
    if not len(y):
        return Rim(y, x, plain, own)
    fore = [colour for depth in DEPTHS if (colour := _nearest(frame, distance > depth, y, x)) is not None]
    back = [colour for depth in DEPTHS[1:] if (colour := _nearest(frame, distance < -depth, y, x)) is not None]
    if backdrop is not None:
        back.append(np.broadcast_to(backdrop, (len(y), 3)).astype(np.float32))
    if not fore or not back:
        return Rim(y, x, plain, own)
    best_error = np.full(len(y), np.inf, np.float32)
    alpha, colour, gap = plain.copy(), own.copy(), np.zeros(len(y), np.float32)
    for f in fore:
        for b in back:
            line = f - b
            length = np.maximum(np.einsum("ij,ij->i", line, line), 1.0)
            share = np.clip(np.einsum("ij,ij->i", own - b, line) / length, 0, 1)
            rest = own - (b + share[:, None] * line)
            # A little dearer the more it strays from the mask, so that equal colours do not decide by chance.
            error = np.sqrt(np.einsum("ij,ij->i", rest, rest)) + 8 * np.abs(share - plain)
            # A sample that is a mix of deeper ones with the outside is a pixel of the rim itself: the mask was loose.
            error += 12 * np.max([_mixed(f, deep, b) for deep in fore], axis=0)
            better = error < best_error
            best_error = np.where(better, error, best_error)
            alpha = np.where(better, share, alpha)
            colour = np.where(better[:, None], f, colour)
            gap = np.where(better, np.sqrt(length), gap)
    sure = np.clip((gap - DISTINCT) / DISTINCT, 0, 1) * np.exp(-np.square(best_error / 30))
    mixed = sure * alpha + (1 - sure) * plain
    # The mask decides what belongs: at the far ends of the rim alpha has come to 1 and to 0.
    signed = distance[y, x]
    mixed = np.maximum(mixed, np.clip(signed - (REACH - 1), 0, 1))
    mixed = np.minimum(mixed, 1 - np.clip(-signed - (REACH - 1), 0, 1))
    solid = mixed[:, None] > 0.98
    return Rim(y, x, mixed.astype(np.float32), np.where(solid, own, sure[:, None] * colour + (1 - sure[:, None]) * own))
