"""Drivers that carry the workflows of `popcon.pipeline` out with Prefect tasks."""

from collections.abc import Sequence
from typing import Any, TypeVar

from prefect import get_run_logger
from prefect.task_runners import ThreadPoolTaskRunner

from flows import artifacts, gates, gpu
from flows.context import JobContext
from popcon.errors import Fault
from popcon.jobs.progress import ActionProgress
from popcon.models.base import Model
from popcon.models.results import Cutouts, StartFrame
from popcon.models.summary import StepLog
from popcon.models.timeline import FrameRef
from popcon.models.verdict import Gate, Status
from popcon.naming import result as result_name
from popcon.pipeline import fingerprints
from popcon.pipeline.driver import CutOut, Pending, Reviewed
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.lookup import ActionLookup, Lookup
from popcon.pipeline.tasks import Task
from tasks import base
from tasks.steps import prefect_task

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


def chunk_runner() -> Any:
    """Return the task runner of flows that cut out."""
    return ThreadPoolTaskRunner(max_workers=base.MAX_WORKERS)


def record_weights(context: JobContext) -> None:
    """Note which weights the job's matte engine has on this machine, for machines that do not have them."""
    spec = context.job.spec
    fingerprints.record_weights(context.store, "matte", spec.engines.matte, spec.accounts)


class PrefectRunner:
    """Runs tasks of the pipeline as Prefect tasks, in the flow run that calls it.

    Arguments:
        context: the job that they belong to.

    Attributes:
        logs: of the tasks that are finished, in order.
    """

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self.logs: list[StepLog] = []

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        done = prefect_task(task)(inputs, self._context.store, label)
        self.log(done.log)
        return done.result

    def submit(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> Pending[ResultT]:
        return _Submitted(self, prefect_task(task).submit(inputs, self._context.store, label))

    def log(self, *logs: StepLog) -> None:
        """Note finished tasks."""
        self.logs += logs

    def cut_out_here(self, cut_out: CutOut) -> Cutouts:
        """Cut out in this process, and note which weights its engine has."""
        record_weights(self._context)
        cutouts = cut_out(self)
        if base.in_flow_run():
            for note in cutouts.notes:
                get_run_logger().warning(note)
        return cutouts


class _Submitted(Pending[ResultT]):
    def __init__(self, runner: PrefectRunner, pending: base.Submitted[ResultT]) -> None:
        self._runner, self._pending = runner, pending

    def wait(self) -> ResultT:
        done = self._pending.wait()
        self._runner.log(done.log)
        return done.result


class PrefectDriver(PrefectRunner):
    """Drives an action in a flow run, which suspends or pauses at gates.

    Arguments:
        context: the job.
        action_name: one of its actions.
    """

    def __init__(self, context: JobContext, action_name: str) -> None:
        super().__init__(context)
        self.progress: ActionProgress = context.progress(action_name)

    def log(self, *logs: StepLog) -> None:
        self.progress.log(*logs)

    def ask(self, gate: Gate, question: str, reviewed: Reviewed, complaint: str) -> dict[str, Any]:
        return gates.ask(self._context, self.progress, gate, question, reviewed, complaint)

    def cut_out(self, frames: Sequence[FrameRef], cut_out: CutOut) -> Cutouts:
        if not gpu.uses_gpu_pool(self._context):
            return self.cut_out_here(cut_out)
        lookup = Lookup(self._context.archive, self._context.job)
        found = lookup.find_cutouts(cut_out)
        if found is None:
            gpu.suspend_until_cut_out(self._context, self.progress.action, frames)
            return self.cut_out(frames, cut_out)
        self.log(*lookup.logs())
        return found

    def enter(self, status: Status, message: str = "") -> None:
        self.progress.enter(status, message)

    def keep(self, name: str, result: Model) -> None:
        self.progress.keep(name, result)
        if name != result_name("start_frame") or not isinstance(result, StartFrame):
            return
        # It was shown when it was first kept. An artifact costs a run a connection and eight requests.
        if not self.progress.was_kept(name, result):
            artifacts.start_frame(self._context, self.progress.action, result)


class CutOutDriver(ActionLookup):
    """Looks an action's workflow up, and cuts out whatever frames it comes to that are not cut out yet.

    Arguments:
        context: the job.
        action_name: one of its actions.
    """

    def __init__(self, context: JobContext, action_name: str) -> None:
        super().__init__(context.archive, context.job, context.action(action_name))
        self._context = context
        self._came_to_frames = False

    def cut_out(self, frames: Sequence[FrameRef], cut_out: CutOut) -> Cutouts:
        self._came_to_frames = True
        record_weights(self._context)
        found = Lookup(self._context.archive, self._context.job).find_cutouts(cut_out)
        if found is not None:
            return found
        with gpu.reserve_gpu(self._context):
            return PrefectRunner(self._context).cut_out_here(cut_out)

    def check(self) -> None:
        """Raise Fault if the frames that were to be cut out are not found here."""
        if not self._came_to_frames:
            raise Fault(f"The frames of {self.action.name} are not found here. {gpu.DIFFERENT_MACHINES}")
