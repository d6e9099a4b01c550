"""Edits: what of an action's refinements counts for its timeline."""

from itertools import groupby

from pydantic import Field

from popcon.editing.refinements import FrameTarget, SavedRefinement, SlotTarget, target_name
from popcon.models.base import Model
from popcon.models.refinement import Refinement
from popcon.models.results import Cutouts, Frames
from popcon.models.timeline import FrameRef


class Edits(Model):
    """What counts for a timeline."""

    picks: dict[int, FrameRef] = Field(default_factory=dict, description="by slot, the frame that a person put there")
    frames: tuple[tuple[FrameRef, Refinement], ...] = Field(default=(), description="changed frames that play")

    @property
    def empty(self) -> bool:
        return not self.picks and not self.frames

    def uncut(self, cutouts: Cutouts) -> list[list[FrameRef]]:
        """Return picked frames that the machine did not cut out, grouped by the clip they are from."""
        known = {cutout.frame for cutout in cutouts.cutouts}
        wanted = sorted(set(self.picks.values()) - known, key=lambda ref: (ref.source.sha256, ref.index))
        return [list(group) for _, group in groupby(wanted, key=lambda ref: ref.source)]

    def apply_picks(self, frames: Frames) -> Frames:
        """Return the timeline with a person's frames in their slots."""
        if not self.picks:
            return frames
        slots = tuple(
            slot.model_copy(update={"frame": self.picks[number]}) if number in self.picks else slot
            for number, slot in enumerate(frames.timeline.slots)
        )
        return frames.model_copy(update={"timeline": frames.timeline.model_copy(update={"slots": slots})})


def selectable_frames(frames: Frames, slot: int) -> list[FrameRef]:
    """Return the frames that a person may put in a slot: its candidates, and what is next to its frame in the clip."""
    chosen, loop = frames.timeline.slots[slot].frame, frames.timeline.loop
    near = [chosen.index + step for step in (-1, 1, -2, 2)]
    beside = [FrameRef(source=chosen.source, index=index) for index in near if loop.start <= index < loop.stop]
    return list(dict.fromkeys([*(each.frame for each in frames.timeline.slots[slot].candidates), *beside]))


def edits_of(saved: list[SavedRefinement], frames: Frames) -> Edits:
    """Return which of an action's refinements count for its timeline, as the machine chose it."""
    slots = frames.timeline.slots
    picks: dict[int, FrameRef] = {}
    for each in saved:
        target = each.target
        picked = each.refinement.candidate
        if isinstance(target, SlotTarget) and picked is not None and target.slot < len(slots):
            slot = slots[target.slot]
            if (
                slot.frame == target.chosen
                and picked != slot.frame
                and picked in selectable_frames(frames, target.slot)
            ):
                picks[target.slot] = picked
    playing = {picks.get(number, slot.frame) for number, slot in enumerate(slots)}
    playing |= {mixed.other for mixed in frames.mixed if mixed.frame in playing}
    changed = tuple(
        (each.target.frame, each.refinement)
        for each in sorted(saved, key=lambda each: target_name(each.target))
        if isinstance(each.target, FrameTarget) and each.target.frame in playing and not each.refinement.empty
    )
    return Edits(picks=dict(sorted(picks.items())), frames=changed)
