"""What has to be drawn in each frame of an APNG: the smallest region, with the operations that make it cheapest."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[Any]
"""(h, w): one unsigned number a pixel, palette entries or whole RGBA pixels; 0 is transparent."""

Dispose = Literal["none", "background"]

Box = tuple[int, int, int, int]
"""x, y, width, height."""


@dataclass(frozen=True)
class Patch:
    """A region of a frame as it is stored."""

    x: int
    y: int
    codes: Codes
    blend: Literal["source", "over"] = "source"
    dispose: Dispose = "none"


def changed_box(a: Codes, b: Codes) -> Box:
    """Return the box around all pixels in which a and b differ; one pixel where they do not."""
    different = a != b
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    if not len(rows):
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1


def plan(
    frames: Sequence[Codes], opaque: Callable[[Codes], NDArray[np.bool_]], filtered: Callable[[Codes], bytes]
) -> list[Patch]:
    """Choose region, blend and disposal of every frame by trial.

    Arguments:
        frames: all of one shape.
        opaque: says of each pixel whether it has full alpha.
        filtered: the bytes that would be deflated for a region.

    Returns:
        one patch a frame; the first covers the canvas, as an APNG's first frame has to.
    """
    patches = [Patch(0, 0, frames[0])]
    for before, target in pairwise(frames):
        last = patches[-1]
        cleared = before.copy()
        height, width = last.codes.shape
        cleared[last.y : last.y + height, last.x : last.x + width] = 0
        trials: list[tuple[int, int, Dispose, Patch]] = []
        states: tuple[tuple[Dispose, Codes], ...] = (("none", before), ("background", cleared))
        for dispose, canvas in states:
            for patch in _ways(canvas, target, opaque):
                cost = len(zlib.compress(filtered(patch.codes), 2))
                trials.append((cost, len(trials), dispose, patch))
        _, _, dispose, patch = min(trials, key=lambda trial: trial[:2])
        patches[-1] = replace(last, dispose=dispose)
        patches.append(patch)
    return patches


def _ways(canvas: Codes, target: Codes, opaque: Callable[[Codes], NDArray[np.bool_]]) -> list[Patch]:
    x, y, width, height = changed_box(canvas, target)
    old, new = canvas[y : y + height, x : x + width], target[y : y + height, x : x + width]
    ways = [Patch(x, y, new)]
    changed = old != new
    if not changed.all() and bool((opaque(new) | (old == 0))[changed].all()):
        ways.append(Patch(x, y, np.where(changed, new, 0).astype(new.dtype), "over"))
    return ways
