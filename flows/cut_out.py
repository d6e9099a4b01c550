"""cut_out: all frames of one action without their backdrop, fanned out over chunks."""

from contextlib import nullcontext
from typing import Any

from prefect import flow, get_run_logger
from prefect.task_runners import ThreadPoolTaskRunner

from flows.context import JobContext
from flows.gpu import ON_THE_SPOT, resume_waiting
from popcon.models.results import Character, Cutouts, Frames
from popcon.pipeline import fingerprints
from tasks import steps
from tasks.limits import gpu_turn

AT_ONCE = 4
"""Chunks in hand: while some wait for a model, which takes their frames in full batches, others are finished."""


@flow(
    name="cut-out",
    flow_run_name="cut out {action_name} for {job_id}",
    task_runner=ThreadPoolTaskRunner(max_workers=AT_ONCE),  # type: ignore[arg-type]  # see AT_ONCE
    validate_parameters=False,
)
def cut_out(
    job_id: str,
    store_url: str,
    action_name: str,
    character: dict[str, Any],
    frames: dict[str, Any],
    waiting: str | None = None,
) -> dict[str, Any]:
    """Study each clip, then cut the frames that the timeline needs out of it, in chunks.

    Arguments:
        job_id, store_url, action_name: whose frames.
        character, frames: results of those steps, as JSON.
        waiting: id of the suspended flow run that wants them, where this one is deployed.

    Returns:
        {"cutouts": Cutouts, "logs": [StepLog]}, as JSON.
    """
    try:
        context = JobContext(job_id, store_url)
        with (
            gpu_turn() if context.deployed and context.job.spec.engines.matte.name not in ON_THE_SPOT else nullcontext()
        ):
            return _cut_out(context, action_name, character, frames)
    finally:
        if waiting is not None:
            resume_waiting(waiting)


def _cut_out(
    context: JobContext, action_name: str, character: dict[str, Any], frames: dict[str, Any]
) -> dict[str, Any]:
    spec = context.job.spec
    fingerprints.note(context.store, "matte", spec.engines.matte, spec.accounts)
    action, stills = context.action(action_name), Frames.model_validate(frames)
    logs, pending = [], []
    notes: dict[str, None] = {}
    for wanted in stills.by_source():
        studied = steps.study(
            context.step_inputs.study(action, Character.model_validate(character), stills, wanted[0]),
            context.store,
            f"study {action.name}",
        )
        logs.append(studied.log)
        for note in studied.result.notes_for(len(wanted), len(spec.actions)):
            get_run_logger().warning(note)
            notes[note] = None
        chunks = context.step_inputs.chunks(action, stills, wanted, studied.result)
        pending += [
            steps.cutouts.submit(chunk, context.store, f"cut out {action.name} {number}/{len(chunks)}")
            for number, chunk in enumerate(chunks, 1)
        ]
    done = [each.wait() for each in pending]
    made = Cutouts(cutouts=tuple(cutout for each in done for cutout in each.result.cutouts), notes=tuple(notes))
    logs += [each.log for each in done]
    return {"cutouts": made.model_dump(mode="json"), "logs": [log.model_dump(mode="json") for log in logs]}
