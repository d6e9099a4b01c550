"""Clean colours for soft alpha where the backdrop is not known.

Blur fusion in two passes, after M. Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021): a wide blur
of the colours weighted by alpha, and by what alpha leaves, gives a first foreground and background; each is then
mended by the part of the picture that the two do not explain; a narrow pass sharpens both.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

WIDE, NARROW = 90, 6
"""Radii of the two passes in px, for pictures of 1024 px; smaller ones take smaller radii."""


def clean_colours(frame: Bytes, alpha: Bytes) -> Bytes:
    """Foreground colours, (h, w, 3) uint8; pixels that are fully inside or outside keep theirs.

    Arguments:
        frame: (h, w, 3) uint8.
        alpha: (h, w) uint8.
    """
    soft = (alpha > 0) & (alpha < 255)
    if not soft.any():
        return frame.copy()
    top, bottom, left, right = _around(soft, margin=WIDE // 2)
    part, cover = frame[top:bottom, left:right], alpha[top:bottom, left:right]
    scale = max(frame.shape[:2]) / 1024
    colours = np.asarray(part / np.float32(255), np.float32)
    share = np.asarray(cover[..., None] / np.float32(255), np.float32)
    small = max(1, part.shape[1] // 4), max(1, part.shape[0] // 4)
    little = _resized(colours, small)
    little_share = _resized(share[..., 0], small)[..., None]
    wide = _fused(little, little_share, little, little, max(2, round(WIDE * scale / 4)))
    size = part.shape[1], part.shape[0]
    inside, _ = _fused(colours, share, _resized(wide[0], size), _resized(wide[1], size), max(4, round(NARROW * scale)))
    result = frame.copy()
    inner = soft[top:bottom, left:right]
    result[top:bottom, left:right][inner] = np.rint(np.clip(inside[inner], 0, 1) * 255)
    return result


def _resized(picture: Floats, size: tuple[int, int]) -> Floats:
    smaller = size[0] < picture.shape[1]
    return np.asarray(
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR), np.float32
    )


def _fused(picture: Floats, share: Floats, inside: Floats, outside: Floats, radius: int) -> tuple[Floats, Floats]:
    size = (2 * radius + 1, 2 * radius + 1)
    weight = cv2.blur(share, size)[..., None]
    near_inside = cv2.blur(inside * share, size) / (weight + 1e-5)
    near_outside = cv2.blur(outside * (1 - share), size) / (1 - weight + 1e-5)
    rest = picture - share * near_inside - (1 - share) * near_outside
    return np.clip(near_inside + share * rest, 0, 1), np.clip(near_outside, 0, 1)


def _around(mask: NDArray[np.bool_], margin: int) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    h, w = mask.shape
    return (
        max(0, int(rows[0]) - margin),
        min(h, int(rows[-1]) + 1 + margin),
        max(0, int(columns[0]) - margin),
        min(w, int(columns[-1]) + 1 + margin),
    )
