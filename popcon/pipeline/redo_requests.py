"""Frames that a person had redrawn: one more candidate of their slot, and the one that plays."""

from collections.abc import Sequence

from popcon.models.results import Frames
from popcon.models.timeline import Candidate, FrameRef
from popcon.models.verdict import RefinementVerdict
from popcon.pipeline.steps.redraw import Redrawn


def redo_requests(verdicts: Sequence[RefinementVerdict]) -> list[RefinementVerdict]:
    """Return the redraws that were asked for on the timeline as it is: another take begins a new one."""
    requests: list[RefinementVerdict] = []
    for verdict in verdicts:
        if verdict.kind == "another_take":
            requests.clear()
        elif verdict.kind == "redo_frame":
            requests.append(verdict)
    return requests


def requested_frame(frames: Frames, request: RefinementVerdict) -> FrameRef | None:
    """Return the frame to redraw: the one that the person saw in the slot; None where there is no such slot."""
    slots = frames.timeline.slots
    if request.slot is None or request.slot >= len(slots):
        return None
    slot = slots[request.slot]
    known = {slot.frame, *(candidate.frame for candidate in slot.candidates)}
    return request.frame if request.frame in known else slot.frame


def with_redrawn_frame(frames: Frames, request: RefinementVerdict, redrawn: Redrawn) -> Frames:
    """Return the timeline with a redrawn frame in its slot; the frame that was there stays a candidate."""
    assert request.slot is not None
    slots = list(frames.timeline.slots)
    slot, new = slots[request.slot], FrameRef(source=redrawn.picture)
    best = [Candidate(frame=frame, score=1) for frame in dict.fromkeys((new, slot.frame))]
    others = [candidate for candidate in slot.candidates if candidate.frame not in (new, slot.frame)]
    slots[request.slot] = slot.model_copy(update={"frame": new, "candidates": (*best, *others)})
    timeline = frames.timeline.model_copy(update={"slots": tuple(slots)})
    return frames.model_copy(update={"timeline": timeline})
