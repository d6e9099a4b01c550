"""The edit session of an action: its frames, cutouts and candidates, what people changed, and what would be exported.

Everything is computed by the functions that the steps use, from the same inputs, so a preview is the export.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from popcon import naming
from popcon.editing.apply import apply_refinement, changed_kinds, clicked_mask, propagate_masks
from popcon.editing.edits import Edits, edits_of, selectable_frames
from popcon.editing.refinements import FrameTarget, Refinements, SavedRefinement, SlotTarget, frame_name
from popcon.engines import registry
from popcon.engines.base import SegmentEngine
from popcon.errors import BadInput, Fault, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.action import Action
from popcon.models.artifact import ArtifactRef
from popcon.models.job import EngineChoice
from popcon.models.refinement import Click, Refinement
from popcon.models.results import CutoutRef, Cutouts, Frames, StartFrame, Sticker
from popcon.models.timeline import FrameRef
from popcon.pipeline.action import cut_out_frames
from popcon.pipeline.in_process import LockedCache, StudyCachingRunner
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.job import find_character
from popcon.pipeline.steps.cutouts import load_frames
from popcon.pipeline.steps.sources import is_drawn
from popcon.pipeline.steps.sticker import StickerInputs, make_sticker_file
from popcon.pixels import Mask, Rgb, Rgba
from popcon.storage.digest import digest
from popcon.storage.records import result_of
from popcon.storage.store import Store


class EditSession:
    """Edit session of one action of one job, as its summary tells it.

    Arguments:
        archive, job, action: which one.

    Raises:
        UnknownName: the job has no such action.
        BadInput: there are no cutouts yet.
    """

    def __init__(self, archive: Archive, job: Job, action_name: str) -> None:
        names = [each.name for each in job.spec.actions]
        if action_name not in names:
            raise UnknownName("action in this job", action_name, names)
        self.archive, self.store, self.job = archive, archive.store, job
        self.action: Action = next(each for each in job.spec.actions if each.name == action_name)
        self.step_inputs = StepInputsBuilder(archive, job)
        summary = archive.summary(job.id, action_name)
        character = find_character(self.step_inputs)
        if character is None:
            raise BadInput("The character is not ready yet; continue the job first.")
        self.character = character
        made = [summary.results.get(naming.result(task)) for task in ("start_frame", "frames", "cutouts")]
        if None in made:
            raise BadInput(f"{self.action.title} has no cutouts yet; it can be refined once it is cut out.")
        self.start_frame = StartFrame.model_validate(made[0])
        self.frames = Frames.model_validate(made[1])
        self.cutouts = Cutouts.model_validate(made[2])
        self.refinements = Refinements(self.store, job.id, action_name)
        self.width = self.frames.crop.right - self.frames.crop.left
        self.height = self.frames.crop.bottom - self.frames.crop.top
        self._pixels, self._machine = LockedCache(48), LockedCache(64)
        self._refined, self._put, self._stickers = LockedCache(64), LockedCache(64), LockedCache(6)
        self._tasks, self._masks = StudyCachingRunner(self.store), LockedCache(32)
        candidates = {
            ref for number in range(len(self.frames.timeline.slots)) for ref in selectable_frames(self.frames, number)
        }
        self._known = {frame_name(ref): ref for ref in candidates | self._playing}

    @property
    def fingerprint(self) -> str:
        """Changes when the machine's part of the action does."""
        return digest([self.frames, self.cutouts])

    @property
    def _playing(self) -> set[FrameRef]:
        return {ref for group in self.frames.by_source() for ref in group}

    def frame(self, name: str) -> FrameRef:
        """Return a frame by its short name.

        Raises:
            UnknownName: the action has no such frame.
        """
        if name not in self._known:
            raise UnknownName(f"frame of {self.action.name}", name[:40])
        return self._known[name]

    def refreshed(self, later: "EditSession") -> "EditSession":
        """Return this session, its pixels kept, for the same job a little later."""
        self.job, self.step_inputs = later.job, later.step_inputs
        return self

    # What people changed

    def saved(self) -> list[SavedRefinement]:
        return self.refinements.current()

    def edits(self) -> Edits:
        return edits_of(self.saved(), self.frames)

    def prepare(self, ref: FrameRef) -> Rgb:
        """Read all that a click on a frame will need; returns the frame's pixels."""
        self.cutout(ref)
        self.mask(self.refinement(ref, known=True)[0])
        return self.pixels(ref)

    def refinement(self, ref: FrameRef, known: bool = False) -> tuple[Refinement, int]:
        """Return what was changed on a frame, and its version; 0 for none.

        Arguments:
            known: whether what was read or saved here before is enough, without asking the store for news.
        """
        for each in self.refinements.known() if known else self.saved():
            if isinstance(each.target, FrameTarget) and each.target.frame == ref:
                return each.refinement, each.version
        return Refinement(), 0

    def changes(self) -> dict[FrameRef, Refinement]:
        """Return what was changed on every frame that was."""
        return {each.target.frame: each.refinement for each in self.saved() if isinstance(each.target, FrameTarget)}

    def slot_target(self, number: int) -> SlotTarget:
        slots = self.frames.timeline.slots
        if not 0 <= number < len(slots):
            raise UnknownName(f"slot of {self.action.name}", str(number))
        return SlotTarget(slot=number, chosen=slots[number].frame)

    def played(self, number: int) -> FrameRef:
        """Return the frame that plays in a slot, picks counted.

        Raises:
            UnknownName: there is no such slot.
        """
        self.slot_target(number)
        return self.edits().apply_picks(self.frames).timeline.slots[number].frame

    # Pixels

    def pixels(self, ref: FrameRef) -> Rgb:
        """Return a frame as it was drawn, cropped: (h, w, 3). Of a clip that is decoded, all that play come with it."""

        def load() -> Rgb:
            playing = () if is_drawn(ref.source, self.store) else self._playing
            near = [ref, *(each for each in playing if each.source == ref.source and each != ref)]
            found = dict(zip(near, load_frames(near[:40], self.frames.crop, self.store), strict=False))
            for other, pixels in found.items():
                self._pixels.get(other, lambda pixels=pixels: pixels)  # type: ignore[misc]
            return found[ref]

        return self._pixels.get(ref, load)

    def machine_cutout(self, ref: FrameRef) -> CutoutRef:
        """Return a frame's cutout as the machine makes it; a frame that nobody showed before is cut out now."""
        for cutout in self.cutouts.cutouts:
            if cutout.frame == ref:
                return cutout

        def cut() -> CutoutRef:
            made = cut_out_frames(
                self._tasks, self.step_inputs, self.action, self.character, self.frames, [[ref]], alone=True
            )
            return made.cutouts[0]

        return self._machine.get(("cut", ref), cut)

    def cutout(self, ref: FrameRef) -> Rgba:
        """Return the machine's cutout: (h, w, 4)."""
        return self._machine.get(ref, lambda: decode_png(self.store.get(self.machine_cutout(ref).picture), 4))

    def refined(self, ref: FrameRef, engine: SegmentEngine, refinement: Refinement | None = None) -> Rgba:
        """Return the cutout with what a person changed: (h, w, 4)."""
        wanted = self.refinement(ref)[0] if refinement is None else refinement
        changes = wanted.model_copy(update={"candidate": None})
        if changes.empty:
            return self.cutout(ref)

        def apply() -> Rgba:
            return apply_refinement(
                self.pixels(ref), self.cutout(ref), changes, engine, self.character.backdrop, self.mask(changes)
            )

        return self._refined.get((ref, digest(changes)), apply)

    def mask(self, refinement: Refinement) -> Mask | None:
        """Return the pixels of the mask that a refinement names."""
        named = refinement.mask
        if named is None:
            return None
        return self._masks.get(named.sha256, lambda: decode_png(self.store.get(named), 3)[..., 0].copy())

    # Clicks

    def clicked(
        self, ref: FrameRef, clicks: Sequence[Click], engine: SegmentEngine, encode: Callable[[Rgb], Any]
    ) -> tuple[Mask, float]:
        """Return the mask that clicks ask for, on top of what was propagated to the frame.

        Arguments:
            encode: the engine's `encode`, or a cache of it.
        """
        propagated = self.mask(self.refinement(ref, known=True)[0])
        return clicked_mask(engine, encode(self.pixels(ref)), self.cutout(ref), clicks, propagated)

    def order(self) -> list[FrameRef]:
        """Return the frames that play, each once, in the order in which they first play."""
        picked = self.edits().apply_picks(self.frames)
        return list(dict.fromkeys(slot.frame for slot in picked.timeline.slots))

    def propagate(self, engine: SegmentEngine) -> Iterator[tuple[FrameRef, Mask, float, bool]]:
        """Carry what was changed by clicks to all frames that play.

        Yields:
            (frame, mask, score, pinned): a pinned frame was corrected by a person and stays as it is.

        Raises:
            BadInput: no frame has clicks.
        """
        order = self.order()
        changes = self.changes()
        changed = {ref: changes.get(ref, Refinement()) for ref in order}
        pinned = [ref for ref in order if changed[ref].clicks]
        if not pinned:
            raise BadInput("No frame has clicks to carry; click on one first.")
        masks: dict[int, Mask] = {}
        for ref in pinned:
            refinement = changed[ref]
            masks[order.index(ref)] = clicked_mask(
                engine, engine.encode(self.pixels(ref)), self.cutout(ref), refinement.clicks, self.mask(refinement)
            )[0]
        frames, cutouts = [self.pixels(ref) for ref in order], [self.cutout(ref) for ref in order]
        added, removed = changed_kinds(masks, cutouts)
        for number, _, mask, score in propagate_masks(frames, cutouts, masks, engine, self.character.backdrop):
            own = cutouts[number][..., 3] > 127
            # What nobody asked for is not carried: taking a speck away closes no holes elsewhere.
            wanted = (mask > 127) if added else (mask > 127) & own
            wanted = wanted if removed else wanted | own
            kept = np.where(wanted, 255, 0).astype(np.uint8)
            yield order[number], kept, score, order[number] in pinned

    def save_mask(self, ref: FrameRef, mask: Mask, by: str) -> SavedRefinement:
        """Save a carried mask on a frame, beside the strokes that it has."""
        kept = self.store.put(encode_png(mask), "image/png")
        return self.refinements.amend(FrameTarget(frame=ref), lambda now: now.model_copy(update={"mask": kept}), by)

    # The export

    def sticker(
        self,
        edition: str,
        engine: SegmentEngine,
        make: Callable[[StickerInputs, Store], Sticker] = make_sticker_file,
    ) -> tuple[str, Sticker]:
        """Return the sticker as it would be exported now, and a key that says what it was made from.

        Arguments:
            edition: a pack of the job: a platform, and a language where there are several.
            make: the step, done here or elsewhere.
        """
        if edition not in self.job.spec.editions:
            raise UnknownName("pack in this job", edition, self.job.spec.editions)
        edits = self.edits()
        frames = edits.apply_picks(self.frames)
        cutouts = {each.frame: each for each in self.cutouts.cutouts}
        for ref in {ref for group in frames.by_source() for ref in group}:
            cutouts.setdefault(ref, self.machine_cutout(ref))
        for ref, refinement in edits.frames:
            cutouts[ref] = CutoutRef(frame=ref, picture=self._kept_picture(ref, refinement, engine), doubt=0)
        made = Cutouts(cutouts=tuple(cutouts.values()))
        inputs = self.step_inputs.sticker(self.action, edition, self.start_frame, frames, made)
        key = inputs.key()
        finished = result_of(self.store, key, Sticker)
        if finished is not None:
            return key, finished
        try:
            return key, self._stickers.get(key, lambda: make(inputs, self.store))
        except Fault:
            # What was put long ago may have been swept: nothing names the cutouts of a preview.
            self._put, self._machine = LockedCache(64), LockedCache(64)
            raise

    def _kept_picture(self, ref: FrameRef, refinement: Refinement, engine: SegmentEngine) -> ArtifactRef:
        """Return a changed frame as an artifact."""

        def put() -> ArtifactRef:
            return self.store.put(encode_png(self.refined(ref, engine, refinement)), "image/png")

        return self._put.get((ref, digest(refinement)), put)


def segment_engine(job: Job | None) -> SegmentEngine:
    """Return the engine that a job clicks with; for none, the embedded one."""
    return registry.segment(job.spec.engines.segment if job else EngineChoice(name="graph"))
