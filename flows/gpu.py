"""Cutting out on the pool `gpu`: a deployed make-sticker starts cut-out there and suspends until it is done.

The child resumes its parent at its end, whether it succeeded or not; if it dies before, upkeep does.
"""

import time
from uuid import UUID, uuid4

from prefect import runtime
from prefect.client.schemas.objects import FlowRun
from prefect.flow_runs import suspend_flow_run

from flows import runs
from flows.context import JobContext
from popcon.errors import Fault
from popcon.models.action import Action
from popcon.models.results import Character, Frames
from popcon.pipeline.keys import digest
from popcon.pipeline.plan import find_cutouts
from popcon.settings import settings

ON_THE_SPOT = {"keyed"}
"""Engines that compute on a CPU in less time than starting another process takes."""

MOST_DEATHS = 3
_PARENT_S = 60.0


def wait_for_gpu(context: JobContext, action: Action, character: Character, frames: Frames) -> None:
    """Return when the cutouts of an action are in the store, or are to be made in this process; else suspend.

    Raises:
        Fault: the run on the pool failed.
    """
    if context.job.spec.engines.matte.name in ON_THE_SPOT and not settings().cut_out_on_gpu:
        return
    if find_cutouts(context.archive, context.job, action, character, frames) is not None:
        return
    own = f"parent:{runtime.flow_run.id}"
    work = digest([context.step_inputs.revision_count, frames, context.job.spec.engines.matte])[:24]
    with runs.server() as client:
        earlier = runs.find(client, runs.CUT_OUT, context.job.id, action.name)
        mine = [run for run in earlier if own in run.tags and f"work:{work}" in run.tags]
        if mine and not runs.is_live(mine[-1]):
            _refuse_failure(mine)
            if sum(runs.succeeded(run) for run in mine) >= MOST_DEATHS:
                raise Fault(
                    "The pool `gpu` has cut out, but its cutouts are not found here: do its machine and this one have "
                    "the same store, version of PopCon and settings of engines (POPCON_…)?"
                )
        if not mine or not runs.is_live(mine[-1]):
            runs.start(
                client,
                runs.CUT_OUT,
                {
                    "job_id": context.job.id,
                    "store_url": context.address,
                    "action_name": action.name,
                    "character": character.model_dump(mode="json"),
                    "frames": frames.model_dump(mode="json"),
                    "waiting": str(runtime.flow_run.id),
                },
                f"{context.job.id}/{action.name}/cut-out/{work}/{runs.attempt(earlier)}",
                job_id=context.job.id,
                action=action.name,
                tags=(own, f"work:{work}"),
                queue=runs.own_queue(client),
            )
    # A key of its own each time: there is no answer to be found under an old one, only the state of the child.
    suspend_flow_run(key=f"cut-out-{uuid4()}")


def resume_waiting(flow_run_id: str) -> None:
    """Tell the run that waits for this one to go on; it may still be on its way into waiting."""
    until = time.monotonic() + _PARENT_S
    with runs.server() as client:
        while time.monotonic() < until:
            parent = client.read_flow_run(UUID(flow_run_id))
            if not runs.is_live(parent) or (runs.waits(parent) and runs.resume(client, parent)):
                return
            time.sleep(0.5)


def _refuse_failure(mine: list[FlowRun]) -> None:
    last = mine[-1]
    if last.state is not None and last.state.is_failed():
        raise Fault(f"Cutting out failed: {last.state.message or 'without a message'}")
    if runs.crashes_in_a_row(mine) >= MOST_DEATHS:
        raise Fault(f"The process that cuts out died {MOST_DEATHS} times; the pool `gpu` may lack memory.")
