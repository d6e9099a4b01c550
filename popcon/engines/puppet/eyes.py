"""Where a picture's eyes and mouth are, when it plainly has them: alike, contrasty blobs side by side, one below."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

WORKING_WIDTH = 160
"""The head is looked at with this width, px."""


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


def find_eyes(rgba: NDArray[np.uint8]) -> tuple[Feature, Feature] | None:
    """Find the left and right eye of a head.

    Blobs that are darker (or, on dark heads, lighter) than what surrounds them are found by a morphological
    closing (opening) at a few sizes; the best pair that is level, alike, symmetric and in a likely place wins.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha: the head, trimmed.

    Returns:
        The pair, left first, or None where no pair is convincing.
    """
    height, width = rgba.shape[:2]
    if min(height, width) < 24:
        return None
    scale = WORKING_WIDTH / width
    size = (WORKING_WIDTH, max(24, min(400, round(height * scale))))
    small = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    inside = small[..., 3] > 160
    if inside.mean() < 0.2:
        return None
    light = cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2LAB)[..., 0]
    light = np.where(inside, light, np.uint8(np.median(light[inside])))
    depth = cv2.distanceTransform(np.pad(inside.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    best, pair, grow = 0.52, None, 1.0
    for kernel in (17, 31, 47, 65):
        ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (kernel, kernel))
        for operation, worth in ((cv2.MORPH_BLACKHAT, 1.0), (cv2.MORPH_TOPHAT, 0.75)):
            relief = np.asarray(cv2.morphologyEx(light, operation, ellipse), dtype=np.uint8)
            for threshold, line in ((34, 0), (64, 0), (64, 5)):
                blobs = _blobs(relief, inside, kernel, threshold, line)
                for one, other in combinations(blobs, 2):
                    score = worth * _likeness(one, other, size) * min(_inward(depth, one[0]), _inward(depth, other[0]))
                    if score > best:
                        best, pair = score, tuple(sorted((one[0], other[0]), key=lambda eye: eye.x))
                        # A small light pair is the shine in two dark eyes.
                        grow = 1.9 if worth < 1 and one[0].rx + other[0].rx < 0.1 * WORKING_WIDTH else 1.0
    if pair is None:
        return None
    back = 1 / scale, height / size[1]
    left, right = (Feature(e.x * back[0], e.y * back[1], grow * e.rx * back[0], grow * e.ry * back[1]) for e in pair)
    return left, right


def _inward(depth: NDArray[Any], eye: Feature) -> float:
    """How far a blob is from the outline, 0.3 to 1: eyes have skin around them."""
    at = float(depth[min(int(eye.y), depth.shape[0] - 1), min(int(eye.x), depth.shape[1] - 1)])
    return min(1.0, max(0.3, at / (2.0 * max(eye.rx, eye.ry))))


def _blobs(
    relief: NDArray[np.uint8], inside: NDArray[np.bool_], kernel: int, threshold: int, line: int
) -> list[tuple[Feature, float]]:
    """Blobs of a relief with their contrast, 0 to 1; at most the twelve strongest."""
    mask = ((relief > threshold) & inside).astype(np.uint8)
    if line:  # what is thinner goes, so that an outline which touches an eye does not swallow it
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((line, line), np.uint8)), dtype=np.uint8)
    # A shine inside an eye is part of it: islands are taken with what they enclose.
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(mask, outlines, -1, 1, cv2.FILLED)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        fill = area / (w * h)
        if area < 20 or max(w, h) > kernel + 2 or not 0.3 < w / h < 2.6 or fill < 0.45:
            continue
        contrast = float(relief[y : y + h, x : x + w][labels[y : y + h, x : x + w] == n].mean()) / 255
        found.append((Feature(x + w / 2, y + h / 2, w / 2, h / 2), contrast))
    found.sort(key=lambda item: -item[1] * item[0].rx * item[0].ry)
    return found[:12]


def _likeness(one: tuple[Feature, float], other: tuple[Feature, float], size: tuple[int, int]) -> float:
    """How much two blobs look like a pair of eyes, 0 to about 1.5."""
    (a, contrast_a), (b, contrast_b) = sorted((one, other), key=lambda item: item[0].x)
    width, height = size
    apart = (b.x - a.x) / width
    area_a, area_b = a.rx * a.ry, b.rx * b.ry
    alike = min(area_a, area_b) / max(area_a, area_b)
    level = 1 - abs(a.y - b.y) / (0.06 * width)
    middle = 1 - abs((a.x + b.x) / 2 / width - 0.5) / 0.17
    high = (a.y + b.y) / 2 / height
    if not 0.12 < apart < 0.72 or alike < 0.45 or level < 0 or middle < 0 or not 0.12 < high < 0.72:
        return 0.0
    sized = min(1.0, (area_a + area_b) ** 0.5 / (0.10 * width))
    placed = 1 - abs(high - 0.42) / 0.6
    contrast = min(1.0, (contrast_a + contrast_b) / 0.7)
    flat = max(a.rx / a.ry, b.rx / b.ry)
    roundness = 1.0 if flat < 1.5 else max(0.4, 1 - 0.6 * (flat - 1.5))
    roundness *= min(1.0, max(0.3, 1.9 - 3.2 * (a.rx + b.rx) / (b.x - a.x)))
    shape = alike**0.6 * (0.4 + 0.6 * level) * (0.4 + 0.6 * middle) * placed * roundness
    return float(shape * (0.3 + 0.7 * contrast) * (0.4 + 0.6 * sized) * 1.5)


def find_mouth(rgba: NDArray[np.uint8], left: Feature, right: Feature) -> Feature | None:
    """Find the mouth below a pair of eyes: the widest contrasty blob in the middle; a nose alone does not count.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, in whose pixels the eyes are given.
    """
    apart = right.x - left.x
    middle, level = (left.x + right.x) / 2, (left.y + right.y) / 2
    x0, x1 = round(middle - 1.15 * apart), round(middle + 1.15 * apart)
    y0, y1 = round(level + 0.1 * apart), round(level + 1.7 * apart)
    x0, y0 = max(0, x0), max(0, y0)
    x1, y1 = min(rgba.shape[1], x1), min(rgba.shape[0], y1)
    if apart < 8 or x1 - x0 < 12 or y1 - y0 < 8:
        return None
    scale = 112 / (x1 - x0)
    unit = apart * scale
    size = 112, max(8, round((y1 - y0) * scale))
    small = cv2.resize(np.ascontiguousarray(rgba[y0:y1, x0:x1]), size, interpolation=cv2.INTER_AREA)
    inside = cv2.erode((small[..., 3] > 200).astype(np.uint8), np.ones((11, 11), np.uint8), borderValue=1) > 0
    if inside.mean() < 0.2:
        return None
    lab = cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2LAB).astype(np.float32)
    xs, ys = np.meshgrid(x0 + (np.arange(size[0]) + 0.5) / scale, y0 + (np.arange(size[1]) + 0.5) / scale)
    for eye in (left, right):
        inside &= (np.abs(xs - eye.x) > 1.35 * eye.rx) | (np.abs(ys - eye.y) > 1.35 * eye.ry)
    cheeks = inside & (ys < level + 0.6 * apart)
    if not cheeks.any():
        return None
    skin = np.median(lab[cheeks], axis=0)
    differs = (np.abs(lab - skin) @ np.array([1.0, 0.7, 0.7], np.float32) > 42) & inside
    count, _, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)
    best, found = 0.0, None
    for n in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[n])
        off = abs(x + w / 2 - (middle - x0) * scale) / unit
        wide = w / unit
        if (
            off > 0.22
            or not 0.22 < wide < 2.1
            or h > min(1.3 * w, 0.95 * unit)
            or x == 0
            or x + w == size[0]
            or y + h >= size[1]
        ):
            continue
        worth = wide * (1 - off) * (0.6 + 0.4 * min(1.0, w / h / 1.6)) * min(1.0, area / 40)
        if worth > best:
            best = worth
            found = Feature(x0 + (x + w / 2) / scale, y0 + (y + h / 2) / scale, w / 2 / scale, h / 2 / scale)
    return found
