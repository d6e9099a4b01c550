"""How every step becomes a Prefect task: one policy, one kind of retry, one shape of result."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from prefect import Task
from prefect import task as prefect_task
from prefect.cache_policies import CachePolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectFuture

from blocks.records import step_records
from popcon.errors import EngineUnavailable, Fault, PaidResultLost, PopconError, ServiceFault
from popcon.ledger.limits import limited_by
from popcon.models.base import Model
from popcon.models.billed import Billed
from popcon.models.summary import StepLog
from popcon.pipeline.keys import StepInputs
from popcon.storage.records import result_of
from popcon.storage.store import Store, open_store
from tasks.limits import shared_limits

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)
ResultT_co = TypeVar("ResultT_co", bound=Model, covariant=True)


MAX_WORKERS = 4
"""Chunks in hand: while some wait for a model, which takes their frames in full batches, others are finished."""

_threads = ThreadPoolExecutor(max_workers=MAX_WORKERS, thread_name_prefix="step")


def in_flow_run() -> bool:
    """Return whether this is called within a flow run of Prefect; whole jobs in one process have none."""
    return FlowRunContext.get() is not None


@dataclass
class StepPolicy(CachePolicy):
    """The key of a step's inputs (`StepInputs.key`), and nothing else.

    Why not Prefect's default: that one hashes the run's id and the task's source, so it never hits across runs, and
    it turns an input it cannot hash into a silently uncached task. This key is the same on every machine and in
    every run; an input without a hash fails the step (`_Body` computes the key first). It does not serialise two
    runs that compute one step at the same time: free steps are then done twice with the same result, and paid
    ones are held apart by the ledger.
    """

    def compute_key(
        self, task_ctx: TaskRunContext, inputs: dict[str, Any], flow_parameters: dict[str, Any], **kwargs: Any
    ) -> str | None:
        key: str = inputs["inputs"].key()
        return key


@dataclass(frozen=True)
class Done(Generic[ResultT_co]):
    """A finished step: its result, and what the report says of it."""

    result: ResultT_co
    log: StepLog


def _result_of(state: State[Any], **options: Any) -> Any:
    """Return a state's result. In a thread with an event loop Prefect returns a coroutine unless `_sync` is set."""
    return cast(Any, state).result(_sync=True, **options)


def is_retryable(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Return whether a failed step is worth another try: the world failed, not the input.

    The ledger has already retried paid work as far as is safe, for longer than a task's retries last; a result that was
    lost after it was paid for is a person's to order again. What an engine lacks is not there a few seconds later.
    """
    error = _result_of(state, raise_on_failure=False)
    if isinstance(error, ServiceFault | PaidResultLost | EngineUnavailable):
        return False
    return isinstance(error, Fault) or not isinstance(error, PopconError)


class StepTask(Generic[InputsT, ResultT]):
    """A step as a cached, retried Prefect task.

    Arguments:
        body: the step itself: (inputs, store) -> result.
        result: the model of the result.
        name: the task's name in Prefect's UI.
        retries: further tries after a fault; they back off 1, 4, 16 … s with jitter.
        timeout_s: how long a try may last, where it can be interrupted.
    """

    def __init__(
        self,
        body: Callable[[InputsT, Store], ResultT],
        result: type[ResultT],
        *,
        name: str,
        retries: int = 2,
        timeout_s: float | None = None,
        tags: tuple[str, ...] = (),
    ) -> None:
        self._body, self._result = body, result

        def run(inputs: InputsT, store_url: str, label: str) -> dict[str, Any]:
            inputs.key()  # a key that cannot be made fails here; Prefect's engine would only log it
            with limited_by(shared_limits):
                return body(inputs, open_store(store_url)).model_dump(mode="json")

        self.task = prefect_task(
            name=name,
            task_run_name="{label}",
            cache_policy=StepPolicy(),
            persist_result=True,
            result_serializer="json",
            cache_result_in_memory=False,
            retries=retries,
            retry_delay_seconds=[float(4**n) for n in range(retries)] or None,
            retry_jitter_factor=0.5,
            retry_condition_fn=is_retryable,
            timeout_seconds=timeout_s,
            tags=set(tags) or None,
        )(run)

    def __call__(self, inputs: InputsT, store: Store, label: str) -> Done[ResultT]:
        """Run the step here and now, or find it finished: then there is no task run."""
        began = time.perf_counter()
        if (found := self._found(inputs, store, label, began)) is not None:
            return found
        return self._run(inputs, store, label)

    def submit(self, inputs: InputsT, store: Store, label: str) -> "Submitted[ResultT]":
        """Start the step on the flow's task runner (outside of a flow run on a thread), or find it finished."""
        if (found := self._found(inputs, store, label, time.perf_counter())) is not None:
            return Found(found)
        if not in_flow_run():
            return Threaded(_threads.submit(copy_context().run, self._run, inputs, store, label))
        return Pending(self, inputs, label, self._stored(store).submit(inputs, store.url, label))

    def _run(self, inputs: InputsT, store: Store, label: str) -> Done[ResultT]:
        began = time.perf_counter()
        state: State[Any] = self._stored(store)(inputs, store.url, label, return_state=True)  # type: ignore[assignment]
        return self._done(state, inputs, label, time.perf_counter() - began)

    def _found(self, inputs: InputsT, store: Store, label: str, began: float) -> Done[ResultT] | None:
        result = result_of(store, inputs.key(), self._result)
        if result is None:
            return None
        log = StepLog(task=inputs.task, step=inputs.step, label=label, seconds=time.perf_counter() - began, cached=True)
        return Done(result, log)

    def _stored(self, store: Store) -> Task[..., dict[str, Any]]:
        return self.task.with_options(result_storage=step_records(store.url))

    def _done(self, state: State[Any], inputs: InputsT, label: str, seconds: float) -> Done[ResultT]:
        result = self._result.model_validate(_result_of(state))
        cached = state.name == "Cached"
        bought = result if isinstance(result, Billed) else Billed()
        return Done(
            result,
            StepLog(
                task=inputs.task,
                step=inputs.step,
                label=label,
                seconds=seconds,
                cached=cached,
                price="0" if cached else bought.price,
                currency=bought.currency,
            ),
        )


class Submitted(Protocol[ResultT_co]):
    """A step that was started and may still run."""

    def wait(self) -> Done[ResultT_co]:
        """Wait for the step; raises what it failed with."""
        ...


@dataclass(frozen=True)
class Found(Generic[ResultT]):
    """A step that was finished before."""

    done: Done[ResultT]

    def wait(self) -> Done[ResultT]:
        return self.done


@dataclass(frozen=True)
class Threaded(Generic[ResultT]):
    """A step that runs on a thread of this process."""

    future: Future[Done[ResultT]]

    def wait(self) -> Done[ResultT]:
        return self.future.result()


class Pending(Generic[InputsT, ResultT]):
    """A step that was started and may still run."""

    def __init__(
        self, step: StepTask[InputsT, ResultT], inputs: InputsT, label: str, future: PrefectFuture[Any]
    ) -> None:
        self._step, self._inputs, self._label, self._future = step, inputs, label, future
        self._began = time.perf_counter()

    def wait(self) -> Done[ResultT]:
        """Wait for the step; raises what it failed with."""
        self._future.wait()
        return self._step._done(self._future.state, self._inputs, self._label, time.perf_counter() - self._began)
