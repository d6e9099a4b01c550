"""How patiently the ledger works."""

import os
import random
from decimal import Decimal, InvalidOperation

from pydantic import Field

from popcon.errors import BadInput
from popcon.models.base import Model


class LedgerSettings(Model):
    """Times are seconds. The defaults suit a service whose tasks take one to five minutes."""

    day_budget: Decimal | None = Field(
        default=None, ge=0, description="a day (UTC), over all jobs, in the currency of the account; None: no limit"
    )
    poll_every: float = Field(default=15.0, gt=0, description="longest pause between two looks at a task")
    poll_first: float = Field(default=2.0, gt=0, description="shortest pause: a young task is looked at more often")
    look_up_after: float = Field(default=30.0, ge=0, description="how long a request may take into the vendor's list")
    patience: float = Field(default=600.0, gt=0, description="how long a vendor may be away or busy")
    unreachable: float = Field(default=20.0, gt=0, description="how long a host that never answered may stay silent")
    longest_task: float = Field(default=3600.0, gt=0, description="how long a task may take")
    lease_term: float = Field(default=60.0, gt=0, description="silence after which another worker takes over")
    tries: int = Field(default=5, ge=1, description="downloads, and new tasks for failed ones")
    backoff: float = Field(default=1.0, gt=0, description="first pause before trying again; doubles, with jitter")
    backoff_most: float = Field(default=30.0, gt=0, description="longest pause before trying again")

    def pause(self, tries: int) -> float:
        """Seconds to wait after the given number of failures: full jitter, so that workers do not come in step
        (M. Brooker, Exponential Backoff And Jitter, 2015), but never less than half."""
        most = min(self.backoff_most, self.backoff * 2.0 ** min(tries, 20))
        return random.uniform(most / 2, most)

    def poll_pause(self, age: float) -> float:
        """Seconds until the next look at a task of this age: a twelfth of it, so that its end is noticed in time
        whether tasks take seconds or minutes."""
        return min(self.poll_every, max(self.poll_first, age / 12))


def day_budget(currency: str = "CNY") -> Decimal | None:
    """Read what all jobs may spend on a day in a currency, from POPCON_DAY_BUDGET; None: no limit.

    The variable holds an amount, which counts in the currency of whatever account buys, or amounts with their
    currencies: "50 CNY, 8 USD". Where it names currencies, nothing is bought in any other.

    Raises:
        BadInput: it holds something else.
    """
    told = os.environ.get("POPCON_DAY_BUDGET", "").strip()
    if not told:
        return None
    amounts: dict[str, Decimal] = {}
    try:
        for part in told.split(","):
            amount, _, named = part.strip().partition(" ")
            amounts[named.strip().upper()] = LedgerSettings(day_budget=Decimal(amount)).day_budget or Decimal(0)
    except (InvalidOperation, ValueError):
        raise BadInput(
            f"POPCON_DAY_BUDGET is {told!r}; give {currency} a day, such as 50, or amounts such as 50 CNY, 8 USD."
        ) from None
    return amounts.get(currency, amounts.get("", Decimal(0)))
