"""The key of a step: what makes two runs of it the same work. Computed here and nowhere else."""

from typing import ClassVar

from pydantic import Field

from popcon.models.base import Model
from popcon.models.step import Step
from popcon.storage.digest import digest


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
        """Return the SHA-256 of these inputs, hexadecimal.

        Raises:
            UnhashableInput: something in here has no JSON of its own.
        """
        return digest({"step": self.step, "version": self.version, "inputs": self})
