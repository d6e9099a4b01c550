"""Draws a line around what shows in a picture."""

import cv2
import numpy as np

from popcon.models.adjustment import Outline
from popcon.pixels import Rgba
from popcon.stickers.pixels import parse_colour

_SOLID = 128
"""Alpha from which a pixel is outlined: half-seen glows and shadows get no line of their own."""


def outlined(frame: Rgba, outline: Outline) -> Rgba:
    """Draw an outline behind what shows, from its rim outwards; what showed is unchanged.

    A pixel's coverage is its distance to the rim, which lies within the nearest solid pixel as far out as that one's
    alpha says. So the line is as soft as the rim that it follows.

    Arguments:
        frame: with at least the outline's width free around what shows, or the line is cut off.

    Returns:
        (h, w, 4) uint8, straight alpha, colour zero where alpha is zero.
    """
    solid = frame[..., 3] >= _SOLID
    if not outline.width or not solid.any():
        return frame
    zeros = np.where(solid, 0, 255).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(zeros, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    ys, xs = np.nonzero(solid)
    places = np.zeros(int(labels.max()) + 1, np.intp)
    places[labels[solid]] = np.arange(len(ys))
    nearest = places[labels]
    rows, columns = np.indices(solid.shape)
    away = np.hypot(rows - ys[nearest], columns - xs[nearest])
    rim = (frame[ys, xs, 3].astype(np.float64) / 255)[nearest]
    behind = np.clip(outline.width + rim - away, 0, 1)[..., None]
    own = frame[..., 3:].astype(np.float64) / 255
    alpha = own + behind * (1 - own)
    colour = (frame[..., :3] * own + parse_colour(outline.colour) * behind * (1 - own)) / np.maximum(alpha, 1e-6)
    out: Rgba = np.rint(np.dstack([colour, 255 * alpha])).astype(np.uint8)
    out[out[..., 3] == 0] = 0
    return out
