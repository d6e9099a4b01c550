"""Money set aside and spent, in journals that no concurrency can overrun.

A journal is a row of numbered entries, each created once and never changed. An entry holds the whole state after
it, so only the newest is read. To set money aside is to create the next number with a state computed from the one
before: of two processes that computed from the same entry, one creates it and the other computes again. A budget
is thereby checked and taken in one step, without a lock.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import Field

from popcon import naming
from popcon.errors import BudgetExceeded, Fault, RecordDamaged
from popcon.ledger.claim import claim
from popcon.models.base import Model
from popcon.storage.store import Store


def today() -> str:
    """Return the day whose budget counts: an ISO date in UTC."""
    return datetime.now(UTC).date().isoformat()


_REMEDY = {
    "the job's": "give a higher --budget to go on",
    "the day's": "raise POPCON_DAY_BUDGET to go on, or run again tomorrow (UTC)",
}


class Spending(Model):
    """The state of a journal."""

    spent: Decimal = Decimal(0)
    open: Mapping[str, Decimal] = Field(default_factory=dict, description="set aside, by purchase and attempt")

    @property
    def total(self) -> Decimal:
        """Amount spent and set aside."""
        return self.spent + sum(self.open.values(), Decimal(0))


class Journal:
    """The spending of one scope: a job, or a day.

    Arguments:
        scope: `job-<id>` or `day-<ISO date>`, and in another currency than CNY that as well: one journal, one currency.
        currency: of all its amounts.
    """

    def __init__(self, store: Store, scope: str, currency: str = "CNY") -> None:
        self._store, self._scope, self._currency = store, scope, currency
        # The newest entry known here. Entries never change or go away, so searching starts from it.
        self._number, self._state = 0, Spending()
        self._turn = threading.Lock()  # threads of one process queue here instead of racing in the store

    def state(self) -> Spending:
        with self._turn:
            return self._newest()

    def reserve(self, purchase: str, price: Decimal, budget: Decimal | None, whose: str) -> None:
        """Set `price` aside for `purchase`, unless it is already.

        Arguments:
            purchase: key and attempt.
            whose: "the job's" or "the day's", for the message.

        Raises:
            BudgetExceeded: it would pass `budget`; nothing was set aside.
        """

        def change(now: Spending) -> Spending | None:
            if purchase in now.open:
                return None
            if budget is not None and now.total + price > budget:
                money = self._currency
                raise BudgetExceeded(
                    f"The next step costs up to {price} {money} and would pass {whose} budget of {budget} {money}: "
                    f"{now.total} {money} are spent or set aside. What was made is kept; {_REMEDY[whose]}."
                )
            return Spending(spent=now.spent, open={**now.open, purchase: price})

        self._change(purchase, "reserved", change)

    def close(self, purchase: str, paid: Decimal) -> None:
        """Replace what was set aside for `purchase` by what it cost. Again: nothing happens."""

        def change(now: Spending) -> Spending | None:
            if purchase not in now.open:
                return None
            rest = {name: price for name, price in now.open.items() if name != purchase}
            return Spending(spent=now.spent + paid, open=rest)

        self._change(purchase, f"closed at {paid}", change)

    def purchases(self) -> list[str]:
        """Keys of everything that was ever set aside here, oldest first."""
        keys: dict[str, None] = {}
        for path in self._store.paths(naming.spend_entries(self._scope)):
            entry = self._store.read_json(path)
            if isinstance(entry, dict) and "purchase" in entry:
                keys[str(entry["purchase"]).rsplit("#", 1)[0]] = None
        return list(keys)

    def _change(self, purchase: str, event: str, change: Callable[[Spending], Spending | None]) -> None:
        with self._turn:
            for tries in range(1000):
                after = change(self._newest())
                if after is None:
                    return
                entry = {"purchase": purchase, "event": event, "state": after.model_dump(mode="json")}
                if claim(self._store, naming.spend_entry(self._scope, self._number + 1), entry):
                    return
                time.sleep(random.uniform(0, min(0.2, 0.005 * (tries + 1))))
        raise Fault(f"The spending of {self._scope} changes too fast to be written; run again.")

    def _newest(self) -> Spending:
        if self._number == 0 and (
            numbers := naming.entry_numbers(self._store.paths(naming.spend_entries(self._scope)))
        ):
            self._number = numbers[-1]
            for number in range(self._number, 0, -1):
                if (state := self._read(number)) is not None:
                    self._state = state
                    break
        while self._store.exists(naming.spend_entry(self._scope, self._number + 1)):
            # Read after it was seen: one that comes between a read and a look would be passed over with its amount.
            following = self._read(self._number + 1)
            self._state = following if following is not None else self._state
            self._number += 1
        return self._state

    def _read(self, number: int) -> Spending | None:
        """Return an entry's state; None where there is none, or where a power cut left half of one (then it does not
        count: whoever wrote it sets the money aside again when its purchase goes on).

        Raises:
            RecordDamaged: it is whole, but of another shape; a budget is not judged by an older state.
        """
        path = naming.spend_entry(self._scope, number)
        entry = self._store.read_json(path)
        if entry is None:
            return None
        try:
            return Spending.model_validate(entry["state"])
        except (TypeError, KeyError, ValueError):
            raise RecordDamaged(self._store.url, path) from None


class Journals:
    """The journals of a store, each opened once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, Journal] = {}

    def job(self, job: str, currency: str = "CNY") -> Journal:
        """Return the journal of a job's amounts in a currency."""
        return self._journal(naming.job_spending(job, currency), currency)

    def day(self, day: str, currency: str = "CNY") -> Journal:
        """Return the journal of a day's amounts in a currency; `day` is an ISO date in UTC."""
        return self._journal(naming.day_spending(day, currency), currency)

    def of_job(self, job: str) -> list[Journal]:
        """Return all journals of a job, one for each currency in which it bought."""
        others = [naming.currency_of(path) for path in self._store.paths(naming.CURRENCIES)]
        return [self.job(job, currency) for currency in ("CNY", *others)]

    def _journal(self, scope: str, currency: str) -> Journal:
        return self._open.setdefault(scope, Journal(self._store, scope, currency))
