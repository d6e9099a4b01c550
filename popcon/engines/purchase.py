"""What a paid engine is given to buy its results with."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Allowance, Limits, MachineLimits, given_limits
from popcon.ledger.record import PaidStep
from popcon.ledger.settings import LedgerSettings, day_budget
from popcon.settings import settings
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

    def ledger(self, vendor: str, account: str, allowance: Callable[[str], Allowance], currency: str) -> Ledger:
        """Return the ledger to buy with; without `limits`, requests wait for all processes of this machine.

        Arguments:
            account: tells apart the accounts at a vendor whose limits are counted by themselves; part of a file name.
            allowance: what a model may take at once, and a second.
            currency: of the account.
        """
        limits = self.limits or given_limits(vendor, allowance)
        if limits is None:
            limits = MachineLimits(settings().private_home("locks", f"{vendor}-{account}"), allowance)
        return Ledger(self.store, limits, LedgerSettings(day_budget=day_budget(currency)))

    def paid_step(self, step: str) -> PaidStep:
        """Return what is bought, as the ledger knows it; `step` is its place on the bill where none was given."""
        return PaidStep(
            key=self.key,
            job=self.job,
            action=self.action,
            step=self.step or step,
            job_budget=self.job_budget,
            stands_for=self.stands_for,
        )
