"""How much a clip changes between any two of its frames, measured on thumbnails."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.colour import parse_hex, ycc
from popcon.media.pictures.flatness import PLAINLY_FLAT, measure_border
from popcon.pixels import Rgb

Distances = NDArray[np.float32]

_SIDE = 96
_MOST = 600
"""Thumbnails that are kept. Of longer clips every second, fourth … frame is looked at."""
_STILL = 0.35
"""Distance below which two frames show the same: a tenth above the noise of good H.264 on thumbnails."""
_CHROMA = np.array([1.0, 0.7, 0.7], np.float32)


@dataclass(frozen=True)
class Motion:
    """The frames of a clip, compared with each other.

    Distances are root mean square differences over the pixels where there is ever more than backdrop, in
    levels (0-255) of luma and, weighted 0.7, colour difference.

    Attributes:
        distances: (n, n) float32, symmetric, zero diagonal.
        gram: (n, n) float32, inner products of the frames' differences from their mean, in the same unit squared:
            what distances between sums and differences of frames are made of.
        stride: frame `i` here is frame `i * stride` of the clip.
        frames: frames in the clip.
    """

    distances: Distances
    gram: NDArray[np.float32]
    stride: int
    frames: int

    @property
    def steps(self) -> NDArray[np.float32]:
        """(n - 1,) distances of neighbours."""
        return np.asarray(np.diagonal(self.distances, 1))

    @property
    def amplitude(self) -> float:
        """Distance of the two frames that differ most."""
        return float(self.distances.max(initial=0.0))

    @property
    def still(self) -> bool:
        """Whether nothing moves in the whole clip."""
        steps = self.steps
        # Noise makes all frames equally different; motion takes some further away than their neighbours.
        noise = self.amplitude < 4 and len(steps) >= 3 and self.amplitude < 1.5 * float(np.median(steps))
        return self.amplitude < 2 * _STILL or noise

    @property
    def same(self) -> float:
        """Distance up to which two frames look the same."""
        noise = 0.0
        if len(self.steps):
            calm, busy = np.percentile(self.steps, (5, 90))
            # Where some steps are far smaller than others, nothing but noise is in them.
            noise = 1.3 * float(calm) if calm < 0.2 * busy else 0.0
        return max(_STILL, 0.02 * self.amplitude, noise)


def watch(frames: Iterable[Rgb], backdrop: str | None = None) -> Motion:
    """Compare all frames of a clip with each other; holds a thumbnail of each and one frame.

    Arguments:
        frames: (h, w, 3) uint8 each, all of one size.
        backdrop: colour that does not count; None: the border's, where that is flat.

    Raises:
        ValueError: no frames, or frames of several sizes.
    """
    kept: list[NDArray[np.float32]] = []
    stride, count = 1, 0
    shape: tuple[int, ...] | None = None
    for frame in frames:
        shape = shape or frame.shape
        if frame.shape != shape:
            raise ValueError(f"frame {count} is {frame.shape[1]}x{frame.shape[0]}, the first {shape[1]}x{shape[0]}")
        if count == 0 and backdrop is None:
            border = measure_border(frame)
            backdrop = border.colour if border.share >= PLAINLY_FLAT else None
        if count % stride == 0:
            kept.append(_thumbnail(frame))
            if len(kept) > _MOST:
                kept, stride = kept[::2], stride * 2
        count += 1
    if not kept:
        raise ValueError("a clip without frames has no motion")
    return _compare(np.stack(kept), backdrop, stride, count)


def _thumbnail(frame: Rgb) -> NDArray[np.float32]:
    height, width = frame.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame.astype(np.float32) if scale == 1 else frame, size, interpolation=cv2.INTER_AREA)
    return np.asarray(ycc(small) * _CHROMA, np.float32)


def _compare(thumbnails: NDArray[np.float32], backdrop: str | None, stride: int, count: int) -> Motion:
    number = len(thumbnails)
    if backdrop is None:
        shown = np.ones(thumbnails.shape[1:3], bool)
    else:
        away, ground = np.zeros(thumbnails.shape[1:3], np.float32), ycc(parse_hex(backdrop)) * _CHROMA
        for thumbnail in thumbnails:
            apart = np.abs(thumbnail - ground)
            for channel in range(3):  # NumPy reduces a last axis of 3 far slower
                np.maximum(away, apart[..., channel], out=away)
        shown = away > 12
        if not shown.any():
            shown[:] = True
    # Without the mean, single precision is enough for the differences that matter.
    flat = thumbnails[:, shown].reshape(number, -1)
    flat -= flat.mean(axis=0)
    gram = (flat @ flat.T) / np.float32(shown.sum())
    power = np.diagonal(gram)
    distances = np.sqrt(np.maximum(0, power[:, None] + power[None] - 2 * gram))
    np.fill_diagonal(distances, 0)
    return Motion(np.asarray((distances + distances.T) / 2, np.float32), gram, stride, count)
