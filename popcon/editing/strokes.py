"""Erase and restore with a round brush."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.editing.mask import check_sizes
from popcon.models.refinement import Points, Stroke
from popcon.pixels import Rgb, Rgba

Floats = NDArray[np.float32]

FINE = 4
"""Bits of a pixel that the brush's path is drawn with."""
SOFT = 0.8
"""Sigma of the brush's rim, px: erased edges are as soft as drawn ones."""


def coverage(stroke: Stroke, height: int, width: int) -> Floats:
    """Return how much of each pixel a stroke covers, (h, w), 0 to 1. Parts outside the picture are left out."""
    canvas = np.zeros((height, width), np.uint8)
    # Far away points are brought near: integers of the drawing must not overflow, and they cover nothing anyway.
    limit = 4.0 * (height + width + stroke.radius)
    assert isinstance(stroke.points, Points)
    places = np.frombuffer(stroke.points.packed, np.float64).reshape(-1, 2).clip(-limit, limit)
    path = ((places - 0.5) * (1 << FINE)).round().astype(np.int32)
    path = path[np.concatenate([[True], (np.diff(path, axis=0) != 0).any(1)])]
    radius = max(1, round((stroke.radius - 0.45) * (1 << FINE)))  # OpenCV draws half a pixel more
    for number, (x, y) in enumerate(path):
        cv2.circle(canvas, (int(x), int(y)), radius, 255, cv2.FILLED, cv2.LINE_AA, FINE)
        if number % 64 == 63 and canvas.all() and canvas.min() == 255:  # what follows changes nothing
            return np.ones((height, width), np.float32)
    for (x0, y0), (x1, y1) in pairwise(path):
        span = float(np.hypot(x1 - x0, y1 - y0))
        if span > 0:
            aside = np.array([y0 - y1, x1 - x0]) / span * radius
            start, end = np.array([x0, y0]), np.array([x1, y1])
            corners = np.array([start + aside, end + aside, end - aside, start - aside]).round().astype(np.int32)
            cv2.fillConvexPoly(canvas, corners, 255, cv2.LINE_AA, FINE)
    return np.asarray(cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), SOFT), np.float32)


def apply_strokes(frame: Rgb, cutout: Rgba, strokes: Sequence[Stroke]) -> Rgba:
    """Return the cutout with strokes over it, in their order.

    Arguments:
        frame: (h, w, 3), the frame as it was: what a restoring stroke brings back.
        cutout: (h, w, 4), without any of the strokes.

    Raises:
        BadInput: frame and cutout differ in size.
    """
    check_sizes(frame, cutout)
    if not strokes:
        return cutout.copy()
    alpha = cutout[..., 3:].astype(np.float32) / 255
    colour = cutout[..., :3] * alpha
    for stroke in strokes:
        share = coverage(stroke, *cutout.shape[:2])[..., None]
        kept = 1 - share
        colour, alpha = colour * kept, alpha * kept
        if stroke.mode == "restore":
            colour, alpha = colour + frame * share, alpha + share
    steps = (alpha * 255).round().clip(0, 255)
    straight = (colour / np.maximum(alpha, 1e-6)).round().clip(0, 255)
    return np.dstack([np.where(steps > 0, straight, 0), steps]).astype(np.uint8)
