"""Pictures of many pictures: contact sheets and frame strips, on a light and on a dark chat."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from popcon.errors import BadInput
from popcon.pixels import Rgb, Rgba

Colour = tuple[int, int, int]

LIGHT: Colour = (255, 255, 255)
DARK: Colour = (31, 34, 41)

_PAPER: Colour = (238, 240, 244)
_TEXT: Colour = (36, 39, 48)
_LINE: Colour = (214, 218, 226)
_BLANK: Rgba = np.zeros((1, 1, 4), np.uint8)


def on_backdrop(picture: Rgba, side: int, colour: Colour) -> Rgb:
    """Return a picture fitted into a square of one colour, centred, its proportions kept.

    Arguments:
        side: width and height of the square, px.
    """
    height, width = picture.shape[:2]
    shrink = side / max(height, width)
    size = max(round(width * shrink), 1), max(round(height * shrink), 1)
    flat = picture.astype(np.float32)
    flat[..., :3] *= flat[..., 3:] / 255  # premultiplied, so that unseen colours do not bleed into the rim
    if size != (width, height):
        method = cv2.INTER_AREA if shrink < 1 else cv2.INTER_LINEAR
        flat = np.asarray(cv2.resize(flat, size, interpolation=method), np.float32)
    square = np.empty((side, side, 3), np.float32)
    square[:] = colour
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    place = square[top : top + size[1], left : left + size[0]]
    place *= 1 - flat[..., 3:] / 255
    place += flat[..., :3]
    return np.clip(np.round(square), 0, 255).astype(np.uint8)


def frame_strip(
    frames: Sequence[Rgba], side: int = 120, backdrops: Sequence[Colour] = (LIGHT, DARK), gap: int = 0
) -> Rgb:
    """Return frames side by side, one row for each backdrop.

    Arguments:
        frames: at least one; each (h, w, 4).
        side: width and height of a cell, px.
        backdrops: colours behind the frames.
        gap: pixels between cells, in the colour of the row.

    Returns:
        (len(backdrops) * side, len(frames) * (side + gap) - gap, 3) uint8.

    Raises:
        BadInput: no frames, or no backdrops.
    """
    if not frames or not backdrops:
        raise BadInput("A frame strip needs at least one frame and one backdrop.")
    width = len(frames) * (side + gap) - gap
    strip = np.empty((len(backdrops) * side, width, 3), np.uint8)
    for row, colour in enumerate(backdrops):
        band = strip[row * side : (row + 1) * side]
        band[:] = colour
        for column, frame in enumerate(frames):
            left = column * (side + gap)
            band[:, left : left + side] = on_backdrop(frame, side, colour)
    return strip


def sampled(frames: Sequence[Rgba], count: int) -> list[Rgba]:
    """At most `count` of the frames, spread evenly over all of them, the first included."""
    if len(frames) <= count:
        return list(frames)
    return [frames[i * len(frames) // count] for i in range(count)]


def _fitting(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int
) -> str:
    """Return the text, cut short with an ellipsis where it is wider than `width` px."""
    text = " ".join(text.split())
    if draw.textlength(text, font=font) <= width:
        return text
    while text and draw.textlength(text + "…", font=font) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _label(canvas: Image.Image, at: tuple[int, int], text: str, size: int, width: int) -> None:
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=size)
    draw.text(at, _fitting(draw, text, font, width), fill=_TEXT, font=font, anchor="lm")


def contact_sheet(
    rows: Sequence[tuple[str, Sequence[Rgba]]],
    side: int = 96,
    frames: int = 5,
    columns: int = 3,
    title: str = "",
) -> Rgb:
    """Return every sticker by several of its frames, on light and on dark, under its name.

    Arguments:
        rows: (name, frames) of each sticker, in order; a sticker without frames gets empty cells.
        side: width and height of a frame's cell, px.
        frames: how many frames of each sticker are shown at most.
        columns: how many stickers stand side by side.
        title: a line above all.

    Returns:
        (height, width, 3) uint8.

    Raises:
        BadInput: no rows.
    """
    if not rows:
        raise BadInput("A contact sheet needs at least one sticker.")
    columns = min(columns, len(rows))
    shown = [(name, sampled(pictures, frames) or [_BLANK]) for name, pictures in rows]
    cells = max(len(pictures) for _, pictures in shown)
    pad, text = max(side // 6, 8), max(side // 6, 11)
    wide, head = cells * side, 2 * text
    tall = head + 2 * side
    lines = -(-len(rows) // columns)
    top = pad + (3 * text if title else 0)
    width, height = columns * (wide + pad) + pad, top + lines * (tall + pad)
    canvas = Image.new("RGB", (width, height), _PAPER)
    if title:
        _label(canvas, (pad, pad + text), title, round(1.5 * text), width - 2 * pad)
    for i, (name, pictures) in enumerate(shown):
        x, y = pad + (i % columns) * (wide + pad), top + (i // columns) * (tall + pad)
        _label(canvas, (x, y + head // 2), name, text, wide)
        full = [*pictures, *[_BLANK] * (cells - len(pictures))]
        canvas.paste(Image.fromarray(frame_strip(full, side)), (x, y + head))
        ImageDraw.Draw(canvas).rectangle((x - 1, y + head - 1, x + wide, y + tall), outline=_LINE)
    sheet: NDArray[np.uint8] = np.asarray(canvas).copy()
    return sheet
