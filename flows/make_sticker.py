"""make_sticker: one action, from start frame to stickers. A flow run of its own, so that it can wait alone."""

from typing import Any

from prefect import flow

from flows import artifacts, dispatch, gates
from flows.asking import attempt, redraw
from flows.context import ActionProgress, JobContext
from flows.refining import refine
from flows.runs import server_is_gone
from popcon.errors import PopconError, PromptDeclined
from popcon.models.results import Character, Cutouts, Frames, StartFrame, Take
from popcon.models.verdict import RefinementVerdict, StartFrameVerdict, Status
from popcon.pipeline.refusals import Refusal
from popcon.pipeline.steps.start_frame import StartFrameInputs
from tasks import steps


@flow(name="make-sticker", flow_run_name="make {action_name} for {job_id}", validate_parameters=False)
def make_sticker(job_id: str, store_url: str, action_name: str, character: dict[str, Any]) -> None:
    """Make one action's stickers, for all platforms of the job.

    Arguments:
        job_id, store_url: the job, and the store that holds it.
        action_name: one of the job's actions.
        character: the result of the character step, as JSON.
    """
    person = Character.model_validate(character)
    while True:
        context = JobContext(job_id, store_url)
        at = context.progress(action_name)
        try:
            _make_sticker(context, at, person)
        except Exception as error:
            if not server_is_gone(error):  # else nothing is wrong with the action: it goes on with the server
                said = str(error) if isinstance(error, PopconError) else f"{type(error).__name__}: {error}"
                at.enter(Status.FAILED, said)
            dispatch.action_settled(context, person)
            raise
        if not context.outdated:
            return dispatch.action_settled(context, person)


def _make_sticker(context: JobContext, at: ActionProgress, character: Character) -> None:
    drawn = _start_frame(context, at, character)
    cut = _cutouts(context, at, character, *drawn) if drawn is not None else None
    if drawn is None or cut is None:
        return at.enter(Status.SKIPPED)
    start_frame, _ = drawn
    at.enter(Status.EXPORTING)
    frames, cutouts = refine(context, at, character, *cut)
    for platform in context.job.spec.platforms:
        inputs = context.step_inputs.sticker(at.action, platform, start_frame, frames, cutouts)
        at.finished(steps.sticker(inputs, context.store, f"sticker {at.action.name} {platform}"))
    at.enter(Status.DONE)


def _start_frame(
    context: JobContext, at: ActionProgress, character: Character
) -> tuple[StartFrame, list[StartFrameVerdict]] | None:
    """Draw, and draw again, until a person approves; None: they skip the action."""
    said: list[StartFrameVerdict] = []
    while True:
        at.enter(Status.DRAWING)
        inputs = context.step_inputs.start_frame(at.action, character, said)
        if isinstance(inputs, StartFrameInputs):
            label = f"draw {at.action.name}"
            start_frame = attempt(context, at, steps.start_frame, inputs, label, inputs.shot.motion)
        else:
            start_frame = at.finished(steps.replaced_start_frame(inputs, context.store, f"replace {at.action.name}"))
        artifacts.start_frame(context, at, start_frame)
        said.append(gates.start_frame_review(context, at, len(said), start_frame))
        if said[-1].kind == "skip":
            return None
        if said[-1].kind == "approve":
            return _not_declined(start_frame), said


def _cutouts(
    context: JobContext,
    at: ActionProgress,
    character: Character,
    start_frame: StartFrame,
    approved: list[StartFrameVerdict],
) -> tuple[Frames, Cutouts] | None:
    """Animate and cut out, with another take or frame each time that a person asks for one; None: they skip it."""
    said: list[RefinementVerdict] = []
    while True:
        at.enter(Status.ANIMATING)
        inputs = context.step_inputs.takes(at.action, character, start_frame, approved, said)
        tried: list[Take | Refusal] = []
        for each in inputs:
            made = attempt(context, at, steps.take, each, f"animate {at.action.name}", each.shot.motion)
            tried.append(made)
        takes = [each for each in tried if isinstance(each, Take)]
        refused = tried[-1] if isinstance(tried[-1], Refusal) else None
        if refused is not None:
            said.append(gates.refinement(context, at, len(said), refused))
            if said[-1].kind == "skip":
                return None
            if said[-1].kind != "approve":
                continue
            if not takes:
                raise PromptDeclined(refused.message)
        frames = at.finished(
            steps.frames(
                context.step_inputs.frames(at.action, character, takes),
                context.store,
                f"choose frames {at.action.name}",
            )
        )
        frames, complaint = redraw(context, at, character, frames, said)
        at.enter(Status.CUTTING_OUT)
        cutouts = at.all_finished(*dispatch.cut_out(context, at.action, character, frames))
        if refused is None:
            said.append(gates.refinement(context, at, len(said), cutouts, complaint))
        if said[-1].kind == "skip":
            return None
        if said[-1].kind == "approve":
            return frames, cutouts


def _not_declined(found: StartFrame | Refusal) -> StartFrame:
    """Nothing was drawn that could be approved: then the action fails with what the service said."""
    if isinstance(found, Refusal):
        raise PromptDeclined(found.message)
    return found
