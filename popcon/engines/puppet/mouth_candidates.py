"""Candidates for mouths: what stands out from the skin below a pair of eyes, or from a muzzle."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Mask, Rgba

Floats = NDArray[np.float32]
Inside = NDArray[np.bool_]
UNIT = 56.0
"""A face is looked at with its eyes so far apart, px."""
APART = (24.0, 40.0, 70.0)
"""Distances in Lab from which a pixel is no skin."""
CHANNELS = np.array([0.8, 0.9, 0.9], np.float32)
"""How much each channel of Lab counts."""
ALIKE = 0.7
"""Two boxes that share so much of what they cover together are one candidate."""


@dataclass(frozen=True)
class FaceWindow:
    """The part of a picture where the mouth of two eyes may be, at working size.

    Attributes:
        lab: (h, w, 3), each channel 0-255 as OpenCV has it.
        inside: (h, w), where the character is, eyes left out.
        skin: (3,), the colour of its cheeks.
        left, top: of the window in the picture, px of the picture.
        scale: px at working size for a px of the picture.
        centre, level: the middle between the eyes, px at working size.
    """

    lab: Floats
    inside: Inside
    skin: Floats
    left: int
    top: int
    scale: float
    centre: float
    level: float


@dataclass(frozen=True)
class Region:
    """What stands out from the skin: its box (px at working size), its mask in the window, and the skin around it."""

    x: int
    y: int
    w: int
    h: int
    mask: Inside
    skin: Floats

    @property
    def area(self) -> int:
        return self.w * self.h


def face_window(rgba: Rgba, left: tuple[float, ...], right: tuple[float, ...]) -> FaceWindow | None:
    """Return where a mouth may be; None where the face is too small, or not there.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha.
        left, right: the eyes: middle and half-axes (x, y, rx, ry), px.
    """
    apart = float(np.hypot(right[0] - left[0], right[1] - left[1]))
    middle, level = (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
    x0, x1 = max(0, round(middle - 1.15 * apart)), min(rgba.shape[1], round(middle + 1.15 * apart))
    y0, y1 = max(0, round(level + 0.02 * apart)), min(rgba.shape[0], round(level + 1.75 * apart))
    if apart < 8 or x1 - x0 < 12 or y1 - y0 < 8:
        return None
    scale = UNIT / apart
    size = max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale))
    resampling = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(np.ascontiguousarray(rgba[y0:y1, x0:x1]), size, interpolation=resampling))
    inside = np.asarray(cv2.erode((small[..., 3] > 200).astype(np.uint8), np.ones((5, 5)), borderValue=1)) > 0
    if inside.mean() < 0.2:
        return None
    lab = cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2LAB).astype(np.float32)
    xs, ys = np.meshgrid(x0 + (np.arange(size[0]) + 0.5) / scale, y0 + (np.arange(size[1]) + 0.5) / scale)
    for eye in (left, right):
        inside &= (np.abs(xs - eye[0]) > 1.4 * eye[2]) | (np.abs(ys - eye[1]) > 1.4 * eye[3])
    if not inside.any():
        return None
    cheeks = inside & (np.abs(xs - middle) < 0.7 * apart) & (ys < level + 0.75 * apart)
    skin = np.median(lab[cheeks if cheeks.sum() > 40 else inside], axis=0)
    return FaceWindow(lab, inside, skin, x0, y0, scale, (middle - x0) * scale, (level - y0) * scale)


def candidates(face: FaceWindow) -> list[Region]:
    """Return what could be the mouth, the largest first.

    A region as large as a muzzle is looked into as well: what stands out from its middle is a candidate, too.
    """
    found = []
    for skin in (np.broadcast_to(face.skin, face.lab.shape), shaded_skin(face.lab, face.inside, face.skin)):
        for least in APART:
            for region in _regions(face.lab, face.inside, skin, least):
                found.append(region)
                many = int(region.mask.sum())
                if region.w <= 0.45 * UNIT or many <= max(0.25 * region.area, 0.1 * UNIT * UNIT):
                    continue
                core = np.asarray(cv2.erode(_filled(region.mask), np.ones((7, 7), np.uint8))) > 0
                if core.sum() >= 60:
                    muzzle = np.broadcast_to(np.median(face.lab[core], axis=0), face.lab.shape)
                    found += _regions(face.lab, core, muzzle, least)
    kept: list[Region] = []
    for one in sorted((each for each in found if _plausible(each, face)), key=lambda each: -each.mask.sum()):
        if all(_overlap(one, other) < ALIKE for other in kept):
            kept.append(one)
    return kept


def _plausible(one: Region, face: FaceWindow) -> bool:
    return (
        0.12 < one.w / UNIT < 2.1
        and 0.04 < one.h / UNIT < 1.35
        and abs(one.x + one.w / 2 - face.centre) <= 0.5 * UNIT
        and one.y + one.h / 2 - face.level >= 0.15 * UNIT
    )


def shaded_skin(lab: Floats, inside: Inside, skin: Floats) -> Floats:
    """Fit the skin with its shading: a quadratic surface for each channel, by iterated reweighted least squares.

    Arguments:
        lab: (h, w, 3), the face below the eyes.
        skin: (3,), the colour that the fit begins with.
    """
    rows, columns = np.nonzero(inside)
    x, y = columns / lab.shape[1] - 0.5, rows / lab.shape[0] - 0.5
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1).astype(np.float32)
    pixels = lab[inside]
    fitted = np.broadcast_to(skin, pixels.shape)
    for tolerance in (40.0, 25.0, 15.0, 10.0):
        off = np.abs(pixels - fitted).sum(axis=1) / tolerance
        weighted = basis / ((1 + off**2) ** 2)[:, None]
        gram = weighted.T @ basis + 1e-3 * np.eye(6, dtype=np.float32)
        fitted = basis @ np.linalg.solve(gram, weighted.T @ pixels)
    out = np.broadcast_to(skin, lab.shape).astype(np.float32)
    out[inside] = fitted
    return out


def _regions(lab: Floats, inside: Inside, skin: Floats, least: float) -> list[Region]:
    off = np.abs(lab - skin) @ CHANNELS
    stands_out = ((off > least) & inside).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(stands_out, connectivity=8)
    found = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        if area >= 12:
            found.append(Region(x, y, w, h, labels == n, skin))
    return found


def _filled(mask: Inside) -> Mask:
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out: Mask = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(out, outlines, -1, 1, cv2.FILLED)
    return out


def _overlap(one: Region, other: Region) -> float:
    """Return the intersection over the union of two boxes."""
    wide = max(0, min(one.x + one.w, other.x + other.w) - max(one.x, other.x))
    tall = max(0, min(one.y + one.h, other.y + other.h) - max(one.y, other.y))
    return wide * tall / (one.area + other.area - wide * tall)
