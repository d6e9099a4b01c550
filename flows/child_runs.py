"""Starts the child runs of deployed flows: independent flow runs on a work pool, started once.

They are no subflows, because Prefect cannot suspend those. Each has an idempotency key that counts the runs it had
before, so that a parent that is entered again, or two at once, start it once. Nobody waits for them: the last action to
settle starts assemble-pack.
"""

from prefect import runtime

from flows import runs
from flows.context import JobContext
from popcon import naming
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Status
from popcon.pipeline.plan import finished_actions
from popcon.storage.digest import digest


def start_stickers(context: JobContext) -> None:
    """Start make-sticker for every action that is not finished and has no live run."""
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
            runs.start(
                runs.MAKE_STICKER,
                {"job_id": context.job.id, "store_url": context.address, "action_name": action.name},
                f"{context.job.id}/{action.name}/make-sticker/{runs.attempt_key(earlier)}",
                job_id=context.job.id,
                action=action.name,
                tags=(own,),
                queue=queue,
            )


def start_assembly_if_settled(context: JobContext) -> None:
    """Start assemble-pack if this was the last action to settle. Inline the job itself does that.

    The key holds what is to be packed: two actions that settle at the same moment start one run, and an action that
    is made again later starts another.
    """
    if not context.deployed:
        return
    job_id = context.job.id
    summaries = [context.archive.summary(job_id, action.name) for action in context.job.spec.actions]
    if not all(each.status.settled for each in summaries):
        return
    content = digest([[each.action, each.status, each.message, each.results] for each in summaries])
    with runs.server() as client:
        earlier = runs.find(client, runs.ASSEMBLE_PACK, job_id)
        # A run that failed may be tried again, and one whose outcome was lost with the summaries has to be.
        summary = context.archive.job_summary(job_id)
        lost = not summary.missing and not summary.packs
        again = [run for run in earlier if not runs.is_live(run) and (lost or not runs.succeeded(run))]
        key = f"{job_id}/assemble-pack/{content[:24]}/{context.step_inputs.revision_count}/{runs.attempt_key(again)}"
        parameters = {"job_id": job_id, "store_url": context.address}
        runs.start(runs.ASSEMBLE_PACK, parameters, key, job_id=job_id, queue=runs.own_queue(client))
