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
from typing import Any

from prefect import runtime
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from pydantic import ValidationError

from flows import runs
from flows.artifacts import Shown, describe
from flows.context import ActionProgress, JobContext
from flows.forms import form_for
from popcon import naming
from popcon.editing.verdicts import AWAITING, read_verdict
from popcon.errors import BadInput, Fault
from popcon.models.job import JobSpec
from popcon.models.verdict import Gate, RefinementVerdict, StartFrameVerdict
from popcon.pipeline.refusals import Refusal, automatic

_PAUSE_S = 3650 * 24 * 3600
_LOOK_S = 1.0


def start_frame_review(context: JobContext, at: ActionProgress, attempt: int, shown: Shown) -> StartFrameVerdict:
    """Ask whether an action starts well."""
    return StartFrameVerdict.model_validate(_answer(context, at, Gate.START_FRAME_REVIEW, attempt, shown))


def refinement(
    context: JobContext, at: ActionProgress, attempt: int, shown: Shown, complaint: str = ""
) -> RefinementVerdict:
    """Ask whether an action is cut out well; `complaint` is why what was asked for last was not done."""
    return RefinementVerdict.model_validate(_answer(context, at, Gate.REFINEMENT, attempt, shown, complaint))


def _answer(
    context: JobContext, at: ActionProgress, gate: Gate, attempt: int, shown: Shown, complaint: str = ""
) -> dict[str, Any]:
    question = context.step_inputs.question(at.action, gate, attempt)
    if (stored := context.stored_verdict(at.action, question)) is not None:
        return stored
    if context.job.spec.review == "auto":
        return {"kind": automatic(shown, attempt).kind}
    at.ask(AWAITING[gate], question, shown.message if isinstance(shown, Refusal) else complaint)
    if (stored := context.stored_verdict(at.action, question)) is not None:  # somebody was quick
        return stored
    if context.deployed and context.job.spec.deadline_s is not None:
        runs.look_later(
            context.job.id, context.address, question, at.action.name, due_at(context.job.spec, at.summary.asked_at)
        )
    prompt, asked = shown.prompt if isinstance(shown, Refusal) else at.action.motion, 0
    while True:
        # The run's count is the same before and after a resume, and another one after a crash or a retry: there an
        # old key would find a pause that has fired and has no answer.
        key = naming.slug(f"{question}-{runtime.flow_run.run_count}-{asked}", 80)
        form = form_for(gate, describe(context, at, gate, shown, complaint), prompt)
        try:
            said = (
                suspend_flow_run(wait_for_input=form, key=key) if context.deployed else _pause(context, at, form, key)
            )
            if (stored := context.stored_verdict(at.action, question)) is not None:
                return stored
            verdict = read_verdict(gate, said.verdict(context.store), context.store)
            context.archive.decide(context.job.id, at.action.name, question, verdict, by="prefect")
            return context.stored_verdict(at.action, question) or verdict.model_dump()
        except (ValidationError, BadInput) as error:
            if isinstance(error, ValidationError) and error.title != form.__name__:
                raise
            complaint, asked = str(error), asked + 1


def _pause(context: JobContext, at: ActionProgress, form: type[RunInput], key: str) -> Any:
    """Wait in this process, for the form or for a verdict in the store."""
    over = Event()
    run_context = FlowRunContext.get()
    assert run_context is not None
    assert run_context.flow_run is not None
    thread = Thread(target=_watch, args=(context, at, run_context.flow_run, over), daemon=True)
    thread.start()
    try:
        return pause_flow_run(wait_for_input=form, timeout=_PAUSE_S, poll_interval=2, key=key)
    finally:
        over.set()
        thread.join()


def _watch(context: JobContext, at: ActionProgress, waiting: FlowRun, over: Event) -> None:
    """Let a run that pauses go on when its verdict is in the store, or its deadline has passed."""
    while not over.wait(_LOOK_S):
        with suppress(Fault):  # store or server are away: nobody else looks, so this goes on
            question = at.summary.question
            if is_overdue(context.job.spec, at.summary.asked_at):
                context.archive.decide(
                    context.job.id, at.action.name, question, default_verdict(context.job.spec, question), "deadline"
                )
            if context.stored_verdict(at.action, question) is not None:
                with runs.server() as client:
                    if runs.resume(client, waiting):
                        return


def is_overdue(spec: JobSpec, asked_at: str) -> bool:
    """Whether a question has waited as long as its job allows."""
    return spec.deadline_s is not None and bool(asked_at) and datetime.now(UTC) >= due_at(spec, asked_at)


def due_at(spec: JobSpec, asked_at: str) -> datetime:
    """When a question has waited as long as its job allows."""
    return datetime.fromisoformat(asked_at) + timedelta(seconds=spec.deadline_s or 0)


def default_verdict(spec: JobSpec, question: str) -> StartFrameVerdict | RefinementVerdict:
    """What counts when nobody answered in time."""
    kind = spec.deadline_verdict
    if question.startswith(Gate.START_FRAME_REVIEW):
        return StartFrameVerdict(kind=kind)
    return RefinementVerdict(kind=kind)
