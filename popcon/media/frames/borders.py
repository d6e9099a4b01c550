"""Finds bars and frames around a clip's picture: letterboxes, pillarboxes, uniform margins."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from popcon.media.pictures.colour import parse_hex
from popcon.models.base import Model
from popcon.pixels import Rgb

_UNIFORM = 14.0
"""Levels (0-255) by which pixels of a bar differ from its colour, with H.264's noise."""
_OTHER = 24.0
"""Levels by which the picture differs from a bar at least, where they meet."""
_MEETS = 0.6
"""Share of the line after a bar that has to be other than it. A character that enters a flat line covers less."""
_BLUR = 4
"""Lines between a bar and the picture that compression may have mixed."""
_KEEP = 0.5
"""A crop that would leave less than this of a side is a mistake."""


class Crop(Model):
    """The part of a frame that is picture, px; right and bottom are exclusive."""

    left: int = Field(ge=0)
    top: int = Field(ge=0)
    right: int = Field(gt=0)
    bottom: int = Field(gt=0)

    def apply(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut a frame, (h, w, n), down to its picture: a contiguous copy."""
        return np.ascontiguousarray(frame[self.top : self.bottom, self.left : self.right])


def find_borders(sample: Iterable[Rgb], backdrop: str | None = None) -> Crop:
    """Find the bars that all frames of a clip have in common.

    A bar is of one colour along whole lines and ends at a straight edge that runs along most of the line. The flat
    backdrop around a character ends at the character's outline instead, and so is no bar.

    Arguments:
        sample: some frames of the clip, all of one size; eight that are spread over it are enough.
        backdrop: the colour that is not a bar even where it looks like one.

    Returns:
        The whole frame where there are no bars.

    Raises:
        ValueError: no frames.
    """
    frames = [np.asarray(frame) for frame in sample]
    if not frames:
        raise ValueError("borders are found in at least one frame")
    stack = np.stack(frames).astype(np.int16)
    height, width = stack.shape[1:3]
    kept = parse_hex(backdrop) if backdrop else None
    top, bottom = _ends(stack, kept)
    left, right = _ends(stack[:, top:bottom].transpose(0, 2, 1, 3), kept)
    if bottom - top < _KEEP * height or right - left < _KEEP * width:
        return Crop(left=0, top=0, right=width, bottom=height)
    return Crop(left=left, top=top, right=right, bottom=bottom)


def _ends(stack: NDArray[np.int16], backdrop: tuple[int, int, int] | None) -> tuple[int, int]:
    """First and one past the last line of the picture, for (frames, lines, across, 3)."""
    lines = stack.shape[1]
    return _bar(stack, backdrop), lines - _bar(stack[:, ::-1], backdrop)


def _bar(stack: NDArray[np.int16], backdrop: tuple[int, int, int] | None) -> int:
    """Return how many lines at the start are a bar, the mixed ones after it included."""
    colour = np.median(stack[:, :2], axis=(0, 1, 2))
    if backdrop is not None and np.abs(colour - backdrop).max() <= _OTHER:
        return 0
    differs = np.abs(stack - colour).max(axis=-1)
    # A few pixels of ringing do not end a bar.
    uniform = np.quantile(differs, 0.995, axis=2).max(axis=0) <= _UNIFORM
    length = int(np.argmin(uniform)) if not uniform.all() else 0
    if length == 0:
        return 0
    after = differs[:, length : length + _BLUR + 1]
    meets = (after > _OTHER).mean(axis=2).min(axis=0)
    sharp = np.flatnonzero(meets >= _MEETS)
    if not len(sharp):
        return 0
    return length + _mixed(stack, length)


def _mixed(stack: NDArray[np.int16], start: int) -> int:
    """Lines after a bar that are still on their way from its colour to the picture's."""
    means = stack[:, start : start + _BLUR + 2].mean(axis=(0, 2))
    steps = np.abs(np.diff(means, axis=0)).max(axis=1)
    moving = np.flatnonzero(steps > _UNIFORM / 2)
    return int(moving[-1]) + 1 if len(moving) else 0
