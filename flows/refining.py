"""Between the gate and the stickers: a person's picks are cut out, and their changes applied."""

from flows.desk import ActionProgress, Desk
from flows.gpu import wait_for_gpu
from popcon.models.results import Character, Cutouts, Frames
from tasks import steps


def refine(
    desk: Desk, at: ActionProgress, character: Character, frames: Frames, cutouts: Cutouts
) -> tuple[Frames, Cutouts]:
    """What plays after a person's changes; the same as before where there are none."""
    edits = desk.recipe.edits(at.action, frames)
    logs, made = [], cutouts
    for wanted in edits.uncut(cutouts):
        for frame in wanted if desk.deployed else ():
            wait_for_gpu(desk, at.action, character, frames.only(frame))
        study = steps.study(
            desk.recipe.study(at.action, character, frames, wanted[0]), desk.store, f"study {at.action.name}"
        )
        logs.append(study.log)
        for chunk in desk.recipe.picked(at.action, frames, wanted, study.result):
            done = steps.cutouts(chunk, desk.store, f"cut out {at.action.name}: a picked frame")
            logs.append(done.log)
            made = made.model_copy(update={"cutouts": (*made.cutouts, *done.result.cutouts)})
    if logs:
        at.all_finished(made, logs)
    inputs = desk.recipe.refine(character, frames, edits, made)
    if inputs is not None:
        made = made.replaced(at.finished(steps.refine(inputs, desk.store, f"refine {at.action.name}")))
    return edits.apply_picks(frames), made
