"""A task runner that does the work here and now, and keeps no records: for previews and for use as a library."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from popcon.models.base import Model
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.tasks import Task
from popcon.storage.store import Store

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


@dataclass(frozen=True)
class Finished(Generic[ResultT]):
    """A task that has its result already."""

    result: ResultT

    def wait(self) -> ResultT:
        return self.result


class InProcessRunner:
    """Runs each task in the thread that asks for it.

    Arguments:
        store: holds the artifacts that tasks read and write.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        return task.body(inputs, self.store)

    def submit(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> Finished[ResultT]:
        return Finished(self.run(task, inputs, label))
