"""Fills a body in where a limb that was cut off it had covered it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.limbs import Limb
from popcon.engines.puppet.spots import Texture
from popcon.engines.puppet.texture_fill import copied_over
from popcon.pixels import Mask

LINE = 0.04
"""Outlines are thinner than this, in heights of the part that is filled."""
INSIDE = 0.5
"""A limb of which at least this share lies over the body is inside of the outline."""


def lies_over_body(limb: Limb) -> bool:
    """Return whether most of a limb lies over the body, which then goes on behind it."""
    over = float((_closed(limb) & limb.mask > 0).sum())
    return over >= INSIDE * float((limb.mask > 0).sum())


def _closed(limb: Limb) -> Mask:
    """Return the body without a limb, closed by a disc that is a little wider than the limb: where the body goes on."""
    deepest = float(cv2.distanceTransform(np.pad(limb.mask, 1), cv2.DIST_L2, 5).max())
    radius = max(2, round((2.2 if limb.straight else 1.15) * deepest))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    whole = cv2.morphologyEx(np.pad(limb.rest, radius + 1), cv2.MORPH_CLOSE, disc)
    closed: Mask = np.asarray(whole, dtype=np.uint8)[radius + 1 : -radius - 1, radius + 1 : -radius - 1]
    if not limb.straight:
        return closed
    # Where an outlined limb sticks out, a closing leaves spikes of the body along it.
    size = 2 * max(1, round(0.25 * deepest)) + 1
    small = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    body = np.pad((closed & limb.mask) | limb.rest, size)
    opened = np.asarray(cv2.morphologyEx(body, cv2.MORPH_OPEN, small), dtype=np.uint8)[size:-size, size:-size]
    return opened | limb.rest


def body_without(texture: Texture, limb: Limb, alone: NDArray[np.float32], margin: tuple[int, int]) -> Texture:
    """Return the body without a limb: transparent where it stuck out, filled in from around where the body goes on
    behind it.

    The body is taken to go on where a closing of what remains, by a disc as wide as the limb, covers the limb.

    Arguments:
        texture: (h, w, 4) uint8 premultiplied, with `margin` transparent (columns, rows) on each side.
        alone: (h, w) float32, 0-1: how much of each pixel belongs to the limb (see `cut_limb`).
    """
    bare: Texture = np.rint(texture * (1 - alone[..., None])).astype(np.uint8)
    if not limb.inside:
        return bare
    wide, tall = texture.shape[1] - 2 * margin[0], texture.shape[0] - 2 * margin[1]
    scale = tall / limb.mask.shape[0]
    closed = _closed(limb)
    grown = np.asarray(cv2.dilate(closed, np.ones((3, 3), np.uint8)), dtype=np.uint8) & (limb.mask | limb.rest)
    soft = cv2.GaussianBlur(grown, (0, 0), 1.0)
    cover = cv2.resize(soft, (wide, tall), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    cover = np.pad(np.clip((cover - 128) * scale / 40 + 0.5, 0, 1), ((margin[1],) * 2, (margin[0],) * 2))
    cover = np.where(alone > 0.02, cover, 0).astype(np.float32)
    return _filled_behind(bare, alone, cover)


def _filled_behind(bare: Texture, alone: NDArray[np.float32], cover: NDArray[np.float32]) -> Texture:
    """Fill a body in where `cover` (0-1) says that it goes on (Telea's fast marching, then smoothed inside)."""
    on = np.argwhere(cover > 0)
    if not on.size:
        return bare
    reach = 14
    (top, left), (bottom, right) = np.maximum(on.min(axis=0) - reach, 0), on.max(axis=0) + 1 + reach
    window = np.s_[top:bottom, left:right]
    part = bare[window]
    # Neither what is transparent nor the soft rim of the cut is a colour to go on from.
    unknown = ((alone[window] > 0.02) | (part[..., 3] < 250)).astype(np.uint8)
    unknown = np.asarray(cv2.dilate(unknown, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    if unknown.all():
        return bare
    # Neither is an outline that ends beside the limb: its ink would run.
    inked = unknown | _ink(part)
    unknown = unknown if inked.all() else inked
    colours = np.ascontiguousarray(part[..., :3])
    filled = np.asarray(cv2.inpaint(colours, unknown, 5, cv2.INPAINT_TELEA), dtype=np.float32)
    smooth = cv2.GaussianBlur(filled, (0, 0), 4.0)
    deep = np.clip(cv2.distanceTransform(unknown, cv2.DIST_L2, 5) / 6, 0, 1)[..., None]
    mended: NDArray[np.float32] = np.asarray(filled * (1 - deep) + smooth * deep, np.float32)
    mended = _patterned(bare, alone, cover, window, mended)
    much = cover[window][..., None]
    under = np.dstack([mended, np.full(mended.shape[:2], 255, np.float32)]) * much
    out = bare.copy()
    rest = 1 - part[..., 3:].astype(np.float32) / 255
    out[window] = np.rint(np.clip(part + under * rest, 0, 255)).astype(np.uint8)
    return out


def _ink(part: Texture) -> Mask:
    """1 where a line is that is darker than what is on both sides of it, and as thin as outlines are."""
    light = np.where(part[..., 3] < 250, 255, part[..., :3].max(axis=2)).astype(np.uint8)
    size = 2 * max(2, round(LINE * part.shape[0])) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    valley = np.asarray(cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc))
    return np.asarray(cv2.dilate((valley > 60).astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)


def _patterned(
    bare: Texture,
    alone: NDArray[np.float32],
    cover: NDArray[np.float32],
    window: tuple[slice, slice],
    plain: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return a window of a filled body in which its pattern goes on, where it has one; else as it was filled
    plainly."""
    seen = np.argwhere(bare[..., 3] > 250)
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    top, left = min(top, window[0].start), min(left, window[1].start)
    bottom, right = max(bottom, window[0].stop), max(right, window[1].stop)
    body = np.s_[top:bottom, left:right]
    unknown = ((alone[body] > 0.02) | (bare[body][..., 3] < 250)).astype(np.uint8)
    unknown = np.asarray(cv2.dilate(unknown, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    wanted = ((cover[body] > 0) & (unknown > 0)).astype(np.uint8)
    filled = copied_over(np.ascontiguousarray(bare[body][..., :3]), unknown, wanted, (1 - unknown).astype(np.uint8))
    if filled is None:
        return plain
    inner = np.s_[window[0].start - top : window[0].stop - top, window[1].start - left : window[1].stop - left]
    return np.asarray(np.where(wanted[inner][..., None] > 0, filled[inner], plain), np.float32)
