"""Temporal stabilisation: averages still parts over neighbouring frames and drops one-frame specks.

Only the frames next to a frame are read, so that chunks meet without a step.
"""

import copy
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import Window, dilate, groups, square, to_pixels
from popcon.engines.matte.trimap import block_difference

Bytes = NDArray[np.uint8]

SPECK = 6
"""Blocks of 2x2 pixels: larger things are never taken for specks."""

SPARK = 200
"""Blocks that a spark, a drop or a motion line has at most."""

TRAVEL = 14
"""Blocks that a spark may fly from one frame to the next."""

_WEAK = 24
_NEAR = square(5)


def average_still_parts(frame: Bytes, neighbours: list[Bytes], noise: float) -> Bytes:
    """Average the still parts of a frame with the same parts of its neighbours.

    Arguments:
        frame, neighbours: (h, w, 3) uint8, even sides.
        noise: levels that empty pixels stay within; two frames of what does not move differ by little more.
    """
    still_levels = float(np.clip(2.2 * noise, 4, 8))
    result = frame
    for weight, other in zip((0.5, 1 / 3), neighbours, strict=False):
        moved = dilate((block_difference(frame, other) > still_levels).astype(np.uint8), _NEAR)
        if moved.all():
            continue
        mixed = cv2.addWeighted(result, 1 - weight, other, weight, 0)
        result = np.asarray(cv2.copyTo(result, to_pixels(moved), mixed), np.uint8)
    return result


class Components:
    """Connected components of the blocks that differ from the backdrop in one frame.

    Attributes:
        gap: (bh, bw) uint8 from `trimap.block_difference`.
        active: 1 where the gap is over the threshold.
        labels, stats: of its connected groups.
    """

    def __init__(self, gap: Bytes, threshold: int) -> None:
        self.gap = gap
        self.active = (gap > threshold).astype(np.uint8)
        self.labels, self.stats = groups(self.active)

    def within(self, blocks: Window) -> "Components":
        """The same components in a window that holds all of them."""
        part = copy.copy(self)
        part.gap, part.active, part.labels = self.gap[blocks], self.active[blocks], self.labels[blocks]
        part.stats = self.stats - np.array([blocks[1].start, blocks[0].start, 0, 0, 0], np.int32)
        return part

    def up_to(self, area: int) -> list[int]:
        """Labels of groups of at most so many blocks."""
        return [k for k in range(1, len(self.stats)) if self.stats[k, cv2.CC_STAT_AREA] <= area]

    def box(self, label: int) -> tuple[int, int, int, int]:
        """left, top, right, bottom of a group, ends excluded."""
        x, y, w, h = (int(v) for v in self.stats[label, :4])
        return x, y, x + w, y + h

    def peak(self, label: int) -> int:
        """Return the largest gap in a group."""
        x0, y0, x1, y1 = self.box(label)
        return int(self.gap[y0:y1, x0:x1][self.labels[y0:y1, x0:x1] == label].max())

    def sparks(self) -> Bytes:
        """Return where there are small things by themselves, and a block around them, (bh, bw)."""
        small = self.stats[:, cv2.CC_STAT_AREA] <= SPARK
        small[0] = False
        return np.asarray(dilate(small[self.labels].astype(np.uint8), square(3)))

    @cached_property
    def small(self) -> list[tuple[int, int, int, int, int]]:
        """Box and peak of each group of at most four specks' size."""
        return [(*self.box(k), self.peak(k)) for k in self.up_to(4 * SPECK)]


def drop_specks(things: Components, neighbours: list[Components]) -> Bytes:
    """Return the gap map of a frame without specks.

    A speck is a group of at most SPECK blocks that neither neighbour answers: no small thing of like strength within
    TRAVEL blocks, and nothing at all beside it. A spark that flies is answered; noise is not. Faint single blocks go
    even where noise answers noise.
    """
    result = things.gap.copy()
    for k in things.up_to(SPECK):
        x0, y0, x1, y1 = things.box(k)
        peak = things.peak(k)
        faint = peak < _WEAK and (x1 - x0) * (y1 - y0) <= 2
        alone = bool(neighbours) and not any(_answers(n, (x0, y0, x1, y1), peak) for n in neighbours)
        if faint or alone:
            result[y0:y1, x0:x1][things.labels[y0:y1, x0:x1] == k] = 0
    return result


def _answers(other: Components, box: tuple[int, int, int, int], peak: int) -> bool:
    x0, y0, x1, y1 = box
    if other.active[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2].any():
        return True
    return any(
        p >= 0.4 * peak and max(a0 - x1, x0 - a1, 0) <= TRAVEL and max(b0 - y1, y0 - b1, 0) <= TRAVEL
        for a0, b0, a1, b1, p in other.small
    )
