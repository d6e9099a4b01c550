"""Where a picture's eyes and mouth are, when it plainly has them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.eye_candidates import Candidate
from popcon.engines.puppet.eye_pairs import best_pair
from popcon.pixels import Mask

FACE_WIDTH = 128
"""The face below the eyes is looked at with this width, px."""
APART = 30.0
"""Colours farther apart than this (Lab, lightness less) are different things."""


@dataclass(frozen=True)
class Feature:
    """An eye or a mouth, in the coordinates of the picture searched (px).

    Attributes:
        x, y: its centre.
        rx, ry: half its width and height.
    """

    x: float
    y: float
    rx: float
    ry: float


def find_eyes(rgba: NDArray[np.uint8]) -> tuple[Feature, Feature, float] | None:
    """Find the left and right eye of a character.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha: the character, trimmed.

    Returns:
        The pair, left first, and its confidence, 0.5 to 1; None where no pair is convincing.
    """
    if min(rgba.shape[:2]) < 24:
        return None
    found = best_pair(rgba)
    return None if found is None else (_feature(found[0]), _feature(found[1]), found[2])


def _feature(one: Candidate) -> Feature:
    return Feature(one.x, one.y, one.rx, one.ry)


@dataclass(frozen=True)
class Region:
    """A part of the face of one colour, or several next to each other, in the face's own pixels."""

    x: int
    y: int
    w: int
    h: int
    area: int
    solid: float
    red: bool
    mask: Mask


def find_mouth(rgba: NDArray[np.uint8], left: Feature, right: Feature) -> Feature | None:
    """Find the mouth below a pair of eyes: what stands out from the skin, or from a muzzle, in the middle.

    A nose, a beak, or a nose that hangs together with the mouth does not count: they could not be taken away.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, in whose pixels the eyes are given.
    """
    apart = right.x - left.x
    middle, level = (left.x + right.x) / 2, (left.y + right.y) / 2
    x0, x1 = max(0, round(middle - 1.15 * apart)), min(rgba.shape[1], round(middle + 1.15 * apart))
    y0 = max(0, round(level + 0.02 * apart))
    y1 = min(rgba.shape[0], round(level + 1.75 * apart))
    if apart < 8 or x1 - x0 < 12 or y1 - y0 < 8:
        return None
    scale = FACE_WIDTH / (x1 - x0)
    size = FACE_WIDTH, max(8, round((y1 - y0) * scale))
    small = np.asarray(cv2.resize(np.ascontiguousarray(rgba[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA))
    inside = np.asarray(cv2.erode((small[..., 3] > 200).astype(np.uint8), np.ones((5, 5)), borderValue=1)) > 0
    if inside.mean() < 0.2:
        return None
    lab = cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2LAB).astype(np.float32)
    xs, ys = np.meshgrid(x0 + (np.arange(size[0]) + 0.5) / scale, y0 + (np.arange(size[1]) + 0.5) / scale)
    for eye in (left, right):
        inside &= (np.abs(xs - eye.x) > 1.4 * eye.rx) | (np.abs(ys - eye.y) > 1.4 * eye.ry)
    unit, centre = apart * scale, (middle - x0) * scale
    cheeks = inside & (np.abs(xs - middle) < 0.7 * apart) & (ys < level + 0.75 * apart)
    skin = np.median(lab[cheeks if cheeks.sum() > 40 else inside], axis=0)
    regions = [each for each in _regions(lab, inside, skin, unit, 0) if _could_be_mouth(each, unit, centre, size)]
    if not regions:
        return None
    # A nose is above the mouth: of what is in the middle, the widest of the lower ones.
    best = max(regions, key=lambda each: each.w * (0.6 + 0.4 * (each.y + each.h / 2) / size[1]))
    below = (y0 - level) / apart + (best.y + best.h / 2) / unit
    if _could_be_nose(best, below, unit):
        return None
    half = best.w / 2 / scale, best.h / 2 / scale
    return Feature(x0 + (best.x + best.w / 2) / scale, y0 + (best.y + best.h / 2) / scale, *half)


def _regions(
    lab: NDArray[np.float32], inside: NDArray[np.bool_], skin: NDArray[np.float32], unit: float, depth: int
) -> list[Region]:
    """Return what stands out from the skin, and what stands out in that in turn (a muzzle)."""
    off = np.abs(lab - skin) @ np.array([0.8, 0.9, 0.9], np.float32)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        ((off > APART) & inside).astype(np.uint8), connectivity=8
    )
    found = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area < 12:
            continue
        mask = (labels == n).astype(np.uint8)
        if depth < 2 and w > 0.55 * unit and area > 0.3 * w * h and area > 0.12 * unit * unit:
            # The rim is left out: it blends into what is around.
            core = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8))) > 0
            whole = np.zeros_like(mask)
            outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(whole, outlines, -1, 1, cv2.FILLED)
            within = np.asarray(cv2.erode(whole, np.ones((7, 7), np.uint8))) > 0
            if core.any():
                inner = np.where(core[..., None], lab, np.median(lab[core], axis=0))
                deeper = np.where(within[..., None], lab, inner).astype(np.float32)
                if within.sum() > 40:
                    found += _regions(deeper, within, np.median(deeper[within], axis=0), unit, depth + 1)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        hull = cv2.contourArea(cv2.convexHull(np.concatenate(outlines)))
        filled = sum(cv2.contourArea(each) for each in outlines)
        colour = lab[mask > 0]
        red = bool(((colour[:, 1] > 165) & (colour[:, 0] > 40)).mean() > 0.25)
        found.append(Region(x, y, w, h, area, float(filled / max(hull, 1)), red, mask))
    return found


def _could_be_mouth(each: Region, unit: float, centre: float, size: tuple[int, int]) -> bool:
    off = abs(each.x + each.w / 2 - centre) / unit
    touches = each.x <= 1 or each.x + each.w >= size[0] - 1 or each.y + each.h >= size[1] - 1 or each.y == 0
    # A mouth with its tongue out is about as high as wide.
    tallest = (1.15 if each.red and each.w > 0.45 * unit else 0.8 if each.solid > 0.75 else 0.5) * each.w
    if each.y + each.h / 2 < 0.2 * unit or (each.h < 0.2 * each.w and each.solid > 0.9 and each.w > 0.9 * unit):
        return False
    return (
        not touches and off < 0.16 and 0.2 < each.w / unit < 1.8 and 0.12 * each.w < each.h < min(tallest, 0.8 * unit)
    )


def _could_be_nose(each: Region, below: float, unit: float) -> bool:
    """Return a solid blob that is about as high as wide, near to the eyes (`below` them, in distances of the eyes)."""
    wide = each.w / unit
    if each.solid < 0.8 or each.w > 2.6 * each.h or wide > 1.2 or (each.red and wide > 0.45):
        return False
    return below < 0.75 or (below < 0.98 and not each.red) or (each.w < 1.4 * each.h and not each.red)
