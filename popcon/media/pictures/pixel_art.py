"""Pixel art: tells it from small photographs, and enlarges it by whole steps."""

import cv2
import numpy as np

from popcon.pixels import Rgba

LARGEST = 128
"""Longest side of a picture that may be pixel art, px: larger ones are drawn as any other picture."""
SMALLEST = 16
_GOAL = 480
"""Longest side that pixel art is enlarged to at least, px."""
_COLOURS = 64


def is_pixel_art(picture: Rgba) -> bool:
    """Whether every pixel of a small picture is meant: few colours, and nothing half transparent."""
    if max(picture.shape[:2]) > LARGEST:
        return False
    alpha = picture[..., 3]
    if ((alpha > 8) & (alpha < 247)).mean() > 0.02:
        return False
    seen = picture[alpha > 8][:, :3].astype(np.int32)
    return len(np.unique(seen @ np.array([65536, 256, 1]))) <= _COLOURS


def enlarged(picture: Rgba) -> tuple[Rgba, int]:
    """The picture with every pixel a square, and the squares' side in px."""
    step = max(1, -(-_GOAL // max(picture.shape[:2])))
    size = picture.shape[1] * step, picture.shape[0] * step
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8), step
