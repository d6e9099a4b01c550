"""Fusion of a model's alpha with the unmixed alpha of a known flat backdrop: each counts where it is sure.

Unmixing is exact at rims and keeps every spark, but cannot know a part of the character that has the backdrop's
colour, nor a shadow. A model knows what belongs to the character, but is vague at rims and drops small things.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.rescue import Rescued

Bytes = NDArray[np.uint8]

RIM = 5
"""Pixels to either side of the model's outline in which unmixing decides."""

_SURE = 250
_DEEP = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RIM + 1, 2 * RIM + 1))
_HOLE = 24
"""Pixels of pure backdrop that make a hole in a character; fewer are a damage of the codec."""


def fuse(frame: Bytes, model: Bytes, unmixed: Bytes, rescued: Rescued, saturated: bool) -> Bytes:
    """Fuse two cutouts into one, (h, w, 4) uint8, straight alpha; colour is zero where alpha is zero.

    Arguments:
        frame: (h, w, 3) uint8.
        model: (h, w) uint8, the model's alpha.
        unmixed: (h, w, 4) uint8, the keyed engine's cutout.
        rescued: what came back of what the model lost; nothing, where effects are not wanted.
        saturated: whether the backdrop has a colour that the character has not. Then pure backdrop inside the
            character is a hole; else it may as well be white on white, and the model decides.
    """
    body = cv2.threshold(model, 127, 255, cv2.THRESH_BINARY)[1]
    inner = cv2.erode(body, _DEEP, borderType=cv2.BORDER_CONSTANT, borderValue=255)
    sure = cv2.threshold(model, _SURE - 1, 255, cv2.THRESH_BINARY)[1]
    deep = np.asarray(cv2.bitwise_and(inner, sure), np.uint8)
    near = np.asarray(cv2.dilate(body, _DEEP), np.uint8)
    key = np.ascontiguousarray(unmixed[..., 3])
    back = np.zeros_like(near)
    back.ravel()[rescued.fresh] = 255
    # The rescue says which things come back; unmixing, how far their soft rims reach.
    belongs = cv2.max(near, cv2.dilate(back, np.ones((5, 5), np.uint8)))
    alpha = cv2.copyTo(key, belongs)
    solid = deep.copy()
    if saturated:
        solid &= 255 - _holes(key, deep)
    alpha = cv2.max(alpha, cv2.threshold(solid, 0, 255, cv2.THRESH_BINARY)[1])
    if not saturated:
        # The rim of something white on white: where unmixing sees nothing far and wide, but the model something.
        seen = cv2.dilate(key, np.ones((7, 7), np.uint8))
        blind = ((seen < 128) & (key == 0) & (model > 127)).astype(np.uint8)
        alpha = cv2.copyTo(model, blind, alpha)
    # Unmixing gave full pixels their colour, and no colour to those that it left out.
    bare = cv2.threshold(key, 0, 255, cv2.THRESH_BINARY_INV)[1]
    own = cv2.bitwise_or(cv2.copyTo(solid, 255 - key), cv2.copyTo(alpha, bare))
    colours = cv2.copyTo(frame, own, cv2.cvtColor(unmixed, cv2.COLOR_RGBA2RGB))
    return with_alpha(np.asarray(colours, np.uint8), np.asarray(alpha, np.uint8))


def with_alpha(colours: Bytes, alpha: Bytes) -> Bytes:
    """(h, w, 3) and (h, w) as (h, w, 4); colour is zero where alpha is zero."""
    rgba = cv2.cvtColor(colours, cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(alpha, rgba, 3)
    return np.asarray(cv2.copyTo(rgba, alpha), np.uint8)


def _holes(key: Bytes, deep: Bytes) -> Bytes:
    """Return where unmixing sees pure backdrop deep inside the character, in more than a few pixels; with the rim
    around."""
    empty = ((key == 0) & (deep > 0)).astype(np.uint8)
    if not empty.any():
        return np.zeros_like(key)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(empty, connectivity=4)
    large = (stats[:, cv2.CC_STAT_AREA] >= _HOLE).astype(np.uint8) * np.uint8(255)
    large[0] = 0
    return np.asarray(cv2.dilate(large[labels], np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)), np.uint8)
