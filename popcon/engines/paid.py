"""The protocol of engines that cost money: they are asked per step, so that a purchase has a key."""

from decimal import Decimal
from typing import Protocol, TypeVar

from popcon.ledger.record import PaidStep
from popcon.models.engine import EngineFingerprint

Engine_co = TypeVar("Engine_co", covariant=True)


class PaidEngine(Protocol[Engine_co]):
    """Sells the results of an engine. What `for_step` gives follows the free engines' protocol and may be called
    again and again: it pays once for the step's key."""

    @property
    def fingerprint(self) -> EngineFingerprint: ...

    def price(self) -> Decimal:
        """CNY that one result costs at most; for plans."""
        ...

    def for_step(self, step: PaidStep) -> Engine_co:
        """The engine of one step."""
        ...
