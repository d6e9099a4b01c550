"""Pairs of eyes: what makes two candidates a pair, and the most likely one."""

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.eye_candidates import Candidate, Floats, candidates, prepared, scaled

LEAST = 0.38
"""The score from which a pair counts; "there are no eyes" has 0, and few of the fitted pictures have none."""

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


def pairs(found: list[Candidate], width: int) -> list[tuple[Candidate, Candidate]]:
    """Return pairs that could be two eyes: alike, nearly level, not too near or far; left first."""
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
    """Return what tells a pair of eyes from other pairs, each about 0 to 1.

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
    """Return how different a pair's surroundings are from their mirror image, colours and outline, each 0 to 1."""
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


def best_pair(rgba: NDArray[np.uint8]) -> tuple[Candidate, Candidate, float] | None:
    """Return the most likely pair of eyes, in px of the picture, and its confidence.

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
    a, b = _with_touching_whites(_with_white(_within_patch(choices[best], choices), choices), lab)
    sure = float(1 / (1 + np.exp(-scores[best])))
    return scaled(a, 1 / scale), scaled(b, 1 / scale), sure


def _within_patch(
    patches: tuple[Candidate, Candidate], choices: list[tuple[Candidate, Candidate]]
) -> tuple[Candidate, Candidate]:
    """Return the pair inside of two dark patches, such as a panda's, where there is one."""
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
    """Return the pair that encloses the pupils and is lighter than they are and than what is around it, where there is
    one."""
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


def _with_touching_whites(pupils: tuple[Candidate, Candidate], lab: Floats) -> tuple[Candidate, Candidate]:
    """Return two eyes whose whites touch each other, each up to the line between them; the pupils where they have none.

    A white is what joins the rim of its pupil in nearly the same colour, lighter than the pupil and than the skin.
    """
    one, other = pupils
    apart = float(np.hypot(other.x - one.x, other.y - one.y))
    rows, columns = np.mgrid[: lab.shape[0], : lab.shape[1]].astype(np.float32)
    across = ((columns - one.x) * (other.x - one.x) + (rows - one.y) * (other.y - one.y)) / apart
    grown = []
    for pupil, own in ((one, across < apart / 2), (other, across >= apart / 2)):
        distance = np.hypot((columns - pupil.x) / (pupil.rx + 1), (rows - pupil.y) / (pupil.ry + 1))
        ring = (distance > 1.1) & (distance < 1.35)
        if not ring.any():
            return pupils
        colour = np.median(lab[ring], axis=0)
        if colour[0] < max(200.0, pupil.colour[0] + 60) or np.abs(colour[1:] - 128).max() > 16:
            return pupils
        near = (np.abs(lab - colour).sum(axis=2) < 45) | (distance < 1.1)
        _, labels = cv2.connectedComponents((near & own).astype(np.uint8), connectivity=4)
        white = labels == labels[min(round(pupil.y), lab.shape[0] - 1), min(round(pupil.x), lab.shape[1] - 1)]
        ys, xs = np.nonzero(white)
        x, y = (xs.min() + xs.max() + 1) / 2, (ys.min() + ys.max() + 1) / 2
        rx, ry = (xs.max() + 1 - xs.min()) / 2, (ys.max() + 1 - ys.min()) / 2
        from_middle = np.hypot((columns - x) / rx, (rows - y) / ry)
        around = (from_middle < 1.3) & own & ~near
        beyond = (from_middle > 1.5) & (from_middle < 1.8) & own
        size = float(np.sqrt(rx * ry))
        fits = max(abs(x - pupil.x) / rx, abs(y - pupil.y) / ry) < 0.28
        fits = fits and 1.15 < size / pupil.size < 3.2 and len(xs) > 0.62 * 4 * rx * ry and 0.6 < rx / ry < 1.5
        if not around.any() or not beyond.any():
            return pupils
        skin, rim = float(np.median(lab[beyond][:, 0])), float(np.median(lab[around][:, 0]))
        # A darker rim is a frame of glasses, or a line around an eye that the candidates have already.
        stands_out = rim < colour[0] - 15 and rim > skin - 40
        if not fits or not stands_out or size > 0.62 * apart:
            return pupils
        grown.append(replace(pupil, x=float(x), y=float(y), rx=float(rx), ry=float(ry)))
    if not 0.7 < grown[0].size / grown[1].size < 1.4:
        return pupils
    return grown[0], grown[1]


def _white(pupil: Candidate, eye: Candidate) -> float:
    """Lightness of what is between a pupil and the outline of its eye, 0-255."""
    inner, outer = (each.rx * each.ry * each.fill for each in (pupil, eye))
    return (eye.colour[0] * outer - pupil.colour[0] * inner) / max(outer - inner, 1e-6)
