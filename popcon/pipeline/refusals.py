"""Refusals of services to make what was ordered, and the verdict at a gate where nobody is asked."""

from typing import Literal

from popcon import naming
from popcon.errors import EngineCannot, PromptDeclined, PromptTooLong
from popcon.media.pictures.framing import REDRAWS
from popcon.models.base import Model
from popcon.models.results import StartFrame
from popcon.storage.store import Store

DECLINED = (PromptDeclined, PromptTooLong, EngineCannot)
"""Errors that another prompt may mend; a person who reviews is asked for one."""


def automatic_verdict(reviewed: object, attempt: int) -> Literal["approve", "regenerate"]:
    """Return the verdict where nobody reviews: a start frame that fails its check is drawn again, up to twice.

    Arguments:
        reviewed: what a person would look at.
        attempt: of the picture, from 0.
    """
    flawed = isinstance(reviewed, StartFrame) and bool(reviewed.problems)
    return "regenerate" if flawed and attempt < REDRAWS else "approve"


class Refusal(Model):
    """A service's refusal, in the place of a result. Kept in the store, so that a run that is started again asks the
    person again, and not the service."""

    message: str
    prompt: str


def read_refusal(store: Store, job: str, action: str, key: str) -> Refusal | None:
    """Return the refusal that was kept for a step's key, if any."""
    record = store.read_json(naming.declined(job, action, key))
    return None if record is None else Refusal.model_validate(record)


def write_refusal(store: Store, job: str, action: str, key: str, refusal: Refusal) -> None:
    """Keep a refusal for a step's key."""
    store.write_json(naming.declined(job, action, key), refusal.model_dump(mode="json"))
