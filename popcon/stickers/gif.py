"""Animated GIF: one-bit alpha, local or shared palettes, frame differencing. GIF89a specification (CompuServe, 1990).

Blocks are put together here; Pillow does the LZW coding.
"""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.pixels import Rgba
from popcon.stickers.palette import apply_palette, colours_of, make_palette
from popcon.stickers.pixels import on_colour, parse_colour
from popcon.stickers.regions import changed_box

ALPHA_THRESHOLD = 112
"""From this alpha on a pixel is opaque: a little under the half, or whiskers of a pixel's width would vanish."""

Keys = NDArray[np.uint32]
"""(h, w): whole RGBA pixels; 0 is transparent."""


@dataclass(frozen=True)
class _Part:
    """What a frame draws: pixels of a region, 0 where what was there before stays."""

    x: int
    y: int
    pixels: Keys
    clear: bool = False
    """Whether the region is emptied before the next frame."""


_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32)
"""Ordered dithering, 4x4: Bayer, "An optimum method for two-level rendition of continuous-tone pictures", 1973."""

_SOFT_PX = 5
"""A glow or a shadow is soft over at least this many px; the rim of a drawing is not."""


def harden(frame: Rgba, matte: str | None, dithered: bool = False) -> Rgba:
    """Make alpha 0 or 255.

    Arguments:
        dithered: glows and shadows become a fine pattern that stands still from frame to frame. Rims of a few px stay
            hard: looked at on light and dark, a pattern makes them bristle.
        matte: #rrggbb that soft rims are mixed with, for stickers that will stand on that colour; None: rims keep
            their own colour, which shows no halo on any backdrop.
    """
    colour = frame[..., :3] if matte is None else on_colour(frame, parse_colour(matte))
    out = np.zeros_like(frame)
    seen = frame[..., 3] >= (_thresholds(frame[..., 3]) if dithered else ALPHA_THRESHOLD)
    out[seen, :3] = colour[seen]
    out[seen, 3] = 255
    return out


def _thresholds(alpha: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the alpha (40-215) from which each pixel is opaque: a pattern where softness is wide."""
    height, width = alpha.shape
    pattern = np.tile(40 + 175 * (_BAYER + 0.5) / 16, (-(-height // 4), -(-width // 4)))[:height, :width]
    soft = ((alpha > 0) & (alpha < 255)).astype(np.uint8)
    wide = cv2.morphologyEx(soft, cv2.MORPH_OPEN, np.ones((_SOFT_PX, _SOFT_PX), np.uint8))
    return np.where(wide > 0, pattern, ALPHA_THRESHOLD).astype(np.float32)


def reduce_colours(frames: Sequence[Rgba], colours: int) -> list[Rgba]:
    """Hardened frames, each with at most `colours` - 1 colours of its own."""
    reduced: list[Rgba] = []
    for frame in frames:
        found = colours_of([frame])
        palette = make_palette(found, colours, rounds=2)
        reduced.append(palette[apply_palette(found, palette)[0]])
    return reduced


def encode(frames: Sequence[Rgba], durations_ms: Sequence[int], plays: int, shared: bool) -> bytes:
    """Return a GIF of frames whose alpha is 0 or 255.

    Arguments:
        durations_ms: multiples of 10; others are rounded so that the sum is kept.
        plays: 0 for endless.
        shared: one palette for all frames, which have at most 255 colours together; else each has as many.
    """
    height, width = frames[0].shape[:2]
    keys = [np.ascontiguousarray(frame).view(np.uint32)[..., 0] for frame in frames]
    table = _table(np.concatenate([k.reshape(-1) for k in keys])) if shared else None
    flags = 0x70 | (0x80 | _exponent(len(table)) - 1 if table is not None else 0)
    out = [b"GIF89a", struct.pack("<HHBBB", width, height, flags, 0, 0)]
    if table is not None:
        out.append(_palette_bytes(table))
    if plays != 1:
        out.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", 0 if plays == 0 else plays - 1) + b"\x00")
    for part, hundredths in zip(_parts(keys), centiseconds(durations_ms), strict=True):
        used = table if table is not None else _table(part.pixels.reshape(-1))
        numbers = np.searchsorted(used, part.pixels).astype(np.uint8)
        rows, columns = numbers.shape
        out.append(b"\x21\xf9\x04" + struct.pack("<BHBB", (2 if part.clear else 1) << 2 | 1, hundredths, 0, 0))
        local = b"" if table is not None else _palette_bytes(used)
        mark = 0 if table is not None else 0x80 | _exponent(len(used)) - 1
        out.append(b"\x2c" + struct.pack("<HHHHB", part.x, part.y, columns, rows, mark) + local + _lzw(numbers))
    out.append(b"\x3b")
    return b"".join(out)


def centiseconds(durations_ms: Sequence[int]) -> list[int]:
    """Durations in 1/100 s, at least 2 (players slow shorter ones down), their sum as near as can be."""
    edges = np.rint(np.concatenate([[0], np.cumsum(durations_ms)]) / 10).astype(int)
    return [max(2, int(step)) for step in np.diff(edges)]


def _parts(keys: Sequence[Keys]) -> list[_Part]:
    parts: list[_Part] = []
    canvas = np.zeros_like(keys[0])
    for k, target in enumerate(keys):
        x, y, columns, rows = changed_box(canvas, target)
        following = keys[k + 1] if k + 1 < len(keys) else None
        # GIF cannot make a pixel transparent, only empty a region: one that holds all that has to vanish.
        vanishing = (target != 0) & (following == 0) if following is not None else np.zeros(target.shape, bool)
        clear = bool(vanishing.any())
        if clear:
            vx, vy, vw, vh = changed_box(vanishing, np.zeros_like(vanishing))
            right, bottom = max(x + columns, vx + vw), max(y + rows, vy + vh)
            x, y = min(x, vx), min(y, vy)
            columns, rows = right - x, bottom - y
        window = (slice(y, y + rows), slice(x, x + columns))
        parts.append(
            _Part(x, y, np.where(canvas[window] == target[window], 0, target[window]).astype(np.uint32), clear)
        )
        canvas = target.copy()
        if clear:
            canvas[window] = 0
    return parts


def _table(pixels: Keys) -> Keys:
    """Sorted distinct pixels, transparent first."""
    return np.union1d(np.zeros(1, np.uint32), pixels)


def _exponent(size: int) -> int:
    return max(1, int(size - 1).bit_length())


def _palette_bytes(table: Keys) -> bytes:
    rgb = np.ascontiguousarray(table).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return rgb.ljust(3 << _exponent(len(table)), b"\x00")


def _lzw(numbers: NDArray[np.uint8]) -> bytes:
    """Return the image data of a GIF: code size and sub-blocks, cut out of a GIF of this one picture."""
    picture = Image.fromarray(np.ascontiguousarray(numbers))
    picture = picture.convert("P") if picture.mode != "P" else picture
    picture.putpalette(bytes(range(256)) * 3)
    buffer = io.BytesIO()
    picture.save(buffer, "GIF", optimize=False, interlace=False)
    data = buffer.getvalue()
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    local = data[at + 9]
    return data[at + 10 + (3 << (local & 7) + 1 if local & 0x80 else 0) : -1]
