"""The key of a step: what makes two runs of it the same work. Computed here and nowhere else."""

import hashlib
import json
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from popcon.errors import UnhashableInput
from popcon.models.base import Model


class Step(StrEnum):
    """What a person can redo a job from, in order. Each task of the pipeline belongs to one of these."""

    CHARACTER = "character"
    START_FRAME = "start_frame"
    TAKE = "take"
    FRAMES = "frames"
    CUTOUTS = "cutouts"
    STICKER = "sticker"
    PACK = "pack"


class StepInputs(Model):
    """Everything that a step's result depends on: artifacts by hash, parameters, the engine's fingerprint.

    Never a run id, a clock or a path: the key is a hash of this model's JSON with the step's name and version. Tasks of
    one step are told apart by their fields.
    Raise `version` in the subclass when the step's code gives other results for the same inputs.
    """

    task: ClassVar[str]
    """The name of the task that reads these; results and logs are kept under it."""
    step: ClassVar[Step]
    """The step that a person redoes to have the task done again."""
    version: ClassVar[int]

    revision: int = Field(default=0, ge=0, description="raised by a redo, so that the step runs again")

    def key(self) -> str:
        """The SHA-256 of these inputs, hexadecimal.

        Raises:
            UnhashableInput: something in here has no JSON of its own.
        """
        return digest({"step": self.step, "version": self.version, "inputs": self})


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical JSON (sorted keys, no spaces, pydantic models by their fields).

    Raises:
        UnhashableInput: it holds something without a stable JSON: an object, a set, NaN, bytes.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise UnhashableInput(f"A step's input has no stable hash: {error}.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    # Not pydantic's own JSON: that one turns sets into lists in any order, NaN into null and bytes into text.
    if isinstance(value, Model):
        return value.model_dump(mode="python")
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is neither JSON nor a model")
