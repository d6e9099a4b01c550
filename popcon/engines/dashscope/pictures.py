"""Pictures on their way to DashScope and back."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.errors import BadInput
from popcon.media.pictures.backdrop import measure_border
from popcon.media.pictures.colour import parse_hex
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.models.stage import standing
from popcon.pixels import Rgb, Rgba

_SHORTEST, _LONGEST, _LARGEST = 240, 8000, 10 * 2**20


def on_stage(character: Rgba, backdrop: str, side: int) -> Rgb:
    """The character on its backdrop, standing where all characters stand: (side, side, 3)."""
    height, width = character.shape[:2]
    body = standing(width, height)
    box = max(1, round(body.width * side)), max(1, round(body.height * side))
    left, top = round(body.left * side), round(body.top * side)
    small = _resized(_premultiplied(character), box)
    stage = np.empty((side, side, 3), np.float32)
    stage[:] = parse_hex(backdrop)
    place = stage[top : top + box[1], left : left + box[0]]
    part = small[: place.shape[0], : place.shape[1]]
    place[:] = part[..., :3] + place * (1 - part[..., 3:] / 255)
    return np.asarray(np.rint(stage).clip(0, 255), np.uint8)


def sendable(picture: Rgb) -> bytes:
    """A PNG that the service accepts: no alpha, sides of 240 to 8000 px, up to 10 MB.

    Raises:
        BadInput: it cannot be made one.
    """
    height, width = picture.shape[:2]
    scale = max(1.0, _SHORTEST / min(height, width))
    if max(height, width) * scale > _LONGEST:
        raise BadInput(
            f"A picture of {width}x{height} px is too long for DashScope, which takes 240 to 8000 px a side."
        )
    if scale > 1:
        size = max(_SHORTEST, round(width * scale)), max(_SHORTEST, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    data = encode_png(picture)
    if len(data) > _LARGEST:
        raise BadInput(f"The picture is {len(data) >> 20} MB as PNG; DashScope takes 10 MB. Use a smaller one.")
    return data


def received(data: bytes, width: int, height: int) -> Rgb:
    """A downloaded picture at the size that is wanted: padded with its border's colour, never stretched."""
    rgba = load_picture(data, "The drawn picture")
    border = np.array(parse_hex(measure_border(rgba).colour), np.float32)
    alpha = rgba[..., 3:].astype(np.float32) / 255
    flat = rgba[..., :3] * alpha + border * (1 - alpha)
    scale = min(width / flat.shape[1], height / flat.shape[0])
    box = min(width, max(1, round(flat.shape[1] * scale))), min(height, max(1, round(flat.shape[0] * scale)))
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = border
    left, top = (width - box[0]) // 2, (height - box[1]) // 2
    canvas[top : top + box[1], left : left + box[0]] = _resized(np.asarray(flat, np.float32), box)
    return np.asarray(np.rint(canvas).clip(0, 255), np.uint8)


def _premultiplied(rgba: Rgba) -> NDArray[np.float32]:
    values = rgba.astype(np.float32)
    values[..., :3] *= values[..., 3:] / 255
    return values


def _resized(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    smaller = size[0] <= values.shape[1]
    return np.asarray(
        cv2.resize(values, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC), np.float32
    )
