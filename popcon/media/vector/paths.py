"""Outlines as arrays of points: curves, polygons, stars. Units are the caller's; y points down, angles in degrees
turn clockwise as seen on the screen."""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
"""(n, 2) float64: x, y."""

_TOKEN = re.compile(r"[MLCQZ]|-?\d*\.?\d+")
_ARGUMENTS = {"M": 2, "L": 2, "C": 6, "Q": 4}


def points(values: ArrayLike) -> Points:
    """Any list of pairs as points.

    Raises:
        ValueError: it is not a list of pairs.
    """
    made = np.asarray(values, dtype=np.float64)
    if made.ndim != 2 or made.shape[1] != 2:
        raise ValueError(f"points have the shape (n, 2), not {made.shape}")
    return made


def arc(
    centre: tuple[float, float],
    rx: float,
    ry: float | None = None,
    start: float = 0.0,
    stop: float = 360.0,
    steps: int = 48,
) -> Points:
    """Points on an ellipse from `start` to `stop` degrees, both included; 0 is to the right, 90 is down."""
    angle = np.radians(np.linspace(start, stop, steps))
    return np.stack([centre[0] + rx * np.cos(angle), centre[1] + (rx if ry is None else ry) * np.sin(angle)], axis=1)


def ellipse(
    centre: tuple[float, float], rx: float, ry: float | None = None, turn: float = 0.0, steps: int = 64
) -> Points:
    """Return a closed ellipse (a circle without `ry`), turned about its centre."""
    return turned(arc(centre, rx, ry, 0, 360 - 360 / steps, steps), turn, centre)


def smooth(through: ArrayLike, closed: bool = True, steps: int = 10) -> Points:
    """Return a curve through all points: centripetal Catmull-Rom, which neither loops nor overshoots at tight turns.

    Source: Yuksel, Schaefer, Keyser, "Parameterization and applications of Catmull-Rom curves" (2011).

    Arguments:
        through: (n, 2), n at least 3 when closed, 2 when open; neighbours differ.
        closed: the curve returns to its first point.
        steps: points for each span.
    """
    knots = points(through)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    p0, p1, p2, p3 = padded[:-3, None], padded[1:-2, None], padded[2:-1, None], padded[3:, None]

    def gap(a: Points, b: Points) -> Points:
        distance: Points = np.maximum(np.linalg.norm(b - a, axis=-1, keepdims=True), 1e-9) ** 0.5
        return distance

    t1 = gap(p0, p1)
    t2 = t1 + gap(p1, p2)
    t3 = t2 + gap(p2, p3)
    t = t1 + (t2 - t1) * np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a1 = (t1 - t) / t1 * p0 + t / t1 * p1
    a2 = (t2 - t) / (t2 - t1) * p1 + (t - t1) / (t2 - t1) * p2
    a3 = (t3 - t) / (t3 - t2) * p2 + (t - t2) / (t3 - t2) * p3
    b1 = (t2 - t) / t2 * a1 + t / t2 * a2
    b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
    curve = ((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def rounded(corners: ArrayLike, radius: float, steps: int = 8) -> Points:
    """Return a closed polygon whose corners are rounded off by quadratic curves.

    Arguments:
        corners: (n, 2), n at least 3.
        radius: how far before and after a corner the curve begins; at most half of each side is used.
    """
    at = points(corners)
    before, after = np.roll(at, 1, axis=0) - at, np.roll(at, -1, axis=0) - at

    def shortened(side: Points) -> Points:
        length = np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
        short: Points = side / length * np.minimum(radius, length / 2)
        return short

    start, stop = at + shortened(before), at + shortened(after)
    t = np.linspace(0, 1, steps)[None, :, None]
    curve = (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * at[:, None] + t**2 * stop[:, None]
    return curve.reshape(-1, 2)


def star(spikes: int, outer: float, inner: float, radius: float = 0.0, turn: float = 0.0) -> Points:
    """Return a star about (0, 0) with one spike pointing up.

    Arguments:
        spikes: number of spikes, at least 2.
        outer, inner: distance of tips and of the notches between them.
        radius: rounding of tips and notches.
    """
    angle = np.radians(np.arange(2 * spikes) * 180 / spikes - 90 + turn)
    reach = np.where(np.arange(2 * spikes) % 2 == 0, outer, inner)
    corners = np.stack([np.cos(angle) * reach, np.sin(angle) * reach], axis=1)
    return rounded(corners, radius) if radius else corners


def trace(description: str, steps: int = 14) -> list[Points]:
    """Return the contours of a path in SVG's notation, with absolute M, L, C, Q and Z only.

    Raises:
        ValueError: another command, or a number missing.
    """
    tokens = _TOKEN.findall(description)
    if _TOKEN.sub("", description).replace(",", "").strip():
        raise ValueError(f"only absolute M, L, C, Q and Z are understood, not {description!r}")
    contours: list[list[Points]] = []
    command, position = "", 0
    t = np.linspace(0, 1, steps + 1)[1:, None]
    while position < len(tokens):
        if tokens[position].isalpha():
            command = tokens[position]
            position += 1
            if command == "Z":
                continue
        count = _ARGUMENTS.get(command, 0)
        numbers = [float(token) for token in tokens[position : position + count] if not token.isalpha()]
        if not count or len(numbers) != count or (command != "M" and not contours):
            raise ValueError(f"a number is missing or unexpected after {command or 'the start'} in {description!r}")
        position += count
        given = np.array(numbers).reshape(-1, 2)
        if command == "M":
            contours.append([given])
            command = "L"
            continue
        p0 = contours[-1][-1][-1]
        if command == "L":
            contours[-1].append(given)
        elif command == "Q":
            contours[-1].append((1 - t) ** 2 * p0 + 2 * t * (1 - t) * given[0] + t**2 * given[1])
        else:
            contours[-1].append(
                (1 - t) ** 3 * p0 + 3 * t * (1 - t) ** 2 * given[0] + 3 * t**2 * (1 - t) * given[1] + t**3 * given[2]
            )
    return [np.concatenate(parts) for parts in contours]


def turned(path: ArrayLike, degrees: float, about: tuple[float, float] = (0.0, 0.0)) -> Points:
    """Return the path turned clockwise about a point."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned_path: Points = (points(path) - about) @ np.array([[c, s], [-s, c]]) + about
    return turned_path


def placed(
    path: ArrayLike, at: tuple[float, float], scale: float | tuple[float, float] = 1.0, turn: float = 0.0
) -> Points:
    """Return the path scaled (negative: mirrored), then turned about (0, 0), then moved to `at`."""
    return turned(points(path) * scale, turn) + at


def joined(parts: Sequence[Points]) -> Points:
    """Pieces of one outline, one after the other."""
    return np.concatenate(list(parts))
