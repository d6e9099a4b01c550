"""Declares a doubt, and draws the picture that goes with it."""

import io
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import Field

from popcon.check.pixels import Picture
from popcon.models.base import Model

Kind = Literal["alike", "flashes", "rim", "small", "first-frame", "margins", "jump", "cut", "rests"]
"""What a doubt is about."""

_SIDE = 160
"""px of each half of a doubt's picture."""

Colour = tuple[int, int, int]


class Doubt(Model):
    """Something that a reviewer might ask about."""

    kind: Kind
    file: str = Field(description="the sticker")
    frame: int = Field(ge=0, description="number of the frame, from 0")
    says: str = Field(description="one sentence")
    picture: bytes = Field(repr=False, description="PNG: the frame, and what it is compared with or stands on")

    @property
    def line(self) -> str:
        """The doubt in one line."""
        return f"{self.file}, frame {self.frame}: {self.says}"


def picture_of(
    frame: Picture, ground: Colour = (255, 255, 255), other: Picture | None = None, other_ground: Colour = (31, 34, 41)
) -> bytes:
    """Draw a frame beside another one, or beside itself on another ground, as a PNG."""
    sheet = Image.new("RGB", (2 * _SIDE, _SIDE), ground)
    for left, shown, colour in ((0, frame, ground), (_SIDE, frame if other is None else other, other_ground)):
        half = Image.new("RGBA", (_SIDE, _SIDE), (*colour, 255))
        image = Image.fromarray(np.ascontiguousarray(shown), "RGBA")
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
        half.alpha_composite(image, ((_SIDE - image.width) // 2, (_SIDE - image.height) // 2))
        sheet.paste(half.convert("RGB"), (left, 0))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()
