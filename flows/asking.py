"""Steps that a service may decline: in a job that a person reviews, the person is asked for another prompt."""

from collections.abc import Sequence
from typing import TypeVar

from flows.context import ActionProgress, JobContext
from popcon.models.base import Model
from popcon.models.results import Character, Frames
from popcon.models.verdict import RefinementVerdict
from popcon.pipeline import redo_requests
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.refusals import DECLINED, Refusal, read_refusal, write_refusal
from tasks import steps
from tasks.base import Done, StepTask

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


def attempt(
    context: JobContext, at: ActionProgress, step: StepTask[InputsT, ResultT], inputs: InputsT, label: str, prompt: str
) -> ResultT | Refusal:
    """The result of a step, or why the service would not make it.

    Arguments:
        prompt: what may be edited, so that it passes.

    Raises:
        BadInput: it was declined, and nobody is there to be asked.
    """
    done = _try(context, at, step, inputs, label, prompt)
    return done if isinstance(done, Refusal) else at.finished(done)


def redraw(
    context: JobContext, at: ActionProgress, character: Character, frames: Frames, said: Sequence[RefinementVerdict]
) -> tuple[Frames, str]:
    """The timeline with all frames that a person had drawn anew, and why the last wish was not fulfilled."""
    complaint = ""
    for number, wish in enumerate(redo_requests.wishes(said)):
        inputs = context.step_inputs.redraw(at.action, character, frames, wish, number)
        if inputs is None:
            complaint = f"There is no slot {wish.slot}; the action has {len(frames.timeline.slots)}, from 0."
            continue
        done = _try(context, at, steps.redraw, inputs, f"redraw {at.action.name} {wish.slot}", wish.prompt)
        complaint = done.message if isinstance(done, Refusal) else ""
        if not isinstance(done, Refusal):
            frames = at.all_finished(redo_requests.put(frames, wish, done.result), [done.log])
    return frames, complaint


def _try(
    context: JobContext, at: ActionProgress, step: StepTask[InputsT, ResultT], inputs: InputsT, label: str, prompt: str
) -> Done[ResultT] | Refusal:
    where = context.store, context.job.id, at.action.name, inputs.key()
    asks = context.job.spec.review == "ask"
    if asks and (known := read_refusal(*where)) is not None:
        return known
    try:
        return step(inputs, context.store, label)
    except DECLINED as error:
        if not asks:
            raise
        declined = Refusal(message=str(error), prompt=prompt)
        write_refusal(*where, declined)
        return declined
