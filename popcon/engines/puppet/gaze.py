"""Eyes that look aside: a pupil moves within its white, an eye that is one dot moves as a whole."""

import math

import cv2
import numpy as np

from popcon.engines.puppet.spots import Spot, Texture

ONE_COLOUR = 60.0
"""An eye whose middle and rim differ by less than this (0-255) is a dot."""
WITHIN, WHOLE = 0.26, 0.5
"""How far a pupil and a dot move at most, in half-widths of the eye."""


def is_dot(texture: Texture, eye: Spot) -> bool:
    """Return whether an eye is of one colour, so that no pupil can move in it."""
    rows, columns = (slice(max(0, math.floor(at - half)), math.ceil(at + half) + 1) for at, half in (
        (eye.y, eye.ry), (eye.x, eye.rx)))  # fmt: skip
    light = texture[rows, columns, :3].astype(np.float32).mean(axis=2)
    ys, xs = np.mgrid[rows.start : rows.start + light.shape[0], columns.start : columns.start + light.shape[1]]
    away = np.hypot((xs + 0.5 - eye.x) / eye.rx, (ys + 0.5 - eye.y) / eye.ry)
    middle, rim = light[away < 0.45], light[(away > 0.65) & (away < 0.9)]
    if not middle.size or not rim.size:
        return True
    return abs(float(np.median(middle)) - float(np.median(rim))) < ONE_COLOUR


def looking(texture: Texture, eyes: tuple[Spot, ...], dots: tuple[bool, ...], across: float, up: float) -> Texture:
    """Return a copy of a texture whose eyes look aside.

    Arguments:
        dots: of each eye, whether it moves as a whole.
        across, up: -1 to 1, to the viewer's right and up.
    """
    out = texture.copy()
    far = max(1.0, math.hypot(across, up))
    for eye, dot in zip(eyes, dots, strict=True):
        much, full, ends = (WHOLE, 1.15, 2.2) if dot else (WITHIN, 0.5, 1.0)
        half = min(eye.rx, eye.ry)
        dx, dy = much * half * across / far, -much * half * up / far
        reach_x, reach_y = ends * eye.rx + abs(dx) + 1, ends * eye.ry + abs(dy) + 1
        left, top = max(0, math.floor(eye.x - reach_x)), max(0, math.floor(eye.y - reach_y))
        patch = texture[top : math.ceil(eye.y + reach_y), left : math.ceil(eye.x + reach_x)]
        if min(patch.shape[:2]) < 3:
            continue
        xs = np.arange(patch.shape[1], dtype=np.float32)[None, :]
        ys = np.arange(patch.shape[0], dtype=np.float32)[:, None]
        # Distance from where the pupil will be: there the picture moves by all of it, at the rim not at all.
        away = np.hypot((xs + left + 0.5 - eye.x - dx) / eye.rx, (ys + top + 0.5 - eye.y - dy) / eye.ry)
        share = np.clip((ends - away) / (ends - full), 0, 1).astype(np.float32)
        share = share * share * (3 - 2 * share)
        map_x, map_y = xs - np.float32(dx) * share, ys - np.float32(dy) * share
        moved = cv2.remap(np.ascontiguousarray(patch), map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        out[top : top + patch.shape[0], left : left + patch.shape[1]] = moved
    return out
