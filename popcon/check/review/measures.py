"""Measures what the doubts of a review are about, on composed frames: (h, w, 4) uint8 straight alpha."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.check.pixels import Picture

GROUNDS: dict[str, tuple[int, int, int]] = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "LINE's chat": (113, 147, 193),
    "KakaoTalk's chat": (186, 206, 224),
    "WhatsApp's dark chat": (11, 20, 26),
    "Telegram's green bubbles": (225, 254, 198),
    "Discord's dark chat": (49, 51, 56),
}
"""sRGB of what stickers stand on."""

_OWN_GROUNDS = {
    "line": "LINE's chat",
    "kakao": "KakaoTalk's chat",
    "whatsapp": "WhatsApp's dark chat",
    "telegram": "Telegram's green bubbles",
    "discord": "Discord's dark chat",
}


def grounds_of(platform: str) -> dict[str, tuple[int, int, int]]:
    """Return what a platform's stickers stand on: white, black, and the colour of its chats."""
    own = _OWN_GROUNDS.get(platform.split("-")[0])
    return {name: colour for name, colour in GROUNDS.items() if name in ("white", "black", own)}


_SEEN = 24
"""Alpha (0-255) over which a person sees something."""

_GRID = 24
"""Frames are compared in this many cells a side."""

_UNIT = np.arange(256, dtype=np.float32) / 255
"""8-bit values as 0 to 1."""

_STEPS = 256
"""Steps between two levels of 8 bits, for which the table of light has a value."""
_LIGHT = np.arange(255 * _STEPS + 1, dtype=np.float64) / (255 * _STEPS)
_LIGHT = np.where(_LIGHT <= 0.04045, _LIGHT / 12.92, ((_LIGHT + 0.055) / 1.055) ** 2.4).astype(np.float32)
"""Linear light of sRGB levels in steps of 1/_STEPS."""

FLASH_STEP, FLASH_DARK, FLASH_AREA = 0.1, 0.8, 0.25
"""WCAG 2.3.1: a flash changes relative luminance by a tenth, the darker side under 0.8, over a quarter of the field."""


def seen(frame: Picture) -> NDArray[np.bool_]:
    """Return which pixels a person sees."""
    return np.asarray(frame[..., 3] > _SEEN)


def cells(frame: Picture) -> NDArray[np.float32]:
    """Return a frame as coarse cells, premultiplied, 0-1: (_GRID, _GRID, 4)."""
    layer = np.asarray(cv2.LUT(frame, _UNIT), np.float32)
    layer[..., :3] *= layer[..., 3:]
    return np.asarray(cv2.resize(layer, (_GRID, _GRID), interpolation=cv2.INTER_AREA), np.float32)


def away(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the mean difference of two frames' cells over what shows in either: 0 to 1."""
    visible = np.maximum(a[..., 3], b[..., 3]) > 0.1
    return float(np.abs(a - b).max(axis=2)[visible].mean()) if visible.any() else 0.0


def luminance(frame: Picture, ground: Sequence[int]) -> NDArray[np.float32]:
    """Return the relative luminance (WCAG 2.2) of a frame on a ground: (h, w), 0-1."""
    alpha = np.take(_UNIT, frame[..., 3:])
    level = frame[..., :3] * alpha
    level += np.array(ground, np.float32) * (1 - alpha)
    level *= _STEPS
    level += np.float32(0.5)
    linear = np.take(_LIGHT, level.astype(np.uint16))
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


def flashes(frames: Sequence[Picture], durations_ms: Sequence[float], ground: Sequence[int]) -> tuple[int, int]:
    """Count the flashes in the worst second of a loop: pairs of opposing changes over a quarter of the sticker.

    Returns:
        the number, and the frame where that second begins.
    """
    light = np.stack(
        [cv2.resize(luminance(frame, ground), (_GRID, _GRID), interpolation=cv2.INTER_AREA) for frame in frames]
    )
    turns: list[tuple[float, int, int]] = []
    base, clock, count = light[0].copy(), 0.0, len(frames)
    # twice round, so that what happens over the seam counts too
    for step in range(1, 2 * count):
        clock += float(durations_ms[(step - 1) % count])
        now = light[step % count]
        change = now - base
        dark = np.minimum(now, base) < FLASH_DARK
        for direction in (1, -1):
            where = (direction * change >= FLASH_STEP) & dark
            if where.mean() >= FLASH_AREA:
                if not turns or turns[-1][1] != direction:
                    turns.append((clock, direction, step % count))
                base = np.where(where, now, base)
        base = np.where(np.sign(change) == np.sign(now - light[(step - 1) % count]), base, light[(step - 1) % count])
    most, begins = 0, 0
    for first, (start, _, frame) in enumerate(turns):
        number = sum(start <= moment < start + 1000 for moment, _, _ in turns[first:]) // 2
        if number > most:
            most, begins = number, frame
    return most, begins


def lost_rim(frame: Picture, ground: Sequence[int]) -> float:
    """Return the share (0-1) of a frame's rim that a person cannot tell from the ground: contrast under 1.25."""
    solid = (frame[..., 3] > 160).astype(np.uint8)
    inner = cv2.erode(solid, np.ones((5, 5), np.uint8), borderValue=0)
    rim = (solid == 1) & (inner == 0)
    if not rim.any():
        return 0.0
    light = luminance(frame, ground)[rim]
    flat = np.empty((1, 1, 4), np.uint8)
    flat[0, 0] = (*ground, 255)
    under = float(luminance(flat, ground)[0, 0])
    contrast = (np.maximum(light, under) + 0.05) / (np.minimum(light, under) + 0.05)
    return float((contrast < 1.25).mean())


def box(frames: Sequence[Picture]) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom (exclusive) of what shows in any frame; None: nothing does."""
    shown = np.logical_or.reduce([seen(frame) for frame in frames])
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else None


def cut_side(frame: Picture) -> tuple[str, float]:
    """Return the side of the canvas that cuts most of a frame, and how much of that side is solid, 0-1."""
    sides = {"top": frame[0], "bottom": frame[-1], "left": frame[:, 0], "right": frame[:, -1]}
    shares = {name: float((line[:, 3] > 200).mean()) for name, line in sides.items()}
    worst = max(shares, key=lambda name: shares[name])
    return worst, shares[worst]
