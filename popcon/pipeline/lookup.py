"""Drivers that run nothing: they look results up and stop at the first that is missing, or that a person has to give.

Planning, rebuilding summaries, garbage collection and telling what is finished all go by them.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from popcon.errors import BadInput
from popcon.jobs.archive import Archive, Job, now
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.results import Character, Cutouts, Sticker
from popcon.models.summary import ActionSummary, StepLog
from popcon.models.timeline import FrameRef
from popcon.models.verdict import AWAITING, Gate, Status
from popcon.pipeline.action import make_action
from popcon.pipeline.driver import CutOut, Reviewed
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.job import assemble_packs, make_job
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.tasks import Task
from popcon.storage.records import result_of

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


class Incomplete(Exception):
    """A task has to run, or a person has to answer: what follows cannot be foreseen."""


@dataclass(frozen=True)
class LookedUpTask:
    """A task that the workflow came to, and whether its result is in the store."""

    task: Task[Any, Any]
    key: str
    label: str
    found: bool


@dataclass(frozen=True)
class _LookedUp(Generic[ResultT]):
    result: ResultT | None

    def wait(self) -> ResultT:
        if self.result is None:
            raise Incomplete
        return self.result


class Lookup:
    """A task runner that looks results up.

    Arguments:
        archive, job: whose results.

    Attributes:
        looked_up: every task that it was asked for, in order, found or not.
    """

    def __init__(self, archive: Archive, job: Job) -> None:
        self._archive, self._job = archive, job
        self.inputs = StepInputsBuilder(archive, job)
        self.looked_up: list[LookedUpTask] = []

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        return self.submit(task, inputs, label).wait()

    def submit(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> _LookedUp[ResultT]:
        key = inputs.key()
        result = result_of(self._archive.store, key, task.result)
        self.looked_up.append(LookedUpTask(task, key, label, found=result is not None))
        return _LookedUp(result)

    def find_cutouts(self, cut_out: CutOut) -> Cutouts | None:
        """Return what `cut_out` would give, if all of it is finished."""
        with suppress(Incomplete):
            return cut_out(self)
        return None

    def logs(self) -> list[StepLog]:
        """Return what was found, as a run that found it would tell."""
        return [
            StepLog(task=each.task.name, step=each.task.step, label=each.label, seconds=0, cached=True)
            for each in self.looked_up
            if each.found
        ]


class ActionLookup(Lookup):
    """How far one action has come, by what the store holds.

    Arguments:
        archive, job, action, character: which action.

    Attributes:
        status: what the action has come to.
        results: as `ActionSummary.results`.
        question: what a person has to answer before it goes on; empty: nothing.
        message: why it failed.
        stickers: by edition; None: it is skipped, or not finished.
    """

    def __init__(self, archive: Archive, job: Job, action: Action) -> None:
        super().__init__(archive, job)
        self.action = action
        self.status = Status.QUEUED
        self.results: dict[str, Model] = {}
        self.question = self.message = ""
        self.stickers: dict[str, Sticker] | None = None

    def follow(self, character: Character) -> None:
        """Follow the action's workflow until it stops."""
        with suppress(Incomplete):
            try:
                self.stickers = make_action(self, self.inputs, self.action, character)
            except BadInput as error:  # a person approved what a service would not make: a run fails, too
                self.status, self.message = Status.FAILED, str(error)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in (Status.DONE, Status.SKIPPED)

    def ask(self, gate: Gate, question: str, reviewed: Reviewed, complaint: str) -> dict[str, Any]:
        self.status, self.question = AWAITING[gate], question
        raise Incomplete

    def cut_out(self, frames: Sequence[FrameRef], cut_out: CutOut) -> Cutouts:
        return cut_out(self)

    def enter(self, status: Status) -> None:
        self.status = status

    def keep(self, name: str, result: Model) -> None:
        self.results[name] = result

    def summary(self) -> ActionSummary:
        """Return what a run would have kept. How long tasks took, and why one failed, is not known any more."""
        begun = bool(self.results) or self.status.settled or self.status.awaiting
        return ActionSummary(
            action=self.action.name,
            status=self.status if begun else Status.QUEUED,
            message=self.message,
            results={name: result.model_dump(mode="json") for name, result in self.results.items()},
            question=self.question,
            asked_at=now() if self.question else "",
        )


class JobLookup(Lookup):
    """How far a whole job has come, by what the store holds.

    Arguments:
        archive, job: which job.

    Attributes:
        character: None: it is not prepared.
        actions: those of the job, in order.
    """

    def __init__(self, archive: Archive, job: Job) -> None:
        super().__init__(archive, job)
        self.character: Character | None = None
        self.actions = tuple(ActionLookup(archive, job, action) for action in job.spec.actions)
        with suppress(Incomplete):
            make_job(self, self.inputs)

    @property
    def finished(self) -> bool:
        """Whether every action is finished."""
        return all(each.finished for each in self.actions)

    def reached_keys(self) -> set[str]:
        """Return the keys of all tasks that running the job again would come to, found or not."""
        return {each.key for lookup in (self, *self.actions) for each in lookup.looked_up}

    def make_stickers(self, character: Character) -> None:
        self.character = character
        for action in self.actions:
            action.follow(character)

    def assemble(self, character: Character) -> None:
        if self.finished:
            assemble_packs(self, self.inputs, character, _by_edition(self.actions))


def _by_edition(actions: Iterable[ActionLookup]) -> dict[str, list[Sticker]]:
    stickers: dict[str, list[Sticker]] = {}
    for action in actions:
        for edition, sticker in (action.stickers or {}).items():
            stickers.setdefault(edition, []).append(sticker)
    return stickers
