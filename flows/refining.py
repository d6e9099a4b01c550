"""Between the gate and the stickers: a person's picks are cut out, and their changes applied."""

from flows.context import ActionProgress, JobContext
from flows.gpu import wait_for_gpu
from popcon.models.results import Character, Cutouts, Frames
from tasks import steps


def refine(
    context: JobContext, at: ActionProgress, character: Character, frames: Frames, cutouts: Cutouts
) -> tuple[Frames, Cutouts]:
    """What plays after a person's changes; the same as before where there are none."""
    edits = context.step_inputs.edits(at.action, frames)
    logs, made = [], cutouts
    for wanted in edits.uncut(cutouts):
        for frame in wanted if context.deployed else ():
            wait_for_gpu(context, at.action, character, frames.only(frame))
        study = steps.study(
            context.step_inputs.study(at.action, character, frames, wanted[0]), context.store, f"study {at.action.name}"
        )
        logs.append(study.log)
        for chunk in context.step_inputs.picked(at.action, frames, wanted, study.result):
            done = steps.cutouts(chunk, context.store, f"cut out {at.action.name}: a picked frame")
            logs.append(done.log)
            made = made.model_copy(update={"cutouts": (*made.cutouts, *done.result.cutouts)})
    if logs:
        at.all_finished(made, logs)
    inputs = context.step_inputs.refine(character, frames, edits, made)
    if inputs is not None:
        made = made.replaced(at.finished(steps.refine(inputs, context.store, f"refine {at.action.name}")))
    return edits.apply_picks(frames), made
