"""Turns a coarse soft mask into alpha at full size, and tells when it is not to be trusted.

The mask of a subject engine is a few hundred pixels wide. GrabCut (C. Rother et al., SIGGRAPH 2004) decides what the
engine left open by the colours on both sides; a guided filter (K. He et al., "Guided Image Filtering", ECCV 2010) in
a band around the contour lets alpha follow hair and fingers.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Mask, Rgb

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

DECIDED_AT = 640
"""Longest side at which GrabCut decides, px."""
DECIDED_FOR_CLICKS_AT = 480
"""The same, px, where a person waits for the mask of a click."""
_AROUND = 0.08
"""What is looked at around what is likely there, as a share of the longest side."""
_COLOURS_SAY = 0.7
"""How much colours count beside the engine's mask, which counts the rest."""
_SURE_IN, _SURE_OUT = 0.95, 0.05
_BAND = 0.012
"""Half the width of the band in which alpha may be soft, as a share of the longest side."""
_SMOOTHNESS = 1e-4
"""The guided filter's regularisation, of squared colour differences from 0 to 1."""

SOFT = 0.25
"""Share of undecided pixels, against those inside, from which a mask is too soft."""
CHANGED = 0.915
"""IoU of the engine's mask and what colours make of it, below which the two contradict each other."""
LIKE = 0.4
"""Size of a second part, against the largest, from which it may be a character too."""


def refine(picture: Rgb, likely: Mask) -> Mask:
    """Return alpha of the character at the picture's size, (h, w) uint8.

    Arguments:
        picture: (h, w, 3).
        likely: (h, w), 0 to 255, as a subject engine gives it.
    """
    return _softened(picture, _decided(picture, likely))


def decide_by_colours(picture: Rgb, likely: Mask) -> Mask:
    """Return a soft mask after the colours on both sides have decided what it leaves open.

    GrabCut looks at the window around what is likely only.

    Arguments:
        picture: (h, w, 3).
        likely: (h, w), 0 to 255, as a subject engine gives it.

    Returns:
        (h, w) uint8, 0 to 255; as sure as the two agree.
    """
    small, soft = _smaller(picture, likely, DECIDED_FOR_CLICKS_AT)
    seen = soft > _SURE_OUT
    if not seen.any():
        return likely
    margin = round(_AROUND * max(soft.shape))
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    window = (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )
    soft[window] += _COLOURS_SAY * (_grabbed(np.ascontiguousarray(small[window]), soft[window]) - soft[window])
    size = picture.shape[1], picture.shape[0]
    full = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)
    return np.clip(np.rint(np.asarray(full) * 255), 0, 255).astype(np.uint8)


def doubt_of(picture: Rgb, likely: Mask) -> str:
    """Why a mask should not be trusted without a person, as the middle of a sentence; empty: it may be."""
    small, soft = _smaller(picture, likely)
    inside = soft > 0.5
    if inside.mean() < 0.005:
        return "no character stands out"
    open_share = float(((soft > 0.1) & (soft < 0.9)).sum()) / float(inside.sum())
    edges = (inside[:3], inside[-3:], inside[:, :3], inside[:, -3:])
    if all(float(edge.mean()) > 0.03 for edge in edges) or inside.mean() > 0.9:
        return "what stands out fills the picture to all its borders"
    if edges[2].any() and edges[3].any() and not edges[1].any():
        return "what stands out runs from the left border to the right one, as a horizon does"
    if alike := alike_parts(inside):
        return f"{alike} things stand out alike"
    if open_share > SOFT:
        return "it is unclear what belongs to the character"
    decided = _grabbed(small, soft)
    if _overlap(inside, decided) < CHANGED:
        return "it is unclear where the character ends"
    return ""


def alike_parts(inside: Flags, apart: float = 0.0) -> int:
    """Return how many parts of like size a mask has, where it has several; else 0.

    Arguments:
        apart: what parts are apart at least, as a share of the mask's longest side; nearer ones are one thing.
    """
    reach = round(apart / 2 * max(inside.shape))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    grown = cv2.dilate(inside.astype(np.uint8), disc)
    _, labels = cv2.connectedComponents(grown, connectivity=8)
    areas = np.bincount(labels[inside])[1:]
    alike = int((areas > LIKE * areas.max(initial=0)).sum())
    return alike if alike > 1 else 0


def _overlap(one: Flags, other: Flags) -> float:
    return float((one & other).sum()) / max(1.0, float((one | other).sum()))


def _smaller(picture: Rgb, likely: Mask, side: int = DECIDED_AT) -> tuple[Rgb, Floats]:
    scale = min(1.0, side / max(picture.shape[:2]))
    if scale == 1:
        return picture, np.asarray(likely / 255, np.float32)
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(likely, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.asarray(np.asarray(soft) / 255, np.float32)


def _decided(picture: Rgb, likely: Mask) -> Floats:
    """Return the character, 0 or 1 at the picture's size but for a contour of a few pixels."""
    small, soft = _smaller(picture, likely)
    inside = _without_crumbs(_grabbed(small, soft))
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_LINEAR), np.float32)


def _grabbed(picture: Rgb, soft: Floats) -> Flags:
    labels = np.where(soft > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    inner, outer = np.ones((9, 9), np.uint8), np.ones((15, 15), np.uint8)
    labels[cv2.erode((soft > _SURE_IN).astype(np.uint8), inner) > 0] = cv2.GC_FGD
    labels[cv2.dilate((soft > _SURE_OUT).astype(np.uint8), outer) == 0] = cv2.GC_BGD
    if not (labels == cv2.GC_FGD).any() or not (labels == cv2.GC_BGD).any():
        return np.asarray(soft > 0.5)
    cv2.setRNGSeed(1)  # the colour models begin at random
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(picture[..., ::-1]), labels, None, *models, 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def _without_crumbs(inside: Flags) -> Flags:
    """Drop parts and close holes of less than a two-hundredth of the largest part."""
    for wanted in (True, False):
        count, labels, stats, _ = cv2.connectedComponentsWithStats((inside == wanted).astype(np.uint8), connectivity=4)
        areas = stats[:count, cv2.CC_STAT_AREA].astype(np.float32)
        areas[0] = 0
        crumbs = areas < 0.005 * areas.max(initial=1)
        crumbs[0] = False
        inside = np.asarray(np.where(crumbs[labels], not wanted, inside), bool)
    return inside


def _softened(picture: Rgb, decided: Floats) -> Mask:
    """Return alpha that follows the picture's edges in a band around the contour."""
    band = max(2, round(_BAND * max(picture.shape[:2])))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * band + 1, 2 * band + 1))
    hard = (decided > 0.5).astype(np.uint8)
    near = (cv2.dilate(hard, disc) > 0) & (cv2.erode(hard, disc, borderValue=1) == 0)
    alpha = np.where(near, _guided(picture, decided, band), decided > 0.5)
    # The filter leaves a veil over both sides; the middle of its range is the contour.
    sharp = np.clip((alpha - 0.1) / 0.8, 0, 1)
    return np.clip(np.rint(sharp * 255), 0, 255).astype(np.uint8)


def _guided(picture: Rgb, target: Floats, radius: int) -> Floats:
    """Return the colour guided filter: `target` as a linear function of the colours around each pixel."""
    guide = np.asarray(picture / 255, np.float32)
    size = 2 * radius + 1, 2 * radius + 1

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.boxFilter(values, -1, size), np.float32)

    middle, level = mean(guide), mean(target)
    covariance = mean(np.asarray(guide * target[..., None], np.float32)) - middle * level[..., None]
    variance = np.empty((*target.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            shared = mean(np.ascontiguousarray(guide[..., i] * guide[..., j])) - middle[..., i] * middle[..., j]
            variance[..., i, j] = variance[..., j, i] = shared
    variance += _SMOOTHNESS * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(variance, covariance[..., None])[..., 0].astype(np.float32)
    offset = level - (slope * middle).sum(axis=2)
    return np.asarray((mean(slope) * guide).sum(axis=2) + mean(offset), np.float32)
