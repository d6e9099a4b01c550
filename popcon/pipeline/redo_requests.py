"""Frames that a person had drawn anew: one more candidate of their slot, and the one that plays."""

from collections.abc import Sequence

from popcon.models.results import Frames
from popcon.models.timeline import Candidate, FrameRef
from popcon.models.verdict import RefinementVerdict
from popcon.pipeline.steps.redraw import Redrawn


def wishes(said: Sequence[RefinementVerdict]) -> list[RefinementVerdict]:
    """The redraws that were asked for on the timeline as it is: another take begins a new one."""
    wanted: list[RefinementVerdict] = []
    for verdict in said:
        if verdict.kind == "another_take":
            wanted.clear()
        elif verdict.kind == "redo_frame":
            wanted.append(verdict)
    return wanted


def target(frames: Frames, wish: RefinementVerdict) -> FrameRef | None:
    """The frame that is to change: the one that the person saw in the slot; None where there is no such slot."""
    slots = frames.timeline.slots
    if wish.slot is None or wish.slot >= len(slots):
        return None
    slot = slots[wish.slot]
    known = {slot.frame, *(candidate.frame for candidate in slot.candidates)}
    return wish.frame if wish.frame in known else slot.frame


def put(frames: Frames, wish: RefinementVerdict, redrawn: Redrawn) -> Frames:
    """The timeline with a redrawn frame in its slot; the frame that was there stays a candidate."""
    assert wish.slot is not None
    slots = list(frames.timeline.slots)
    slot, new = slots[wish.slot], FrameRef(source=redrawn.picture)
    best = [Candidate(frame=frame, score=1) for frame in dict.fromkeys((new, slot.frame))]
    others = [candidate for candidate in slot.candidates if candidate.frame not in (new, slot.frame)]
    slots[wish.slot] = slot.model_copy(update={"frame": new, "candidates": (*best, *others)})
    timeline = frames.timeline.model_copy(update={"slots": tuple(slots)})
    return frames.model_copy(update={"timeline": timeline})
