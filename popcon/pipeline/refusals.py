"""What counts at a gate where nobody is asked, and what is asked where a service would not make what was ordered."""

from popcon import naming
from popcon.engines.dashscope.framing import REDRAWS
from popcon.errors import EngineCannot, PromptDeclined, PromptTooLong
from popcon.models.base import Model
from popcon.models.results import StartFrame
from popcon.models.verdict import StartFrameVerdict
from popcon.storage.store import Store

DECLINED = (PromptDeclined, PromptTooLong, EngineCannot)
"""What another prompt may mend; a person who reviews is asked for one."""


def automatic(shown: object, attempt: int) -> StartFrameVerdict:
    """The verdict on a start frame where nobody looks: what fails its check is drawn again, up to twice.

    Arguments:
        shown: what a person would see at the gate.
        attempt: of the picture, from 0.
    """
    flawed = isinstance(shown, StartFrame) and bool(shown.problems)
    return StartFrameVerdict(kind="regenerate" if flawed and attempt < REDRAWS else "approve")


class Refusal(Model):
    """Stands where a result would. Kept in the store, so that a run that is started again asks the person again,
    and not the service."""

    message: str
    prompt: str


def read_refusal(store: Store, job: str, action: str, key: str) -> Refusal | None:
    """What was noted about a step's key."""
    record = store.read_json(naming.declined(job, action, key))
    return None if record is None else Refusal.model_validate(record)


def write_refusal(store: Store, job: str, action: str, key: str, declined: Refusal) -> None:
    store.write_json(naming.declined(job, action, key), declined.model_dump(mode="json"))
