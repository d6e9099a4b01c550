"""Clips and pictures that the double gives out: real files, made of what it was sent."""

import base64
import io
import re
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.media.clips.encode import encode_mp4
from popcon.media.pictures.colour import parse_hex
from popcon.media.pictures.png import encode_png

Pixels = NDArray[np.uint8]


class UnacceptableError(Exception):
    """A picture that the service would refuse; the text is its message."""


def read_sent(url: str, uploads: dict[str, bytes]) -> bytes:
    """The bytes of a picture as it was sent: within the request, or uploaded before."""
    if url.startswith("data:"):
        kind, _, data = url.partition(";base64,")
        if kind not in ("data:image/png", "data:image/jpeg", "data:image/webp") or not data:
            raise UnacceptableError("The image data is malformed.")
        return base64.b64decode(data)
    if url.startswith("oss://") and url in uploads:
        return uploads[url]
    raise UnacceptableError("Failed to download the image.")


def check_sent(data: bytes) -> None:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            mode, size = picture.mode, picture.size
    except Exception:
        raise UnacceptableError("The image cannot be decoded.") from None
    if "A" in mode or mode == "P":
        raise UnacceptableError("The image must not have an alpha channel.")
    if not all(240 <= side <= 8000 for side in size):
        raise UnacceptableError("The image's width and height must be within [240, 8000].")
    if len(data) > 10 * 2**20:
        raise UnacceptableError("The image is larger than 10MB.")


@lru_cache(maxsize=64)
def clip_of(picture: bytes, side: int, count: int, seed: int) -> bytes:
    """An MP4 of `count` frames at 30 a second that begins and ends with the picture: it is squashed about its
    feet and sways, by an amount that depends on the seed."""
    first = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB").resize((side, side)), np.uint8)
    swing = 0.04 + 0.02 * (seed % 5) / 5

    def frame(number: int) -> Pixels:
        phase = 2 * np.pi * number / max(1, count)
        tall, lean = 1 + swing * np.sin(phase) * 0.8, swing * np.sin(2 * phase)
        ground = side * 0.9
        move = np.array([[1.0, lean, -lean * ground], [0.0, tall, ground * (1 - tall)]], np.float32)
        return np.asarray(cv2.warpAffine(first, move, (side, side), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return encode_mp4((frame(number) for number in range(count)), 30, crf=28)


def picture_of(prompt: str, sent: list[bytes], side: int, what: str = "") -> bytes:
    """A PNG: the first picture that was sent, or a figure on the backdrop that the prompt names.

    Arguments:
        what: a fault to draw: "two", "cut", "shaded", "empty"; "" for none.
    """
    named = re.search(r"#[0-9a-f]{6}", prompt)
    backdrop = parse_hex(named.group() if named else "#00d45a")
    if sent and not what:
        picture = Image.open(io.BytesIO(sent[0])).convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
        return encode_png(np.asarray(picture, np.uint8))
    canvas = np.full((side, side, 3), backdrop, np.uint8)
    if what == "shaded":
        _ellipse(canvas, (0.5, 0.92), (0.42, 0.06), tuple(round(value * 0.9) for value in backdrop))
    if what == "two":
        _figure(canvas, 0.28, 0.55, 0.6)
        _figure(canvas, 0.74, 0.55, 0.6)
    elif what == "cut":
        _figure(canvas, 0.5, 0.85, 1.1)
    elif what != "empty":
        _figure(canvas, 0.5, 0.53, 1.0)
    return encode_png(canvas)


def draw(prompt: str, sent: list[bytes], size: tuple[int, int], fault: dict[str, Any], alpha: bool) -> bytes:
    """What a model that answers at once draws: a picture, or a sheet where the prompt asks for a grid.

    Arguments:
        size: width and height, px.
        fault: as scripted: `drawing` for a picture; `cells` for a sheet, a fault by the number of its cell from 0.
        alpha: whether the model leaves its backdrop transparent.
    """
    if fault.get("drawing") == "ghost":
        return _ghost(min(size))
    grid = re.search(r"(\d+) times in a grid of (\d+) rows and (\d+) columns", prompt)
    if grid is None:
        picture = picture_of(prompt, sent, min(size), str(fault.get("drawing", "")))
    else:
        count, rows, columns = (int(number) for number in grid.groups())
        picture = _sheet(prompt, sent, size, (count, rows, columns), dict(fault.get("cells") or {}))
    return without_backdrop(picture) if alpha else picture


def _sheet(
    prompt: str, sent: list[bytes], size: tuple[int, int], grid: tuple[int, int, int], cells: dict[str, str]
) -> bytes:
    count, rows, columns = grid
    named = re.search(r"#[0-9a-f]{6}", prompt)
    first = np.asarray(Image.open(io.BytesIO(sent[0])).convert("RGB"), np.uint8)
    backdrop = parse_hex(named.group()) if named else tuple(int(value) for value in first[0, 0])
    cell = size[0] // columns, size[1] // rows
    canvas = np.full((size[1], size[0], 3), backdrop, np.uint8)
    for number in range(count):
        row, column = divmod(number, columns)
        what, share = cells.get(str(number), ""), 0.92
        if what == "empty":
            continue
        if what == "small":
            share = 0.5
        if what in ("two", "cut"):
            part = np.asarray(Image.open(io.BytesIO(picture_of(prompt, [], min(cell), what))), np.uint8)
        else:
            part = first[..., ::-1] if what == "colours" else first
        side = int(min(cell) * share)
        part = np.asarray(Image.fromarray(np.ascontiguousarray(part)).resize((side, side)), np.uint8)
        if what == "colours":
            back = np.abs(part.astype(int) - np.array(backdrop)[::-1]).max(axis=2) < 24
            part = np.where(back[..., None], np.array(backdrop, np.uint8), part)
        top = row * cell[1] + (cell[1] - side) // 2 + number % 3  # models do not keep to lines
        left = column * cell[0] + (cell[0] - side) // 2
        canvas[top : top + side, left : left + side] = part[: canvas.shape[0] - top, : canvas.shape[1] - left]
    return encode_png(canvas)


def without_backdrop(picture: bytes) -> bytes:
    rgb = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), np.uint8)
    away = np.abs(rgb.astype(int) - rgb[0, 0].astype(int)).max(axis=2)
    alpha = np.where(away > 12, 255, 0).astype(np.uint8)
    rgba = np.dstack([np.where(alpha[..., None] > 0, rgb, 0).astype(np.uint8), alpha])
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, "PNG")
    return out.getvalue()


def _ghost(side: int) -> bytes:
    """A figure of the usual backdrop's green, half transparent, without a backdrop of its own."""
    canvas = np.zeros((side, side, 4), np.uint8)
    _ellipse(canvas, (0.5, 0.5), (0.2, 0.3), (0, 212, 90, 128))
    _ellipse(canvas, (0.5, 0.4), (0.08, 0.08), (40, 30, 60, 255))
    out = io.BytesIO()
    Image.fromarray(canvas).save(out, "PNG")
    return out.getvalue()


def _figure(canvas: Pixels, x: float, y: float, size: float) -> None:
    ink, skin = (40, 30, 60), (250, 214, 90)
    for foot in (-0.1, 0.1):
        _ellipse(canvas, (x + foot * size, y + 0.33 * size), (0.07 * size, 0.05 * size), ink)
    _ellipse(canvas, (x, y + 0.12 * size), (0.17 * size, 0.22 * size), ink)
    _ellipse(canvas, (x, y + 0.12 * size), (0.155 * size, 0.205 * size), skin)
    _ellipse(canvas, (x, y - 0.16 * size), (0.2 * size, 0.18 * size), ink)
    _ellipse(canvas, (x, y - 0.16 * size), (0.185 * size, 0.165 * size), skin)
    for eye in (-0.07, 0.07):
        _ellipse(canvas, (x + eye * size, y - 0.17 * size), (0.022 * size, 0.03 * size), ink)


def _ellipse(canvas: Pixels, middle: tuple[float, float], radii: tuple[float, float], colour: tuple[int, ...]) -> None:
    side = canvas.shape[0]
    centre = round(middle[0] * side), round(middle[1] * side)
    axes = max(1, round(radii[0] * side)), max(1, round(radii[1] * side))
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, tuple(int(value) for value in colour), -1, cv2.LINE_AA)
