"""How a character moves from one frame to another, apart from what is behind it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgb

Floats = NDArray[np.float32]

STIFF = (4.0, 16.0)
"""Sigmas over which a character moves as one, px: the first where it has enough texture, else the second."""
SMALLEST = 12
"""Side from which OpenCV's flow can be had, px; smaller frames are taken to stand still."""
EVEN = 0.02
"""What an even area still tells about motion."""
UNLIKE = 12.0
"""Mean channel difference at which two colours are more likely those of different things."""


THIRDS = np.full(3, 1 / 3, np.float32)


@dataclass(frozen=True)
class Look:
    """A reduced frame whose mask is known, 0 to 1."""

    frame: Rgb
    share: Floats


def at_rest(height: int, width: int) -> Floats:
    """Return where each pixel comes from if nothing moves: (h, w, 2), x and y."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([x, y], 2)


def taken(values: Floats | Rgb, origin: Floats) -> Floats:
    """Values from where each pixel comes from."""
    moved = cv2.remap(values, origin[..., 0], origin[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def alike(old: Look, new: Rgb, origin: Floats, around: int = 3) -> Floats:
    """Return how well an old frame explains a new one, 0 to 1."""
    error = np.abs(taken(old.frame, origin) - new) @ THIRDS
    calm = np.asarray(cv2.blur(error, (around, around)), np.float32)
    return np.asarray(np.exp(-calm / UNLIKE), np.float32)


def flow(old: Look, new: Rgb, start: Floats) -> Floats:
    """Return where each pixel of a new frame comes from in an old one, by dense optical flow (Kroeger and others,
    2016).

    Arguments:
        start: about where from.
    """
    if max(new.shape[:2]) < SMALLEST:
        return start
    there = cv2.cvtColor(taken(old.frame, start).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    dense = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    motion = dense.calc(cv2.cvtColor(new, cv2.COLOR_RGB2GRAY), there, None)  # type: ignore[call-overload]
    return taken(start, at_rest(*new.shape[:2]) + motion)


def _smooth(values: Floats, weight: Floats, sigma: float) -> tuple[Floats, Floats]:
    """Weighted sums of values, and weights, in a window; a wide one is looked at through fewer pixels."""
    height, width = weight.shape
    both = np.dstack([values * weight[..., None], weight])
    few = max(1, round(sigma / 4))
    if few > 1:
        size = max(1, width // few), max(1, height // few)
        both = np.asarray(cv2.resize(both, size, interpolation=cv2.INTER_AREA), np.float32)
    both = np.asarray(cv2.GaussianBlur(both, (0, 0), sigma / few), np.float32)
    if few > 1:
        both = np.asarray(cv2.resize(both, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return both[..., :2], both[..., 2]


def _texture(picture: Rgb) -> Floats:
    """Return how much a place tells about motion: nearly nothing in the middle of an even area, 0 to 1."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    steep = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    return np.asarray(np.minimum(steep.astype(np.float32) / 16, 1) + np.float32(EVEN), np.float32)


def stiffened(old: Look, new: Rgb, origin: Floats) -> Floats:
    """Return the motion of the character alone, spread beyond its contour: thin parts do not stay behind with the
    background.

    Arguments:
        origin: as from `flow`.
    """
    rest = at_rest(*new.shape[:2])
    weight = taken(old.share, origin) * alike(old, new, origin) * _texture(new) + np.float32(1e-6)
    fine, fine_weight = _smooth(origin - rest, weight, STIFF[0])
    wide, wide_weight = _smooth(origin - rest, weight, STIFF[1])
    wide = wide / wide_weight[..., None]
    few = np.float32(0.15)
    return np.asarray(rest + (fine + few * wide) / (fine_weight + few)[..., None], np.float32)
