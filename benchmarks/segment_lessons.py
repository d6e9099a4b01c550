"""Scenes that the prior of the graph engine learns from: more kinds of art and of clutter than the benchmark has.

Glyphs of the benchmark's held-out scenes and of `RESERVED` are never among them.
"""

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.segment_scenes import (
    BACKGROUNDS,
    FONT,
    HELD_OUT_GLYPHS,
    SIDE,
    Art,
    Floats,
    Scene,
    _outlined,
    _palette,
    _placed,
    _vivid,
    blocks,
    compose,
    drawing,
    flat,
    glyph,
    texture,
)

RESERVED = "🐺🐰🐹🐗🐴🦓🐲🐍🐛🦞🐡🐬🦈🐝🌹🍋🍒🌶🍟🍰🤡👹🚂🎩⛄🦒🐇🐈🧙👸🤠👩🧜🎅🐫🦚🦜🐩🦥🦝"
"""Glyphs kept for looking at other art than the benchmark's."""
RANGES = ((0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F90C, 0x1F9FF), (0x1FA70, 0x1FAFF))
FIRST_SEED = 100_000


@cache
def glyphs() -> tuple[str, ...]:
    """Emoji to learn from that are no mere frame or sign: they fill a good part of their box, and not all of it."""
    if not FONT.exists():
        return ()
    found = []
    for first, last in RANGES:
        for code in range(first, last + 1):
            text = chr(code)
            if text in HELD_OUT_GLYPHS or text in RESERVED:
                continue
            try:
                art = glyph(text)
            except (ValueError, TypeError, IndexError):
                continue
            solid = art[..., 3] > 128
            if min(art.shape[:2]) >= 40 and 0.3 < solid.mean() < 0.93 and art[..., :3][solid].std() > 8:
                found.append(text)
    return tuple(found)


def lump(rng: np.random.Generator) -> Art:
    """A lumpy shaded body with spots, eyes and perhaps an outline, trimmed, RGBA."""
    side = 700
    y, x = np.mgrid[:side, :side].astype(np.float32)
    turn, reach = np.arctan2(y - side / 2, x - side / 2), np.hypot(y - side / 2, x - side / 2)
    radius = np.full_like(turn, side * 0.3)
    for wave in range(2, 7):
        radius += side * 0.12 / wave * rng.normal() * np.cos(wave * turn + rng.uniform(0, 6.3))
    coat, second = (np.array(_vivid(rng), np.float32) for _ in range(2))
    colour = coat * (1 - rng.uniform(0, 0.35) * np.clip(y / side - 0.3, 0, 1))[..., None]

    def disc(at_x: float, at_y: float, size: float, paint: Floats) -> None:
        nonlocal colour
        share = np.clip(size - np.hypot(x - at_x, y - at_y) + 0.5, 0, 1)[..., None]
        colour = colour * (1 - share) + paint * share

    for _ in range(int(rng.integers(0, 9))):
        at_x, at_y = (rng.uniform(0.25, 0.75, 2) * side).tolist()
        disc(at_x, at_y, float(rng.uniform(15, 60)), second)
    for aside in (-60, 60):
        disc(side / 2 + aside, side / 2 - 40, 32, np.array([250, 250, 250], np.float32))
        disc(side / 2 + aside, side / 2 - 40, 16, np.array([15, 15, 20], np.float32))
    if rng.random() < 0.5:
        width = rng.uniform(6, 14)
        share = np.clip(2 - 2 * np.abs(radius - reach - width) / width, 0, 1)[..., None]
        colour = colour * (1 - share) + coat * 0.2 * share
    inside = np.clip(radius - reach + 0.5, 0, 1)
    rows, columns = np.nonzero(inside > 0)
    art = np.dstack([colour, inside * 255]).clip(0, 255).astype(np.uint8)
    return art[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _paints(rng: np.random.Generator, colour: Floats, alpha: Floats) -> Floats:
    """A palette of the character: means of clusters, or colours of pixels that are not all alike."""
    if rng.random() < 0.5:
        return _palette(colour, alpha, int(rng.integers(3, 9)))
    pixels = colour[alpha > 0.95]
    for _ in range(20):
        paints = pixels[rng.integers(len(pixels), size=int(rng.integers(4, 14)))]
        if len(np.unique(paints // 24, axis=0)) >= 3:
            break
    return np.asarray(paints, np.float32)


def mosaic(rng: np.random.Generator, colour: Floats, alpha: Floats) -> NDArray[np.uint8]:
    """Rectangles, of an uneven grid or over each other, in the character's own colours; sometimes turned."""
    paints, low, high = _paints(rng, colour, alpha), int(rng.integers(10, 30)), int(rng.integers(50, 120))
    picture = np.zeros((SIDE, SIDE, 3), np.float32)
    if rng.random() < 0.4:
        rows, columns = (np.r_[0, np.cumsum(rng.integers(low, high, SIDE // low + 1))] for _ in range(2))
        for top, bottom in pairwise(rows):
            for left, right in pairwise(columns):
                picture[top:bottom, left:right] = paints[rng.integers(len(paints))]
    else:
        picture[:] = paints[0]
        for _ in range(int(rng.integers(100, 400))):
            x, y = rng.integers(-40, SIDE, 2)
            w, h = rng.integers(low, high, 2)
            picture[max(0, y) : max(0, y + h), max(0, x) : max(0, x + w)] = paints[rng.integers(len(paints))]
    if rng.random() < 0.2:
        matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), float(rng.uniform(10, 80)), 1.6)
        picture = np.asarray(cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT), np.float32)
    return picture.astype(np.uint8)


def pebbles(rng: np.random.Generator, colour: Floats, alpha: Floats) -> NDArray[np.uint8]:
    """Ellipses over each other in the character's own colours."""
    paints = _paints(rng, colour, alpha)
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    picture[:] = paints[0].astype(np.uint8)
    for _ in range(int(rng.integers(80, 300))):
        paint = tuple(int(v) for v in paints[rng.integers(len(paints))])
        place, size = rng.integers(-20, SIDE + 20, 2).tolist(), rng.integers(8, 60, 2).tolist()
        cv2.ellipse(picture, place, size, float(rng.uniform(0, 180)), 0, 360, paint, -1, cv2.LINE_AA)
    return picture


def other_scene(seed: int, kind: str) -> Scene:
    """Other art than the benchmark's scenes have, on the same three kinds of background; never learned from."""
    rng = np.random.default_rng([seed, BACKGROUNDS.index(kind), 77])
    drawn = rng.random() < 0.4 or not FONT.exists()
    art = lump(rng) if drawn else glyph(RESERVED[rng.integers(len(RESERVED))])
    colour, alpha = _placed(art, rng, float(rng.uniform(0.3, 0.9)))
    paint = {"flat": flat, "texture": texture, "blocks": mosaic}[kind]
    background = paint(rng, colour, alpha)
    return Scene(compose(colour, alpha, background), alpha, colour, background, kind)


PAINTERS = ((blocks, 0.30), (mosaic, 0.42), (pebbles, 0.06), (flat, 0.09), (texture, 0.13))


def lesson(number: int) -> Scene:
    """The scene with this number."""
    rng = np.random.default_rng([FIRST_SEED + number, 5])
    kind, known = rng.random(), glyphs()
    if kind < 0.6 and known:
        art = glyph(known[rng.integers(len(known))])
        if rng.random() < 0.25:
            art = _outlined(art, int(rng.integers(2, 5)), (30, 25, 30))
    elif kind < 0.85:
        art = drawing(rng, float(rng.uniform(6, 18)) if rng.random() < 0.6 else 0.0)
    else:
        art = lump(rng)
    if rng.random() < 0.5:
        art = np.ascontiguousarray(art[:, ::-1])
    colour, alpha = _placed(art, rng, float(rng.uniform(0.25, 0.93)))
    paint = PAINTERS[rng.choice(len(PAINTERS), p=[share for _, share in PAINTERS])][0]
    background = paint(rng, colour, alpha)
    picture = compose(colour, alpha, background)
    harm = rng.random()
    if harm < 0.2:
        picture = np.clip(picture + rng.normal(0, rng.uniform(0.5, 4), picture.shape), 0, 255).astype(np.uint8)
    elif harm < 0.35:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 97))])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return Scene(picture, alpha, colour, background, paint.__name__)
