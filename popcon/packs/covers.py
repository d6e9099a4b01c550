"""Cover pictures: the character, or a sticker's frames, brought to the size that a platform asks for."""

import io

import cv2
import numpy as np
from PIL import Image

from popcon.errors import BadInput
from popcon.pixels import Rgba
from popcon.platforms.model import Cover

_SEEN = 8
"""Alpha (0-255) over which something is seen."""

_MARGIN = 0.04
"""Share of a cover's smaller side that is left free around the character."""


_TINT = 0.25
"""Share of the character's mean colour in the ground of an opaque cover."""


def still_cover(character: Rgba, cover: Cover) -> bytes:
    """Draw a still cover: the character as large as fits, centred, as a PNG.

    Arguments:
        character: (h, w, 4) uint8, straight alpha, any size.
        cover: its size.

    Raises:
        BadInput: the character is fully transparent.
    """
    rows, columns = np.nonzero(character[..., 3] > _SEEN)
    if not len(rows):
        raise BadInput("The character's picture is empty, so no cover can be drawn from it.")
    trimmed = character[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    margin = max(1, round(_MARGIN * min(cover.width, cover.height)))
    drawn = fit(trimmed, cover.width, cover.height, margin)
    return encode_png(_on_tint(drawn) if cover.opaque else drawn)


def fit(picture: Rgba, width: int, height: int, margin: int = 0) -> Rgba:
    """Scale a picture into a box, its shape kept, centred on transparency: (height, width, 4) uint8.

    Arguments:
        width, height: of the box, px.
        margin: px that stay free on every side.
    """
    tall, wide = picture.shape[:2]
    scale = min((width - 2 * margin) / wide, (height - 2 * margin) / tall)
    size = max(1, round(wide * scale)), max(1, round(tall * scale))
    # colour under transparency must not bleed into the rim
    light = picture.astype(np.float32)
    light[..., :3] *= light[..., 3:] / 255
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = np.asarray(cv2.resize(light, size, interpolation=method), np.float32)
    alpha = np.clip(scaled[..., 3:], 0, 255)
    colour = np.divide(scaled[..., :3] * 255, alpha, out=np.zeros_like(scaled[..., :3]), where=alpha >= 0.5)
    small = np.clip(np.rint(np.concatenate([colour, alpha], axis=2)), 0, 255).astype(np.uint8)
    small[small[..., 3] == 0] = 0
    box = np.zeros((height, width, 4), np.uint8)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    box[top : top + size[1], left : left + size[0]] = small
    return box


def _on_tint(picture: Rgba) -> Rgba:
    """Return the picture on a light tint of its own mean colour, opaque."""
    seen = picture[picture[..., 3] > _SEEN][:, :3].astype(np.float32)
    tint = 255 - (255 - seen.mean(axis=0)) * _TINT
    alpha = picture[..., 3:].astype(np.float32) / 255
    colour = np.rint(picture[..., :3] * alpha + tint * (1 - alpha)).astype(np.uint8)
    return np.dstack([colour, np.full(picture.shape[:2], 255, np.uint8)])


def encode_png(picture: Rgba) -> bytes:
    """Encode a cover: (h, w, 4) uint8."""
    buffer = io.BytesIO()
    Image.fromarray(picture, "RGBA").save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
