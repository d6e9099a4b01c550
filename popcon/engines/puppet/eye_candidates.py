"""Candidates for eyes: compact regions that stand out from what is around them."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
WORKING = 240
"""The character is looked at with its longer side at this many pixels."""
DARKER, LIGHTER = (30, 45, 60, 75, 95, 120, 150), (246, 232, 212, 185, 150)
"""Lightness (0-255) below or above which regions are taken."""
RELIEFS = (11, 21, 37, 61)
"""Widths of the discs whose morphological closing and opening show what is darker or lighter than around it, px."""
MOST = 48
"""Candidates that are paired at most."""


@dataclass(frozen=True)
class Candidate:
    """A region that could be an eye, at working size (px).

    Attributes:
        x, y, rx, ry: its middle and half-axes.
        fill: its share of the box around it; an ellipse has 0.785.
        contrast: how far its colour is from what is around it, Lab / 100.
        darker: by how much it is darker than that, L / 100.
        within: the share of what is around it that belongs to the character.
        even: 1 where what is around it has one colour.
        colour: its mean colour, Lab.
    """

    x: float
    y: float
    rx: float
    ry: float
    fill: float
    contrast: float
    darker: float
    within: float
    even: float
    colour: tuple[float, float, float]

    @property
    def size(self) -> float:
        return float(np.sqrt(self.rx * self.ry))

    @property
    def worth(self) -> float:
        """How much it looks like an eye by itself."""
        round_ = min(self.fill / 0.75, 1.0)
        return (min(self.contrast, 0.9) + 0.3 * max(0.0, min(self.darker, 0.8))) * round_**2 * self.within**2


def candidates(lab: Floats, inside: NDArray[np.bool_]) -> list[Candidate]:
    """Return all regions that could be eyes, the best first.

    Arguments:
        lab: (h, w, 3) float32, each channel 0-255 as OpenCV has it, filled in outside of the character.
        inside: (h, w), where the character is.
    """
    light = lab[..., 0].astype(np.uint8)
    found: list[Candidate] = []
    maps = [light < t for t in DARKER] + [light > t for t in LIGHTER]
    for kernel in RELIEFS:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (kernel, kernel))
        for operation in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT):
            relief = np.asarray(cv2.morphologyEx(light, operation, disc))
            maps += [relief > 26, relief > 60]
    area_of_all = float(inside.sum())
    for each in maps:
        mask = (each & inside).astype(np.uint8)
        found += _regions(mask, lab, inside, area_of_all)
        opened = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
        found += _regions(opened, lab, inside, area_of_all)
    found.sort(key=lambda each: -each.worth)
    kept: list[Candidate] = []
    for one in found:
        if all(abs(one.x - k.x) + abs(one.y - k.y) > 2.5 or not 0.72 < one.size / k.size < 1.4 for k in kept):
            kept.append(one)
        if len(kept) == MOST:
            break
    return kept


def _regions(mask: NDArray[np.uint8], lab: Floats, inside: NDArray[np.bool_], whole: float) -> list[Candidate]:
    # Outer boundaries on every level: an eye inside of a closed outline is a region of its own.
    outlines, levels = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    found = []
    for outline, level in zip(outlines, levels[0] if levels is not None else (), strict=True):
        if level[3] >= 0:
            continue
        x, y, w, h = cv2.boundingRect(outline)
        if min(w, h) < 3 or max(w, h) > 0.4 * max(mask.shape) or not 0.28 < w / h < 3.4 or w * h > 0.09 * whole:
            continue
        reach = max(2, round(0.35 * max(w, h)))
        x0, y0, x1, y1 = max(0, x - reach), max(0, y - reach), x + w + reach, y + h + reach
        part = np.zeros((min(y1, mask.shape[0]) - y0, min(x1, mask.shape[1]) - x0), np.uint8)
        cv2.drawContours(part, [outline], -1, 1, cv2.FILLED, offset=(-x0, -y0))
        area = int(part.sum())
        fill = area / (w * h)
        if area < 9 or fill < 0.42:
            continue
        grown = cv2.dilate(part, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
        close = cv2.dilate(part, np.ones((3, 3), np.uint8))
        ring = (np.asarray(grown) > 0) & (np.asarray(close) == 0)
        around = ring & inside[y0:y1, x0:x1]
        edge = x - reach < 0 or y - reach < 0 or x1 > mask.shape[1] or y1 > mask.shape[0]
        within = float(around.sum()) / max(1, int(ring.sum())) * (0.85 if edge else 1.0)
        if within < 0.45:
            continue
        window = lab[y0:y1, x0:x1]
        own, other = window[part > 0].mean(axis=0), np.median(window[around], axis=0)
        spread = float(np.abs(window[around] - other).mean())
        apart = own - other
        contrast = float(np.sqrt(0.45 * apart[0] ** 2 + apart[1] ** 2 + apart[2] ** 2)) / 100
        if contrast < 0.14:
            continue
        found.append(
            Candidate(
                x + w / 2,
                y + h / 2,
                w / 2,
                h / 2,
                fill,
                contrast,
                -float(apart[0]) / 255,
                within,
                1 - min(1.0, spread / 40),
                (float(own[0]), float(own[1]), float(own[2])),
            )
        )
    return found


def prepared(rgba: NDArray[np.uint8]) -> tuple[Floats, NDArray[np.bool_], float]:
    """Return a trimmed character at working size: Lab, where it is, and px there for a px of the picture."""
    height, width = rgba.shape[:2]
    scale = WORKING / max(height, width)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    shrunk = cv2.resize(rgba, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    small = np.asarray(shrunk, np.uint8)
    inside = small[..., 3] > 128
    lab = cv2.cvtColor(np.ascontiguousarray(small[..., :3]), cv2.COLOR_RGB2LAB).astype(np.float32)
    if inside.any():
        lab[~inside] = np.median(lab[inside], axis=0)
    return lab, inside, scale


def scaled(one: Candidate, by: float) -> Candidate:
    """Return the candidate in a picture that is `by` times as large."""
    return replace(one, x=one.x * by, y=one.y * by, rx=one.rx * by, ry=one.ry * by)
