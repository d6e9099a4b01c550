"""Cutting out on the pool `gpu`: a deployed make-sticker starts cut-out there and suspends until it is done.

The child resumes its parent at its end, whether it succeeded or not; if it dies before, upkeep does.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from uuid import UUID, uuid4

from prefect import runtime
from prefect.client.schemas.objects import FlowRun
from prefect.flow_runs import suspend_flow_run
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from flows import runs
from flows.context import JobContext
from flows.resume import resume_run
from popcon.errors import Fault
from popcon.models.action import Action
from popcon.models.timeline import FrameRef
from popcon.settings import settings
from popcon.storage.digest import digest
from tasks.limits import gpu_slot

CPU_ENGINES = {"keyed"}
"""Engines that compute on a CPU in less time than starting another process takes."""

MAX_CRASHES = 3
DIFFERENT_MACHINES = (
    "Do the machines of the pools `cpu` and `gpu` have the same store, version of PopCon and settings of engines "
    "(POPCON_…)?"
)
_PARENT_S = 60.0


def uses_gpu_pool(context: JobContext) -> bool:
    """Return whether a flow run leaves cutting out to the pool `gpu`."""
    if not context.deployed:
        return False
    return context.job.spec.engines.matte.name not in CPU_ENGINES or settings().cut_out_on_gpu


def reserve_gpu(context: JobContext) -> AbstractContextManager[None]:
    """Hold the machine's slot while a run on the pool `gpu` cuts out with an engine that wants the GPU."""
    return gpu_slot() if context.deployed and context.job.spec.engines.matte.name not in CPU_ENGINES else nullcontext()


def suspend_until_cut_out(context: JobContext, action: Action, frames: Sequence[FrameRef]) -> None:
    """Start cut-out on the pool for frames that are not cut out, unless it runs, and suspend this flow run.

    The process does not wait: the run is started again when it is resumed, and looks for the cutouts then.

    Raises:
        Fault: the run on the pool failed, or its cutouts are not found here.
    """
    own = f"parent:{runtime.flow_run.id}"
    work = digest([context.step_inputs.revision_count, list(frames), context.job.spec.engines.matte])[:24]
    with runs.server() as client:
        earlier = runs.find(client, runs.CUT_OUT, context.job.id, action.name)
        mine = [run for run in earlier if own in run.tags and f"work:{work}" in run.tags]
        if mine and not runs.is_live(mine[-1]):
            _refuse_failure(mine)
            if sum(runs.succeeded(run) for run in mine) >= MAX_CRASHES:
                raise Fault(f"The pool `gpu` has cut out, but its cutouts are not found here. {DIFFERENT_MACHINES}")
        if not mine or not runs.is_live(mine[-1]):
            runs.start(
                runs.CUT_OUT,
                {
                    "job_id": context.job.id,
                    "store_url": context.address,
                    "action_name": action.name,
                    "waiting": str(runtime.flow_run.id),
                },
                f"{context.job.id}/{action.name}/cut-out/{work}/{runs.attempt_key(earlier)}",
                job_id=context.job.id,
                action=action.name,
                tags=(own, f"work:{work}"),
                queue=runs.own_queue(client),
            )
    # A key of its own each time: there is no answer to be found under an old one, only the state of the child.
    suspend_flow_run(key=f"cut-out-{uuid4()}")


def resume_waiting(flow_run_id: UUID) -> None:
    """Resume the run that waits for this one; it may still be on its way into waiting."""
    with runs.server() as client:

        def resume() -> bool:
            parent = client.read_flow_run(flow_run_id)
            return not runs.is_live(parent) or (runs.waits(parent) and resume_run(client, parent))

        Retrying(
            retry=retry_if_result(lambda resumed: not resumed),
            wait=wait_fixed(0.5),
            stop=stop_after_delay(_PARENT_S),
            retry_error_callback=lambda _: False,
        )(resume)


def _refuse_failure(mine: list[FlowRun]) -> None:
    last = mine[-1]
    if last.state is not None and last.state.is_failed():
        raise Fault(f"Cutting out failed: {last.state.message or 'without a message'}")
    if runs.crashes_in_a_row(mine) >= MAX_CRASHES:
        raise Fault(f"The process that cuts out died {MAX_CRASHES} times; the pool `gpu` may lack memory.")
