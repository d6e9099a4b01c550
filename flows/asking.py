"""Steps that a service may decline: in a job that a person reviews, the person is asked for another prompt."""

from collections.abc import Sequence
from typing import TypeVar

from flows.desk import ActionProgress, Desk
from popcon import redraws
from popcon.keys import StepInputs
from popcon.models.base import Model
from popcon.models.results import Character, Frames
from popcon.models.verdict import RefinementVerdict
from popcon.review import DECLINED, Declined, note_declined, read_declined
from tasks import steps
from tasks.base import Done, StepTask

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


def attempt(
    desk: Desk, at: ActionProgress, step: StepTask[InputsT, ResultT], inputs: InputsT, label: str, prompt: str
) -> ResultT | Declined:
    """The result of a step, or why the service would not make it.

    Arguments:
        prompt: what may be edited, so that it passes.

    Raises:
        BadInput: it was declined, and nobody is there to be asked.
    """
    done = _try(desk, at, step, inputs, label, prompt)
    return done if isinstance(done, Declined) else at.finished(done)


def redraw(
    desk: Desk, at: ActionProgress, character: Character, frames: Frames, said: Sequence[RefinementVerdict]
) -> tuple[Frames, str]:
    """The timeline with all frames that a person had drawn anew, and why the last wish was not fulfilled."""
    complaint = ""
    for number, wish in enumerate(redraws.wishes(said)):
        inputs = desk.recipe.redraw(at.action, character, frames, wish, number)
        if inputs is None:
            complaint = f"There is no slot {wish.slot}; the action has {len(frames.timeline.slots)}, from 0."
            continue
        done = _try(desk, at, steps.redraw, inputs, f"redraw {at.action.name} {wish.slot}", wish.prompt)
        complaint = done.message if isinstance(done, Declined) else ""
        if not isinstance(done, Declined):
            frames = at.all_finished(redraws.put(frames, wish, done.result), [done.log])
    return frames, complaint


def _try(
    desk: Desk, at: ActionProgress, step: StepTask[InputsT, ResultT], inputs: InputsT, label: str, prompt: str
) -> Done[ResultT] | Declined:
    where = desk.store, desk.job.id, at.action.name, inputs.key()
    asks = desk.job.spec.review == "ask"
    if asks and (known := read_declined(*where)) is not None:
        return known
    try:
        return step(inputs, desk.store, label)
    except DECLINED as error:
        if not asks:
            raise
        declined = Declined(message=str(error), prompt=prompt)
        note_declined(*where, declined)
        return declined
