"""Tell the character from what floats beside it: hearts, tears in the air, notes, sparks."""

from collections.abc import Sequence

import cv2
import numpy as np

from popcon.engines.base import Rgba
from popcon.models.refinement import Click

SOLID = 64
"""Alpha from which pixels hold together. Glows and shadows that are fainter follow what they are nearest to."""
PART = 0.35
"""A piece this large, measured by the largest one, is a part of the character: a second figure, a lifted tub."""


def without_floating(cutout: Rgba, wanted: Sequence[Click] = ()) -> Rgba:
    """The cutout without the pieces that do not hang together with the character.

    What touches the character counts as a part of it, for its alpha alone does not tell them apart.

    Arguments:
        cutout: (h, w, 4), straight alpha.
        wanted: clicks on pieces that stay all the same.

    Returns:
        (h, w, 4), a new picture; transparent pixels are (0, 0, 0, 0).
    """
    alpha = cutout[..., 3]
    solid = (alpha >= SOLID).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if count < 3:  # the outside, and one piece at the most
        return cutout.copy()
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    stays = areas >= PART * areas.max()
    for click in wanted:
        x, y = int(click.x), int(click.y)
        if 0 <= y < alpha.shape[0] and 0 <= x < alpha.shape[1] and pieces[y, x]:
            stays[pieces[y, x]] = True
    # Each faint pixel goes with the solid one next to it.
    _, nearest = cv2.distanceTransformWithLabels(1 - solid, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    piece_of = np.zeros(int(nearest.max()) + 1, np.int32)
    piece_of[nearest[solid > 0]] = pieces[solid > 0]
    result = cutout.copy()
    result[~stays[piece_of[nearest]] | (alpha == 0)] = 0
    return result
