"""The workflow of an action: start frames, verdicts, takes, redraws, cut-outs, picks, refinements, stickers.

Told here alone. A driver (`driver.py`) runs the tasks, or looks up what is finished.
"""

from collections.abc import Sequence
from typing import TypeVar

from popcon.errors import BudgetExceeded, PromptDeclined
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.results import Character, Cutouts, Frames, StartFrame, Sticker, Take
from popcon.models.timeline import FrameRef
from popcon.models.verdict import Gate, RefinementVerdict, StartFrameVerdict, Status
from popcon.naming import result
from popcon.pipeline import redo_requests
from popcon.pipeline.driver import Driver, Reviewed, TaskRunner
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.refusals import DECLINED, Refusal, automatic_verdict, read_refusal, write_refusal
from popcon.pipeline.steps.start_frame import StartFrameInputs
from popcon.pipeline.tasks import (
    CUTOUTS,
    FRAMES,
    REDRAW,
    REFINE,
    REPLACED_START_FRAME,
    START_FRAME,
    STICKER,
    STUDY,
    TAKE,
    Task,
)

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)
VerdictT = TypeVar("VerdictT", StartFrameVerdict, RefinementVerdict)


def make_action(
    driver: Driver, inputs: StepInputsBuilder, action: Action, character: Character
) -> dict[str, Sticker] | None:
    """Drive an action from its start frame to its stickers.

    Returns:
        By edition (platform, and language), the sticker; None: a person skipped the action.

    Raises:
        PromptDeclined: a person approved although a service made nothing that could be approved.
    """
    return _ActionWorkflow(driver, inputs, action, character).run()


def cut_out_frames(
    runner: TaskRunner,
    inputs: StepInputsBuilder,
    action: Action,
    character: Character,
    frames: Frames,
    wanted: Sequence[Sequence[FrameRef]],
    *,
    alone: bool = False,
) -> Cutouts:
    """Study each source, then cut its frames out in chunks.

    Arguments:
        frames: the timeline that they play in.
        wanted: frames of one source each, sorted by frame number.
        alone: cut out each frame by itself: another pick, or none, then leaves all other cutouts as they are.
    """
    pending = []
    notes: dict[str, None] = {}
    for group in wanted:
        study = runner.run(STUDY, inputs.study(action, character, frames, group[0]), f"study {action.name}")
        notes |= dict.fromkeys(study.notes_for(len(group), len(inputs.spec.actions)))
        parts = [[frame] for frame in group] if alone else [group]
        chunks = [chunk for part in parts for chunk in inputs.chunks(action, frames, part, study)]
        for number, chunk in enumerate(chunks, 1):
            which = ": a picked frame" if alone else f" {number}/{len(chunks)}"
            pending.append(runner.submit(CUTOUTS, chunk, f"cut out {action.name}{which}"))
    made = [each.wait() for each in pending]
    return Cutouts(cutouts=tuple(cutout for each in made for cutout in each.cutouts), notes=tuple(notes))


class _ActionWorkflow:
    def __init__(self, driver: Driver, inputs: StepInputsBuilder, action: Action, character: Character) -> None:
        self._driver, self._inputs = driver, inputs
        self._action, self._character = action, character
        self._store, self._job = inputs.archive.store, inputs.job
        self._asks = inputs.spec.review == "ask"

    def run(self) -> dict[str, Sticker] | None:
        drawn = self._start_frame()
        cut = self._cutouts(*drawn) if drawn is not None else None
        if drawn is None or cut is None:
            self._driver.enter(Status.SKIPPED)
            return None
        self._driver.enter(Status.EXPORTING)
        frames, cutouts = self._refined(*cut)
        stickers = {
            edition: self._sticker(edition, drawn[0], frames, cutouts) for edition in self._inputs.spec.editions
        }
        self._driver.enter(Status.DONE)
        return stickers

    def _start_frame(self) -> tuple[StartFrame, list[StartFrameVerdict]] | None:
        """Draw, and draw again, until a person approves; None: they skip the action."""
        name = self._action.name
        verdicts: list[StartFrameVerdict] = []
        while True:
            self._driver.enter(Status.DRAWING)
            inputs = self._inputs.start_frame(self._action, self._character, verdicts)
            start_frame: StartFrame | Refusal
            if isinstance(inputs, StartFrameInputs):
                start_frame = self._attempt(START_FRAME, inputs, f"draw {name}", inputs.shot.motion)
            else:
                start_frame = self._driver.run(REPLACED_START_FRAME, inputs, f"replace {name}")
            if isinstance(start_frame, StartFrame):
                self._driver.keep(result("start_frame"), start_frame)
            verdicts.append(self._verdict(Gate.START_FRAME_REVIEW, StartFrameVerdict, len(verdicts), start_frame))
            if verdicts[-1].kind == "skip":
                return None
            if verdicts[-1].kind == "approve":
                if isinstance(start_frame, Refusal):
                    raise PromptDeclined(start_frame.message)
                return start_frame, verdicts

    def _cutouts(self, start_frame: StartFrame, approved: Sequence[StartFrameVerdict]) -> tuple[Frames, Cutouts] | None:
        """Animate and cut out, with another take or frame each time that a person asks for one; None: they skip it."""
        verdicts: list[RefinementVerdict] = []
        while True:
            self._driver.enter(Status.ANIMATING)
            takes, refused = self._takes(start_frame, approved, verdicts)
            if refused is not None:
                verdicts.append(self._verdict(Gate.REFINEMENT, RefinementVerdict, len(verdicts), refused))
                if verdicts[-1].kind == "skip":
                    return None
                if verdicts[-1].kind != "approve":
                    continue
                if not takes:
                    raise PromptDeclined(refused.message)
            frames, complaint = self._frames(takes, verdicts)
            self._driver.enter(Status.CUTTING_OUT)
            cutouts = self._cut_out(frames, frames.by_source())
            doubts = tuple(f"The take: {each}" for each in takes[-1].problems)
            cutouts = cutouts.model_copy(update={"notes": (*doubts, *cutouts.notes)})
            self._driver.keep(result("cutouts"), cutouts)
            if refused is None:
                verdict = self._verdict(Gate.REFINEMENT, RefinementVerdict, len(verdicts), cutouts, complaint)
                verdicts.append(verdict)
            if verdicts[-1].kind == "skip":
                return None
            if verdicts[-1].kind == "approve":
                return frames, cutouts

    def _takes(
        self,
        start_frame: StartFrame,
        approved: Sequence[StartFrameVerdict],
        verdicts: Sequence[RefinementVerdict],
    ) -> tuple[list[Take], Refusal | None]:
        """Return the takes that could be made so far; the refusal, where the last one could not."""
        made: list[Take] = []
        refused: Refusal | None = None
        for inputs in self._inputs.takes(self._action, self._character, start_frame, approved, verdicts):
            take = self._attempt(TAKE, inputs, f"animate {self._action.name}", inputs.shot.motion)
            refused = take if isinstance(take, Refusal) else None
            if isinstance(take, Take):
                self._driver.keep(result("take"), take)
                made.append(take)
        if made and made[-1].problems and not self._asks:
            made = self._retaken(made, start_frame, approved)
        return made, refused

    def _retaken(self, made: list[Take], start_frame: StartFrame, approved: Sequence[StartFrameVerdict]) -> list[Take]:
        """Return the takes with one more, where nobody looks at a faulty one; the one with the fewest problems comes
        last.

        A budget that does not hold the retake ends no job: the take stays as it is, and that is written down, so that
        the action counts as finished.
        """
        name = self._action.name
        again = [RefinementVerdict(kind="another_take")]
        inputs = self._inputs.takes(self._action, self._character, start_frame, approved, again)[-1]
        where = self._store, self._job.id, name, inputs.key()
        if read_refusal(*where) is not None:
            return made
        try:
            take = self._driver.run(TAKE, inputs, f"animate {name} again")
        except (BudgetExceeded, *DECLINED) as error:
            write_refusal(*where, Refusal(message=str(error), prompt=inputs.shot.motion))
            return made
        better = len(take.problems) < len(made[-1].problems)
        takes = [*made, take] if better else [take, *made]
        self._driver.keep(result("take"), takes[-1])
        return takes

    def _frames(self, takes: Sequence[Take], verdicts: Sequence[RefinementVerdict]) -> tuple[Frames, str]:
        """Return the timeline with all frames that a person had redrawn, and why the last request was not fulfilled."""
        inputs = self._inputs.frames(self._action, self._character, takes)
        frames = self._driver.run(FRAMES, inputs, f"choose frames {self._action.name}")
        self._driver.keep(result("frames"), frames)
        complaint = ""
        for number, request in enumerate(redo_requests.redo_requests(verdicts)):
            redraw = self._inputs.redraw(self._action, self._character, frames, request, number)
            if redraw is None:
                count = len(frames.timeline.slots)
                complaint = f"There is no slot {request.slot}; the action has {count}, from 0."
                continue
            redrawn = self._attempt(REDRAW, redraw, f"redraw {self._action.name} {request.slot}", request.prompt)
            complaint = redrawn.message if isinstance(redrawn, Refusal) else ""
            if not isinstance(redrawn, Refusal):
                frames = redo_requests.with_redrawn_frame(frames, request, redrawn)
                self._driver.keep(result("frames"), frames)
        return frames, complaint

    def _cut_out(self, frames: Frames, wanted: Sequence[Sequence[FrameRef]], alone: bool = False) -> Cutouts:
        def cut_out(runner: TaskRunner) -> Cutouts:
            return cut_out_frames(runner, self._inputs, self._action, self._character, frames, wanted, alone=alone)

        return self._driver.cut_out([frame for group in wanted for frame in group], cut_out)

    def _refined(self, frames: Frames, cutouts: Cutouts) -> tuple[Frames, Cutouts]:
        """Return what plays after a person's picks and changes; the same as before where there are none."""
        edits = self._inputs.edits(self._action, frames)
        if wanted := edits.uncut(cutouts):
            cutouts = cutouts.joined(self._cut_out(frames, wanted, alone=True))
            self._driver.keep(result("cutouts"), cutouts)
        inputs = self._inputs.refine(self._character, frames, edits, cutouts)
        if inputs is not None:
            refined = self._driver.run(REFINE, inputs, f"refine {self._action.name}")
            self._driver.keep(result("refine"), refined)
            cutouts = cutouts.replaced(refined)
        return edits.apply_picks(frames), cutouts

    def _sticker(self, edition: str, start_frame: StartFrame, frames: Frames, cutouts: Cutouts) -> Sticker:
        inputs = self._inputs.sticker(self._action, edition, start_frame, frames, cutouts)
        sticker = self._driver.run(STICKER, inputs, f"sticker {self._action.name} {edition}")
        self._driver.keep(result("sticker", edition), sticker)
        return sticker

    def _attempt(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str, prompt: str) -> ResultT | Refusal:
        """Return the result of a task that a service may refuse.

        In a job that a person reviews, the refusal is kept, and the person is asked for another prompt.

        Arguments:
            prompt: what may be edited, so that it passes.

        Raises:
            BadInput: it was refused, and nobody is there to be asked.
        """
        where = self._store, self._job.id, self._action.name, inputs.key()
        if self._asks and (known := read_refusal(*where)) is not None:
            return known
        try:
            return self._driver.run(task, inputs, label)
        except DECLINED as error:
            if not self._asks:
                raise
            refusal = Refusal(message=str(error), prompt=prompt)
            write_refusal(*where, refusal)
            return refusal

    def _verdict(
        self, gate: Gate, kind: type[VerdictT], attempt: int, reviewed: Reviewed, complaint: str = ""
    ) -> VerdictT:
        """Return the verdict in the archive, an automatic one where nobody reviews, or what a person answers now."""
        question = self._inputs.question(self._action, gate, attempt)
        verdict = self._inputs.archive.verdict(self._job.id, self._action.name, question)
        if verdict is None and not self._asks:
            verdict = {"kind": automatic_verdict(reviewed, attempt)}
        return kind.model_validate(verdict or self._driver.ask(gate, question, reviewed, complaint))
