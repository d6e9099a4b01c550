"""A job whose tasks are cheap fakes, and a driver that executes its workflow in memory: no engines, no Prefect."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from popcon import naming
from popcon.actions import action
from popcon.errors import PromptDeclined
from popcon.jobs.archive import Archive, Job
from popcon.jobs.progress import ActionProgress
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.results import (
    Box,
    Character,
    CutoutRef,
    Cutouts,
    Frames,
    Pack,
    Sheet,
    StartFrame,
    Sticker,
    Study,
    Take,
)
from popcon.models.stage import Body
from popcon.models.timeline import Candidate, FrameRef, Loop, Slot, Timeline
from popcon.models.verdict import AWAITING, Gate, Status
from popcon.pipeline.action import make_action
from popcon.pipeline.driver import CutOut, Reviewed
from popcon.pipeline.in_process import InProcessRunner
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.job import assemble_packs, make_job
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.lookup import Lookup
from popcon.pipeline.steps.redraw import Redrawn
from popcon.pipeline.tasks import Task
from popcon.storage.records import result_of
from popcon.storage.store import Store

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)

FORBIDDEN = "something forbidden"
"""A prompt with these words is refused by every service."""

SLOTS, CLIP_FRAMES = 5, 12
BOX = Box(left=0, top=0, right=48, bottom=48)
BODY = Body(left=0.2, top=0.1, right=0.8, bottom=1)


def place_job(store: Store, review: str, actions: Sequence[str] = ("wave",), batch: str = "") -> Job:
    """Place an order for some preset actions on two platforms."""
    spec = JobSpec(
        title="Fox",
        picture=store.put(b"fox", "image/png"),
        actions=tuple(action(name) for name in actions),
        platforms=("line-emoji", "telegram-emoji"),
        review=review,  # type: ignore[arg-type]
        chunk=2,
        batch=batch,
    )
    return Archive(store).place(spec)


def fake_result(inputs: Any, store: Store) -> Model:
    """What a task would make: small, and another one for every key."""
    mark = f"{inputs.task} {inputs.key()}".encode()
    return _FAKES[inputs.task](inputs, store, mark)


def _character(inputs: Any, store: Store, mark: bytes) -> Model:
    return Character(picture=store.put(mark, "image/png"), body=BOX, backdrop="#00ff00")


def _start_frame(inputs: Any, store: Store, mark: bytes) -> Model:
    _refuse(inputs.shot.motion)
    # About every third attempt has a flaw, so that jobs without review draw again.
    problems = ("It is cut by the border.",) if int(inputs.key()[:4], 16) % 3 == 0 else ()
    return StartFrame(picture=store.put(mark, "image/png"), body=BODY, problems=problems)


def _replaced(inputs: Any, store: Store, mark: bytes) -> Model:
    return StartFrame(picture=store.put(mark, "image/png"), body=BODY)


def _take(inputs: Any, store: Store, mark: bytes) -> Model:
    _refuse(inputs.shot.motion)
    # About every third take has a flaw, so that jobs without review make one more.
    problems = ("Nothing moves.",) if int(inputs.key()[:4], 16) % 3 == 1 else ()
    clip = store.put(mark, "video/mp4")
    return Take(clip=clip, width=48, height=48, fps=12, frames=CLIP_FRAMES, problems=problems)


def _frames(inputs: Any, store: Store, mark: bytes) -> Model:
    """Every second frame of the last clip plays; the frame after it, and one of each earlier clip, are candidates."""
    *earlier, clip = inputs.clips
    slots = []
    for number in range(SLOTS):
        others = [FrameRef(source=clip, index=2 * number + 1)]
        others += [FrameRef(source=other, index=number) for other in earlier]
        candidates = tuple(Candidate(frame=frame, score=0.5) for frame in others)
        slots.append(Slot(frame=FrameRef(source=clip, index=2 * number), duration_ms=80, candidates=candidates))
    loop = Loop(kind="cycle", start=0, stop=CLIP_FRAMES, seam=1)
    return Frames(timeline=Timeline(slots=tuple(slots), loop=loop), width=48, height=48, crop=BOX, notes=("A cycle.",))


def _redraw(inputs: Any, store: Store, mark: bytes) -> Model:
    _refuse(inputs.wish)
    return Redrawn(picture=store.put(mark, "image/png"))


def _study(inputs: Any, store: Store, mark: bytes) -> Model:
    return Study(clip={}, engine="keyed", notes=(f"Studied {inputs.source.sha256[:6]}.",))


def _cutouts(inputs: Any, store: Store, mark: bytes) -> Model:
    made = [
        CutoutRef(frame=frame, picture=store.put(mark + b"%d" % frame.index, "image/png"), doubt=0.7, reason="its hair")
        for frame in inputs.frames
    ]
    return Cutouts(cutouts=tuple(made))


def _refine(inputs: Any, store: Store, mark: bytes) -> Model:
    made = [
        CutoutRef(frame=each.frame, picture=store.put(mark + b"%d" % number, "image/png"), doubt=0)
        for number, each in enumerate(inputs.frames)
    ]
    return Cutouts(cutouts=tuple(made))


def _sticker(inputs: Any, store: Store, mark: bytes) -> Model:
    return Sticker(
        action=inputs.action,
        platform=inputs.platform,
        file=store.put(mark, "image/png"),
        width=180,
        height=180,
        frames=len(inputs.slots),
        durations_ms=tuple(slot.duration_ms for slot in inputs.slots),
        loops=0,
        fidelity=1,
        setting="as it is",
    )


def _pack(inputs: Any, store: Store, mark: bytes) -> Model:
    zipped, check = store.put(mark, "application/zip"), store.put(b'{"findings": []}', "application/json")
    return Pack(platform=inputs.platform, file=zipped, files=("1.png",), accepted=True, check=check)


def _sheet(inputs: Any, store: Store, mark: bytes) -> Model:
    return Sheet(picture=store.put(mark, "image/png"))


def _refuse(prompt: str) -> None:
    if FORBIDDEN in prompt:
        raise PromptDeclined("The service declined it.")


_FAKES: dict[str, Callable[[Any, Store, bytes], Model]] = {
    "character": _character,
    "start_frame": _start_frame,
    "replaced_start_frame": _replaced,
    "take": _take,
    "frames": _frames,
    "redraw": _redraw,
    "study": _study,
    "cutouts": _cutouts,
    "refine": _refine,
    "sticker": _sticker,
    "pack": _pack,
    "sheet": _sheet,
}


class Waits(Exception):
    """The workflow came to a gate that nobody has answered."""


class FakeRunner(InProcessRunner):
    """Runs fakes in the place of tasks, and keeps their records as Prefect does.

    Attributes:
        keys: of all tasks that it was asked for, but for those that a service refused.
        ran: labels of those that were not found finished.
    """

    def __init__(self, store: Store, keys: set[str], ran: list[str]) -> None:
        super().__init__(store)
        self.keys, self.ran = keys, ran

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        key = inputs.key()
        found = result_of(self.store, key, task.result)
        if found is not None:
            self.keys.add(key)
            return found
        self.ran.append(label)
        made = task.result.model_validate(fake_result(inputs, self.store).model_dump())
        self.keys.add(key)
        self.store.write_json(naming.step_record(key), {"result": json.dumps(made.model_dump(mode="json"))})
        return made


class FakeDriver(FakeRunner):
    """Executes the workflow of an action, and stops where a person has to answer.

    Arguments:
        elsewhere: whether cutting out is left to another run, as deployed runs leave it to the pool `gpu`.
    """

    def __init__(
        self, archive: Archive, job: Job, action: Action, keys: set[str], ran: list[str], elsewhere: bool
    ) -> None:
        super().__init__(archive.store, keys, ran)
        self._archive, self._job, self._elsewhere = archive, job, elsewhere
        self.progress = ActionProgress(archive, job, action)
        self.cut_out_runs = 0

    def ask(self, gate: Gate, question: str, reviewed: Reviewed, complaint: str) -> dict[str, Any]:
        self.progress.ask(AWAITING[gate], question, complaint)
        raise Waits

    def cut_out(self, frames: Sequence[FrameRef], cut_out: CutOut) -> Cutouts:
        if not self._elsewhere:
            return cut_out(self)
        lookup = Lookup(self._archive, self._job)
        if lookup.find_cutouts(cut_out) is None:
            self.cut_out_runs += 1
            cut_out(FakeRunner(self.store, self.keys, self.ran))
        found = Lookup(self._archive, self._job).find_cutouts(cut_out)
        assert found is not None
        self.keys |= {each.key for each in lookup.looked_up}
        return found

    def enter(self, status: Status) -> None:
        self.progress.enter(status)

    def keep(self, name: str, result: Model) -> None:
        self.progress.keep(name, result)


class FakeJob(FakeRunner):
    """Executes a whole job; each action goes as far as it can.

    Attributes:
        cut_out_runs: how often frames were cut out by another run.
    """

    def __init__(self, archive: Archive, job: Job, elsewhere: bool = False) -> None:
        super().__init__(archive.store, set(), [])
        self._archive, self._job, self._elsewhere = archive, job, elsewhere
        self._inputs = StepInputsBuilder(archive, job)
        self.cut_out_runs = 0
        make_job(self, self._inputs)

    def make_stickers(self, character: Character) -> None:
        for each in self._job.spec.actions:
            driver = FakeDriver(self._archive, self._job, each, self.keys, self.ran, self._elsewhere)
            try:
                make_action(driver, self._inputs, each, character)
            except Waits:
                pass
            except PromptDeclined as error:
                driver.progress.enter(Status.FAILED, str(error))
            self.cut_out_runs += driver.cut_out_runs

    def assemble(self, character: Character) -> None:
        statuses = {self._archive.summary(self._job.id, each.name).status for each in self._job.spec.actions}
        if statuses <= {Status.DONE, Status.SKIPPED}:
            stickers = {name: self._archive.stickers(self._job, name) for name in self._job.spec.editions}
            assemble_packs(self, self._inputs, character, stickers)
