"""Pictures with known masks for the segment benchmark: own drawings and emoji glyphs on three kinds of background."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SIDE = 480
FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
BACKGROUNDS = ("flat", "texture", "blocks")

TUNING_GLYPHS = "🐶🦊🐼🐸🐧🦉🐢🐙🐳🦋🌵🍄🍓🍕🎃👻🤖🚗🧸🐝🙂🥑🐿🦕🌻🐔🦩🧁🎈🐞"
HELD_OUT_GLYPHS = "🐱🐻🐨🐯🦁🐮🐷🐵🐤🦄🐌🦀🐠🦖🐊🌷🍎🍉🍔🍩😎👽🚀🎁🏠🐘🦔🐑🍦🌟"
"""Characters used for tuning and characters that were looked at only for the figures in the table."""

Art = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """A picture and which of its pixels are the character.

    `picture` is (480, 480, 3) uint8, `alpha` (480, 480) float32 from 0 to 1, `colour` the character's (480, 480, 3)
    float32 straight colour, `background` (480, 480, 3) uint8.
    """

    picture: NDArray[np.uint8]
    alpha: Floats
    colour: Floats
    background: NDArray[np.uint8]
    kind: str

    @property
    def truth(self) -> NDArray[np.bool_]:
        return self.alpha > 0.5


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), 109)


def glyph(text: str) -> Art:
    """An emoji of the font, trimmed, RGBA."""
    picture = Image.new("RGBA", (160, 160))
    ImageDraw.Draw(picture).text((12, 16), text, font=_font(), embedded_color=True)
    art = np.asarray(picture.crop(picture.getbbox())).astype(np.float32)
    # Text is blended into the empty, black canvas: its colours come premultiplied.
    art[..., :3] = np.minimum(art[..., :3] * 255 / np.maximum(art[..., 3:], 1), 255)
    return art.round().astype(np.uint8)


def _vivid(rng: np.random.Generator) -> tuple[int, int, int]:
    hsv = np.array([[[rng.integers(180), rng.integers(40, 256), rng.integers(120, 256)]]], np.uint8)
    r, g, b = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0]
    return int(r), int(g), int(b)


def _limb(
    draw: ImageDraw.ImageDraw, a: tuple[float, float], b: tuple[float, float], width: float, fill: object
) -> None:
    draw.line([a, b], fill=fill, width=int(width))  # type: ignore[arg-type]
    for x, y in (a, b):
        draw.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=fill)  # type: ignore[arg-type]


def drawing(rng: np.random.Generator, line: float) -> Art:
    """A made-up figure: body, head, ears, limbs, belly and face in three colours, with outlines `line` px wide
    (of 960; 0: none), trimmed, RGBA."""
    side = 960
    coat, second, belly = _vivid(rng), _vivid(rng), _vivid(rng)
    if rng.random() < 0.4:
        belly = (250, 246, 238)
    ink = tuple(int(v * 0.25) for v in coat) if rng.random() < 0.5 else (32, 26, 30)
    picture = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(picture)
    cx = side / 2
    body_w, body_h = rng.uniform(130, 230), rng.uniform(150, 240)
    head = rng.uniform(130, 210)
    head_y, body_y = 300.0, 300 + head * 0.7 + body_h * 0.75

    def ellipse(x: float, y: float, rx: float, ry: float, fill: tuple[int, ...]) -> None:
        if line:
            draw.ellipse([x - rx - line, y - ry - line, x + rx + line, y + ry + line], fill=ink)
        draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill)

    def limb(a: tuple[float, float], b: tuple[float, float], width: float, fill: tuple[int, ...]) -> None:
        if line:
            _limb(draw, a, b, width + 2 * line, ink)
        _limb(draw, a, b, width, fill)

    arm = rng.uniform(45, 75)
    for sign in (-1, 1):
        reach = rng.uniform(120, 220)
        limb(
            (cx + sign * body_w * 0.7, body_y - body_h * 0.5),
            (cx + sign * (body_w * 0.7 + reach), body_y - body_h * 0.5 + rng.uniform(-190, 190)),
            arm,
            coat,
        )
        limb(
            (cx + sign * body_w * 0.5, body_y + body_h * 0.7),
            (cx + sign * body_w * rng.uniform(0.4, 0.7), body_y + body_h + rng.uniform(30, 110)),
            arm * 1.2,
            second,
        )
    if rng.random() < 0.5:
        limb(
            (cx + body_w * 0.6, body_y + body_h * 0.4),
            (cx + body_w + 150, body_y + rng.uniform(-60, 120)),
            arm * 0.8,
            coat,
        )
    ellipse(cx, body_y, body_w, body_h, coat)
    ellipse(cx, body_y + body_h * 0.15, body_w * 0.6, body_h * 0.65, belly)
    ears = rng.integers(3)
    for sign in (-1, 1):
        if ears == 0:
            ellipse(cx + sign * head * 0.75, head_y - head * 0.7, head * 0.35, head * 0.35, second)
        elif ears == 1:
            tip = (cx + sign * head * 0.85, head_y - head * 1.45)
            points = [
                (cx + sign * head * 0.2, head_y - head * 0.7),
                tip,
                (cx + sign * head * 0.95, head_y - head * 0.3),
            ]
            if line:
                draw.line([*points, points[0]], fill=ink, width=int(2 * line), joint="curve")
            draw.polygon(points, fill=second)
        else:
            ellipse(cx + sign * head * 0.45, head_y - head * 1.15, head * 0.22, head * 0.6, coat)
    ellipse(cx, head_y, head, head * rng.uniform(0.85, 1.05), coat)
    for sign in (-1, 1):
        draw.ellipse(
            [cx + sign * head * 0.4 - 28, head_y - 50, cx + sign * head * 0.4 + 28, head_y + 20], fill=(250, 250, 250)
        )
        draw.ellipse(
            [cx + sign * head * 0.4 - 14, head_y - 35, cx + sign * head * 0.4 + 14, head_y + 10], fill=(20, 20, 24)
        )
    draw.arc([cx - 40, head_y + 10, cx + 40, head_y + 70], 20, 160, fill=(60, 20, 20), width=10)
    return np.asarray(picture.crop(picture.getbbox()))


def _outlined(art: Art, width: int, ink: tuple[int, int, int]) -> Art:
    padded = cv2.copyMakeBorder(art, width + 1, width + 1, width + 1, width + 1, cv2.BORDER_CONSTANT)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    grown = cv2.dilate(padded[..., 3], kernel).astype(np.float32) / 255
    rim = np.asarray(cv2.GaussianBlur(grown, (0, 0), 0.6), np.float32)
    inner = padded[..., 3:].astype(np.float32) / 255
    colour = padded[..., :3] * inner + np.array(ink, np.float32) * (1 - inner)
    return np.dstack([colour, np.maximum(rim, inner[..., 0]) * 255]).round().astype(np.uint8)


def _placed(art: Art, rng: np.random.Generator, fraction: float) -> tuple[Floats, Floats]:
    """The art on an empty frame: straight colour and alpha."""
    scale = fraction * SIDE / max(art.shape[:2])
    size = max(8, round(art.shape[1] * scale)), max(8, round(art.shape[0] * scale))
    premultiplied = art.astype(np.float32) / 255
    premultiplied[..., :3] *= premultiplied[..., 3:]
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.clip(cv2.resize(premultiplied, size, interpolation=mode), 0, 1)
    left, top = (int(rng.integers(2, SIDE - extent - 1)) for extent in size)
    canvas = np.zeros((SIDE, SIDE, 4), np.float32)
    canvas[top : top + size[1], left : left + size[0]] = small
    alpha = canvas[..., 3]
    colour = np.where(alpha[..., None] > 0, canvas[..., :3] / np.maximum(alpha, 1e-6)[..., None], 0)
    return np.clip(colour, 0, 1) * 255, alpha


def _palette(colour: Floats, alpha: Floats, count: int) -> Floats:
    pixels = np.ascontiguousarray(colour[alpha > 0.95][::7])
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, _, centres = cv2.kmeans(pixels, count, None, criteria, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    return np.asarray(centres, np.float32)


def flat(rng: np.random.Generator, colour: Floats, alpha: Floats) -> NDArray[np.uint8]:
    """One colour: white now and then, else any that is not the colour of the character's rim."""
    rim = colour[(alpha > 0.95) & (cv2.erode(alpha, np.ones((9, 9))) < 0.5)]
    while True:
        shade = (255, 255, 255) if rng.random() < 0.25 else _vivid(rng)
        if (np.abs(rim - shade).sum(1) < 60).mean() < 0.15:
            return np.full((SIDE, SIDE, 3), shade, np.uint8)


def texture(rng: np.random.Generator, _colour: Floats, _alpha: Floats) -> NDArray[np.uint8]:
    """Clouds around one colour, from faint to strong, with a little grain."""
    field = np.zeros((SIDE, SIDE, 3), np.float32)
    base = np.array(_vivid(rng), np.float32)
    strength = rng.uniform(0.2, 0.7)
    for cells, amount in ((3, 45), (6, 25), (14, 10)):
        noise = rng.normal(0, amount * strength, (cells, cells, 3)).astype(np.float32)
        field += cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    field += rng.normal(0, 2.0, field.shape).astype(np.float32)
    return np.asarray(np.clip(base + field, 0, 255), np.uint8)


def blocks(rng: np.random.Generator, colour: Floats, alpha: Floats) -> NDArray[np.uint8]:
    """A mosaic of rectangles in the character's own colours, from 24 to 110 px."""
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    palette = _palette(colour, alpha, int(rng.integers(4, 8)))
    picture = np.zeros((SIDE, SIDE, 3), np.float32)
    if rng.random() < 0.5:
        step = int(rng.integers(24, 80))
        for y in range(0, SIDE, step):
            for x in range(0, SIDE, step):
                picture[y : y + step, x : x + step] = palette[rng.integers(len(palette))]
    else:
        picture[:] = palette[0]
        for _ in range(int(rng.integers(60, 160))):
            x, y = rng.integers(-40, SIDE, 2)
            w, h = rng.integers(24, 110, 2)
            picture[max(0, y) : max(0, y + h), max(0, x) : max(0, x + w)] = palette[rng.integers(len(palette))]
    return picture.astype(np.uint8)


PAINTERS: dict[str, Callable[[np.random.Generator, Floats, Floats], NDArray[np.uint8]]] = {
    "flat": flat,
    "texture": texture,
    "blocks": blocks,
}


def compose(colour: Floats, alpha: Floats, background: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The character over the background, (h, w, 3) uint8."""
    mix = colour * alpha[..., None] + background * (1 - alpha[..., None])
    return np.asarray(mix.round().clip(0, 255), np.uint8)


def character(rng: np.random.Generator, glyphs: str) -> Art:
    """A random character: half drawn here, half a glyph; half of them outlined."""
    if rng.random() < 0.5 and FONT.exists():
        art = glyph(glyphs[rng.integers(len(glyphs))])
        return _outlined(art, int(rng.integers(2, 5)), (30, 25, 30)) if rng.random() < 0.4 else art
    return drawing(rng, float(rng.uniform(6, 18)) if rng.random() < 0.6 else 0.0)


def scene(seed: int, kind: str, held_out: bool) -> Scene:
    """The scene with this number; tuning and held-out scenes share neither seeds nor glyphs."""
    rng = np.random.default_rng([seed, BACKGROUNDS.index(kind), int(held_out)])
    art = character(rng, HELD_OUT_GLYPHS if held_out else TUNING_GLYPHS)
    colour, alpha = _placed(art, rng, float(rng.uniform(0.3, 0.9)))
    background = PAINTERS[kind](rng, colour, alpha)
    return Scene(compose(colour, alpha, background), alpha, colour, background, kind)


def scenes(kind: str, count: int, held_out: bool) -> Iterator[Scene]:
    """`count` scenes on one kind of background."""
    for seed in range(count):
        yield scene(seed, kind, held_out)
