"""Stands a character on a backdrop, where all characters stand."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.colour import parse_hex
from popcon.models.stage import standing
from popcon.pixels import Rgb, Rgba


def on_stage(character: Rgba, backdrop: str, side: int) -> Rgb:
    """Return the character on its backdrop, standing where all characters stand: (side, side, 3)."""
    height, width = character.shape[:2]
    body = standing(width, height)
    box = max(1, round(body.width * side)), max(1, round(body.height * side))
    left, top = round(body.left * side), round(body.top * side)
    small = resized(premultiplied(character), box)
    stage = np.empty((side, side, 3), np.float32)
    stage[:] = parse_hex(backdrop)
    place = stage[top : top + box[1], left : left + box[0]]
    part = small[: place.shape[0], : place.shape[1]]
    place[:] = part[..., :3] + place * (1 - part[..., 3:] / 255)
    return np.asarray(np.rint(stage).clip(0, 255), np.uint8)


def premultiplied(rgba: Rgba) -> NDArray[np.float32]:
    """Multiply the colours of a picture by its alpha: (h, w, 4) float32, 0 to 255."""
    values = rgba.astype(np.float32)
    values[..., :3] *= values[..., 3:] / 255
    return values


def resized(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize to (width, height): averaged where it shrinks, cubic where it grows."""
    smaller = size[0] <= values.shape[1]
    return np.asarray(
        cv2.resize(values, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC), np.float32
    )
