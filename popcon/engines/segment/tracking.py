"""Carry masks from the frames where a person gave them to all others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.base import Mask, Rgb
from popcon.engines.segment.contour import sharpened
from popcon.engines.segment.cut import minimum_cut
from popcon.engines.segment.evidence import evidence_of
from popcon.engines.segment.motion import Look, alike, at_rest, flow, stiffened, taken
from popcon.engines.segment.plate import Plate
from popcon.engines.segment.prior import guess_at
from popcon.engines.segment.regions import darkness_of_lines, regions_of, to_lab
from popcon.engines.segment.sight import maps_of, maps_of_clicks

Floats = NDArray[np.float32]

SIDE = 256
"""Frames are compared no larger than this, px."""
BEFORE = 1.5
"""Weight of whether a pixel is before the background, in shares of what flow says."""
LEAN = 0.8
"""Weight of a colour that only the character has, in the same shares."""
LEAST = 0.25
"""What flow says counts no less than this, also where it does not explain the frame."""
GUESSED = 0.5
"""Weight of what the prior network makes of the moved mask."""
SUREST = 4.0
CLOSE = 10
"""How far from where it is looked for a part of the character may appear, px."""
BINS = 12
"""Steps of each channel in the colour tables."""


@dataclass(frozen=True)
class _Step:
    """A frame whose mask is known, the given one that it comes from, and where in that each pixel was."""

    near: Look
    given: Look
    origin: Floats
    score: float


def carried(frames: Sequence[Rgb], masks: Mapping[int, tuple[Mask, float]]) -> Iterator[tuple[int, Mask, float]]:
    """Yield the given masks as they are, then each other frame's, carried from the given one nearest in time.

    A mask is moved along the optical flow, cut anew on the frame's regions with the colours that were inside and
    outside on the frame where the person gave it, and made exact to the pixel. The score falls with what was not
    agreed on, and never rises along the way.

    Arguments:
        frames: of one size.
        masks: by frame number: mask and score.
    """
    for number, (mask, score) in masks.items():
        yield number, mask, score
    for number, origin, towards in _ways(len(frames), sorted(masks)):
        if number == origin + towards:
            step, table = _begun(frames[origin], *masks[origin])
            plate = _plate(frames, masks, origin)
        step, mask = _next(step, frames[number], table, plate)
        yield number, mask, step.score


def _ways(count: int, given: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Frames in the order they are reached: (number, frame it comes from, +1 or -1)."""
    for place, origin in enumerate(given):
        before = given[place - 1] if place else None
        after = given[place + 1] if place + 1 < len(given) else None
        last = count - 1 if after is None else (origin + after) // 2
        first = 0 if before is None else (before + origin) // 2 + 1
        yield from ((number, origin, 1) for number in range(origin + 1, last + 1))
        yield from ((number, origin, -1) for number in range(origin - 1, first - 1, -1))


def _reduced(frame: Rgb) -> Rgb:
    scale = min(1.0, SIDE / max(frame.shape[:2]))
    size = max(8, round(frame.shape[1] * scale)), max(8, round(frame.shape[0] * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def _share(mask: Mask, small: Rgb) -> Floats:
    """A mask at the size of a reduced frame, 0 to 1."""
    reduced = cv2.resize(mask, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(reduced.astype(np.float32) / 255, np.float32)


def _codes(picture: Rgb) -> NDArray[np.int32]:
    step = picture.astype(np.int32) * BINS // 256
    return np.asarray((step[..., 0] * BINS + step[..., 1]) * BINS + step[..., 2])


def _begun(frame: Rgb, mask: Mask, score: float) -> tuple[_Step, Floats]:
    """The start of a way, and how much more often each colour was inside than outside, -1 to 1."""
    small = _reduced(frame)
    share = _share(mask, small)
    codes = _codes(small).ravel()
    tables = []
    for weight in (share, 1 - share):
        table = np.bincount(codes, weight.ravel(), BINS**3).reshape(BINS, BINS, BINS).astype(np.float32)
        for axis in range(3):  # Neighbouring colours count a little, too.
            padded = np.pad(table, [(1, 1) if n == axis else (0, 0) for n in range(3)])
            table = 0.5 * table + 0.25 * (
                np.take(padded, range(BINS), axis) + np.take(padded, range(2, BINS + 2), axis)
            )
        tables.append(table.ravel())
    inside, outside = tables
    known = inside + outside
    lean = (inside - outside) / np.maximum(known, 1e-6)
    look = Look(small, share)
    return _Step(look, look, at_rest(*share.shape), score), (lean * np.minimum(known / 4, 1)).astype(np.float32)


def _plate(frames: Sequence[Rgb], masks: Mapping[int, tuple[Mask, float]], origin: int) -> Plate:
    """The background as the frames with given masks show it, first the one that a way begins at."""
    plate: Plate | None = None
    for number in sorted(masks, key=lambda number: abs(number - origin)):
        small = _reduced(frames[number])
        plate = plate or Plate(*small.shape[:2])
        plate.learn(small, _share(masks[number][0], small), 1.0)
    assert plate is not None
    return plate


def _moved(step: _Step, small: Rgb) -> tuple[Floats, Floats, Floats]:
    """Where the character is by its motion, how well that explains the frame, both 0 to 1, and its new origin.

    It is looked for from the frame before, and from the frame that was given: what was lost on the way comes back.
    """
    dense = flow(step.near, small, at_rest(*small.shape[:2]))
    near = stiffened(step.near, small, dense)
    far = taken(step.origin, near)
    far = stiffened(step.given, small, flow(step.given, small, far))
    shares, matches = [], []
    for look, origin in ((step.near, near), (step.given, far)):
        shares.append(taken(look.share, origin))
        matches.append(alike(look, small, origin))
    first, second = (match + np.float32(0.05) for match in matches)
    share = (shares[0] * first + shares[1] * second) / (first + second)
    behind = alike(step.near, small, dense, 5)
    trust = share * np.maximum(*matches) + (1 - share) * behind
    return np.asarray(share, np.float32), np.asarray(trust, np.float32), far


def _next(step: _Step, frame: Rgb, table: Floats, plate: Plate) -> tuple[_Step, Mask]:
    small = _reduced(frame)
    prior, trust, origin = _moved(step, small)
    regions = regions_of(small)
    evidence = evidence_of(regions)
    flat = regions.labels.ravel()

    def sums(values: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(flat, values.ravel(), regions.count), np.float64)

    lean = table[_codes(small)]
    if prior.sum() < 1:
        # What was not there does not come by itself; something else may have moved into the picture.
        return _Step(Look(small, prior), step.given, origin, 0.0), np.zeros(frame.shape[:2], np.uint8)
    before = plate.lean(small, prior)
    close = cv2.GaussianBlur(cv2.dilate(prior, np.ones((2 * CLOSE + 1, 2 * CLOSE + 1), np.uint8)), (0, 0), CLOSE / 3)
    before = np.where(before > 0, before * close, before)
    # Where the character has come to, it hides a background of its own colour.
    before = np.where(before < 0, before * (1 - np.minimum(1, 1.2 * prior * trust)), before)
    told = float((lean * prior).sum() / max(1.0, float(prior.sum())))
    by_colour = LEAN * max(0.0, told) ** 2 * lean * (1.2 - trust) * (1 - np.abs(before))
    guessed = np.clip(_guessed(small, prior, trust), -SUREST, SUREST) / SUREST
    unary = sums((2 * prior - 1) * np.maximum(trust, LEAST) + by_colour + BEFORE * before + GUESSED * guessed)
    inside = minimum_cut(unary, regions.first, regions.second, 0.5 * evidence.forward, 0.5 * evidence.backward)
    chosen = inside[regions.labels]
    large = cv2.resize(chosen.astype(np.float32), frame.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    lab = to_lab(frame)
    exact = sharpened(np.asarray(large), lab, darkness_of_lines(lab))
    mask = np.where(exact, 255, 0).astype(np.uint8)
    share = _share(mask, small)
    plate.learn(small, share, 0.7 * step.score)
    score = step.score * _agreement(prior, trust, lean, share)
    return _Step(Look(small, share), step.given, origin, score), mask


def _guessed(small: Rgb, prior: Floats, trust: Floats) -> Floats:
    """What the prior network makes of the moved mask, with a click in its middle; log odds, (h, w)."""
    static = maps_of(small)
    _, rows, columns = static.shape
    before = cv2.resize(prior, (columns, rows), interpolation=cv2.INTER_AREA)
    sure = cv2.resize(prior * trust, (columns, rows), interpolation=cv2.INTER_AREA)
    depth = cv2.distanceTransform(np.pad(sure > 0.4, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    maps = maps_of_clicks(static, [(x + 0.5, y + 0.5, True)], (before > 0.5).astype(np.float32))
    return guess_at(np.concatenate([static, maps]), *small.shape[:2])


def _agreement(prior: Floats, trust: Floats, lean: Floats, share: Floats) -> float:
    """1 where flow and colours both say what was chosen, 0 where neither does."""
    either = np.maximum(prior, share)
    total = float(either.sum())
    if total < 1:
        return 0.0
    overlap = float(np.minimum(prior, share).sum()) / total
    explained = float((either * np.maximum(trust, np.clip(lean * (2 * share - 1), 0, 1))).sum()) / total
    return float(np.sqrt(np.clip(overlap * (0.5 + 0.5 * explained), 0, 1)))
