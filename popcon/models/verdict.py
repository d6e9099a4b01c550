"""What a person says at a gate."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.timeline import FrameRef


class Gate(StrEnum):
    """Where a job waits for a person."""

    START_FRAME_REVIEW = "start_frame_review"
    REFINEMENT = "refinement"


class StartFrameVerdict(Model):
    """The answer to "does this action start well?"."""

    kind: Literal["approve", "regenerate", "replace", "skip"]
    prompt: str = Field(default="", max_length=800, description="for regenerate: the new motion prompt; empty keeps it")
    picture: ArtifactRef | None = Field(default=None, description="for replace: the picture to start from")


class RefinementVerdict(Model):
    """The answer to "is this action cut out well?"."""

    kind: Literal["approve", "another_take", "redo_frame", "skip"]
    prompt: str = Field(default="", max_length=800, description="for another take or a redone frame")
    slot: int | None = Field(default=None, ge=0, description="for redo_frame: the slot whose frame is redrawn")
    frame: FrameRef | None = Field(default=None, description="for redo_frame: what the person saw there; None: ours")


class Status(StrEnum):
    """Where an action stands, in words that every page and message uses."""

    QUEUED = "queued"
    DRAWING = "drawing"
    AWAITING_START_FRAME = "awaiting_start_frame"
    ANIMATING = "animating"
    CUTTING_OUT = "cutting_out"
    AWAITING_REFINEMENT = "awaiting_refinement"
    EXPORTING = "exporting"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def settled(self) -> bool:
        """Whether nothing more happens to the action by itself."""
        return self in (Status.DONE, Status.FAILED, Status.SKIPPED)

    @property
    def awaiting(self) -> bool:
        """Whether the action stands at a gate."""
        return self in (Status.AWAITING_START_FRAME, Status.AWAITING_REFINEMENT)


AWAITING = {
    Gate.START_FRAME_REVIEW: Status.AWAITING_START_FRAME,
    Gate.REFINEMENT: Status.AWAITING_REFINEMENT,
}
"""The status of an action that stands at a gate."""
