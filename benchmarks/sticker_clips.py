"""Clips that stickers are measured on: 24 frames, 2 s, straight RGBA, drawn here from nothing but vector shapes,
noise with a fixed seed and a colour emoji font. Some are easy and flat; some are made to be hard to pack."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Frame = NDArray[np.uint8]
FRAMES, SIDE, OVER = 24, 480, 2
FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
DURATIONS = tuple(round((i + 1) * 2000 / FRAMES) - round(i * 2000 / FRAMES) for i in range(FRAMES))


def _canvas() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGBA", (SIDE * OVER, SIDE * OVER))
    return picture, ImageDraw.Draw(picture)


def _over(below: NDArray[np.float32], colour: NDArray[np.float32], alpha: NDArray[np.float32]) -> None:
    """Composite premultiplied, in place: `below` (h, w, 4) in 0-1, `colour` (h, w, 3) straight, `alpha` (h, w)."""
    below[..., :3] = colour * alpha[..., None] + below[..., :3] * (1 - alpha[..., None])
    below[..., 3] = alpha + below[..., 3] * (1 - alpha)


def _straight(premultiplied: NDArray[np.float32]) -> Frame:
    alpha = premultiplied[..., 3:]
    colour = np.where(alpha > 1 / 512, premultiplied[..., :3] / np.maximum(alpha, 1 / 512), 0)
    out = np.concatenate([colour, alpha], axis=2)
    frame: Frame = np.clip(np.rint(out * 255), 0, 255).astype(np.uint8)
    frame[frame[..., 3] == 0] = 0
    return frame


def _to_float(picture: Image.Image) -> NDArray[np.float32]:
    """Premultiplied floats at SIDE, from a drawing at OVER times that."""
    data = np.asarray(picture, np.float32) / 255
    data[..., :3] *= data[..., 3:]
    return cv2.resize(data, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)


def _shadow(out: NDArray[np.float32], x: float, y: float, rx: float, ry: float, strength: float) -> None:
    yy, xx = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    d = ((xx - x) / rx) ** 2 + ((yy - y) / ry) ** 2
    alpha = (strength * np.exp(-2.0 * d)).astype(np.float32)
    alpha[alpha < 0.01] = 0
    _over(out, np.zeros((SIDE, SIDE, 3), np.float32), alpha)


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, turn: float, fill: str) -> None:
    points = [
        (
            x + (r if k % 2 == 0 else r * 0.42) * math.cos(turn + k * math.pi / 5),
            y + (r if k % 2 == 0 else r * 0.42) * math.sin(turn + k * math.pi / 5),
        )
        for k in range(10)
    ]
    draw.polygon(points, fill=fill)


def cat() -> list[Frame]:
    """A flat outlined cat that hops, with whiskers, sparks and a soft moving shadow."""
    frames = []
    for i in range(FRAMES):
        t = 2 * math.pi * i / FRAMES
        hop = 60 * abs(math.sin(t))
        sway = 30 * math.sin(t)
        picture, d = _canvas()

        def ell(x: float, y: float, rx: float, ry: float, fill: str, line: int = 7) -> None:
            box = [OVER * v for v in (x - rx, y - ry, x + rx, y + ry)]
            d.ellipse(box, fill=fill, outline="#33221c", width=line * OVER)  # noqa: B023

        squash = 1 + 0.06 * math.cos(2 * t)
        ell(240 + sway, 350 - hop, 78 * squash, 78 / squash, "#f2a65a")
        ell(240 + sway, 372 - hop, 44, 46, "#fff2dc", 0)
        for side in (-1, 1):
            ear = [(240 + side * 96, 150), (240 + side * 88, 62), (240 + side * 28, 112)]
            d.polygon(
                [((x + sway) * OVER, (y - hop) * OVER) for x, y in ear], fill="#f2a65a", outline="#33221c", width=14
            )
            ell(240 + side * 52 + sway, 425 - hop, 32, 20, "#f2a65a")
        ell(240 + sway, 200 - hop, 118, 102, "#f2a65a")
        for side in (-1, 1):
            ell(240 + side * 46 + sway, 190 - hop, 14, 19, "#2a1a16", 0)
            ell(240 + side * 46 + 4 + sway, 183 - hop, 5, 6, "#ffffff", 0)
            ell(240 + side * 78 + sway, 226 - hop, 20, 12, "#f7838a", 0)
            for k in (-1, 0, 1):
                x0, y0 = 240 + side * 70 + sway, 222 - hop + 6 * k
                d.line(
                    [(x0 * OVER, y0 * OVER), ((x0 + side * 66) * OVER, (y0 + 13 * k) * OVER)], fill="#33221c", width=4
                )
        ell(240 + sway, 226 - hop, 9, 7, "#d2535f", 0)
        for k in range(5):
            angle = t + k * 2 * math.pi / 5
            x, y = 240 + 205 * math.cos(angle), 200 + 150 * math.sin(angle)
            _star(d, x * OVER, y * OVER, (12 + 8 * math.sin(2 * t + k)) * OVER, t + k, "#ffd23e")
        base = np.zeros((SIDE, SIDE, 4), np.float32)
        _shadow(base, 240 + sway, 448, 110 - hop * 0.6, 18, 0.4)
        top = _to_float(picture)
        base = top + base * (1 - top[..., 3:])
        frames.append(_straight(base))
    return frames


def emoji(char: str = "\U0001f98a", turn: float = 14, glow: bool = False) -> Callable[[], list[Frame]]:
    """A picture of the emoji font that sways, breathes and throws sparks; `glow` puts a large soft light behind it."""

    def draw() -> list[Frame]:
        font = ImageFont.truetype(str(FONT), 109)
        glyph = Image.new("RGBA", (136, 128))
        ImageDraw.Draw(glyph).text((0, 0), char, font=font, embedded_color=True)
        big = np.asarray(glyph, np.float32) / 255
        big[..., :3] *= big[..., 3:]
        big = np.clip(cv2.resize(big, (340, 320), interpolation=cv2.INTER_CUBIC), 0, 1)
        big[..., :3] = np.minimum(big[..., :3], big[..., 3:])
        frames = []
        for i in range(FRAMES):
            t = 2 * math.pi * i / FRAMES
            scale_x, scale_y = 1 + 0.05 * math.cos(2 * t), 1 - 0.05 * math.cos(2 * t)
            a = math.radians(turn * math.sin(t))
            m = np.array(
                [
                    [scale_x * math.cos(a), -scale_y * math.sin(a), 0],
                    [scale_x * math.sin(a), scale_y * math.cos(a), 0],
                ],
                np.float64,
            )
            pivot = np.array([170, 310.0])
            m[:, 2] = np.array([240, 432.0]) - m[:, :2] @ pivot
            top = cv2.warpAffine(big, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR).astype(np.float32)
            base = np.zeros((SIDE, SIDE, 4), np.float32)
            if glow:
                yy, xx = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
                r = np.hypot(xx - 240, yy - 240) / (200 + 24 * math.sin(t))
                alpha = np.clip(1 - r, 0, 1).astype(np.float32) * 0.8
                colour = np.stack([np.ones_like(r), 0.5 + 0.4 * np.cos(r * 3 + t), 0.3 + 0.3 * np.sin(r * 4)], 2)
                _over(base, colour.astype(np.float32), alpha)
            else:
                _shadow(base, 240 - 20 * math.sin(t), 446, 120, 16, 0.45)
            base = top + base * (1 - top[..., 3:])
            picture, d = _canvas()
            for k in range(8):
                phase = (i / FRAMES + k / 8) % 1
                angle = k * 2.4
                x, y = 240 + (130 + 90 * phase) * math.cos(angle), 220 + (120 + 80 * phase) * math.sin(angle)
                size = 14 * math.sin(math.pi * phase)
                if size > 1:
                    _star(d, x * OVER, y * OVER, size * OVER, angle, "#fff1a8" if k % 2 else "#ff6f91")
            spark = _to_float(picture)
            base = spark + base * (1 - spark[..., 3:])
            frames.append(_straight(base))
        return frames

    return draw


def plush() -> list[Frame]:
    """A ball with a noise texture that rolls: every pixel of a large area changes in every frame."""
    noise = np.random.default_rng(7).normal(0, 1, (SIDE * 2, SIDE * 2)).astype(np.float32)
    fur = cv2.GaussianBlur(noise, (0, 0), 1.6) * 4 + cv2.GaussianBlur(noise, (0, 0), 8) * 10
    frames = []
    yy, xx = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    for i in range(FRAMES):
        t = 2 * math.pi * i / FRAMES
        x, y = 240 + 50 * math.sin(t), 280
        m = cv2.getRotationMatrix2D((SIDE, SIDE), 40 * math.sin(t), 1)
        m[:, 2] += np.array([x - SIDE, y - SIDE])
        local = cv2.warpAffine(fur, m, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        r = np.hypot(xx - x, yy - y) / 150
        light = 0.75 - 0.45 * (r**2) - 0.15 * ((xx - x) + (yy - y)) / 150 + 0.07 * local
        colour = np.stack([light * 0.95, light * 0.62, light * 0.85], 2)
        base = np.zeros((SIDE, SIDE, 4), np.float32)
        _shadow(base, x, 432, 140, 20, 0.5)
        _over(base, np.clip(colour, 0, 1).astype(np.float32), np.clip((1 - r) * 150 / 1.5, 0, 1).astype(np.float32))
        for side in (-1, 1):
            eye = np.clip((16 - np.hypot(xx - x - side * 50, yy - y + 20)) / 1.5, 0, 1).astype(np.float32)
            _over(base, np.full((SIDE, SIDE, 3), 0.08, np.float32), eye)
        frames.append(_straight(base))
    return frames


def flame() -> list[Frame]:
    """Soft flames and confetti over the whole frame: gradients in colour and in alpha, everything moving."""
    rng = np.random.default_rng(3)
    field = cv2.GaussianBlur(
        rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), 14, borderType=cv2.BORDER_REFLECT
    )
    field = np.asarray(field / np.abs(field).max(), np.float32)
    bits = rng.uniform(0, 1, (40, 4))
    yy, xx = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    frames = []
    for i in range(FRAMES):
        t = i / FRAMES
        rolled = np.roll(field, -int(SIDE * t), axis=0)
        height = 1 - np.abs(xx - 240) / 170 + 0.5 * rolled
        core = height - (440 - yy) / 380
        alpha = np.clip(core * 2.2, 0, 1) * (yy < 440) * np.clip((440 - yy) / 30, 0, 1)
        heat = np.clip(core * 1.5, 0, 1)
        colour = np.stack([np.ones_like(heat), 0.25 + 0.7 * heat, 0.1 + 0.7 * heat**3], 2)
        base = np.zeros((SIDE, SIDE, 4), np.float32)
        _over(base, np.clip(colour, 0, 1).astype(np.float32), alpha.astype(np.float32))
        picture, d = _canvas()
        for x, y, hue, size in bits:
            px, py = SIDE * x + 20 * math.sin(2 * math.pi * (t + y)), (SIDE * (y + t)) % SIDE
            fill = ("#4fc3f7", "#ff8a65", "#aed581", "#ba68c8")[int(hue * 4)]
            d.regular_polygon((px * OVER, py * OVER, (5 + 7 * size) * OVER), 4, rotation=int(360 * t), fill=fill)
        top = _to_float(picture)
        frames.append(_straight(top + base * (1 - top[..., 3:])))
    return frames


CLIPS: dict[str, Callable[[], list[Frame]]] = {
    "cat": cat,
    "fox": emoji(),
    "panda": emoji("\U0001f43c", 20),
    "glow": emoji("\U0001f389", 10, glow=True),
    "plush": plush,
    "flame": flame,
}
