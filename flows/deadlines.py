"""Answers gates whose deadline has passed with the verdict that the job named for that."""

from collections.abc import Iterable

from flows.gates import default_verdict, is_overdue
from popcon.jobs.archive import Archive


def answer_overdue(archive: Archive, job_ids: Iterable[str] | None = None) -> list[str]:
    """Keep the default verdict for every question that waited too long; returns `job action question` of each.

    Arguments:
        archive: the jobs.
        job_ids: only these; None: all.

    Whoever waits for it is resumed by `recover`.
    """
    answered = []
    for job in archive.jobs() if job_ids is None else map(archive.job, job_ids):
        if job.spec.deadline_s is None:
            continue
        for action in job.spec.actions:
            summary = archive.summary(job.id, action.name)
            if not summary.status.awaiting or not is_overdue(job.spec, summary.asked_at):
                continue
            verdict = default_verdict(job.spec, summary.question)
            if archive.decide(job.id, action.name, summary.question, verdict, by="deadline"):
                answered.append(f"{job.id} {action.name} {summary.question}")
    return answered
