"""The most likely mouth of a face: what tells one from a nose, a beak, a chin or a shadow."""

import cv2
import numpy as np

from popcon.engines.puppet.mouth_candidates import CHANNELS, UNIT, FaceWindow, Floats, Region, candidates

WEIGHTS = (
    -3.389,
    -1.810,
    1.804,
    -0.624,
    2.010,
    -1.763,
    3.448,
    -3.205,
    -1.816,
    -0.467,
    -0.949,
    -1.563,
    1.190,
    -3.460,
    0.133,
    -0.146,
    1.298,
    -0.274,
    1.714,
    2.060,
    -4.510,
    -1.603,
    1.915,
    -2.044,
    -2.223,
)
"""Of `measures`: fitted as a softmax over a face's candidates and "there is none", whose score is 0."""


def _within(one: Region, other: Region) -> bool:
    return (
        one.x >= other.x - 1
        and one.y >= other.y - 1
        and one.x + one.w <= other.x + other.w + 1
        and one.y + one.h <= other.y + other.h + 1
    )


def measures(one: Region, others: list[Region], face: FaceWindow) -> Floats:
    """Return what tells a mouth from other candidates, each about 0 to 1; 25 float32."""
    rows, columns = one.mask.shape
    outlines, _ = cv2.findContours(one.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = max(1.0, cv2.contourArea(cv2.convexHull(np.concatenate(outlines))))
    solid = min(1.0, (sum(cv2.contourArea(each) for each in outlines) + 0.5 * one.w) / hull)
    off = face.lab[one.mask] - one.skin[one.mask]
    light, red, yellow = (float(v) for v in off.mean(axis=0))
    red, yellow = min(1.0, max(0.0, red / 40)), min(1.0, max(0.0, yellow / 40))
    dark, light = min(1.0, max(0.0, -light / 100)), min(1.0, max(0.0, light / 100))
    contrast = float(np.abs(off).mean(axis=0) @ CHANNELS) / 100

    def touches(each: Region) -> bool:
        return each.x <= 1 or each.y <= 0 or each.x + each.w >= columns - 1 or each.y + each.h >= rows - 1

    ring = (np.asarray(cv2.dilate(one.mask.astype(np.uint8), np.ones((5, 5), np.uint8))) > 0) & ~one.mask
    outside = float((~face.inside[ring]).mean()) if ring.any() else 1.0
    box = one.mask[one.y : one.y + one.h, one.x : one.x + one.w]
    mirrored = float((box & box[:, ::-1]).sum() / max(1, (box | box[:, ::-1]).sum()))
    across = box.sum(axis=1)
    half = max(1, one.h // 2)
    tapers = float(across[:half].mean() - across[-half:].mean()) / one.w
    enclosed = any(
        other is not one and _within(one, other) and not touches(other) and other.area < 3.5 * one.area
        for other in others
    )
    wide, tall, flat = one.w / UNIT, one.h / UNIT, float(np.log(one.w / one.h))
    below = (one.y + one.h / 2 - face.level) / UNIT
    return np.array(
        [
            1.0,
            abs(np.log(wide / 0.8)),
            max(0.0, np.log(wide / 1.7)),
            max(0.0, np.log(0.35 / wide)),
            max(0.0, -flat),
            max(0.0, flat - 1.8),
            max(0.0, tall - 0.8),
            abs(below - 0.85),
            max(0.0, 0.55 - below),
            abs(one.x + one.w / 2 - face.centre) / UNIT,
            touches(one),
            outside,
            solid,
            max(0.0, 0.9 - below) if solid > 0.85 and flat < 0.9 else 0.0,
            red,
            red if flat < 0.9 else 0.0,
            dark,
            light,
            contrast,
            mirrored,
            (1 - red) * max(0.0, 0.7 - flat) if solid > 0.8 else 0.0,
            yellow,
            yellow * (1 - dark) * (1 - red),
            max(0.0, tapers) if below < 0.75 else 0.0,
            (1 - dark) if enclosed else 0.0,
        ],
        np.float32,
    )


def best_region(face: FaceWindow) -> Region | None:
    """Return the most likely mouth; None where "there is none" is likelier."""
    found = candidates(face)
    if not found:
        return None
    scores = np.array([measures(each, found, face) for each in found]) @ np.array(WEIGHTS, np.float32)
    best = int(scores.argmax())
    return found[best] if scores[best] > 0 else _with_tongue(found, face)


def _with_tongue(found: list[Region], face: FaceWindow) -> Region | None:
    """Return an open mouth that its tongue gives away: dark in the middle of the face, with something in it that is
    lighter, and redder than the skin."""
    for one in found:
        if abs(one.x + one.w / 2 - face.centre) > 0.12 * UNIT or one.w < 0.3 * UNIT or one.h < 0.2 * UNIT:
            continue
        for other in found:
            tongue = one.mask & other.mask
            if other is one or not _within(other, one) or not 20 < tongue.sum() < 0.5 * one.mask.sum():
                continue
            dark = np.median(face.lab[one.mask & ~tongue], axis=0)
            lit = np.median(face.lab[tongue], axis=0)
            if dark[0] < face.skin[0] - 60 and lit[0] > dark[0] + 25 and lit[1] > face.skin[1] + 20:
                return one
    return None
