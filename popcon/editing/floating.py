"""Tells the character from what floats beside it: hearts, tears in the air, notes, sparks."""

from collections.abc import Sequence

import cv2
import numpy as np

from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgba

SOLID = 64
"""Alpha from which pixels hold together. Glows and shadows that are fainter follow what they are nearest to."""
RIM = 6
"""How far around a piece its blurred edge may be, px."""
PART = 0.35
"""A piece this large, measured by the largest one, is a part of the character: a second figure, a lifted tub."""


def remove_floating(cutout: Rgba, wanted: Sequence[Click] = ()) -> Rgba:
    """Remove from a cutout the pieces that do not hang together with the character.

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


def remove_clicked(before: Mask, after: Mask, clicks: Sequence[Click]) -> Mask:
    """Remove the floating pieces that a person clicked away from a mask.

    One minus click takes a whole piece, outline and all: whoever clicks a heart away does not mean the red in it.

    Arguments:
        before: (h, w), the mask that the clicks were made on; 128 and above belongs.
        after: (h, w), what an engine made of them.
        clicks: all of them; a piece that has a plus click too is left to the engine.
    """
    if all(click.positive for click in clicks):
        return after
    count, pieces, stats, _ = cv2.connectedComponentsWithStats((before > 127).astype(np.uint8), connectivity=8)
    if count < 3:
        return after
    areas = stats[:, cv2.CC_STAT_AREA]
    height, width = before.shape
    hit = [
        (int(pieces[int(click.y), int(click.x)]), click.positive)
        for click in clicks
        if 0 <= click.x < width and 0 <= click.y < height
    ]
    plus = {piece for piece, positive in hit if positive}
    gone = {piece for piece, positive in hit if not positive} - plus - {0}
    gone = {piece for piece in gone if areas[piece] < PART * areas[1:].max()}
    if not gone:
        return after
    away = np.isin(pieces, sorted(gone)).astype(np.uint8)
    # What the engine has put around a piece goes with it; other pieces stay, however near.
    around = cv2.dilate(away, np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)) & (pieces == 0)
    return np.where(away | around, 0, after).astype(np.uint8)
