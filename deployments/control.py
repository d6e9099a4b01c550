"""What a person can do about a job that runs on a Prefect server: order it, answer it, redo it.

Plain functions for the command line, the web app and tests. All of them keep what was said in the store first, and
talk to the server in PREFECT_API_URL then. They block (a few HTTP calls): call them from a thread in async code.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from blocks.access import address_of
from flows import runs
from flows.resume import resume_run, resume_soon
from popcon.editing.verdicts import Verdict, VerdictResult, read_verdict, record_verdict
from popcon.errors import Fault
from popcon.jobs.archive import Archive, Job
from popcon.models.base import Model
from popcon.models.step import Step
from popcon.models.verdict import Gate

__all__ = ["Submitted", "answer", "redo", "submit"]

INTERACTIVE, BATCH = "interactive", "batch"
"""Queues of each pool; what somebody waits for goes before what a schedule ordered."""


class Submitted(Model):
    """A job that is on its way."""

    job: str
    run: str = Field(description="id of the make-pack flow run")
    already: bool = Field(default=False, description="it was on its way before")


def submit(archive: Archive, job: Job, queue: str = INTERACTIVE) -> Submitted:
    """Start a placed job on the server, or continue it. While it is being started, starting it again is the same run.

    Finished steps are hits; actions that are settled and complete, running or waiting are left alone.

    Raises:
        Fault: the server cannot be reached, or the deployments are not registered.
    """
    with runs.server() as client:
        run, already = runs.start_job(client, job.id, address_of(archive.store.url), queue)
    return Submitted(job=job.id, run=str(run.id), already=already)


def answer(
    archive: Archive,
    job_id: str,
    action: str,
    gate: Gate | str,
    verdict: Verdict | Mapping[str, Any],
    by: str,
    question: str = "",
) -> VerdictResult:
    """Answer a gate. The answer is kept in the store before anything is told to the server; the first one counts.

    Arguments:
        archive, job_id, action: who waits.
        gate: `start_frame_review` or `refinement`.
        verdict: a model, or its JSON.
        by: who says so, for the record.
        question: `ActionSummary.question` as the person saw it; empty: whatever the action asks just now. With it,
            an answer to something that is no longer asked is told apart from an answer to what is asked now.

    Returns:
        Whether it counts (`stored`), what counts (`verdict`), whether a run goes on (`resumed`), and a sentence for
        the person. An answer that comes too late is no error.

    Raises:
        BadInput: an unknown job, action, gate or verdict, or a picture that the store does not hold.
        Fault: the store cannot be written. (A server that cannot be reached is told in the message: the answer is
            kept, and the run finds it.)
    """
    job = archive.job(job_id)
    said = read_verdict(gate, verdict, archive.store)
    kept = record_verdict(archive, job, action, Gate(gate), said, by, question)
    if kept.verdict is None:
        return kept

    def asks() -> bool:
        return archive.summary(job_id, action).question == kept.question

    try:
        with runs.server() as client:
            live = [run for run in runs.find(client, runs.MAKE_STICKER, job_id, action) if runs.is_live(run)]
            resumed = any(resume_soon(client, run, asks) for run in live)
            if not live and asks():  # also where the answer was kept before, and whoever kept it died then
                runs.start_job(client, job_id, address_of(archive.store.url), INTERACTIVE)  # the server lost its run
    except Fault as error:
        return kept.model_copy(update={"message": f"{kept.message} {error} The job finds it when it goes on."})
    return kept.model_copy(update={"resumed": resumed})


def redo(archive: Archive, job_id: str, step: Step | None = None, action: str | None = None) -> Submitted:
    """Do a job again from a step, for one action or all; without a step, continue it. Only what changes is computed.

    Runs of it that wait at a gate ask anew where their question changed.

    Raises:
        BadInput: an unknown job, action or step, or a step of the whole job with an action.
        Fault: the server cannot be reached (the redo itself is kept).
    """
    job = archive.job(job_id)
    if step is not None:
        archive.redo(job, Step(step), action)
        with runs.server() as client:
            names = [each.name for each in job.spec.actions] if action is None else [action]
            for name in names:
                for run in runs.find(client, runs.MAKE_STICKER, job_id, name):
                    if runs.waits(run):
                        resume_run(client, run)
    return submit(archive, job)
