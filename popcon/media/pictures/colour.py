"""Colours as numbers: a perceptual space, the space that video is coded in, and names."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to cone responses,
# and their cube roots to OKLab.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_STEPS = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)

# BT.709 luma and colour differences of full-range RGB in 0-255 (ITU-R BT.709-6, 3).
_TO_YCC = np.array(
    [[0.2126, 0.7152, 0.0722], [-0.2126 / 1.8556, -0.7152 / 1.8556, 0.5], [0.5, -0.7152 / 1.5748, -0.0722 / 1.5748]],
    np.float32,
)


def oklab(rgb: ArrayLike) -> Floats:
    """(…, 3) uint8 sRGB to (…, 3) float32 OKLab, times 100: a distance of 2 is just seen."""
    linear = _LINEAR[np.asarray(rgb, np.uint8)]
    roots: NDArray[Any] = np.cbrt(linear @ _TO_LMS.T)
    return np.asarray(roots @ (_TO_LAB.T * 100), np.float32)


def from_oklab(lab: ArrayLike) -> NDArray[np.float64]:
    """(…, 3) OKLab, times 100, to (…, 3) float64 sRGB, 0-255; what no screen can show is cut off."""
    roots = np.asarray(lab, np.float64) @ np.linalg.inv(_TO_LAB.astype(np.float64).T * 100)
    linear = np.clip(roots**3 @ np.linalg.inv(_TO_LMS.astype(np.float64).T), 0, 1)
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, linear * 12.92, curved) * 255)


_DARK = 0.35
"""Most that a step of 8-bit sRGB counts in `difference`: near black, OKLab makes of one step far more than is seen."""


def difference(rgb: ArrayLike, other: ArrayLike) -> Floats:
    """Distances of (…, 3) uint8 sRGB colours, (…): OKLab x 100, less between nearly black ones.

    From black to (1, 1, 1) it is 7 in OKLab: a JPEG's noise on black would count as drawn.
    """
    one, two = np.asarray(rgb, np.uint8), np.asarray(other, np.uint8)
    steps = np.abs(one.astype(np.int16) - two.astype(np.int16)).max(axis=-1)
    return np.asarray(np.minimum(np.linalg.norm(oklab(one) - oklab(two), axis=-1), _DARK * steps), np.float32)


def ycc(rgb: ArrayLike) -> Floats:
    """(…, 3) sRGB, 0-255, to (…, 3) float32 Y (0-255), Cb and Cr (-128 to 128) by BT.709."""
    return np.asarray(np.asarray(rgb, np.float32) @ _TO_YCC.T, np.float32)


def parse_hex(colour: str) -> tuple[int, int, int]:
    """#rrggbb to 0-255 each.

    Raises:
        ValueError: anything else.
    """
    digits = colour.removeprefix("#")
    if len(digits) != 6 or not colour.startswith("#"):
        raise ValueError(f"a colour is written #rrggbb, not {colour!r}")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def to_hex(rgb: ArrayLike) -> str:
    """Three numbers, 0-255, rounded, to #rrggbb in lower case."""
    red, green, blue = np.clip(np.rint(np.asarray(rgb, np.float64)), 0, 255).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
