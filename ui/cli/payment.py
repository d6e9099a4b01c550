"""Checks and questions before a command spends money."""

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from popcon.errors import BadInput
from ui.cli.console import err, said

if TYPE_CHECKING:
    from popcon.jobs.archive import Job
    from popcon.pipeline.plan import Plan


def check_payable(job: "Job", planned: "Plan") -> None:
    """Refuse a job whose paid engines cannot begin in this process, before any work is done.

    Raises:
        BadInput: there is no key, for example.
        EngineUnavailable: the vendor's SDK is not installed.
    """
    from popcon.engines import registry
    from popcon.pipeline.comparison import billing_currency

    if planned.estimate:
        billing_currency(job.spec)
        registry.check_ready("image", job.spec.engines.image)
        registry.check_ready("video", job.spec.engines.video)


def confirm_cost(job: "Job", planned: "Plan") -> None:
    """Ask whether an estimate is agreed to; nothing is asked where nothing is to be paid.

    Raises:
        BadInput: it is not, or nobody is there to be asked.
    """
    from popcon.ledger.bill import money
    from popcon.pipeline.comparison import billing_currency

    if not planned.estimate:
        return
    cost = f"{money(planned.estimate)} {billing_currency(job.spec)}"
    if not sys.stdin.isatty():
        raise BadInput(f"This is expected to cost {cost}; agree to it with --yes.")
    err.print(said(f"This is expected to cost {cost}. Go on? [y/N] "), markup=False, end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise BadInput("Nothing was bought; the order is kept, and the same command asks again.")


def format_price(value: Decimal) -> str:
    """Return a price in a table; nothing for nothing."""
    return str(value) if value else ""


def checked_budget(budget: Decimal | None) -> Decimal | None:
    """Return `budget`, if it is an amount.

    Raises:
        BadInput: it is none.
    """
    if budget is not None and not (budget.is_finite() and budget >= 0):
        raise BadInput(f"--budget {budget} is not an amount; give one in the currency of the account, such as 20.")
    return budget
