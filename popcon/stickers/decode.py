"""Reading a sticker back, to see what people will see. Not a check of rules: that shares no code with this."""

import io

import numpy as np
from PIL import Image

from popcon.pixels import Rgba
from popcon.platforms.model import Format


def decode(data: bytes, format: Format) -> list[Rgba]:
    """Return all frames as they show, (h, w, 4) uint8 straight alpha."""
    if format == "webm":
        from popcon.stickers import webm  # only here: loading ffmpeg takes a while

        return webm.decode(data)[0]
    frames = []
    with Image.open(io.BytesIO(data)) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            frames.append(np.array(picture.convert("RGBA")))
    return frames
