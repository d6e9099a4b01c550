"""Pictures on their way to a service and back."""

from decimal import Decimal

import cv2
import numpy as np

from popcon.engines.base import PictureReport
from popcon.errors import BadInput
from popcon.media.pictures.backdrop import measure_border
from popcon.media.pictures.colour import parse_hex
from popcon.media.pictures.framing import check_framing
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.media.pictures.staging import on_stage as on_stage
from popcon.media.pictures.staging import premultiplied, resized
from popcon.pixels import Rgb, Rgba

_CLEAR = 0.7
_SHORTEST, _LONGEST, _LARGEST = 240, 8000, 10 * 2**20


def sendable(picture: Rgb, service: str) -> bytes:
    """Return a PNG that a service accepts: no alpha, sides of 240 to 8000 px, up to 10 MB.

    Arguments:
        service: its name, for messages.

    Raises:
        BadInput: it cannot be made one.
    """
    height, width = picture.shape[:2]
    scale = max(1.0, _SHORTEST / min(height, width))
    if max(height, width) * scale > _LONGEST:
        raise BadInput(
            f"A picture of {width}x{height} px is too long for {service}, which takes 240 to 8000 px a side."
        )
    if scale > 1:
        size = max(_SHORTEST, round(width * scale)), max(_SHORTEST, round(height * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    data = encode_png(picture)
    if len(data) > _LARGEST:
        raise BadInput(f"The picture is {len(data) >> 20} MB as PNG; {service} takes 10 MB. Use a smaller one.")
    return data


def decoded(data: bytes) -> Rgba:
    """Decode a downloaded PNG, JPEG or WebP."""
    return load_picture(data, "The drawn picture")


def composed(picture: Rgba, width: int, height: int, backdrop: str = "") -> Rgb:
    """Bring a drawn picture to the size that is wanted: padded with its backdrop's colour, never stretched.

    Arguments:
        picture: where it is transparent it is composed on `backdrop`, exactly.
        width, height: of the result, px.
        backdrop: `#rrggbb`; "": as the picture's border is.
    """
    named = backdrop if backdrop and is_transparent(picture) else measure_border(picture).colour
    border = np.array(parse_hex(named), np.float32)
    scale = min(width / picture.shape[1], height / picture.shape[0])
    box = min(width, max(1, round(picture.shape[1] * scale))), min(height, max(1, round(picture.shape[0] * scale)))
    small = resized(premultiplied(picture), box)
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = border
    left, top = (width - box[0]) // 2, (height - box[1]) // 2
    place = canvas[top : top + box[1], left : left + box[0]]
    place[:] = small[..., :3] + place * (1 - small[..., 3:].clip(0, 255) / 255)
    return np.asarray(np.rint(canvas).clip(0, 255), np.uint8)


def with_alpha(picture: Rgba, side: int) -> Rgba | None:
    """Fit a drawn picture with its own alpha into (side, side, 4); None where it has a backdrop.

    Arguments:
        side: px.
    """
    if not is_transparent(picture):
        return None
    scale = side / max(picture.shape[:2])
    box = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = resized(premultiplied(picture), box)
    alpha = small[..., 3:].clip(0, 255)
    straight = np.where(alpha > 0.5, small[..., :3] * 255 / np.maximum(alpha, 0.5), 0)
    canvas = np.zeros((side, side, 4), np.float32)
    left, top = (side - box[0]) // 2, (side - box[1]) // 2
    canvas[top : top + box[1], left : left + box[0]] = np.concatenate([straight, alpha], axis=2)
    return np.asarray(np.rint(canvas).clip(0, 255), np.uint8)


def report_on(picture: Rgb, backdrop: str, price: Decimal, currency: str, alone: Rgba | None = None) -> PictureReport:
    """Check how a bought picture (h, w, 3) is framed; what is found are the report's problems.

    Arguments:
        alone: the same without its backdrop, where it came with alpha.
    """
    framing = check_framing(picture, backdrop)
    return PictureReport(body=framing.body, problems=framing.problems, alone=alone, price=price, currency=currency)


def is_transparent(rgba: Rgba) -> bool:
    """Tell whether a picture has no backdrop of its own: most of its border is fully transparent."""
    ring = np.concatenate([rgba[0, :, 3], rgba[-1, :, 3], rgba[:, 0, 3], rgba[:, -1, 3]])
    return bool((ring == 0).mean() > _CLEAR)
