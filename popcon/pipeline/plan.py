"""What a job would do: each step, whether it is finished already, and what it would cost. Runs nothing."""

from decimal import Decimal
from typing import TypeVar

from pydantic import Field

from popcon.jobs.archive import Archive, Job
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.job import Cny
from popcon.models.results import Character, Cutouts, Frames, Pack, Sheet, StartFrame, Sticker, Study, Take
from popcon.models.verdict import Gate, RefinementVerdict, StartFrameVerdict, Status
from popcon.pipeline import redo_requests
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.keys import Step, StepInputs
from popcon.pipeline.prices import estimate
from popcon.pipeline.refusals import Refusal, automatic, read_refusal
from popcon.pipeline.steps.redraw import RedrawInputs, Redrawn
from popcon.storage.records import result_of

ResultT = TypeVar("ResultT", bound=Model)
VerdictT = TypeVar("VerdictT", StartFrameVerdict, RefinementVerdict)


class PlannedStep(Model):
    """One step of a plan."""

    step: Step
    label: str
    cached: bool
    estimate_cny: Cny = Decimal(0)


class Plan(Model):
    """All steps of a job that can be foreseen. What follows an unfinished step counts as unfinished."""

    job: str
    steps: tuple[PlannedStep, ...]
    waiting: tuple[str, ...] = Field(default=(), description="gates that nobody has answered yet")

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return all(step.cached for step in self.steps) and not self.waiting

    @property
    def hits(self) -> int:
        return sum(step.cached for step in self.steps)

    @property
    def estimate_cny(self) -> Decimal:
        return sum((step.estimate_cny for step in self.steps if not step.cached), Decimal(0))


class _Unfinished(Exception):
    """The step just asked for has to run, so what follows it cannot be foreseen exactly."""


def make_plan(archive: Archive, job: Job) -> Plan:
    """Walk a job's steps as its flows would, asking the records instead of computing."""
    return Walk(archive, job).plan()


def finished_actions(archive: Archive, job: Job) -> set[str]:
    """The actions of which nothing is left to do: settled, with every result in the store."""
    return Walk(archive, job).finished_actions()


def find_cutouts(archive: Archive, job: Job, action: Action, character: Character, frames: Frames) -> Cutouts | None:
    """The cutouts of an action, if all of them are finished."""
    return Walk(archive, job).find_cutouts(action, character, frames)


class Walk:
    """Goes through a job's steps as its flows would, asking the records instead of computing.

    Attributes:
        keys: the keys of all steps that it came by, finished or not.
        results: each step's last finished result, under the names that `ActionSummary.results` has.
        question: the question that it stopped at, if it stopped at one.
    """

    def __init__(self, archive: Archive, job: Job) -> None:
        self._archive, self._job = archive, job
        self._recipe = StepInputsBuilder(archive, job)
        self._steps: list[PlannedStep] = []
        self._waiting: list[str] = []
        self.keys: set[str] = set()
        self.results: dict[str, Model] = {}
        self.question = ""

    @property
    def stopped_at(self) -> Step | None:
        """The first step that has to run; None: there is none, or a person has to answer first."""
        return None if self.question else next((each.step for each in self._steps if not each.cached), None)

    def character(self) -> Character | None:
        return self._find(self._recipe.character(), Character, "prepare the character")

    def plan(self) -> Plan:
        stickers: dict[str, list[Sticker]] = {name: [] for name in self._job.spec.platforms}
        try:
            character = self._look(self._recipe.character(), Character, "prepare the character")
        except _Unfinished:
            for action in self._job.spec.actions:
                self._foresee(action, after=None)
            complete = False
        else:
            walked = [self.action(action, character, stickers) for action in self._job.spec.actions]
            complete = all(walked)
        for platform, made in stickers.items():
            if complete and made:
                try:
                    self._look(self._recipe.pack(platform, character, made), Pack, f"pack {platform}")
                    self._look(self._recipe.sheet(platform, made), Sheet, f"contact sheet {platform}")
                except _Unfinished:
                    pass
            elif not complete:
                self._todo(Step.PACK, f"pack {platform}")
        return Plan(job=self._job.id, steps=tuple(self._steps), waiting=tuple(self._waiting))

    def finished_actions(self) -> set[str]:
        finished = set()
        try:
            character = self._look(self._recipe.character(), Character, "prepare the character")
        except _Unfinished:
            return set()
        for action in self._job.spec.actions:
            summary = self._archive.summary(self._job.id, action.name)
            stickers: dict[str, list[Sticker]] = {name: [] for name in self._job.spec.platforms}
            if summary.status in (Status.DONE, Status.SKIPPED) and self.action(action, character, stickers):
                made = {
                    f"{Step.STICKER}:{name}": each[0].model_dump(mode="json") for name, each in stickers.items() if each
                }
                if made.items() <= summary.results.items() and bool(made) == (summary.status is Status.DONE):
                    finished.add(action.name)
        return finished

    def find_cutouts(self, action: Action, character: Character, frames: Frames) -> Cutouts | None:
        try:
            return self._cut_out(action, character, frames)
        except _Unfinished:
            return None

    def action(self, action: Action, character: Character, stickers: dict[str, list[Sticker]]) -> bool:
        """Walk one action; whether all of it is finished."""
        done: Step | None = None
        try:
            drawn = self._start_frame(action, character)
            done = Step.START_FRAME
            if drawn is None:
                return True
            start_frame, approved = drawn
            made_cutouts = self._cutouts(action, character, start_frame, approved)
            done = Step.CUTOUTS
            if made_cutouts is None:
                return True
            frames, cutouts = self._refined(action, character, *made_cutouts)
            for platform, made in stickers.items():
                inputs = self._recipe.sticker(action, platform, start_frame, frames, cutouts)
                made.append(self._look(inputs, Sticker, f"sticker {action.name} {platform}"))
        except _Unfinished:
            self._foresee(action, after=self._steps[-1].step if self._steps else done)
            return False
        return True

    def _start_frame(self, action: Action, character: Character) -> tuple[StartFrame, list[StartFrameVerdict]] | None:
        """None: the action is skipped."""
        said: list[StartFrameVerdict] = []
        while True:
            inputs = self._recipe.start_frame(action, character, said)
            start_frame = self._attempt(action, inputs, StartFrame, f"draw {action.name}")
            said.append(self._said(action, Gate.START_FRAME_REVIEW, len(said), StartFrameVerdict, start_frame))
            if said[-1].kind == "skip":
                return None
            if said[-1].kind == "approve":
                return self._not_declined(start_frame), said

    def _cutouts(
        self, action: Action, character: Character, start_frame: StartFrame, approved: list[StartFrameVerdict]
    ) -> tuple[Frames, Cutouts] | None:
        """None: the action is skipped."""
        said: list[RefinementVerdict] = []
        while True:
            inputs = self._recipe.takes(action, character, start_frame, approved, said)
            tried = [self._attempt(action, each, Take, f"animate {action.name}") for each in inputs]
            takes = [each for each in tried if isinstance(each, Take)]
            refused = isinstance(tried[-1], Refusal)
            if refused:
                said.append(self._said(action, Gate.REFINEMENT, len(said), RefinementVerdict, tried[-1]))
                if said[-1].kind == "skip":
                    return None
                if said[-1].kind != "approve":
                    continue
                if not takes:
                    raise _Unfinished
            frames = self._look(self._recipe.frames(action, character, takes), Frames, f"choose frames {action.name}")
            frames = self._redrawn(action, character, frames, said)
            cutouts = self._cut_out(action, character, frames)
            if not refused:
                said.append(self._said(action, Gate.REFINEMENT, len(said), RefinementVerdict, cutouts))
            if said[-1].kind == "skip":
                return None
            if said[-1].kind == "approve":
                return frames, cutouts

    def _redrawn(self, action: Action, character: Character, frames: Frames, said: list[RefinementVerdict]) -> Frames:
        for number, wish in enumerate(redo_requests.wishes(said)):
            inputs = self._recipe.redraw(action, character, frames, wish, number)
            if inputs is None:
                continue
            made = self._attempt(action, inputs, Redrawn, f"redraw {action.name} {wish.slot}")
            frames = redo_requests.put(frames, wish, made) if isinstance(made, Redrawn) else frames
            self.results[Step.FRAMES] = frames
        return frames

    def _attempt(self, action: Action, inputs: StepInputs, kind: type[ResultT], label: str) -> ResultT | Refusal:
        """A step's result, or that a service declined it and a person is to say what then."""
        if self._job.spec.review == "ask":
            declined = read_refusal(self._archive.store, self._job.id, action.name, inputs.key())
            if declined is not None:
                return declined
        return self._look(inputs, kind, label)

    def _not_declined(self, found: ResultT | Refusal) -> ResultT:
        if isinstance(found, Refusal):
            raise _Unfinished
        return found

    def _cut_out(self, action: Action, character: Character, frames: Frames) -> Cutouts:
        made: list[Cutouts] = []
        notes: dict[str, None] = {}
        for wanted in frames.by_source():
            inputs = self._recipe.study(action, character, frames, wanted[0])
            study = self._look(inputs, Study, f"study {action.name}")
            chunks = self._recipe.chunks(action, frames, wanted, study)
            found = [
                self._find(chunk, Cutouts, f"cut out {action.name} {number}/{len(chunks)}")
                for number, chunk in enumerate(chunks, 1)
            ]
            if None in found:
                raise _Unfinished
            made += [each for each in found if each is not None]
            notes |= dict.fromkeys(study.notes_for(len(wanted), len(self._job.spec.actions)))
        whole = Cutouts(cutouts=tuple(cutout for each in made for cutout in each.cutouts), notes=tuple(notes))
        self.results[Step.CUTOUTS] = whole
        return whole

    def _refined(
        self, action: Action, character: Character, frames: Frames, cutouts: Cutouts
    ) -> tuple[Frames, Cutouts]:
        edits = self._recipe.edits(action, frames)
        for wanted in edits.uncut(cutouts):
            study = self._look(self._recipe.study(action, character, frames, wanted[0]), Study, f"study {action.name}")
            for chunk in self._recipe.picked(action, frames, wanted, study):
                made = self._look(chunk, Cutouts, f"cut out {action.name}: a picked frame")
                cutouts = cutouts.model_copy(update={"cutouts": (*cutouts.cutouts, *made.cutouts)})
        inputs = self._recipe.refine(character, frames, edits, cutouts)
        if inputs is not None:
            cutouts = cutouts.replaced(self._look(inputs, Cutouts, f"refine {action.name}"))
        return edits.apply_picks(frames), cutouts

    def _said(self, action: Action, gate: Gate, attempt: int, kind: type[VerdictT], shown: Model) -> VerdictT:
        answer = self._archive.verdict(self._job.id, action.name, self._recipe.question(action, gate, attempt))
        if answer is None and self._job.spec.review == "ask":
            self._waiting.append(f"{action.name}: {gate}")
            self.question = self._recipe.question(action, gate, attempt)
            raise _Unfinished
        return kind.model_validate(answer or {"kind": automatic(shown, attempt).kind})

    def _look(self, inputs: StepInputs, kind: type[ResultT], label: str) -> ResultT:
        found = self._find(inputs, kind, label)
        if found is None:
            raise _Unfinished
        return found

    def _find(self, inputs: StepInputs, kind: type[ResultT], label: str) -> ResultT | None:
        key = inputs.key()
        found = result_of(self._archive.store, key, kind)
        self.keys.add(key)
        if found is not None:
            platform = getattr(found, "platform", "")
            self.results[f"{inputs.step}:{platform}" if platform else str(inputs.step)] = found
        price = self._redraw_price() if isinstance(inputs, RedrawInputs) else None
        self._todo(inputs.step, label, cached=found is not None, price=price)
        return found

    def _redraw_price(self) -> Decimal:
        return estimate(Step.START_FRAME, self._job.spec)

    def _todo(self, step: Step, label: str, cached: bool = False, price: Decimal | None = None) -> None:
        price = estimate(step, self._job.spec) if price is None else price
        self._steps.append(PlannedStep(step=step, label=label, cached=cached, estimate_cny=price))

    def _foresee(self, action: Action, after: Step | None) -> None:
        """The steps of an action that follow one that has to run."""
        order = [Step.START_FRAME, Step.TAKE, Step.FRAMES, Step.CUTOUTS, Step.STICKER]
        labels = {
            Step.START_FRAME: [f"draw {action.name}"],
            Step.TAKE: [f"animate {action.name}"],
            Step.FRAMES: [f"choose frames {action.name}"],
            Step.CUTOUTS: [f"cut out {action.name}"],
            Step.STICKER: [f"sticker {action.name} {name}" for name in self._job.spec.platforms],
        }
        for step in order[order.index(after) + 1 if after in order else 0 :]:
            for label in labels[step]:
                self._todo(step, label)
