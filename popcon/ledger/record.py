"""What the ledger writes down about a purchase."""

from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model


class PaidStep(Model):
    """Who buys: one step of one job. Its key makes the purchase the same one after a crash and in two workers."""

    key: str = Field(pattern=r"^[A-Za-z0-9._-]{1,200}$", description="the step's key; one purchase per key")
    job: str = Field(description="the job that pays")
    action: str = Field(default="", description="the action it is for; empty for the character")
    step: str = Field(description="the step it is for, such as take")
    job_budget: Decimal | None = Field(
        default=None, ge=0, description="what the job may cost, in the currency of the purchase; None: no limit"
    )
    stands_for: int = Field(
        default=1,
        ge=0,
        description="results of this price that it replaces: a sheet of 8 pictures 8; one that a sheet "
        "was to have replaced 0",
    )


class State(StrEnum):
    """How far a purchase is. Every line of the table may be the last one that a process lives to write.

    reserved  the money is set aside, nothing was sent
    sending   the request is about to leave: whether the vendor has it is unknown until it is looked up
    running   the vendor named its task
    settled   the result is in the store and the price is known
    free      nothing is owed: refused, failed or cancelled; buying again is a new attempt
    """

    RESERVED = "reserved"
    SENDING = "sending"
    RUNNING = "running"
    SETTLED = "settled"
    FREE = "free"


class Loss(Model):
    """Money that bought nothing."""

    attempt: int
    price: Decimal = Field(description="what it cost or may have cost")
    task_id: str | None = None
    reason: str = Field(description="a sentence for the bill")
    at: float = Field(description="seconds since 1970")


class PaidRecord(Model):
    """A purchase, from intent to settlement, in `paid/<key>.json`."""

    key: str
    job: str
    action: str
    step: str
    vendor: str
    model: str
    kind: Literal["clip", "picture"]
    account: str = Field(default="", description="where it was bought, such as cn-beijing in CNY")
    key_id: str = Field(default="", description="a fingerprint of the API key, which tells accounts apart")
    currency: str = Field(default="CNY", description="of every amount in this record")
    stands_for: int = Field(default=1, description="results of this price that it replaces")
    rate: Decimal = Field(description="a unit costs: a second of a clip, or a picture")
    units: Decimal = Field(description="how many units it is at most")
    listed: bool = Field(description="whether the vendor keeps a task that can be looked up")
    prompt: str = Field(default="", description="what was asked for, without the mark")
    state: State
    attempt: int = Field(ge=1, description="raised when an earlier attempt ended without a result")
    price: Decimal = Field(description="set aside: the most that this attempt can cost")
    day: str = Field(description="ISO date in UTC whose budget it counts against")
    reserved_at: float
    sent_at: float | None = None
    task_id: str | None = None
    urls: tuple[str, ...] = Field(default=(), description="where the result is, from a vendor that answers at once")
    settled_at: float | None = None
    seconds: float | None = Field(default=None, description="length of what was made, for what is billed by the second")
    paid: Decimal | None = Field(default=None, description="what it did cost")
    artifact: ArtifactRef | None = None
    note: str = Field(default="", description="why an attempt ended without a result")
    losses: tuple[Loss, ...] = ()

    @property
    def mark(self) -> str:
        """What makes this attempt's request recognisable in a vendor's list of tasks: 12 hexadecimal digits."""
        return sha256(self.purchase.encode()).hexdigest()[:12]

    @property
    def purchase(self) -> str:
        """What this attempt is called in the journals of spending."""
        return f"{self.key}#{self.attempt}"

    @property
    def owed(self) -> Decimal:
        """Amount that this attempt costs, once it is settled or free."""
        lost = sum((loss.price for loss in self.losses if loss.attempt == self.attempt), Decimal(0))
        return lost + (self.paid or Decimal(0))

    @property
    def spent(self) -> Decimal:
        """Amount that this key has cost so far, lost attempts included."""
        return sum((loss.price for loss in self.losses), self.paid or Decimal(0))


class Receipt(Model):
    """What was bought, and for how much."""

    artifact: ArtifactRef
    paid: Decimal
    seconds: float | None = None


def receipt_of(record: PaidRecord) -> Receipt:
    assert record.artifact is not None
    return Receipt(artifact=record.artifact, paid=record.paid or Decimal(0), seconds=record.seconds)
