"""Where a character's parts are, guessed from its outline (and its eyes, where it plainly has some).

Body coordinates: u to the viewer's right from the middle of the picture's box, v up from the ground, both in
heights of the body, so v runs from 0 at the feet to 1 at the crown.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.eyes import Feature, find_eyes, find_mouth
from popcon.engines.puppet.side_eye import best_single

ROWS = 64
Spot = tuple[float, float]
Oval = tuple[float, float, float, float]
"""Middle and half-axes (u, v, ru, rv)."""


@dataclass(frozen=True, eq=False)
class Rig:
    """A character's parts in body coordinates; rigs are compared by identity.

    Attributes:
        half: half the width of its box.
        size: the unit for travel: the height, or for flat wide bodies a part of the width.
        rows: (ROWS, 2) left and right edge at heights spread evenly over 0 to 1, the ground first.
        crown, face, mouth: the top of the head, the middles of the face and the mouth.
        eyes: the eyes, left first; in profile the one eye, twice.
        profile: -1 where it is seen from the side and looks to the left, 1 to the right, 0 where two eyes are seen.
        sees: the eyes were found in the picture, not guessed.
        sure: how sure the eyes are, 0.5 to 1; 0 where they are guessed.
        lips: the mouth, where it was found in the picture.
        hands: left and right edge of the body at arm height.
        feet: middle of what touches the ground.
        breadth: half the width of its head.
        neck: how high the head begins.
        limbs: 0 for a compact body such as a face, to 1 for one whose outline has arms and legs.
        upright: taller than wide with a head of its own; otherwise the whole body is a head.
    """

    half: float
    size: float
    rows: NDArray[np.float64]
    crown: Spot
    face: Spot
    mouth: Spot
    eyes: tuple[Oval, Oval]
    profile: int
    sees: bool
    sure: float
    lips: Oval | None
    hands: tuple[Spot, Spot]
    feet: Spot
    breadth: float
    neck: float
    limbs: float
    upright: bool


def rig(rgba: NDArray[np.uint8]) -> Rig:
    """Guess a character's parts.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, trimmed to the character; any shape.
    """
    height, width = rgba.shape[:2]
    mask = rgba[..., 3] > 96
    if not mask.any():
        mask = rgba[..., 3] > 0
    half = width / height / 2
    rows = _rows(mask, half)
    limbs = _limbs(mask)
    neck, upright = _neck(rows, half, limbs)
    head_top, head_bottom = 1.0, neck if upright else 0.0
    crown = _crown(mask, half)
    band = rows[int(head_bottom * ROWS) : ROWS]
    middle = float(np.median(band.mean(axis=1)))
    breadth = float(np.percentile(band[:, 1] - band[:, 0], 85))
    face = (middle, head_bottom + (head_top - head_bottom) * 0.5)
    seen, profile = _features(rgba, half), 0
    if seen is not None and _on_the_flank(seen[0], crown, half, limbs, upright):
        seen = None
    if seen is not None:
        eyes, lips, sure = seen
        apart = eyes[1][0] - eyes[0][0]
        between = (eyes[0][0] + eyes[1][0]) / 2, (eyes[0][1] + eyes[1][1]) / 2
        floor = head_bottom + 0.06 * (head_top - head_bottom)
        mouth = lips[:2] if lips is not None else (between[0], max(between[1] - 0.8 * apart, min(floor, between[1])))
        face = (between[0], (between[1] + mouth[1]) / 2)
    elif (single := _profile(rgba, mask, half)) is not None:
        eye, profile, sure = single
        eyes, lips, face = (eye, eye), None, eye[:2]
        mouth = muzzle(eye, profile)
    else:
        reach, level = breadth * 0.2, head_bottom + (head_top - head_bottom) * 0.56
        small = max(1e-3, min(breadth, head_top - head_bottom) * 0.07)
        sure = 0.0
        eyes, lips = ((middle - reach, level, small, small), (middle + reach, level, small, small)), None
        mouth = (middle, head_bottom + (head_top - head_bottom) * 0.32)
    level = min(0.9, max(0.2, neck - 0.16)) if upright else 0.36
    left, right = rows[min(ROWS - 1, int(level * ROWS))]
    ground = rows[: max(1, ROWS // 16)]
    return Rig(
        half=half,
        size=max(1.0, 1.5 * half),
        rows=rows,
        crown=crown,
        face=face,
        mouth=mouth,
        eyes=eyes,
        profile=profile,
        sees=sure > 0,
        sure=sure,
        lips=lips,
        hands=((float(left), level), (float(right), level)),
        feet=(float(ground.mean()), 0.0),
        breadth=max(breadth / 2, 1e-3),
        neck=neck,
        limbs=limbs,
        upright=upright,
    )


def _rows(mask: NDArray[np.bool_], half: float) -> NDArray[np.float64]:
    """Left and right edge of the outline at ROWS heights, the ground first; gaps take their neighbours' edges."""
    width = mask.shape[1]
    small = cv2.resize(mask.astype(np.uint8) * 255, (min(width, 256), ROWS), interpolation=cv2.INTER_AREA)[::-1] > 60
    columns = small.shape[1]
    edges = np.full((ROWS, 2), np.nan)
    for n, row in enumerate(small):
        on = np.flatnonzero(row)
        if on.size:
            edges[n] = on[0] / columns, (on[-1] + 1) / columns
    known = np.flatnonzero(~np.isnan(edges[:, 0]))
    if not known.size:
        return np.tile(np.array([-half, half]), (ROWS, 1))
    every = np.arange(ROWS)
    filled = np.stack([np.interp(every, known, edges[known, side]) for side in (0, 1)], axis=1)
    return (filled - 0.5) * 2 * half


def _limbs(mask: NDArray[np.bool_]) -> float:
    """Return how far the outline is from its convex hull: arms, legs and tails leave gaps."""
    height, width = mask.shape
    scale = 128 / max(height, width)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    small = (cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 100).astype(np.uint8)
    points = cv2.findNonZero(small)
    if points is None or len(points) < 16:
        return 0.0
    hull = np.zeros_like(small)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    solidity = float(small.sum()) / float(hull.sum())
    return float(np.clip((0.92 - solidity) / 0.2, 0, 1))


def _neck(rows: NDArray[np.float64], half: float, limbs: float) -> tuple[float, bool]:
    """Return where the head begins, and whether there is a body below it."""
    widths = rows[:, 1] - rows[:, 0]
    smooth = np.convolve(np.pad(widths, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    best, found = 0.82, None
    for n in range(int(0.3 * ROWS), int(0.85 * ROWS)):
        above = smooth[n + 2 :]
        if np.percentile(above, 60) < 0.4 * smooth.max():
            continue
        around = min(above.max(), smooth[: n - 1].max())
        narrow = smooth[n] / max(around, 1e-6)
        if narrow < best:
            best, found = narrow, n / ROWS
    if found is not None and half < 0.62:
        head = smooth[int(found * ROWS) :].sum() / smooth.sum()
        if head > (0.1 if half < 0.37 else 0.22):
            return found, True
    if half < 0.37:
        return max(0.45, 1 - 1.7 * half), True
    return 0.34, False


def _crown(mask: NDArray[np.bool_], half: float) -> Spot:
    """Return the top of the head: over the middle of the upper part, so that ears and horns do not draw it aside."""
    height, width = mask.shape
    upper = mask[: max(1, height // 4)]
    columns = np.flatnonzero(upper.any(axis=0))
    if not columns.size:
        return 0.0, 1.0
    middle = int(np.median(np.nonzero(upper)[1]))
    reach = max(1, columns.size // 10)
    window = upper[:, max(0, middle - reach) : middle + reach + 1]
    tops = np.flatnonzero(window.any(axis=1))
    top = float(tops[0]) / height if tops.size else 0.0
    return ((middle + 0.5) / width - 0.5) * 2 * half, 1.0 - top


def _on_the_flank(eyes: tuple[Oval, Oval], crown: Spot, half: float, limbs: float, upright: bool) -> bool:
    """Return whether a pair lies on the body of an animal that stands sideways: stripes or spots, not eyes."""
    if upright or half < 0.55 or limbs < 0.7 or abs(crown[0]) < 0.2 * half:
        return False
    u, v = (eyes[0][0] + eyes[1][0]) / 2, (eyes[0][1] + eyes[1][1]) / 2
    return abs(u - crown[0]) > 0.35 * half or v < 0.6


def muzzle(eye: Oval, profile: int) -> Spot:
    """Return where the mouth of a character in profile is taken to be, from its eye."""
    return eye[0] + profile * 2.2 * eye[2], max(0.03, eye[1] - 3.0 * eye[3])


def _profile(rgba: NDArray[np.uint8], mask: NDArray[np.bool_], half: float) -> tuple[Oval, int, float] | None:
    """Return the eye of a character seen from the side, where it looks (-1 left, 1 right), and how sure that is."""
    found = best_single(rgba)
    if found is None:
        return None
    eye, sure = found
    height, width = rgba.shape[:2]
    facing = -1 if eye.x < float(np.nonzero(mask)[1].mean()) else 1
    u = (eye.x / width - 0.5) * 2 * half
    return (u, 1 - eye.y / height, eye.rx / width * 2 * half, eye.ry / height), facing, sure


def _features(rgba: NDArray[np.uint8], half: float) -> tuple[tuple[Oval, Oval], Oval | None, float] | None:
    """Eyes and mouth found in the picture, in body coordinates, and how sure the eyes are."""
    height, width = rgba.shape[:2]
    found = find_eyes(rgba)
    if found is None:
        return None
    left, right, sure = found
    lips = find_mouth(rgba, left, right)

    def place(part: Feature) -> Oval:
        u = (part.x / width - 0.5) * 2 * half
        return u, 1 - part.y / height, part.rx / width * 2 * half, part.ry / height

    return (place(left), place(right)), place(lips) if lips is not None else None, sure
