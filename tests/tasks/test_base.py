"""The one cache policy: the key of the inputs, or an error. Never a silently uncached task."""

from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from prefect.client.schemas.objects import TaskRun
from prefect.context import TaskRunContext
from prefect.states import Failed

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
