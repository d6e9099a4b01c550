"""The status of a whole job."""

import pytest

from popcon.jobs.status import JobStatus, overall
from popcon.models.verdict import Status

DONE, FAILED, SKIPPED, QUEUED = Status.DONE, Status.FAILED, Status.SKIPPED, Status.QUEUED
DRAWING, ASKS = Status.DRAWING, Status.AWAITING_START_FRAME


@pytest.mark.parametrize(
    ("statuses", "runner", "expected"),
    [
        ([ASKS, FAILED], "", JobStatus.NEEDS_YOU),
        ([Status.AWAITING_REFINEMENT, DRAWING], "running", JobStatus.NEEDS_YOU),
        ([ASKS, QUEUED], "stopped", JobStatus.NEEDS_YOU),
        ([DONE, DONE], "", JobStatus.DONE),
        ([DONE, SKIPPED], "stopped", JobStatus.DONE),
        ([SKIPPED], "", JobStatus.DONE),
        ([DONE, FAILED], "", JobStatus.FAILED),
        ([DONE, FAILED], "queued", JobStatus.FAILED),
        ([DONE, DONE], "running", JobStatus.RUNNING),
        ([DONE, QUEUED], "", JobStatus.RUNNING),
        ([FAILED, DRAWING], "", JobStatus.RUNNING),
        ([QUEUED, QUEUED], "", JobStatus.QUEUED),
        ([QUEUED, QUEUED], "running", JobStatus.RUNNING),
        ([DONE, DRAWING], "queued", JobStatus.QUEUED),
        ([DONE, DRAWING], "stopped", JobStatus.STOPPED),
        ([DONE, DRAWING], "unheard of", JobStatus.RUNNING),
    ],
)
def test_the_status_that_most_needs_attention_counts(statuses: list[Status], runner: str, expected: JobStatus) -> None:
    assert overall(statuses, runner) is expected
    assert overall(reversed(statuses), runner) is expected, "the order of actions does not matter"


def test_every_status_of_an_action_alone_has_a_status_of_the_job() -> None:
    found = {status: overall([status]) for status in Status}
    assert {each for each, job in found.items() if job is JobStatus.NEEDS_YOU} == {
        each for each in Status if each.awaiting
    }
    assert {each for each, job in found.items() if job in (JobStatus.DONE, JobStatus.FAILED)} == {
        each for each in Status if each.settled
    }
