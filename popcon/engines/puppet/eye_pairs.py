"""Candidates for eyes: compact regions that stand out from what is around them, and what makes two of them a pair."""

from dataclasses import dataclass, replace
from itertools import combinations

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
LEAST = 0.38
"""The score from which a pair counts; "there are no eyes" has 0, and few of the fitted pictures have none."""
MOST = 48
"""Candidates that are paired at most."""

WEIGHTS = (
    -5.328,
    0.189,
    0.897,
    -1.487,
    -2.654,
    -2.119,
    -3.927,
    3.157,
    2.547,
    -2.040,
    3.211,
    1.588,
    2.113,
    -1.571,
    -0.563,
    -0.535,
    -2.705,
    -2.352,
    -0.326,
    -2.274,
    0.360,
    -1.934,
    -0.816,
    -1.682,
    -2.247,
)
"""Of `measures`: fitted as a softmax over all pairs of a picture and "there are none", whose score is 0."""


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
    """All regions that could be eyes, the best first.

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


def pairs(found: list[Candidate], width: int) -> list[tuple[Candidate, Candidate]]:
    """Pairs that could be two eyes: alike, nearly level, not too near or far; left first."""
    good = []
    for one, other in combinations(found, 2):
        a, b = (one, other) if one.x < other.x else (other, one)
        apart, rise = b.x - a.x, abs(b.y - a.y)
        if rise > 0.42 * apart or not 0.5 < a.size / b.size < 2.0:
            continue
        size = (a.size + b.size) / 2
        if not 1.9 * (a.rx + b.rx) / 2 < apart < 17 * size or apart > 0.8 * width:
            continue
        good.append((a, b))
    return good


def measures(
    a: Candidate, b: Candidate, lab: Floats, inside: NDArray[np.bool_], box: tuple[float, float, float, float]
) -> Floats:
    """What tells a pair of eyes from other pairs, each about 0 to 1.

    Arguments:
        box: left, top, right, bottom of the character, px.
    """
    apart = float(np.hypot(b.x - a.x, b.y - a.y))
    size = (a.size + b.size) / 2
    ratio = apart / size
    likeness = min(a.size, b.size) / max(a.size, b.size)
    shape = min(a.rx / a.ry, b.rx / b.ry) / max(a.rx / a.ry, b.rx / b.ry)
    colour = float(np.sqrt(sum((p - q) ** 2 for p, q in zip(a.colour, b.colour, strict=True)))) / 100
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    high = ((a.y + b.y) / 2 - top) / tall
    mirror, centred = _symmetry(a, b, lab, inside)
    flat = (a.rx / a.ry + b.rx / b.ry) / 2
    darker = (a.darker + b.darker) / 2
    contrast = min(a.contrast, b.contrast)
    fill = min(a.fill, b.fill)
    return np.array(
        [
            1.0,
            likeness,
            shape,
            min(colour, 1.0),
            abs(b.y - a.y) / apart,
            mirror,
            centred,
            min(contrast, 1.0),
            max(0.0, darker),
            max(0.0, -darker),
            min(fill / 0.785, 1.1),
            min(a.within, b.within),
            min(a.even, b.even),
            abs(np.log(ratio / 4.5)),
            max(0.0, np.log(ratio / 7)),
            max(0.0, np.log(3 / ratio)),
            high,
            max(0.0, high - 0.55),
            max(0.0, 0.2 - high),
            max(0.0, np.log(flat)),
            max(0.0, -np.log(flat)),
            abs((a.x + b.x) / 2 - (left + right) / 2) / wide,
            np.log(size / np.sqrt(wide * tall) / 0.06),
            abs(np.log(size / np.sqrt(wide * tall) / 0.06)),
            abs(np.log(apart / wide / 0.33)),
        ],
        np.float32,
    )


def _symmetry(a: Candidate, b: Candidate, lab: Floats, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """How different a pair's surroundings are from their mirror image, colours and outline, each 0 to 1."""
    apart = float(np.hypot(b.x - a.x, b.y - a.y))
    cos, sin = (b.x - a.x) / apart, (b.y - a.y) / apart
    step = 2.2 * apart / 32
    xs, ys = np.meshgrid((np.arange(32) - 15.5) * step, (np.arange(24) - 9.5) * step)
    across = ((a.x + b.x) / 2 + cos * xs - sin * ys).astype(np.float32)
    down = ((a.y + b.y) / 2 + sin * xs + cos * ys).astype(np.float32)
    seen = cv2.remap(lab, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = cv2.remap(inside.astype(np.float32), across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    both = np.minimum(there, there[:, ::-1])
    off = np.abs(np.asarray(seen) - np.asarray(seen)[:, ::-1]).mean(axis=2)
    mirror = float((off * both).sum() / max(1.0, float(both.sum()))) / 40
    outline = float(np.abs(there - there[:, ::-1]).mean())
    return min(mirror, 1.0), min(2 * outline, 1.0)


def prepared(rgba: NDArray[np.uint8]) -> tuple[Floats, NDArray[np.bool_], float]:
    """A trimmed character at working size: Lab, where it is, and px there for a px of the picture."""
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


def best_pair(rgba: NDArray[np.uint8]) -> tuple[Candidate, Candidate, float] | None:
    """The most likely pair of eyes, in px of the picture, and its confidence.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha: the character, trimmed.

    Returns:
        Left and right eye, white included, and 0.5 to 1; None where "there are none" is likelier.
    """
    lab, inside, scale = prepared(rgba)
    if inside.mean() < 0.05:
        return None
    found = candidates(lab, inside)
    choices = pairs(found, lab.shape[1])
    if not choices:
        return None
    box = (0.0, 0.0, float(lab.shape[1]), float(lab.shape[0]))
    scores = np.array([measures(a, b, lab, inside, box) for a, b in choices]) @ np.array(WEIGHTS, np.float32)
    best = int(scores.argmax())
    if scores[best] <= LEAST:
        return None
    a, b = _with_white(_within_patch(choices[best], choices), choices)
    sure = float(1 / (1 + np.exp(-scores[best])))
    return scaled(a, 1 / scale), scaled(b, 1 / scale), sure


def _within_patch(
    patches: tuple[Candidate, Candidate], choices: list[tuple[Candidate, Candidate]]
) -> tuple[Candidate, Candidate]:
    """The pair inside of two dark patches, such as a panda's, where there is one."""
    if patches[0].darker < 0.15 or patches[0].size < 0.15 * (patches[1].x - patches[0].x):
        return patches
    best = patches
    for pair in choices:
        enclosed = all(
            abs(p.x - q.x) < 0.7 * q.rx
            and abs(p.y - q.y) < 0.6 * q.ry
            and 0.25 < p.size / q.size < 0.62
            and abs(p.darker) > 0.06
            for p, q in zip(pair, patches, strict=True)
        )
        level = abs(pair[0].y - pair[1].y) < 0.35 * pair[0].size and abs(pair[0].size / pair[1].size - 1) < 0.3
        # The shine of one eye and the lashes of the other are no pair: both are lighter, or darker, and of one colour.
        alike = pair[0].darker * pair[1].darker > 0 and np.hypot(*np.subtract(pair[0].colour, pair[1].colour)[1:]) < 25
        alike = alike and abs(pair[0].colour[0] - pair[1].colour[0]) < 40
        # A shine is off the middle to one side in both eyes; pupils are mirrored.
        mirrored = abs((pair[0].x - patches[0].x) + (pair[1].x - patches[1].x)) < 0.3 * patches[0].rx
        if enclosed and level and alike and mirrored and (best is patches or pair[0].worth > best[0].worth):
            best = pair
    return best


def _with_white(
    pupils: tuple[Candidate, Candidate], choices: list[tuple[Candidate, Candidate]]
) -> tuple[Candidate, Candidate]:
    """The pair that encloses the pupils and is lighter than they are and than what is around it, where there is one."""
    best = pupils
    for pair in choices:
        enclosing = all(
            max(abs(p.x - q.x), abs(p.y - q.y)) < 0.55 * q.size
            and 1.15 < q.size / p.size < 2.9
            and _white(p, q) > max(q.colour[0] + 255 * q.darker + 5, p.colour[0] + 12)
            for p, q in zip(pupils, pair, strict=True)
        )
        if enclosing and pair[0].size < 0.4 * (pair[1].x - pair[0].x) and pair[0].worth > 0.15:
            best = pair if best is pupils or pair[0].worth > best[0].worth else best
    return best


def _white(pupil: Candidate, eye: Candidate) -> float:
    """Lightness of what is between a pupil and the outline of its eye, 0-255."""
    inner, outer = (each.rx * each.ry * each.fill for each in (pupil, eye))
    return (eye.colour[0] * outer - pupil.colour[0] * inner) / max(outer - inner, 1e-6)


def scaled(one: Candidate, by: float) -> Candidate:
    """The candidate in a picture that is `by` times as large."""
    return replace(one, x=one.x * by, y=one.y * by, rx=one.rx * by, ry=one.ry * by)
