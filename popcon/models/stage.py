"""Where a character stands in a frame."""

from typing import Self

from pydantic import Field, model_validator

from popcon.models.base import Model


class Body(Model):
    """The box around a character at rest, without effects, as fractions of a frame's width and height.

    All stickers of a pack are scaled and placed by this box, which is why it is measured once an action and
    not once a frame.
    """

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    right: float = Field(ge=0, le=1)
    bottom: float = Field(ge=0, le=1, description="the ground line")

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("a body has a width and a height")
        return self

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def standing(width: int, height: int) -> Body:
    """Return the box of a character of this shape on the standard stage: centred, feet on the ground line.

    The stage is square. A body is at most 0.66 of it high and 0.72 wide, which leaves room for a hop above and
    effects around it; the ground line is at 0.90.

    Arguments:
        width, height: of the trimmed character, in pixels; only their ratio matters.
    """
    scale = min(0.66 / height, 0.72 / width)
    half = width * scale / 2
    return Body(left=0.5 - half, top=0.90 - height * scale, right=0.5 + half, bottom=0.90)
