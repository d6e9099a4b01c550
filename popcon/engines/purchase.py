"""What a paid engine is given to buy its results with."""

from dataclasses import dataclass
from decimal import Decimal

from popcon.ledger.limits import Limits
from popcon.storage.store import Store


@dataclass(frozen=True)
class Purchase:
    """Who buys, under which key: the same key is bought once, however often it is asked for.

    Attributes:
        store: where the ledger is.
        job: the job that pays.
        key: of the step whose result is bought.
        action, step: where the purchase stands on the bill.
        job_budget: what the whole job may cost, in the currency of the account; None: no limit.
        limits: where requests wait for their turn; None: with all processes of this machine.
        stands_for: how many results of their own price this one replaces; see `PaidStep`.
    """

    store: Store
    job: str
    key: str
    action: str = ""
    step: str = ""
    job_budget: Decimal | None = None
    limits: Limits | None = None
    stands_for: int = 1
