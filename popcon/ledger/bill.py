"""What a job has cost: a line for everything that was bought, cached steps included by costing nothing."""

from collections.abc import Iterable
from decimal import Decimal

from pydantic import Field

from popcon.errors import RecordDamaged
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Allowance, ProcessLimits
from popcon.ledger.purchase import read_record
from popcon.ledger.record import State
from popcon.models.base import Model
from popcon.storage.store import Store


class BillLine(Model):
    """One purchase, or one piece of money that bought nothing."""

    action: str = Field(description="empty for the character")
    step: str
    what: str = Field(description="the model, or why money was lost")
    seconds: float | None = None
    price: Decimal = Field(description="CNY")
    state: str = Field(description="settled, lost, unreadable, or how far an open purchase is")


class Bill(Model):
    """The bill of a job."""

    lines: tuple[BillLine, ...]
    spent: Decimal = Field(description="CNY, settled and lost")
    open: Decimal = Field(description="CNY set aside for what is under way")

    def by_action(self) -> dict[str, Decimal]:
        """CNY spent on each action, in the order of the lines."""
        return _sums((line.action, line) for line in self.lines)

    @property
    def empty(self) -> bool:
        """Whether nothing was ever bought."""
        return not self.lines

    def by_step(self) -> dict[str, Decimal]:
        return _sums((line.step, line) for line in self.lines)


def bill(ledger: Ledger, job: str) -> Bill:
    """The bill of a job so far, read from the store."""
    lines: list[BillLine] = []
    for key in ledger.journals.job(job).purchases():
        try:
            record = read_record(ledger.store, key)
        except RecordDamaged as error:
            lines.append(BillLine(action="", step="", what=str(error), price=Decimal(0), state="unreadable"))
            continue
        if record is None:
            continue
        for loss in record.losses:
            lines.append(
                BillLine(action=record.action, step=record.step, what=loss.reason, price=loss.price, state="lost")
            )
        if record.state is State.SETTLED:
            paid, state = record.paid or Decimal(0), "settled"
        elif record.state is State.FREE:
            continue
        else:
            paid, state = record.price, record.state.value
        lines.append(
            BillLine(
                action=record.action,
                step=record.step,
                what=record.model,
                seconds=record.seconds,
                price=paid,
                state=state,
            )
        )
    done = [line.price for line in lines if line.state in ("settled", "lost")]
    under_way = [line.price for line in lines if line.state not in ("settled", "lost")]
    return Bill(lines=tuple(lines), spent=sum(done, Decimal(0)), open=sum(under_way, Decimal(0)))


def job_bill(store: Store, job: str) -> Bill:
    """The bill of a job so far, for whoever only reads."""
    return bill(Ledger(store, ProcessLimits(lambda model: Allowance(at_once=1, per_second=1))), job)


def _sums(lines: Iterable[tuple[str, BillLine]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, line in lines:
        spent = line.price if line.state in ("settled", "lost") else Decimal(0)
        sums[name] = sums.get(name, Decimal(0)) + spent
    return sums
