"""Draws a caption: letters in a fill, a dark outline around them, a light halo around that.

The outline keeps light letters readable on white, the halo keeps the dark outline readable on black.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from popcon.media.captions.colours import CaptionColours, Colour
from popcon.media.captions.layout import Layout, load_font
from popcon.pixels import Mask, Rgba

Layer = NDArray[np.float32]
"""(h, w, 4) float32, premultiplied, 0-255."""


def letters(
    layout: Layout, data: bytes, index: int, width: int, height: int, shown: Sequence[str] | None = None, grow: int = 0
) -> Mask:
    """Draw the letters of a caption at their place on a canvas.

    Arguments:
        shown: the start of each line that is visible; None: all of every line. Lines keep their place.
        grow: px by which the letters are thickened beyond their own weight.
    """
    font = load_font(data, index, layout.size)
    canvas = Image.new("L", (width, height))
    draw = ImageDraw.Draw(canvas)
    lines = layout.lines if shown is None else shown
    advance = layout.size * 1.06
    base = layout.top + layout.stroke + layout.size * 0.98
    for number, (whole, line) in enumerate(zip(layout.lines, lines, strict=True)):
        left = (width - font.getlength(whole)) / 2
        draw.text(
            (left, base + number * advance), line, fill=255, font=font, anchor="ls", stroke_width=layout.weight + grow
        )
    return np.array(canvas)


def caption_layer(fill: Mask, outline: Mask, halo: Mask, colours: CaptionColours) -> Layer:
    """Put the three parts of a caption on each other."""
    layer = np.zeros((*fill.shape, 4), np.float32)
    for mask, colour, strength in ((halo, colours.halo, 0.9), (outline, colours.outline, 1.0), (fill, colours.fill, 1)):
        layer = over(layer, flat(mask, colour, strength))
    return layer


def flat(mask: Mask, colour: Colour, strength: float = 1.0) -> Layer:
    """Return a mask filled with one colour.

    Arguments:
        strength: by which the mask is multiplied, 0-1.
    """
    alpha = mask.astype(np.float32)[..., None] * np.float32(strength)
    return np.concatenate([alpha * (np.array(colour, np.float32) / 255), alpha], axis=2)


def over(below: Layer, above: Layer) -> Layer:
    """Composite one layer over another (Porter, Duff, "Compositing digital images", 1984)."""
    return np.asarray(above + below * (1 - above[..., 3:] / 255), np.float32)


def premultiplied(frame: Rgba) -> Layer:
    """Return a frame as a layer."""
    layer = frame.astype(np.float32)
    layer[..., :3] *= layer[..., 3:] / 255
    return layer


def straight(layer: Layer) -> Rgba:
    """Return a layer as a frame: (h, w, 4) uint8 straight alpha, colour zero where alpha is zero."""
    alpha = np.clip(layer[..., 3:], 0, 255)
    colour = np.divide(layer[..., :3] * 255, alpha, out=np.zeros_like(layer[..., :3]), where=alpha >= 0.5)
    frame = np.clip(np.rint(np.concatenate([colour, alpha], axis=2)), 0, 255).astype(np.uint8)
    frame[frame[..., 3] == 0] = 0
    return np.asarray(frame, np.uint8)
