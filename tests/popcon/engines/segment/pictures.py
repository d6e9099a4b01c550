"""Small pictures whose masks are known by construction."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 160


def disc_on(
    background: NDArray[np.uint8], x: int = 80, y: int = 76, radius: int = 40
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A red disc with a dark outline and a blue spot in it, on a background; picture and mask."""
    picture = background.copy()
    cv2.circle(picture, (x, y), radius, (30, 24, 28), -1, cv2.LINE_AA)
    cv2.circle(picture, (x, y), radius - 4, (214, 60, 50), -1, cv2.LINE_AA)
    cv2.circle(picture, (x - radius // 3, y), radius // 4, (60, 90, 220), -1, cv2.LINE_AA)
    alpha = np.zeros(background.shape[:2], np.uint8)
    cv2.circle(alpha, (x, y), radius, 255, -1, cv2.LINE_AA)
    return picture, alpha > 127


def plain(colour: tuple[int, int, int] = (40, 180, 110), side: int = SIDE) -> NDArray[np.uint8]:
    return np.full((side, side, 3), colour, np.uint8)


def clouds(side: int = SIDE) -> NDArray[np.uint8]:
    noise = np.random.default_rng(5).normal(0, 22, (4, 4, 3)).astype(np.float32)
    field = cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(np.array((70, 150, 160), np.float32) + field, 0, 255), np.uint8)


def tiles(side: int = SIDE) -> NDArray[np.uint8]:
    colours = np.array([(214, 60, 50), (60, 90, 220), (30, 24, 28)], np.uint8)
    picks = np.random.default_rng(3).integers(3, size=(side // 20, side // 20))
    return np.ascontiguousarray(colours[np.repeat(np.repeat(picks, 20, 0), 20, 1)])


def iou(mask: NDArray[np.uint8], truth: NDArray[np.bool_]) -> float:
    inside = mask > 127
    return float((inside & truth).sum() / (inside | truth).sum())
