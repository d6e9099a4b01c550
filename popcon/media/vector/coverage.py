"""How much of each pixel a shape covers, by drawing it several times larger and averaging.

Pixel i covers [i, i + 1), so a square from (2, 2) to (4, 4) covers exactly four pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from popcon.media.vector.paths import Points, points

_BITS = 6  # fractional bits of the coordinates handed to OpenCV
_FAR = 16_000.0  # OpenCV's fixed-point coordinates overflow beyond this, so far points are pulled in

Coverage = NDArray[np.float32]
"""(height, width) float32, 0 outside to 1 inside."""


@dataclass(frozen=True)
class Patch:
    """Coverage of a small region whose top left pixel is (left, top) of the whole picture."""

    left: int
    top: int
    coverage: Coverage


def _region(path: Points, reach: float, width: int, height: int) -> tuple[int, int, int, int] | None:
    """Return the pixels that a path can touch, clipped to the picture; None if none."""
    low, high = np.floor(path.min(axis=0) - reach - 1), np.ceil(path.max(axis=0) + reach + 1)
    left, top = int(max(low[0], 0)), int(max(low[1], 0))
    right, bottom = int(min(high[0], width)), int(min(high[1], height))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _fixed(path: Points, left: int, top: int, detail: int) -> NDArray[np.int32]:
    """Coordinates in the enlarged region as OpenCV wants them: integers with fractional bits, at pixel centres."""
    local = np.clip((path - (left, top)) * detail - 0.5, -_FAR, _FAR)
    return np.round(local * (1 << _BITS)).astype(np.int32)


def _average(large: NDArray[np.uint8], detail: int) -> Coverage:
    height, width = large.shape[0] // detail, large.shape[1] // detail
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return np.multiply(small, np.float32(1 / 255), dtype=np.float32)


def filled(contours: Sequence[ArrayLike], width: int, height: int, detail: int = 4) -> Patch | None:
    """Coverage of the inside of closed contours (even-odd: a contour inside another one is a hole).

    Arguments:
        contours: each (n, 2), pixels.
        width, height: the whole picture; what lies outside is cut off.
        detail: samples per pixel and direction, at least 1.
    """
    paths = [points(contour) for contour in contours]
    region = _region(np.concatenate(paths), 0, width, height)
    if region is None:
        return None
    left, top, right, bottom = region
    large = np.zeros(((bottom - top) * detail, (right - left) * detail), np.uint8)
    cv2.fillPoly(large, [_fixed(path, left, top, detail) for path in paths], 255, cv2.LINE_8, _BITS)
    return Patch(left, top, _average(large, detail))


def stroked(
    path: ArrayLike, line: float, width: int, height: int, closed: bool = True, detail: int = 4
) -> Patch | None:
    """Coverage of a line of even width along a path, with round ends and corners."""
    at = points(path)
    region = _region(at, line / 2, width, height)
    if region is None:
        return None
    left, top, right, bottom = region
    large = np.zeros(((bottom - top) * detail, (right - left) * detail), np.uint8)
    thickness = max(round(line * detail), 1)
    cv2.polylines(large, [_fixed(at, left, top, detail)], closed, 255, thickness, cv2.LINE_8, _BITS)
    return Patch(left, top, _average(large, detail))


def ribbon(path: ArrayLike, widths: ArrayLike, width: int, height: int, detail: int = 4) -> Patch | None:
    """Coverage of a band along a path that changes its width from point to point, with round ends.

    Arguments:
        path: (n, 2), pixels.
        widths: one width, or n of them, pixels.
    """
    at = points(path)
    radii = np.broadcast_to(np.asarray(widths, dtype=np.float64) / 2, (len(at),))
    region = _region(at, float(radii.max()), width, height)
    if region is None:
        return None
    left, top, right, bottom = region
    large = np.zeros(((bottom - top) * detail, (right - left) * detail), np.uint8)
    along = np.diff(at, axis=0)
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) / length
    first, second = side * radii[:-1, None], side * radii[1:, None]
    quads = np.stack([at[:-1] + first, at[1:] + second, at[1:] - second, at[:-1] - first], axis=1)
    for quad in _fixed(quads.reshape(-1, 2), left, top, detail).reshape(-1, 4, 2):
        cv2.fillConvexPoly(large, quad, 255, cv2.LINE_8, _BITS)
    for centre, radius in zip(_fixed(at, left, top, detail).tolist(), radii * detail, strict=True):
        cv2.circle(large, centre, max(round(float(radius) * (1 << _BITS)), 1), 255, cv2.FILLED, cv2.LINE_8, _BITS)
    return Patch(left, top, _average(large, detail))
