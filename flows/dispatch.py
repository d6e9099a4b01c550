"""How a child flow is started: within this process (inline), or as an independent run on a work pool (deployed).

Deployed children are no subflows, because Prefect cannot suspend those. Each has an idempotency key that counts the
runs it had before, so that a parent that is entered again, or two at once, start it once. Nobody waits for them: the
last action to settle starts assemble-pack.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from prefect import runtime, tags

from flows import runs
from flows.assemble_pack import assemble_pack
from flows.context import JobContext
from flows.cut_out import cut_out as cut_out_flow
from flows.gpu import wait_for_gpu
from popcon import naming
from popcon.jobs.archive import ActionSummary, StepLog
from popcon.models.action import Action
from popcon.models.results import Character, Cutouts, Frames
from popcon.models.verdict import Status
from popcon.pipeline.keys import digest
from popcon.pipeline.plan import finished_actions


def make_stickers(context: JobContext, character: Character) -> None:
    """Make all actions' stickers at the same time.

    Inline this returns when every action is settled; deployed when every action that is not has a run. An action
    that fails is settled too: its summary says why, and the pack is made of the rest.
    """
    if context.deployed:
        return _start_stickers(context, character)
    from flows.make_sticker import make_sticker  # it dispatches its own child through this module

    def run(action: Action) -> None:
        with tags(naming.job_tag(context.job.id), naming.action_tag(action.name), "flow:make-sticker"):
            make_sticker(
                context.job.id, context.address, action.name, character.model_dump(mode="json"), return_state=True
            )

    # One more than there are cores: while some compute, another one reads, writes or talks to Prefect.
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1) as pool:
        for child in [pool.submit(copy_context().run, run, action) for action in context.job.spec.actions]:
            child.result()


def pack_up(context: JobContext, character: Character) -> None:
    """After all actions were dispatched: put the packs together, here or (deployed) once every action is settled."""
    if context.deployed:
        action_settled(context, character)
    else:
        assemble_pack(context.job.id, context.address, character.model_dump(mode="json"))


def action_settled(context: JobContext, character: Character) -> None:
    """Start assemble-pack if this was the last action to settle. Inline the job itself does that.

    The key holds what is to be packed: two actions that settle at the same moment start one run, and an action that
    is made again later starts another.
    """
    if not context.deployed:
        return
    summaries = [context.archive.summary(context.job.id, action.name) for action in context.job.spec.actions]
    if not all(each.status.settled for each in summaries):
        return
    content = digest([[each.action, each.status, each.message, each.results] for each in summaries])
    parameters = {
        "job_id": context.job.id,
        "store_url": context.address,
        "character": character.model_dump(mode="json"),
    }
    with runs.server() as client:
        earlier = runs.find(client, runs.ASSEMBLE_PACK, context.job.id)
        # A run that failed may be tried again, and one whose outcome was lost with the summaries has to be.
        lost = (
            not context.archive.job_summary(context.job.id).missing
            and not context.archive.job_summary(context.job.id).packs
        )
        again = [run for run in earlier if not runs.is_live(run) and (lost or not runs.succeeded(run))]
        key = (
            f"{context.job.id}/assemble-pack/{content[:24]}/{context.step_inputs.revision_count}/{runs.attempt(again)}"
        )
        runs.start(client, runs.ASSEMBLE_PACK, parameters, key, job_id=context.job.id, queue=runs.own_queue(client))


def cut_out(
    context: JobContext, action: Action, character: Character, frames: Frames
) -> tuple[Cutouts, Sequence[StepLog]]:
    """Cut an action's frames out: in this process, or on the pool `gpu` where the engine wants one.

    The process of a deployed run does not wait for the GPU: the run suspends, and finds everything finished when it
    is started again.
    """
    if context.deployed:
        wait_for_gpu(context, action, character, frames)
    with tags(naming.job_tag(context.job.id), naming.action_tag(action.name)):
        made = cut_out_flow(
            context.job.id,
            context.address,
            action.name,
            character.model_dump(mode="json"),
            frames.model_dump(mode="json"),
        )
    return Cutouts.model_validate(made["cutouts"]), [StepLog.model_validate(log) for log in made["logs"]]


def _start_stickers(context: JobContext, character: Character) -> None:
    finished = finished_actions(context.archive, context.job)
    own = f"parent:{runtime.flow_run.id}"
    with runs.server() as client:
        everything = runs.find(client, runs.MAKE_STICKER, context.job.id)
        queue = runs.own_queue(client)
        for action in context.job.spec.actions:
            earlier = [run for run in everything if naming.action_tag(action.name) in run.tags]
            if any(own in run.tags for run in earlier) or any(runs.is_live(run) for run in earlier):
                continue  # this parent was here before, or the action is still on its way from an earlier order
            if action.name in finished:
                continue
            context.archive.summarise(context.job.id, ActionSummary(action=action.name, status=Status.QUEUED))
            parameters = {
                "job_id": context.job.id,
                "store_url": context.address,
                "action_name": action.name,
                "character": character.model_dump(mode="json"),
            }
            runs.start(
                client,
                runs.MAKE_STICKER,
                parameters,
                f"{context.job.id}/{action.name}/make-sticker/{runs.attempt(earlier)}",
                job_id=context.job.id,
                action=action.name,
                tags=(own,),
                queue=queue,
            )
