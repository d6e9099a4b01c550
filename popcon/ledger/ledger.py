"""The ledger: buys each result once, whatever dies in between."""

from popcon import naming
from popcon.ledger.budget import Journals, Spending, today
from popcon.ledger.executor import PurchaseExecutor
from popcon.ledger.lease import LeaseLost, Leases
from popcon.ledger.limits import Limits
from popcon.ledger.purchase import Purchase, read_record
from popcon.ledger.record import PaidStep, Receipt, State, receipt_of
from popcon.ledger.settings import LedgerSettings
from popcon.ledger.vendor import Order, Vendor
from popcon.storage.store import Store


class Ledger:
    """Buys for the steps of jobs. Safe to use from several threads; several processes may share its store.

    Arguments:
        limits: where requests wait for their turn.
    """

    def __init__(self, store: Store, limits: Limits, settings: LedgerSettings | None = None) -> None:
        self.store, self.settings, self.journals = store, settings or LedgerSettings(), Journals(store)
        self.leases = Leases(store, self.settings.lease_term)
        self._limits = limits

    def buy(self, step: PaidStep, order: Order, vendor: Vendor) -> Receipt:
        """Return the result of `order`, bought unless it has been.

        Whoever comes first drives the purchase; others with the same key wait for the result.

        Raises:
            BudgetExceeded: nothing was sent.
            ServiceRefused, PromptDeclined: the vendor will not do it; nothing is owed.
            Fault: the vendor or the store failed for longer than patience allows. Buying again goes on from there.
        """
        if receipt := self._receipt(step.key):
            return receipt
        while True:
            with self.leases.hold(step.key, unless=lambda: self._receipt(step.key) is not None) as lease:
                if lease is not None:
                    purchase = Purchase(self.store, self.journals, lease, vendor, self.settings)
                    try:
                        return PurchaseExecutor(purchase, self._limits, step, order).run_to_end()
                    except LeaseLost:  # then another worker's result is waited for
                        purchase.give_back(step.key)
            if receipt := self._receipt(step.key):
                return receipt

    def cancel(self, key: str, vendor: Vendor) -> bool:
        """Ask the vendor to drop a task that has not begun; True if it did. Whoever waits for it is told."""
        record = read_record(self.store, key)
        if record is None or record.state is not State.RUNNING or record.task_id is None:
            return False
        return vendor.cancel(record.task_id)

    def spending(self, job: str, currency: str = "CNY") -> Spending:
        """Return what a job has spent and set aside in a currency."""
        return self.journals.job(job, currency).state()

    def spending_of_day(self, day: str | None = None, currency: str = "CNY") -> Spending:
        """Return what all jobs have spent and set aside on a day: an ISO date in UTC; None: today."""
        return self.journals.day(day or today(), currency).state()

    def _receipt(self, key: str) -> Receipt | None:
        record = read_record(self.store, key)
        if record is None or record.state is not State.SETTLED or record.artifact is None:
            return None
        if self.store.exists(naming.paid_open(key)):  # a process died between settling and closing the journals
            return None
        return receipt_of(record) if self.store.holds(record.artifact) else None
