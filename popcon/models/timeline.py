"""A sticker's timeline: slots, the frames that fill them and the frames that could."""

from typing import Literal

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model

FASTEST = 1.7
"""How many times as fast as it was filmed a clip may play so that all of its loop is shown: 5 s within 3 s."""


class FrameRef(Model):
    """A still of a take: the n-th frame of a clip, or a picture that a person put in its place."""

    source: ArtifactRef = Field(description="a clip, or a single picture")
    index: int = Field(default=0, ge=0, description="frame number within the clip; 0 for a picture")


class Candidate(Model):
    """A frame that could fill a slot."""

    frame: FrameRef
    score: float = Field(ge=0, le=1, description="how well it fits: 1 is the frame that was chosen by measure")


class Slot(Model):
    """A place in the sticker's timeline."""

    frame: FrameRef
    duration_ms: int = Field(gt=0)
    candidates: tuple[Candidate, ...] = ()


class Loop(Model):
    """How the end of a timeline meets its start."""

    kind: Literal["cycle", "ping_pong", "cross_blend"]
    start: int = Field(ge=0, description="first frame of the clip that is used")
    stop: int = Field(gt=0, description="one past the last frame that is used")
    seam: float = Field(ge=0, description="d(last, first) / median d(i, i+1): 1 is a seam like any other step")
    phase: int = Field(default=0, ge=0, description="`cycle`: frames after `start` with which the play begins")
    blend: int = Field(default=0, ge=0, description="frames that are cross-blended at the seam; 0 for none")


class Timeline(Model):
    """What plays, in which order, for how long."""

    slots: tuple[Slot, ...] = Field(min_length=1)
    loop: Loop

    @property
    def duration_ms(self) -> int:
        return sum(slot.duration_ms for slot in self.slots)
