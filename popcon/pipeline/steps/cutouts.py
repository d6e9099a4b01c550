"""The cutouts step: a study of each clip, then chunks of its frames without their backdrop."""

from typing import ClassVar

from pydantic import Field

from popcon.engines import registry
from popcon.engines.abilities import SlowOnCpu
from popcon.engines.base import MatteClip
from popcon.errors import EngineUnavailable
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.results import Box, CutoutRef, Cutouts, Study
from popcon.models.step import Step
from popcon.models.timeline import FrameRef
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.sources import all_frames, exact_frames, frames_at, knows_alpha
from popcon.pixels import Rgb, Rgba
from popcon.storage.store import Store

EMBEDDED = EngineChoice(name="keyed")
EXACT = "exact"
"""In the place of a matte engine's name: the frames are known with their alpha, and none is needed."""


class StudyInputs(StepInputs):
    """What a matte engine studies before it cuts."""

    task: ClassVar[str] = "study"
    step: ClassVar[Step] = Step.CUTOUTS
    version: ClassVar[int] = 2

    source: ArtifactRef = Field(description="a clip, or one picture")
    crop: Box
    backdrop: str | None
    engine: EngineChoice
    fingerprint: EngineFingerprint
    fallback: bool = False


class CutoutInputs(StepInputs):
    """A chunk of one clip's frames, in order."""

    task: ClassVar[str] = "cutouts"
    step: ClassVar[Step] = Step.CUTOUTS
    version: ClassVar[int] = 1

    frames: tuple[FrameRef, ...] = Field(min_length=1)
    before: FrameRef | None = Field(default=None, description="the frame next to the chunk, so that chunks meet well")
    after: FrameRef | None = None
    crop: Box
    study: Study
    engine: EngineChoice
    fingerprint: EngineFingerprint


def study_clip(inputs: StudyInputs, store: Store) -> Study:
    """Learn from a clip what all chunks of its frames need.

    Raises:
        BackdropNotFlat: the engine needs a flat backdrop and there is none.
        EngineUnavailable: the engine cannot be loaded, and the job does not allow the fallback.
    """
    # A person who names another matte engine gets what that one makes of the clip.
    if inputs.engine.name == EMBEDDED.name and knows_alpha(inputs.source, store):
        return Study(clip={}, engine=EXACT)
    frames = (_cropped(frame, inputs.crop) for frame in all_frames(inputs.source, store))
    choice = inputs.engine
    notes: tuple[str, ...] = ()
    cost: float | None = None
    try:
        engine = registry.matte(choice)
        if isinstance(engine, SlowOnCpu):
            cost = engine.seconds_on_cpu()
        learned = engine.study(frames, inputs.backdrop)
    except EngineUnavailable as error:
        if not inputs.fallback:
            raise
        choice, cost = EMBEDDED, None
        notes = (f"{error} The keyed engine cut this action out instead.",)
        frames = (_cropped(frame, inputs.crop) for frame in all_frames(inputs.source, store))
        learned = registry.matte(choice).study(frames, inputs.backdrop)
    rounded = None if cost is None else float(f"{cost:.2g}")
    return Study(clip=learned.model_dump(mode="json"), engine=choice.name, notes=notes, seconds_on_cpu=rounded)


def cut_out_chunk(inputs: CutoutInputs, store: Store) -> Cutouts:
    """Cut out a chunk of frames; those that are known with their alpha are taken as they are."""
    if inputs.study.engine == EXACT:
        return _exact_cutouts(inputs, store)
    choice = inputs.engine if inputs.study.engine == inputs.engine.name else EMBEDDED
    refs = [ref for ref in (inputs.before, *inputs.frames, inputs.after) if ref is not None]
    pixels = dict(zip(refs, load_frames(refs, inputs.crop, store), strict=True))
    made = registry.matte(choice).cut_out(
        [pixels[ref] for ref in inputs.frames],
        MatteClip.model_validate(inputs.study.clip),
        pixels.get(inputs.before) if inputs.before else None,
        pixels.get(inputs.after) if inputs.after else None,
    )
    return Cutouts(
        cutouts=tuple(
            CutoutRef(
                frame=ref,
                picture=store.put(encode_png(cutout.rgba), "image/png"),
                doubt=cutout.doubt,
                reason=cutout.reason,
            )
            for ref, cutout in zip(inputs.frames, made, strict=True)
        )
    )


def _exact_cutouts(inputs: CutoutInputs, store: Store) -> Cutouts:
    """Return the frames of a chunk with the alpha that the engine gave them; nothing is doubted."""
    found: dict[FrameRef, Rgba] = {}
    for source in dict.fromkeys(ref.source for ref in inputs.frames):
        wanted = [ref for ref in inputs.frames if ref.source == source]
        found.update(zip(wanted, exact_frames(source, [ref.index for ref in wanted], store), strict=True))
    return Cutouts(
        cutouts=tuple(
            CutoutRef(frame=ref, picture=store.put(encode_png(_cropped(found[ref], inputs.crop)), "image/png"), doubt=0)
            for ref in inputs.frames
        )
    )


def load_frames(refs: list[FrameRef], crop: Box, store: Store) -> list[Rgb]:
    """Return the pixels of frames, in the order asked for; a clip is read once for all frames taken from it."""
    found: dict[FrameRef, Rgb] = {}
    for source in dict.fromkeys(ref.source for ref in refs):
        wanted = [ref for ref in dict.fromkeys(refs) if ref.source == source]
        pixels = frames_at(source, [ref.index for ref in wanted], store)
        found.update(zip(wanted, (_cropped(each, crop) for each in pixels), strict=True))
    return [found[ref] for ref in refs]


def _cropped(frame: Rgb, crop: Box) -> Rgb:
    if frame.shape[:2] == (crop.bottom - crop.top, crop.right - crop.left):
        return frame
    return frame[crop.top : crop.bottom, crop.left : crop.right].copy()
