"""Keeps what people changed by hand, as it is made: an append-only list for each action, in the store.

A record tells the whole state of one target, not a step of it: strokes that the target's record before has as well are
told by their number alone, so that painting for an hour writes each stroke once. A target is a frame (its clicks,
strokes and mask count wherever the frame plays) or a slot (which frame plays there, as long as the machine's own choice
for it is the same).
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import Field

from popcon import naming
from popcon.errors import BadInput, Fault, RecordDamaged
from popcon.jobs.archive import now
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.refinement import Refinement
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


class SavedRefinement(Model):
    """What a target came to be."""

    target: Target
    refinement: Refinement
    version: int = Field(ge=1, description="how often this target was saved, this time included")
    by: str = Field(default="", max_length=80, description="who saved it, as their browser names itself")
    at: str = Field(description="ISO 8601, UTC")


class VersionConflict(BadInput):
    """Somebody else saved the same frame since this person last saw it."""

    def __init__(self, current: SavedRefinement) -> None:
        super().__init__("Somebody else has changed this meanwhile; look at their version, or save yours over it.")
        self.current = current


class _Stored(SavedRefinement):
    """A record as it lies in the store."""

    base: int | None = Field(
        default=None, description="number of the target's record before, where this goes on from it"
    )
    strokes_kept: int = Field(default=0, ge=0, description="how many of its first strokes come before those told here")


class Refinements:
    """The refinements of one action. Keeps the latest state of each target in memory, and nothing older."""

    def __init__(self, store: Store, job: str, action: str) -> None:
        self._store, self._job, self._action = store, job, action
        self._latest: dict[str, tuple[int, SavedRefinement]] = {}
        self._masks: dict[str, dict[str, ArtifactRef]] = {}
        self._next = 0
        self._asked = False
        self._lock = Lock()

    def current(self) -> list[SavedRefinement]:
        """Return the latest record of each target, in the order in which targets were first touched.

        Raises:
            RecordDamaged: a record cannot be read. An older state is never shown in its place.
        """
        self._read()
        return self._states()

    def known(self) -> list[SavedRefinement]:
        """Return what `current` does, but without asking the store again after the first time."""
        if not self._asked:
            self._read()
        return self._states()

    def count(self) -> int:
        """Return how often anything was saved."""
        self._read()
        with self._lock:
            return self._next

    def since(self, count: int) -> list[tuple[int, SavedRefinement]]:
        """Return the latest states saved after the first `count` saves, each with the number of its save, from 1."""
        self._read()
        with self._lock:
            found = [(number + 1, saved) for number, saved in self._latest.values() if number >= count]
        return sorted(found, key=lambda each: each[0])

    def history(self) -> list[SavedRefinement]:
        """Return every record, oldest first, read from the store anew."""
        replayed = Refinements(self._store, self._job, self._action)
        return list(replayed._replay())

    def masks(self, target: Target) -> dict[str, ArtifactRef]:
        """Return all masks that a target ever had, by their hash."""
        self._read()
        with self._lock:
            return dict(self._masks.get(target_name(target), {}))

    def any(self) -> bool:
        """Return whether anybody changed anything, undone or not."""
        return bool(self._store.paths(naming.refinements(self._job, self._action)))

    def save(self, target: Target, refinement: Refinement, base: int | None, by: str = "") -> SavedRefinement:
        """Keep a target's whole state.

        Arguments:
            target: what was changed.
            refinement: all of it.
            base: the version that the person saw, 0 for none; None: whatever there is, this goes over it.
            by: who saves.

        Returns:
            The record that counts: the one before, where it says the same.

        Raises:
            VersionConflict: another version than `base` is there, and says something else.
            BadInput: more than a frame can have.
            RecordDamaged: a record cannot be read.
        """
        check_limits(refinement)
        for _ in range(1000):
            self._read()
            with self._lock:
                number, before = self._next, self._latest.get(target_name(target))
            version = before[1].version if before else 0
            if before is not None and before[1].refinement == refinement:
                return before[1]
            if before is not None and base is not None and base != version:
                raise VersionConflict(before[1])
            saved = SavedRefinement(target=target, refinement=refinement, version=version + 1, by=by, at=now())
            stored = _delta(saved, before)
            body = stored.model_dump(mode="json", exclude={"base", "strokes_kept"} if stored.base is None else None)
            if self._store.create_json(naming.refinement(self._job, self._action, number), body):
                with self._lock:
                    if self._next == number:  # else somebody has read it already
                        saved = self._take(number, stored)
                return saved
        raise Fault(f"Others save changes of {self._action} faster than this one can be; save again.")

    def amend(self, target: Target, change: Callable[[Refinement], Refinement], by: str = "") -> SavedRefinement:
        """Keep what `change` makes of a target's state; what somebody else saves meanwhile is changed, not lost.

        Raises:
            BadInput: more than a frame can have.
        """
        while True:
            self._read()
            with self._lock:
                before = self._latest.get(target_name(target))
            changed = change(before[1].refinement if before else Refinement())
            try:
                return self.save(target, changed, before[1].version if before else 0, by)
            except VersionConflict:
                continue

    def _states(self) -> list[SavedRefinement]:
        with self._lock:
            return [saved for _, saved in self._latest.values()]

    def _read(self) -> None:
        """Read what is new. Records never change, so each is read once."""
        for _ in self._replay():
            pass

    def _replay(self) -> Iterator[SavedRefinement]:
        """Read what is new, in order; yields each state."""
        paths = self._store.paths(naming.refinements(self._job, self._action))
        with self._lock:
            first = self._next
        for number in naming.entry_numbers(paths):  # one in the middle may be missing: a copy that was not complete
            if number < first:
                continue
            path = naming.refinement(self._job, self._action, number)
            stored = self._store.read_model(path, _Stored)  # not under the lock: clicks do not wait for a slow store
            with self._lock:
                if stored is not None and number >= self._next:
                    yield self._take(number, stored)
        self._asked = True

    def _take(self, number: int, stored: _Stored) -> SavedRefinement:
        """Adopt a record as its target's latest state; the lock is held.

        Raises:
            RecordDamaged: what it goes on from is missing.
        """
        name = target_name(stored.target)
        before = self._latest.get(name)
        refinement = stored.refinement
        if stored.base is not None:
            if before is None or before[0] != stored.base:
                raise RecordDamaged(self._store.url, naming.refinement(self._job, self._action, stored.base))
            kept = before[1].refinement.strokes[: stored.strokes_kept]
            refinement = refinement.model_copy(update={"strokes": (*kept, *refinement.strokes)})
        saved = SavedRefinement(
            target=stored.target, refinement=refinement, version=stored.version, by=stored.by, at=stored.at
        )
        self._latest[name] = (number, saved)
        if refinement.mask is not None:
            self._masks.setdefault(name, {})[refinement.mask.sha256] = refinement.mask
        self._next = number + 1
        return saved


def _delta(saved: SavedRefinement, before: tuple[int, SavedRefinement] | None) -> _Stored:
    """Return a record without the strokes that the one before it begins with as well."""
    fields: dict[str, Any] = {name: getattr(saved, name) for name in SavedRefinement.model_fields}
    if before is not None:
        number, earlier = before
        pairs = zip(saved.refinement.strokes, earlier.refinement.strokes, strict=False)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if kept:
            rest = saved.refinement.model_copy(update={"strokes": saved.refinement.strokes[kept:]})
            return _Stored.model_construct(**{**fields, "refinement": rest}, base=number, strokes_kept=kept)
    return _Stored.model_construct(**fields, base=None, strokes_kept=0)


def check_limits(refinement: Refinement) -> None:
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
    """Return a frame in an address: short, and the same everywhere."""
    return f"{ref.source.sha256[:12]}-{ref.index}"


def target_name(target: FrameTarget | SlotTarget) -> str:
    if isinstance(target, FrameTarget):
        return f"frame-{frame_name(target.frame)}"
    return f"slot-{target.slot:03d}-{frame_name(target.chosen)}"
