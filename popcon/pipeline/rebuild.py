"""Rebuilds summaries that were lost: where an action stands, by what the store holds of it."""

from collections.abc import Iterable

from popcon.jobs.archive import Archive, Job
from popcon.models.action import Action
from popcon.models.summary import ActionSummary
from popcon.pipeline.job import find_character
from popcon.pipeline.lookup import ActionLookup


def rebuild_summaries(archive: Archive, job_ids: Iterable[str] | None = None) -> list[str]:
    """Write a summary for every action that has none; returns `job action` of each.

    Arguments:
        archive: the jobs.
        job_ids: only these; None: all.

    What a summary says beyond the results (how long tasks took, why one failed) is not known any more.
    """
    rebuilt = []
    for job in archive.jobs() if job_ids is None else map(archive.job, job_ids):
        for action in job.spec.actions:
            if not archive.has_summary(job.id, action.name):
                archive.summarise(job.id, rebuild_summary(archive, job, action))
                rebuilt.append(f"{job.id} {action.name}")
    return rebuilt


def rebuild_summary(archive: Archive, job: Job, action: Action) -> ActionSummary:
    """Return where an action stands by what is finished of it."""
    lookup = ActionLookup(archive, job, action)
    character = find_character(lookup.inputs)
    if character is not None:
        lookup.follow(character)
    return lookup.summary()
