"""Clips whose effects are known, and models simulated to lose them as BiRefNet does."""

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.cutout_set import Art, Colour, pick_backdrop, through_codec

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Scene = Literal["flat", "white", "white, strong shadow", "touching", "notes and steam"]
SCENES: tuple[Scene, ...] = ("flat", "white", "white, strong shadow", "touching", "notes and steam")


@dataclass(frozen=True)
class LossyClip:
    """A clip, the truth, and what a model that loses effects makes of it; (n, h, w, …), bytes or 0-1."""

    frames: Bytes
    alpha: Floats
    effect: Floats
    empty: Bytes


def make(scene: Scene, seed: int, side: int = 480, count: int = 6) -> LossyClip:
    """Draw a clip; `empty` is the backdrop as an engine knows it, without shadows."""
    on_white = scene.startswith("white")
    art = Art(seed, side, on_white)
    if scene == "touching":
        art.effects = [replace(each, start=each.start * 0.62, travel=8.0) for each in art.effects]
    r = np.random.default_rng([seed, SCENES.index(scene)])
    base = pick_backdrop("white" if on_white else "saturated", r, art.colours)
    behind = _behind(scene, base, side)
    frames, alphas, effects = [], [], []
    for i in range(count):
        colour, alpha, effect = art.draw(i / count)
        if scene == "notes and steam":
            colour, alpha, effect = _with_notes_and_steam(colour, alpha, effect, i / count)
        noisy = behind + r.normal(0, 1.0, (side, side, 3))
        frames.append(np.clip(np.rint(colour * 255 + noisy * (1 - alpha[..., None])), 0, 255).astype(np.uint8))
        alphas.append(alpha)
        effects.append(effect)
    known = np.asarray(np.clip(np.rint(_behind("flat", base, side)), 0, 255), np.uint8)
    decoded = through_codec(np.stack(frames), crf=int(r.integers(18, 24)))
    return LossyClip(decoded, np.stack(alphas), np.stack(effects), known)


def model_alpha(alpha: Floats, effect: Floats, halo: bool) -> Bytes:
    """What a model that takes effects for backdrop says: the true alpha without them, perhaps in a thin veil.

    What lies on the character is not lost: the model sees a spot of it.
    """
    body = np.clip(alpha - effect, 0, 1)
    filled = cv2.morphologyEx(body, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17)))
    body = np.where(filled > 0.5, np.minimum(body + effect, 1), body)
    if halo:
        veil = cv2.GaussianBlur(cv2.dilate(body, np.ones((9, 9), np.uint8)), (0, 0), 2) * 0.3
        body = np.maximum(body, veil)
    return np.asarray(np.rint(body * 255), np.uint8)


def _behind(scene: Scene, base: Colour, side: int) -> Floats:
    y, x = np.mgrid[:side, :side].astype(np.float32) / side
    picture = np.broadcast_to(np.array(base, np.float32), (side, side, 3)).copy()
    if scene == "white, strong shadow":
        picture *= 1 - 0.3 * np.exp(-(((x - 0.5) / 0.2) ** 2 + ((y - 0.86) / 0.035) ** 2))[..., None]
    return picture


def _with_notes_and_steam(colour: Floats, alpha: Floats, effect: Floats, t: float) -> tuple[Floats, Floats, Floats]:
    """Lay two music notes of 45 px and puffs of steam that fade out over a frame, beside the character."""
    side = alpha.shape[0]
    fine = np.zeros((side * 4, side * 4), np.uint8)
    for cx, cy in ((60, 120 + 12 * np.sin(2 * np.pi * t)), (side - 80, 90 - 12 * np.sin(2 * np.pi * t))):
        x, y = int(cx * 4), int(cy * 4)
        cv2.ellipse(fine, (x, y), (44, 32), -20, 0, 360, 255, -1)
        cv2.line(fine, (x + 38, y), (x + 38, y - 140), 255, 12)
        cv2.line(fine, (x + 38, y - 140), (x + 84, y - 100), 255, 20)
    note = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA) / np.float32(255)
    yy, xx = np.mgrid[:side, :side].astype(np.float32)
    puff = np.zeros((side, side), np.float32)
    for k in range(3):
        py = side * 0.75 - 90 * ((t + k / 3) % 1)
        puff = np.maximum(puff, 0.85 * np.exp(-(((xx - 55 - 6 * k) / 14) ** 2 + ((yy - py) / 12) ** 2)))
    puff[puff < 0.02] = 0
    for shape, tone in ((note, (40, 30, 60)), (puff, (245, 245, 250))):
        over = shape * (1 - np.clip(alpha - effect, 0, 1))  # behind the character
        colour = colour * (1 - over[..., None]) + over[..., None] * (np.array(tone, np.float32) / 255)
        effect = effect * (1 - over) + over
        alpha = alpha * (1 - over) + over
    return colour.astype(np.float32), alpha.astype(np.float32), effect.astype(np.float32)
