"""The status of a whole job, in one word, from the statuses of its actions."""

from collections.abc import Iterable
from enum import StrEnum

from popcon.models.verdict import Status


class JobStatus(StrEnum):
    """The state of a job that most needs attention."""

    NEEDS_YOU = "needs_you"
    RUNNING = "running"
    QUEUED = "queued"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"
    DELETED = "deleted"


def overall(statuses: Iterable[Status], runner: str = "") -> JobStatus:
    """Return the status of a job: a question that waits comes first, also where another action has failed.

    Arguments:
        statuses: of the job's actions.
        runner: "running", "queued" or "stopped", where what carries the job out knows; else only the actions tell.
    """
    known = tuple(statuses)
    if any(status.awaiting for status in known):
        return JobStatus.NEEDS_YOU
    if all(status.settled for status in known):
        if runner == "running":
            return JobStatus.RUNNING
        return JobStatus.FAILED if Status.FAILED in known else JobStatus.DONE
    if runner in (JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.STOPPED):
        return JobStatus(runner)
    return JobStatus.QUEUED if all(status is Status.QUEUED for status in known) else JobStatus.RUNNING
