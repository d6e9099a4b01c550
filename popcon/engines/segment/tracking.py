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
from popcon.engines.segment.regions import darkness_of_lines, regions_of, to_lab

Floats = NDArray[np.float32]

SIDE = 256
"""Frames are compared no larger than this, px."""
BINS = 12
"""Steps of each channel in the colour tables."""


@dataclass(frozen=True)
class _Step:
    """A frame whose mask is known: `small` is the frame reduced to `SIDE`, `share` its mask, 0 to 1."""

    small: Rgb
    share: Floats
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
        step, mask = _next(step, frames[number], table)
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
    return _Step(small, share, score), (lean * np.minimum(known / 4, 1)).astype(np.float32)


def _moved(step: _Step, small: Rgb) -> tuple[Floats, Floats]:
    """The mask moved along the flow, and how well the moved frame explains the new one, both 0 to 1."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    new, old = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (small, step.small))
    motion = flow.calc(new, old, None)  # type: ignore[call-overload]
    height, width = new.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    at_x, at_y = x + motion[..., 0], y + motion[..., 1]
    share = cv2.remap(step.share, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = cv2.remap(step.small, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    error = np.abs(there.astype(np.float32) - small).mean(2)
    return np.asarray(share, np.float32), np.exp(-cv2.blur(error, (5, 5)) / 12).astype(np.float32)


def _next(step: _Step, frame: Rgb, table: Floats) -> tuple[_Step, Mask]:
    small = _reduced(frame)
    prior, trust = _moved(step, small)
    regions = regions_of(small)
    evidence = evidence_of(regions)
    flat = regions.labels.ravel()

    def sums(values: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(flat, values.ravel(), regions.count), np.float64)

    lean = table[_codes(small)]
    unary = 1.0 * sums((2 * prior - 1) * trust) + 0.8 * sums(lean * (1.2 - trust))
    inside = minimum_cut(unary, regions.first, regions.second, 0.5 * evidence.forward, 0.5 * evidence.backward)
    chosen = inside[regions.labels]
    large = cv2.resize(chosen.astype(np.float32), frame.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    lab = to_lab(frame)
    exact = sharpened(np.asarray(large), lab, darkness_of_lines(lab))
    mask = np.where(exact, 255, 0).astype(np.uint8)
    share = _share(mask, small)
    return _Step(small, share, step.score * _agreement(prior, trust, lean, share)), mask


def _agreement(prior: Floats, trust: Floats, lean: Floats, share: Floats) -> float:
    """1 where flow and colours both say what was chosen, 0 where neither does."""
    either = np.maximum(prior, share)
    total = float(either.sum())
    if total < 1:
        return 0.0
    overlap = float(np.minimum(prior, share).sum()) / total
    explained = float((either * np.maximum(trust, np.clip(lean * (2 * share - 1), 0, 1))).sum()) / total
    return float(np.sqrt(np.clip(overlap * (0.5 + 0.5 * explained), 0, 1)))
