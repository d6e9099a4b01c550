"""Where a job waits for a person. A verdict is kept in the store before the run goes on.

A deployed run *suspends*: its process ends, and a worker starts it again when it is resumed. It then runs from its
first line, finds every finished step, and comes back here, where a stored verdict is read before anything else. A run
without a deployment *pauses*: its process waits.

The same question may be answered in the web app, over HTTP or in Prefect's own form. All of them keep the verdict in
the store; the first one counts, whatever a run is resumed with.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import sleep
from typing import Any

from prefect import runtime
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from pydantic import ValidationError

from flows import runs
from flows.artifacts import describe
from flows.context import JobContext
from flows.forms import form_for
from flows.resume import resume_run
from flows.slots import released
from popcon import naming
from popcon.editing.verdicts import read_verdict
from popcon.errors import BadInput, Fault
from popcon.jobs.progress import ActionProgress
from popcon.models.job import JobSpec
from popcon.models.verdict import AWAITING, Gate, RefinementVerdict, StartFrameVerdict
from popcon.pipeline.driver import Reviewed
from popcon.pipeline.refusals import Refusal
from tasks.base import in_flow_run

_PAUSE_S = 3650 * 24 * 3600
_LOOK_S = 1.0


def ask(
    context: JobContext, progress: ActionProgress, gate: Gate, question: str, reviewed: Reviewed, complaint: str
) -> dict[str, Any]:
    """Wait for a person's verdict, and return it as JSON. It is in the archive then.

    Arguments:
        gate, question: where the action waits, and what is asked (see `naming.question`).
        reviewed: what the person looks at.
        complaint: why what was asked for last was not done; empty: it was.
    """
    action = progress.action
    progress.ask(AWAITING[gate], question, reviewed.message if isinstance(reviewed, Refusal) else complaint)
    if (stored := context.stored_verdict(action, question)) is not None:  # somebody was quick
        return stored
    if context.deployed and context.job.spec.deadline_s is not None:
        deadline = due_at(context.job.spec, progress.summary.asked_at)
        runs.schedule_deadline(context.job.id, context.address, question, action.name, deadline)
    if not in_flow_run():
        return _wait(context, progress, question)
    prompt, asked = reviewed.prompt if isinstance(reviewed, Refusal) else action.motion, 0
    while True:
        # The run's count is the same before and after a resume, and another one after a crash or a retry: there an
        # old key would find a pause that has fired and has no answer.
        key = naming.slug(f"{question}-{runtime.flow_run.run_count}-{asked}", 80)
        form = form_for(gate, describe(context, action, reviewed, complaint), prompt)
        try:
            if context.deployed:
                answer = suspend_flow_run(wait_for_input=form, key=key)
            else:
                answer = _pause(context, progress, form, key)
            if (stored := context.stored_verdict(action, question)) is not None:
                return stored
            verdict = read_verdict(gate, answer.verdict(context.store), context.store)
            context.archive.decide(context.job.id, action.name, question, verdict, by="prefect")
            return context.stored_verdict(action, question) or verdict.model_dump()
        except (ValidationError, BadInput) as error:
            if isinstance(error, ValidationError) and error.title != form.__name__:
                raise
            if (stored := context.stored_verdict(action, question)) is not None:  # resumed without the form
                return stored
            complaint, asked = _sentence(error), asked + 1


def _sentence(error: ValidationError | BadInput) -> str:
    if isinstance(error, BadInput):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()) + "."


def _wait(context: JobContext, progress: ActionProgress, question: str) -> dict[str, Any]:
    """Wait in this process, which no server knows of, for a verdict in the store."""
    with released():
        while True:
            sleep(_LOOK_S)
            with suppress(Fault):
                if (verdict := _settled_verdict(context, progress, question)) is not None:
                    return verdict


def _settled_verdict(context: JobContext, progress: ActionProgress, question: str) -> dict[str, Any] | None:
    """Return the verdict in the store; the default one, now stored, where the deadline has passed."""
    if is_overdue(context.job.spec, progress.summary.asked_at):
        verdict = default_verdict(context.job.spec, question)
        context.archive.decide(context.job.id, progress.action.name, question, verdict, "deadline")
    return context.stored_verdict(progress.action, question)


def _pause(context: JobContext, progress: ActionProgress, form: type[RunInput], key: str) -> Any:
    """Wait in this process, for the form or for a verdict in the store."""
    over = Event()
    run_context = FlowRunContext.get()
    assert run_context is not None
    assert run_context.flow_run is not None
    thread = Thread(target=_watch, args=(context, progress, run_context.flow_run, over), daemon=True)
    thread.start()
    try:
        with released():
            return pause_flow_run(wait_for_input=form, timeout=_PAUSE_S, poll_interval=2, key=key)
    finally:
        over.set()
        thread.join()


def _watch(context: JobContext, progress: ActionProgress, waiting: FlowRun, over: Event) -> None:
    """Let a run that pauses go on when its verdict is in the store, or its deadline has passed."""
    while not over.wait(_LOOK_S):
        with suppress(Fault):  # store or server are away: nobody else looks, so this goes on
            if _settled_verdict(context, progress, progress.summary.question) is not None:
                with runs.server() as client:
                    if resume_run(client, waiting):
                        return


def is_overdue(spec: JobSpec, asked_at: str) -> bool:
    """Return whether a question has waited as long as its job allows."""
    return spec.deadline_s is not None and bool(asked_at) and datetime.now(UTC) >= due_at(spec, asked_at)


def due_at(spec: JobSpec, asked_at: str) -> datetime:
    """Return when a question has waited as long as its job allows."""
    return datetime.fromisoformat(asked_at) + timedelta(seconds=spec.deadline_s or 0)


def default_verdict(spec: JobSpec, question: str) -> StartFrameVerdict | RefinementVerdict:
    """Return what counts when nobody answered in time."""
    kind = spec.deadline_verdict
    if question.startswith(Gate.START_FRAME_REVIEW):
        return StartFrameVerdict(kind=kind)
    return RefinementVerdict(kind=kind)
