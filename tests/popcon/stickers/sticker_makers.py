"""Small moving pictures, drawn here."""

import math

import cv2
import numpy as np

from popcon.pixels import Rgba


def ball(side: int, count: int, soft: bool = True) -> list[Rgba]:
    """A ball with a face and a soft shadow that rolls sideways; transparent around."""
    yy, xx = np.mgrid[0:side, 0:side].astype(np.float32) / side
    frames = []
    for i in range(count):
        x = 0.5 + 0.2 * math.sin(2 * math.pi * i / count)
        frame = np.zeros((side, side, 4), np.uint8)
        if soft:
            shadow = 0.5 * np.exp(-(((xx - x) / 0.2) ** 2) - ((yy - 0.9) / 0.04) ** 2)
            frame[..., 3] = np.where(shadow > 0.01, shadow * 255, 0).astype(np.uint8)
        edge = np.clip((0.25 - np.hypot(xx - x, yy - 0.55)) * side, 0, 1)
        over = edge * 255
        frame[..., 3] = np.maximum(frame[..., 3], over.astype(np.uint8))
        light = np.clip(1.2 - np.hypot(xx - x + 0.1, yy - 0.45) * 2, 0.3, 1)
        for channel, level in enumerate((240, 150, 60)):
            frame[..., channel] = np.where(edge > 0, level * light, 0).astype(np.uint8)
        cv2.circle(frame, (int((x - 0.08) * side), int(0.5 * side)), max(1, side // 30), (30, 20, 20, 255), -1)
        cv2.circle(frame, (int((x + 0.08) * side), int(0.5 * side)), max(1, side // 30), (30, 20, 20, 255), -1)
        frame[frame[..., 3] == 0] = 0
        frames.append(frame)
    return frames


def noise(count: int) -> list[Rgba]:
    """Opaque frames of noise, 180x180: nothing compresses."""
    random = np.random.default_rng(5)
    solid = np.full((180, 180), 255, np.uint8)
    return [np.dstack([random.integers(0, 256, (180, 180, 3), np.uint8), solid]) for _ in range(count)]
