"""The tasks of `popcon.pipeline.tasks` as Prefect tasks."""

from typing import Any, TypeVar, cast

from popcon.models.base import Model
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.tasks import TASKS, Task
from tasks.base import StepTask

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)

PREFECT_TASKS: dict[str, StepTask[Any, Any]] = {
    task.name: StepTask(task.body, task.result, name=task.name) for task in TASKS
}


def prefect_task(task: Task[InputsT, ResultT]) -> StepTask[InputsT, ResultT]:
    """Return the Prefect task of a task of the pipeline."""
    return cast(StepTask[InputsT, ResultT], PREFECT_TASKS[task.name])
