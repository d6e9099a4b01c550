"""The one cache policy: the key of the inputs, or an error. Never a silently uncached task."""

from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from prefect.client.schemas.objects import TaskRun
from prefect.context import TaskRunContext
from prefect.states import Failed

from blocks.without_server import without_server
from popcon.errors import BadPicture, Fault, UnhashableInput
from popcon.models.base import Model
from popcon.models.step import Step
from popcon.pipeline.keys import StepInputs
from popcon.storage.store import Store
from tasks import steps
from tasks.base import StepPolicy, StepTask, is_retryable


class Inputs(StepInputs):
    task: ClassVar[str] = "say"
    step: ClassVar[Step] = Step.TAKE
    version: ClassVar[int] = 1
    anything: Any


class Result(Model):
    said: str


def say(inputs: Inputs, store: Store) -> Result:
    return Result(said=str(inputs.anything))


TASK = StepTask(say, Result, name="say")


def test_the_policy_is_the_key_and_nothing_else() -> None:
    context = cast(TaskRunContext, None)
    inputs = Inputs(anything="wave")
    key = StepPolicy().compute_key(context, {"inputs": inputs, "store_url": "here", "label": "a"}, {"job_id": "x"})
    other = StepPolicy().compute_key(context, {"inputs": inputs, "store_url": "there", "label": "b"}, {"job_id": "y"})
    assert key == other == inputs.key()


def test_an_input_without_a_hash_fails_the_step(tmp_path: Path) -> None:
    with pytest.raises(UnhashableInput):
        TASK.task.fn(Inputs(anything=object()), str(tmp_path), "say it")


@pytest.mark.parametrize(
    ("error", "again"), [(Fault("disk"), True), (OSError("gone"), True), (BadPicture("no"), False), (KeyError(1), True)]
)
def test_faults_are_tried_again_and_bad_input_is_not(error: Exception, again: bool) -> None:
    assert is_retryable(TASK.task, cast(TaskRun, None), Failed(data=error)) is again


@pytest.mark.parametrize("name", sorted(steps.PREFECT_TASKS))
def test_every_step_is_cached_retried_and_readable(name: str) -> None:
    task = steps.PREFECT_TASKS[name].task
    assert isinstance(task.cache_policy, StepPolicy)
    assert task.persist_result is True
    assert task.retries >= 1
    assert task.task_run_name == "{label}"


def test_a_step_runs_once_without_a_server_and_is_found_without_a_task_run(tmp_path: Path) -> None:
    said: list[str] = []

    def count(inputs: Inputs, store: Store) -> Result:
        said.append(inputs.anything)
        if len(said) == 1:
            raise Fault("a disk that is away for a moment")
        return Result(said=inputs.anything)

    task = StepTask(count, Result, name="say", retries=1)
    store = Store(str(tmp_path / "store"))
    with without_server(tmp_path / "prefect"):
        made = task.submit(Inputs(anything="wave"), store, "say it").wait()
        assert said == ["wave", "wave"], "it was tried again"
        task.task = cast(Any, None)
        found = task(Inputs(anything="wave"), store, "say it")
        assert task.submit(Inputs(anything="wave"), store, "say it").wait().log.cached
    assert (made.log.cached, found.log.cached) == (False, True)
    assert found.result == made.result == Result(said="wave")
