"""Protocols between the workflow of a job (`action.py`, `job.py`) and whatever carries it out or looks it up."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from popcon.models.base import Model
from popcon.models.results import Character, Cutouts, StartFrame
from popcon.models.timeline import FrameRef
from popcon.models.verdict import Gate, Status
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.refusals import Refusal
from popcon.pipeline.tasks import Task

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)
ResultT_co = TypeVar("ResultT_co", bound=Model, covariant=True)

Reviewed = StartFrame | Cutouts | Refusal
"""What a person looks at when a gate asks."""


class Pending(Protocol[ResultT_co]):
    """A task that was started and may still run."""

    def wait(self) -> ResultT_co:
        """Return the task's result; raises what it failed with."""
        ...


class TaskRunner(Protocol):
    """Runs tasks, or finds their results."""

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        """Return the result of a task.

        Arguments:
            label: names the work for a person.
        """
        ...

    def submit(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> Pending[ResultT]:
        """Start a task that may run beside others."""
        ...


CutOut = Callable[[TaskRunner], Cutouts]
"""Cuts frames out with the tasks of a runner, wherever that runs them."""


class Driver(TaskRunner, Protocol):
    """Drives the workflow of one action."""

    def ask(self, gate: Gate, question: str, reviewed: Reviewed, complaint: str) -> dict[str, Any]:
        """Return a person's verdict, as JSON; the workflow asks only for what is not in the archive.

        Arguments:
            gate, question: where the action waits, and what is asked (see `naming.question`).
            reviewed: what the person looks at.
            complaint: why what was asked for last was not done; empty: it was.
        """
        ...

    def cut_out(self, frames: Sequence[FrameRef], cut_out: CutOut) -> Cutouts:
        """Have frames cut out, here or on a machine with a GPU.

        Arguments:
            frames: what is to be cut out.
            cut_out: does it.
        """
        ...

    def enter(self, status: Status) -> None:
        """Note that the action has come to a status."""
        ...

    def keep(self, name: str, result: Model) -> None:
        """Keep a result, in the place of an earlier one of that name (see `naming.result`)."""
        ...


class JobDriver(TaskRunner, Protocol):
    """Drives the workflow of a job."""

    def make_stickers(self, character: Character) -> None:
        """Drive the workflow of every action, side by side."""
        ...

    def assemble(self, character: Character) -> None:
        """Put the packs together, once every action is settled."""
        ...
