"""What the ledger asks of a vendor, and the answers that it knows how to go on from."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from pydantic import Field, SecretStr

from popcon.errors import Fault
from popcon.models.base import Model


class NotSent(Fault):
    """The request certainly did not reach the vendor: sending it again is safe."""


class Throttled(Fault):
    """The vendor refused for now because it has too much to do: sending again later is safe."""


class OutcomeUnknown(Fault):
    """The request may have reached the vendor. It must be looked up before anything is sent again."""


class Report(Model):
    """How a task stands."""

    state: Literal["waiting", "done", "failed", "canceled", "unknown"]
    urls: tuple[str, ...] = Field(default=(), description="where the result can be downloaded; only when done")
    seconds: float | None = Field(default=None, description="length of the clip as the vendor bills it")
    code: str = Field(default="", description="the vendor's code of a failure")
    message: str = Field(default="", description="the vendor's words about it")


class Sent(Model):
    """What sending gave: a task to wait for, or (from a vendor that answers at once) the finished report."""

    task_id: str | None = None
    report: Report | None = None


@dataclass(frozen=True)
class LostRequest:
    """A request whose answer is not known.

    Attributes:
        model: the vendor's name of the model.
        mark: what the prompt carries at its end.
        prompt: what was asked for, without the mark; "" where it was not written down.
        since: seconds since 1970; the request left after that.
        others: ids of tasks that are known to be other requests of ours. Reads the store.
    """

    model: str
    mark: str
    prompt: str
    since: float
    others: Callable[[], frozenset[str]]


def fingerprint(key: SecretStr | None) -> str:
    """Return 12 hexadecimal digits that tell API keys apart and do not show them; "" without a key."""
    return hashlib.sha256(b"popcon " + key.get_secret_value().strip().encode()).hexdigest()[:12] if key else ""


class Vendor(Protocol):
    """A service that sells results.

    Attributes:
        account: where it sells and in which currency, as records say it.
        key_id: see `fingerprint`.
    """

    name: str
    account: str
    key_id: str

    def poll(self, task_id: str) -> Report:
        """Return how a task stands. Temporary troubles are Faults: the caller asks again."""
        ...

    def find(self, request: LostRequest) -> str | None:
        """Find the task of a request; None only where there certainly is none.

        A task is certainly not the one where it shows another prompt whole, or failed or was cancelled, which is
        free. May take minutes: vendors show a task's prompt only when it has ended.

        Raises:
            Fault: it cannot be told.
        """
        ...

    def download(self, url: str) -> bytes:
        """Return what is at `url`. Troubles are Faults."""
        ...

    def check(self, kind: str, data: bytes) -> str:
        """Return the media type of a downloaded result of this kind.

        Raises:
            DamagedResult: it is not a whole one.
        """
        ...

    def cancel(self, task_id: str) -> bool:
        """Cancel a task that has not begun; False when it has."""
        ...

    def failure(self, report: Report) -> Exception:
        """Return what to raise for a failed task: a BadInput when another try would fail as well, else a Fault."""
        ...


Kind = Literal["clip", "picture"]


@dataclass(frozen=True)
class Order:
    """What to buy.

    Attributes:
        model: the vendor's name of the model.
        kind: a clip is billed by its seconds, a picture is one unit.
        rate: what a unit costs, in `currency`.
        units: how many units it is at most.
        prompt: what is asked for, without a mark; by it a task is told from others.
        send: sends the request once, with a mark in its prompt.
        listed: whether the vendor keeps a task that can be looked up. The answer to anything else that gets lost
            on the way is lost for good.
    """

    model: str
    kind: Kind
    rate: Decimal
    units: Decimal
    send: Callable[[str], Sent]
    listed: bool = True
    prompt: str = ""
    currency: str = "CNY"

    @property
    def price(self) -> Decimal:
        """Amount that it can cost at most, in `currency`."""
        return self.rate * self.units
