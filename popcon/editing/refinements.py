"""Keeps what people changed by hand, as it is made: an append-only list for each action, in the store.

A record holds the whole state of one target, not a step of it. A target is a frame (its clicks, strokes and mask count
wherever the frame plays) or a slot (which frame plays there, as long as the machine's own choice for it is the same).
"""

from collections.abc import Callable, Mapping
from itertools import groupby
from threading import Lock
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from popcon import naming
from popcon.errors import BadInput, Fault
from popcon.jobs.archive import now
from popcon.models.base import Model
from popcon.models.refinement import Refinement
from popcon.models.results import Cutouts, Frames
from popcon.models.timeline import FrameRef
from popcon.storage.store import Store

MOST_STROKES = 400
MOST_CLICKS = 200
MOST_POINTS = 60_000
"""Of all strokes of a frame together."""
MOST_PAINTED = 5_000_000
"""Points times brush radius in px, of all strokes of a frame together: what painting them costs."""


class FrameTarget(Model):
    """A frame of a take."""

    kind: Literal["frame"] = "frame"
    frame: FrameRef


class SlotTarget(Model):
    """A place in the timeline, and the frame that the machine chose for it."""

    kind: Literal["slot"] = "slot"
    slot: int = Field(ge=0)
    chosen: FrameRef


Target = Annotated[FrameTarget | SlotTarget, Field(discriminator="kind")]


class Saved(Model):
    """What a target came to be."""

    target: Target
    refinement: Refinement
    version: int = Field(ge=1, description="how often this target was saved, this time included")
    by: str = Field(default="", max_length=80, description="who saved it, as their browser names itself")
    at: str = Field(description="ISO 8601, UTC")


class ChangedMeanwhile(BadInput):
    """Somebody else saved the same frame since this person last saw it."""

    def __init__(self, current: Saved) -> None:
        super().__init__("Somebody else has changed this meanwhile; look at their version, or save yours over it.")
        self.current = current


class Refinements:
    """The refinements of one action."""

    def __init__(self, store: Store, job: str, action: str) -> None:
        self._store, self._job, self._action = store, job, action
        self._records: list[Saved] = []
        self._seen = 0
        self._asked = False
        self._lock = Lock()

    def current(self) -> list[Saved]:
        """The latest record of each target, in the order in which targets were first touched."""
        self._read()
        return list(self._latest().values())

    def known(self) -> list[Saved]:
        """As `current`, but without asking the store again after the first time."""
        if not self._asked:
            self._read()
        return list(self._latest().values())

    def history(self) -> list[Saved]:
        """Every record, oldest first."""
        self._read()
        return list(self._records)

    def any(self) -> bool:
        """Whether anybody changed anything, undone or not."""
        return self._store.read(naming.refinement(self._job, self._action, 0)) is not None

    def save(self, target: Target, refinement: Refinement, base: int | None, by: str = "") -> Saved:
        """Keep a target's whole state.

        Arguments:
            target: what was changed.
            refinement: all of it.
            base: the version that the person saw, 0 for none; None: whatever there is, this goes over it.
            by: who saves.

        Returns:
            The record that counts: the one before, where it says the same.

        Raises:
            ChangedMeanwhile: another version than `base` is there, and says something else.
            BadInput: more than a frame can have.
        """
        check(refinement)
        while True:
            number = self._read()
            before = self._latest().get(_name(target))
            version = before.version if before else 0
            if before is not None and before.refinement == refinement:
                return before
            if before is not None and base is not None and base != version:
                raise ChangedMeanwhile(before)
            saved = Saved(target=target, refinement=refinement, version=version + 1, by=by, at=now())
            path = naming.refinement(self._job, self._action, number)
            if self._store.create_json(path, saved.model_dump(mode="json")):
                with self._lock:
                    if self._seen == number:  # else somebody has read it already
                        self._records.append(saved)
                        self._seen = number + 1
                return saved

    def amend(self, target: Target, change: Callable[[Refinement], Refinement], by: str = "") -> Saved:
        """Keep what `change` makes of a target's state; what somebody else saves meanwhile is changed, not lost.

        Raises:
            BadInput: more than a frame can have.
        """
        while True:
            self._read()
            before = self._latest().get(_name(target))
            changed = change(before.refinement if before else Refinement())
            try:
                return self.save(target, changed, before.version if before else 0, by)
            except ChangedMeanwhile:
                continue

    def _latest(self) -> dict[str, Saved]:
        with self._lock:
            records = list(self._records)
        return {_name(each.target): each for each in records}

    def _read(self) -> int:
        """Read what is new; returns the number of the next record. Records never change, so each is read once."""
        paths = self._store.paths(naming.refinements(self._job, self._action))
        with self._lock:
            seen = self._seen
        fresh = [(number, self._saved(path)) for number, path in enumerate(paths[seen:], seen)]
        with self._lock:  # not while reading: a click must not wait for a slow store
            for number, saved in fresh:
                if number >= self._seen and saved is not None:  # else it is known, or its writer died
                    self._records.append(saved)
            self._seen = max(self._seen, len(paths))
            self._asked = True
        return len(paths)

    def _saved(self, path: str) -> Saved | None:
        record = self._store.read_json(path)
        try:
            return None if record is None else Saved.model_validate(record)
        except ValidationError as error:
            # Passing it over would let a later save go over work that nobody here can see.
            raise Fault(f"A change of {self._action} was saved by another version of PopCon: {path}.") from error


class Edits(Model):
    """What counts for a timeline."""

    picks: dict[int, FrameRef] = Field(default_factory=dict, description="by slot, the frame that a person put there")
    frames: tuple[tuple[FrameRef, Refinement], ...] = Field(default=(), description="changed frames that play")

    @property
    def empty(self) -> bool:
        return not self.picks and not self.frames

    def uncut(self, cutouts: Cutouts) -> list[list[FrameRef]]:
        """Picked frames that the machine did not cut out, grouped by the clip they are from."""
        known = {cutout.frame for cutout in cutouts.cutouts}
        wanted = sorted(set(self.picks.values()) - known, key=lambda ref: (ref.source.sha256, ref.index))
        return [list(group) for _, group in groupby(wanted, key=lambda ref: ref.source)]

    def apply_picks(self, frames: Frames) -> Frames:
        """The timeline with a person's frames in their slots."""
        if not self.picks:
            return frames
        slots = tuple(
            slot.model_copy(update={"frame": self.picks[number]}) if number in self.picks else slot
            for number, slot in enumerate(frames.timeline.slots)
        )
        return frames.model_copy(update={"timeline": frames.timeline.model_copy(update={"slots": slots})})


def offered(frames: Frames, slot: int) -> list[FrameRef]:
    """The frames that a person may put in a slot: its candidates, and what is next to its frame in the clip."""
    chosen, loop = frames.timeline.slots[slot].frame, frames.timeline.loop
    near = [chosen.index + step for step in (-1, 1, -2, 2)]
    beside = [FrameRef(source=chosen.source, index=index) for index in near if loop.start <= index < loop.stop]
    return list(dict.fromkeys([*(each.frame for each in frames.timeline.slots[slot].candidates), *beside]))


def edits_of(saved: list[Saved], frames: Frames) -> Edits:
    """Which of an action's refinements count for its timeline, as the machine chose it."""
    slots = frames.timeline.slots
    picks: dict[int, FrameRef] = {}
    for each in saved:
        target = each.target
        picked = each.refinement.candidate
        if isinstance(target, SlotTarget) and picked is not None and target.slot < len(slots):
            slot = slots[target.slot]
            if slot.frame == target.chosen and picked != slot.frame and picked in offered(frames, target.slot):
                picks[target.slot] = picked
    playing = {picks.get(number, slot.frame) for number, slot in enumerate(slots)}
    playing |= {mixed.other for mixed in frames.mixed if mixed.frame in playing}
    changed = tuple(
        (each.target.frame, each.refinement)
        for each in sorted(saved, key=lambda each: _name(each.target))
        if isinstance(each.target, FrameTarget) and each.target.frame in playing and not each.refinement.empty
    )
    return Edits(picks=dict(sorted(picks.items())), frames=changed)


def check(refinement: Refinement) -> None:
    """Raises BadInput for more than one frame can have."""
    points = sum(len(stroke.points) for stroke in refinement.strokes)
    counts: Mapping[str, tuple[int, int]] = {
        "clicks": (len(refinement.clicks), MOST_CLICKS),
        "strokes": (len(refinement.strokes), MOST_STROKES),
        "points in strokes": (points, MOST_POINTS),
    }
    for what, (count, most) in counts.items():
        if count > most:
            raise BadInput(f"The frame has {count} {what}; at most {most} can be saved.")
    painted = sum(len(stroke.points) * stroke.radius for stroke in refinement.strokes)
    if painted > MOST_PAINTED:
        raise BadInput(
            f"The strokes of the frame have {points} points with brushes of up to "
            f"{max(stroke.radius for stroke in refinement.strokes):g} px; use a smaller brush or fewer strokes."
        )


def frame_name(ref: FrameRef) -> str:
    """A frame in an address: short, and the same everywhere."""
    return f"{ref.source.sha256[:12]}-{ref.index}"


def _name(target: FrameTarget | SlotTarget) -> str:
    if isinstance(target, FrameTarget):
        return f"frame-{frame_name(target.frame)}"
    return f"slot-{target.slot:03d}-{frame_name(target.chosen)}"
