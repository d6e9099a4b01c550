"""What a person changed by hand: clicks, strokes and picks."""

from typing import Literal

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.timeline import FrameRef


class Click(Model):
    """A person's click, in picture pixels, origin at the top left."""

    x: float
    y: float
    positive: bool = True


class Point(Model):
    """A place in a picture, px, origin at the top left. Pixel (0, 0) reaches from 0 to 1."""

    x: float
    y: float


class Stroke(Model):
    """One drag of a round brush."""

    points: tuple[Point, ...] = Field(min_length=1, max_length=10_000, description="where the brush went, in order")
    radius: float = Field(gt=0, le=1000, description="of the brush, px of the picture")
    mode: Literal["erase", "restore"] = Field(description="erase: make it transparent; restore: bring the frame back")


class Refinement(Model):
    """Everything a person has changed on one frame.

    It holds the whole state, not a step: saving it twice, or saving an older one again, needs no history. Undo is
    saving the one before.
    """

    clicks: tuple[Click, ...] = Field(default=(), description="all clicks of the frame, in the order they were made")
    strokes: tuple[Stroke, ...] = Field(default=(), description="all strokes, in the order they were made")
    mask: ArtifactRef | None = Field(
        default=None, description="a mask that was carried here from another frame, or painted; clicks mend it"
    )
    effects: bool = Field(default=True, description="whether effects that float beside the character are shown")
    candidate: FrameRef | None = Field(default=None, description="the frame picked for the slot; None: the chosen one")

    @property
    def empty(self) -> bool:
        """Whether nothing was changed."""
        return self.effects and not (self.clicks or self.strokes or self.mask or self.candidate)
