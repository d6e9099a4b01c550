"""Between the cutouts and the sticker: what a person changed by hand, on the frames that they changed."""

from typing import ClassVar

from pydantic import Field

from popcon.editing.apply import apply_refinement
from popcon.engines import registry
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.refinement import Refinement
from popcon.models.results import Box, CutoutRef, Cutouts
from popcon.models.step import Step
from popcon.models.timeline import FrameRef
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.cutouts import load_frames
from popcon.storage.store import Store


class RefinedFrame(Model):
    """A frame that a person changed."""

    frame: FrameRef
    cutout: ArtifactRef
    refinement: Refinement


class RefineInputs(StepInputs):
    """The frames of one action that a person changed. It belongs to the sticker step: a redo of that redoes it."""

    task: ClassVar[str] = "refine"
    step: ClassVar[Step] = Step.STICKER
    version: ClassVar[int] = 2

    frames: tuple[RefinedFrame, ...] = Field(min_length=1)
    crop: Box
    backdrop: str | None
    engine: EngineChoice = Field(description="turns clicks into masks")
    fingerprint: EngineFingerprint


def refine_frames(inputs: RefineInputs, store: Store) -> Cutouts:
    """Apply a person's changes. What a person decided is not doubted any more."""
    engine = registry.segment(inputs.engine)
    pixels = load_frames([each.frame for each in inputs.frames], inputs.crop, store)
    made = []
    for each, frame in zip(inputs.frames, pixels, strict=True):
        mask = each.refinement.mask
        rgba = apply_refinement(
            frame,
            decode_png(store.get(each.cutout), 4),
            each.refinement,
            engine,
            inputs.backdrop,
            decode_png(store.get(mask), 3)[..., 0].copy() if mask is not None else None,
        )
        made.append(CutoutRef(frame=each.frame, picture=store.put(encode_png(rgba), "image/png"), doubt=0))
    return Cutouts(cutouts=tuple(made))
