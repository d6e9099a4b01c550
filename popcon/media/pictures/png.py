"""PNG files of steps, in and out: lossless, the same bytes for the same pixels."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.errors import Fault

Pixels = NDArray[np.uint8]

# Level 3 costs a third of the default's time for a few per cent more bytes.
_LEVEL = [cv2.IMWRITE_PNG_COMPRESSION, 3]
# Up to a third of that time for about as many bytes, see docs/performance.md; other bytes than artifacts have.
_QUICK = [
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_UP,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
]


def encode_png(pixels: Pixels, quick: bool = False) -> bytes:
    """Return a PNG of (h, w) grey, (h, w, 3) RGB or (h, w, 4) RGBA uint8.

    Arguments:
        quick: for a picture that is shown once and not kept.
    """
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    turned = cv2.cvtColor(pixels, order[pixels.shape[2]]) if pixels.ndim == 3 else pixels
    ok, data = cv2.imencode(".png", turned, _QUICK if quick else _LEVEL)
    if not ok:
        raise Fault("A picture could not be written as PNG.")
    return data.tobytes()


def decode_png(data: bytes, channels: int) -> Pixels:
    """Return the (h, w, channels) uint8 pixels of a PNG that a step wrote; `channels` is 3 (RGB) or 4 (RGBA)."""
    flag = cv2.IMREAD_UNCHANGED if channels == 4 else cv2.IMREAD_COLOR
    pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != channels:
        raise Fault(f"An artifact is not a PNG with {channels} channels.")
    order: int = cv2.COLOR_BGR2RGB if channels == 3 else cv2.COLOR_BGRA2RGBA
    return np.ascontiguousarray(cv2.cvtColor(pixels, order), dtype=np.uint8)
