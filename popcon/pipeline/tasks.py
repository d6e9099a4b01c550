"""The twelve tasks of a job: what each reads, the function that does it, and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from popcon.models.base import Model
from popcon.models.results import Character, Cutouts, Frames, Pack, Sheet, StartFrame, Sticker, Study, Take
from popcon.models.step import Step
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.character import CharacterInputs, prepare_character
from popcon.pipeline.steps.cutouts import CutoutInputs, StudyInputs, cut_out_chunk, study_clip
from popcon.pipeline.steps.frames import FramesInputs, choose_frames
from popcon.pipeline.steps.pack import PackInputs, SheetInputs, build_pack_file, draw_sheet
from popcon.pipeline.steps.redraw import RedrawInputs, Redrawn, redraw_frame
from popcon.pipeline.steps.refine import RefineInputs, refine_frames
from popcon.pipeline.steps.start_frame import (
    ReplacedStartFrameInputs,
    StartFrameInputs,
    draw_start_frame,
    replace_start_frame,
)
from popcon.pipeline.steps.sticker import StickerInputs, make_sticker_file
from popcon.pipeline.steps.take import TakeInputs, make_take
from popcon.storage.store import Store

InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


@dataclass(frozen=True)
class Task(Generic[InputsT, ResultT]):
    """A task of the pipeline, cached under the key of its inputs.

    Arguments:
        inputs: the model of what it reads; names the task and its step.
        body: does the work: (inputs, store) -> result.
        result: the model of what it returns.
    """

    inputs: type[InputsT]
    body: Callable[[InputsT, Store], ResultT]
    result: type[ResultT]

    @property
    def name(self) -> str:
        return self.inputs.task

    @property
    def step(self) -> Step:
        """The step that a person redoes to have this task done again."""
        return self.inputs.step


CHARACTER = Task(CharacterInputs, prepare_character, Character)
START_FRAME = Task(StartFrameInputs, draw_start_frame, StartFrame)
REPLACED_START_FRAME = Task(ReplacedStartFrameInputs, replace_start_frame, StartFrame)
TAKE = Task(TakeInputs, make_take, Take)
FRAMES = Task(FramesInputs, choose_frames, Frames)
REDRAW = Task(RedrawInputs, redraw_frame, Redrawn)
STUDY = Task(StudyInputs, study_clip, Study)
CUTOUTS = Task(CutoutInputs, cut_out_chunk, Cutouts)
REFINE = Task(RefineInputs, refine_frames, Cutouts)
STICKER = Task(StickerInputs, make_sticker_file, Sticker)
PACK = Task(PackInputs, build_pack_file, Pack)
SHEET = Task(SheetInputs, draw_sheet, Sheet)

TASKS: tuple[Task[Any, Any], ...] = (
    CHARACTER,
    START_FRAME,
    REPLACED_START_FRAME,
    TAKE,
    FRAMES,
    REDRAW,
    STUDY,
    CUTOUTS,
    REFINE,
    STICKER,
    PACK,
    SHEET,
)
