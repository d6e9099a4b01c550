"""Keeps what people adjust on finished stickers: an append-only list of whole states for each job, in the store."""

from collections.abc import Sequence

from pydantic import Field

from popcon import naming
from popcon.editing.refinements import frame_name
from popcon.errors import BadInput, UnknownName
from popcon.jobs.archive import now
from popcon.models.adjustment import Adjustments
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.timeline import Slot
from popcon.storage.store import Store


class SavedAdjustments(Model):
    """The adjustments of a job, by whom and when."""

    adjustments: Adjustments = Adjustments()
    version: int = Field(default=0, ge=0, description="how often they were saved; 0: never")
    by: str = Field(default="", max_length=80)
    at: str = Field(default="", description="ISO 8601, UTC")


class AdjustmentConflict(BadInput):
    """Somebody else saved adjustments of the same job since this person last saw them."""

    def __init__(self, current: SavedAdjustments) -> None:
        super().__init__("Somebody else has changed this meanwhile; look at their version, or save yours over it.")
        self.current = current


def current_adjustments(store: Store, job_id: str) -> SavedAdjustments:
    """Return the last adjustments of a job.

    Raises:
        RecordDamaged: they cannot be read.
    """
    return store.read_latest(naming.adjustments(job_id), SavedAdjustments) or SavedAdjustments()


def saved_adjustments(store: Store, job_id: str, version: int) -> SavedAdjustments:
    """Return the adjustments of a job as they were after so many saves.

    Raises:
        UnknownName: they were not saved so often.
    """
    found = store.read_model(naming.adjustment(job_id, version), SavedAdjustments) if version > 0 else None
    if found is None and version != 0:
        raise UnknownName("save of adjustments of this job", str(version))
    return found or SavedAdjustments()


def save_adjustments(
    store: Store, job_id: str, spec: JobSpec, adjustments: Adjustments, base: int | None = None, by: str = ""
) -> SavedAdjustments:
    """Keep the adjustments of a job; earlier ones stay on record.

    Arguments:
        adjustments: all of them.
        base: the version that the person saw, 0 for none; None: whatever there is, these go over it.

    Returns:
        The record that counts: the one before, where it says the same.

    Raises:
        UnknownName: the job has no such action.
        AdjustmentConflict: another version than `base` is there, and says something else.
    """
    names = [action.name for action in spec.actions]
    for name in adjustments.stickers:
        if name not in names:
            raise UnknownName("action in this job", name, names)
    while True:
        before = current_adjustments(store, job_id)
        if before.adjustments == adjustments:
            return before
        if base is not None and base != before.version:
            raise AdjustmentConflict(before)
        saved = SavedAdjustments(adjustments=adjustments, version=before.version + 1, by=by, at=now())
        if store.create_json(naming.adjustment(job_id, saved.version), saved.model_dump(mode="json")):
            return saved


def started_at(slots: Sequence[Slot], first: str | None) -> list[Slot]:
    """Return the slots of a loop, turned so that a frame is shown first; as they are where it does not play.

    Arguments:
        first: name of the frame (see `frame_name`).
    """
    at = next((number for number, slot in enumerate(slots) if frame_name(slot.frame) == first), 0)
    return [*slots[at:], *slots[:at]]
