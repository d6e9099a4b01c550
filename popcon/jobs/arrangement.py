"""How a person arranged a job's packs: the order of the stickers, and which of them the covers show."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import Field

from popcon import naming
from popcon.errors import BadInput, UnknownName
from popcon.models.base import Model
from popcon.models.job import JobSpec
from popcon.models.results import Sticker
from popcon.platforms import platform
from popcon.storage.store import Store


class Arrangement(Model):
    """The order and the cover of a job's packs."""

    order: tuple[str, ...] = Field(default=(), description="actions, first to last; empty: as they were ordered")
    cover: str = Field(default="", description="the action whose sticker covers show; empty: the character")
    by: str = ""
    at: str = ""


def arrange(store: Store, job_id: str, spec: JobSpec, order: Sequence[str], cover: str = "", by: str = "") -> None:
    """Keep an arrangement of a job's packs; earlier ones stay on record.

    Arguments:
        order: every action of the job once, or nothing for the order that they were ordered in.
        cover: an action of the job, or "" for the character's picture.

    Raises:
        UnknownName: the job has no such action.
        BadInput: an action is missing or there twice.
    """
    names = [action.name for action in spec.actions]
    for name in (*order, *([cover] if cover else [])):
        if name not in names:
            raise UnknownName("action in this job", name, names)
    if order and sorted(order) != sorted(names):
        raise BadInput(f"order: name each of the job's {len(names)} actions once.")
    made = Arrangement(order=tuple(order), cover=cover, by=by, at=datetime.now(UTC).isoformat(timespec="seconds"))
    number = len(store.paths(naming.arrangements(job_id)))
    while not store.create_json(naming.arrangement(job_id, number), made.model_dump(mode="json")):
        number += 1


def arrangement(store: Store, job_id: str) -> Arrangement:
    """Return the last arrangement of a job's packs."""
    return store.read_latest(naming.arrangements(job_id), Arrangement) or Arrangement()


def arranged(stickers: Sequence[Sticker], order: Sequence[str], platform_name: str) -> list[Sticker]:
    """Return stickers in an order. Where the last ones of a pack have to be stills, they stay as they are."""
    rules = platform(platform_name)
    if not order or (rules.still is not None and rules.still.count is not None):
        return list(stickers)
    places = {name: place for place, name in enumerate(order)}
    return sorted(stickers, key=lambda each: places.get(each.action, len(places)))
