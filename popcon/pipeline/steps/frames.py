"""The frames step: from takes to a timeline. Bars are dropped, the loop found, slots and candidates chosen."""

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from popcon.media.frames.borders import find_borders
from popcon.media.frames.durations import GRID_MS
from popcon.media.frames.loop import blends, describe, find_loop, play_order
from popcon.media.frames.motion import Motion, watch
from popcon.media.frames.slots import choose_slots
from popcon.models.artifact import ArtifactRef
from popcon.models.results import Box, Frames, Mixed
from popcon.models.step import Step
from popcon.models.timeline import FASTEST, Candidate, FrameRef, Loop, Slot, Timeline
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.sources import drawing_in
from popcon.storage.store import Store

SHORTEST_MS = 600
"""A loop shorter than this cannot be read at sticker size."""

_BORDER_SAMPLE = 12
_CANDIDATES_OF_OTHER_TAKES = 3


class FramesInputs(StepInputs):
    """What a timeline is chosen from."""

    task: ClassVar[str] = "frames"
    step: ClassVar[Step] = Step.FRAMES
    version: ClassVar[int] = 2

    clips: tuple[ArtifactRef, ...] = Field(min_length=1, description="all takes; the last one plays")
    backdrop: str
    slots: int = Field(ge=2, description="how many frames play at most")
    longest_ms: int = Field(ge=1000, description="how long one play may last")


def choose_frames(inputs: FramesInputs, store: Store) -> Frames:
    """Choose what plays, of the last take; frames of earlier takes become candidates.

    Raises:
        BadClip: a take is not a clip.
    """
    from popcon.media.clips.clip import frames, probe

    clip = inputs.clips[-1]
    data = store.get(clip)
    info = probe(data)
    drawing = drawing_in(data)
    if drawing is None:
        found = find_borders(frames(data, stop=_BORDER_SAMPLE), inputs.backdrop)
        motion = watch((found.apply(frame) for frame in frames(data)), inputs.backdrop)
        width, height = info.width, info.height
        crop = Box(left=found.left, top=found.top, right=found.right, bottom=found.bottom)
    else:  # the clip is a small one to watch, without bars
        motion = watch(frames(data), inputs.backdrop)
        width = height = drawing.shot.side
        crop = Box(left=0, top=0, right=width, bottom=height)
    loop = _loop(motion, info.fps, inputs.longest_ms)
    plays_ms = round(len(play_order(loop)) / info.fps * 1000 / GRID_MS) * GRID_MS
    total_ms = min(max(plays_ms, 2 * GRID_MS), inputs.longest_ms)
    timeline = choose_slots(motion, loop, clip, inputs.slots, total_ms)
    mixed = tuple(
        Mixed(
            frame=FrameRef(source=clip, index=each.frame),
            other=FrameRef(source=clip, index=each.other),
            share=each.weight,
        )
        for each in blends(loop)
    )
    return Frames(
        timeline=_with_earlier_takes(timeline, inputs.clips[:-1], store),
        width=width,
        height=height,
        mixed=mixed,
        crop=crop,
        notes=(describe(loop) + _speed(plays_ms, total_ms),),
    )


def _loop(motion: Motion, fps: float, longest_ms: int) -> Loop:
    """Find what plays: a cycle as it was filmed, else one that has to play faster, else a makeshift.

    A model that closes its loop does so over the whole clip, which is often longer than a platform plays.
    """
    shortest, longest = round(SHORTEST_MS * fps / 1000), longest_ms * fps / 1000
    found = find_loop(motion, shortest, round(longest))
    if found.kind != "cycle":
        whole = find_loop(motion, shortest, round(longest * FASTEST))
        if whole.kind == "cycle":
            return whole
    return found


def _speed(filmed_ms: int, plays_ms: int) -> str:
    return f" It plays {filmed_ms / plays_ms:.1f} times as fast as it was filmed." if filmed_ms > plays_ms else ""


def _with_earlier_takes(timeline: Timeline, clips: Iterable[ArtifactRef], store: Store) -> Timeline:
    """Return frames of other takes at the same point of the action, as further candidates."""
    from popcon.media.clips.clip import probe

    slots = timeline.slots
    for clip in clips:
        count = probe(store.get(clip)).frames
        slots = tuple(_offer(slot, clip, count, at / len(slots)) for at, slot in enumerate(slots))
    return timeline.model_copy(update={"slots": slots})


def _offer(slot: Slot, clip: ArtifactRef, count: int, phase: float) -> Slot:
    middle = round(phase * count)
    near = range(middle - _CANDIDATES_OF_OTHER_TAKES // 2, middle + _CANDIDATES_OF_OTHER_TAKES // 2 + 1)
    offered = tuple(
        Candidate(frame=FrameRef(source=clip, index=index % count), score=round(0.5 - 0.1 * abs(index - middle), 2))
        for index in near
    )
    return slot.model_copy(update={"candidates": slot.candidates + offered})
