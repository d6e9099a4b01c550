"""Rebuilds summaries that were lost: where an action stands, from what the store holds of its steps."""

from collections.abc import Iterable

from popcon.editing.verdicts import AWAITING
from popcon.jobs.archive import ActionSummary, Archive, Job, now
from popcon.models.action import Action
from popcon.models.results import Sticker
from popcon.models.verdict import Gate, Status
from popcon.pipeline.keys import Step
from popcon.pipeline.plan import Walk

_DOING = {
    Step.START_FRAME: Status.QUEUED,  # nothing of the action itself is there
    Step.TAKE: Status.ANIMATING,
    Step.FRAMES: Status.ANIMATING,
    Step.CUTOUTS: Status.CUTTING_OUT,
    Step.STICKER: Status.EXPORTING,
}


def rebuild_summaries(archive: Archive, job_ids: Iterable[str] | None = None) -> list[str]:
    """Write a summary for every action that has none; returns `job action` of each.

    Arguments:
        archive: the jobs.
        job_ids: only these; None: all.

    What a summary says beyond the results (how long steps took, why one failed) is not known any more.
    """
    rebuilt = []
    for job in archive.jobs() if job_ids is None else map(archive.job, job_ids):
        for action in job.spec.actions:
            if not archive.has_summary(job.id, action.name):
                archive.summarise(job.id, standing(archive, job, action))
                rebuilt.append(f"{job.id} {action.name}")
    return rebuilt


def standing(archive: Archive, job: Job, action: Action) -> ActionSummary:
    """Where an action stands by what is finished of it."""
    walk = Walk(archive, job)
    character = walk.character()
    if character is None:
        return ActionSummary(action=action.name)
    stickers: dict[str, list[Sticker]] = {name: [] for name in job.spec.platforms}
    over = walk.action(action, character, stickers)
    question = walk.question
    if over:
        status = Status.DONE if any(stickers.values()) else Status.SKIPPED
    elif question:
        status = AWAITING[next(gate for gate in Gate if question.startswith(gate))]
    else:
        status = _DOING.get(walk.stopped_at, Status.QUEUED) if walk.stopped_at else Status.QUEUED
    results = {name: result.model_dump(mode="json") for name, result in walk.results.items() if name != Step.CHARACTER}
    return ActionSummary(
        action=action.name,
        status=status,
        results=results,
        question=question,
        asked_at=now() if question else "",
    )
