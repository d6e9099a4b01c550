"""Clips with known masks for the tracking figures: a character that moves, turns and stretches."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.segment_scenes import SIDE, Scene, compose


def clip(scene: Scene, count: int, seed: int) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.bool_]]]:
    """Frames and masks of a clip that begins with the scene's picture; the background stands still."""
    rng = np.random.default_rng(seed)
    y, x = np.nonzero(scene.truth)
    middle = float(x.mean()), float(y.mean())
    room = min(x.min(), SIDE - 1 - x.max()), min(y.min(), SIDE - 1 - y.max())
    sway = float(min(room[0], rng.uniform(10, 40))), float(min(room[1], rng.uniform(10, 40)))
    turn, squash, beats = rng.uniform(4, 18), rng.uniform(0.03, 0.12), rng.integers(1, 3)
    layer = np.dstack([scene.colour * scene.alpha[..., None], scene.alpha])
    frames, masks = [], []
    for number in range(count):
        phase = 2 * np.pi * beats * number / count
        stretch = 1 + squash * np.sin(2 * phase)
        matrix = cv2.getRotationMatrix2D(middle, float(turn * np.sin(phase)), 1.0)
        matrix[:, :2] = matrix[:, :2] @ np.diag([1 / stretch, stretch])
        matrix[:, 2] = np.array(middle) - matrix[:, :2] @ np.array(middle)
        matrix[:, 2] += sway[0] * np.sin(phase), -sway[1] * abs(np.sin(phase))
        moved = cv2.warpAffine(layer, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        alpha = np.asarray(moved[..., 3], np.float32)
        colour = np.asarray(moved[..., :3] / np.maximum(alpha, 1e-6)[..., None], np.float32)
        frames.append(compose(np.clip(colour, 0, 255), alpha, scene.background))
        masks.append(alpha > 0.5)
    return frames, masks
