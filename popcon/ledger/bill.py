"""What a job has cost: a line for everything that was bought, cached steps included by costing nothing."""

from collections.abc import Iterable, Mapping
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

    action: str = Field(description="empty for the character, and for what several actions share")
    step: str
    what: str = Field(description="the model, or why money was lost")
    seconds: float | None = None
    price: Decimal = Field(description="in `currency`")
    currency: str = "CNY"
    state: str = Field(description="settled, lost, unreadable, or how far an open purchase is")
    stands_for: int = Field(default=1, description="results of this price that it replaced")

    @property
    def whose(self) -> str:
        """What it is for, in words: an action, all start frames of a sheet, or the character."""
        return self.action or ("start frames" if self.step.endswith("sheet") else "the character")

    @property
    def spent(self) -> Decimal:
        """What it cost so far; nothing while it is open."""
        return self.price if self.state in ("settled", "lost") else Decimal(0)


class Bill(Model):
    """The bill of a job. Where it bought in several currencies, amounts are added up for each."""

    lines: tuple[BillLine, ...]
    spent: Decimal = Field(description="settled and lost, in the first currency")
    open: Decimal = Field(description="set aside for what is under way, in the first currency")

    @property
    def currency(self) -> str:
        """The currency of `spent` and `open`: the only one, or that of the first line."""
        return self.lines[0].currency if self.lines else "CNY"

    @property
    def currencies(self) -> tuple[str, ...]:
        """All currencies of the bill, the first one first."""
        return tuple(dict.fromkeys(line.currency for line in self.lines)) or ("CNY",)

    @property
    def spent_text(self) -> str:
        """What was spent, with currencies: 4.20 CNY, or 4.00 CNY + 0.17 USD."""
        return _text({name: self.spent_in(name) for name in self.currencies})

    @property
    def open_text(self) -> str:
        """What is set aside, with currencies; empty for nothing."""
        return amounts_text((line.currency, line.price) for line in self.lines if _is_open(line))

    @property
    def saved(self) -> dict[str, Decimal]:
        """What sheets saved, by currency: the pictures they stand for, less those that had to be bought alone."""
        saved: dict[str, Decimal] = {}
        for line in self.lines:
            if line.state == "settled" and line.stands_for != 1:
                saved[line.currency] = saved.get(line.currency, Decimal(0)) + (line.stands_for - 1) * line.price
        return saved

    @property
    def saved_text(self) -> str:
        """What sheets saved, with currencies; empty for nothing."""
        return _text({name: amount for name, amount in self.saved.items() if amount})

    def spent_in(self, currency: str) -> Decimal:
        """Return what was spent in a currency."""
        return sum((line.spent for line in self.lines if line.currency == currency), Decimal(0))

    def by_action(self, currency: str = "") -> dict[str, Decimal]:
        """Amounts spent on each action in a currency, the first one where none is named, in the order of the lines."""
        return _sums((line.whose, line) for line in self.lines if line.currency == (currency or self.currency))

    @property
    def empty(self) -> bool:
        """Whether nothing was ever bought."""
        return not self.lines

    def by_step(self) -> dict[str, str]:
        """Return what was spent on each step, with currencies, in the order of the lines."""
        steps = dict.fromkeys(line.step for line in self.lines)
        return {
            step: amounts_text((line.currency, line.spent) for line in self.lines if line.step == step)
            for step in steps
        }


def bill(ledger: Ledger, job: str) -> Bill:
    """Return the bill of a job so far, read from the store."""
    lines: list[BillLine] = []
    for journal in ledger.journals.of_job(job):
        for key in journal.purchases():
            lines += _lines(ledger, key)
    found = Bill(lines=tuple(lines), spent=Decimal(0), open=Decimal(0))
    first = [line for line in lines if line.currency == found.currency]
    under_way = sum((line.price for line in first if _is_open(line)), Decimal(0))
    return found.model_copy(update={"spent": found.spent_in(found.currency), "open": under_way})


def _lines(ledger: Ledger, key: str) -> list[BillLine]:
    try:
        record = read_record(ledger.store, key)
    except RecordDamaged as error:
        return [BillLine(action="", step="", what=str(error), price=Decimal(0), state="unreadable")]
    if record is None:
        return []
    lines = [
        BillLine(
            action=record.action,
            step=record.step,
            what=loss.reason,
            price=loss.price,
            currency=record.currency,
            state="lost",
        )
        for loss in record.losses
    ]
    if record.state is State.FREE:
        return lines
    settled = record.state is State.SETTLED
    lines.append(
        BillLine(
            action=record.action,
            step=record.step,
            what=record.model,
            seconds=record.seconds,
            price=(record.paid or Decimal(0)) if settled else record.price,
            currency=record.currency,
            state="settled" if settled else record.state.value,
            stands_for=record.stands_for,
        )
    )
    return lines


def job_bill(store: Store, job: str) -> Bill:
    """Return the bill of a job so far, for whoever only reads."""
    return bill(Ledger(store, ProcessLimits(lambda model: Allowance(at_once=1, per_second=1))), job)


def money(amount: Decimal) -> str:
    """Write an amount with two decimals, or with as many more as it needs."""
    cents = amount.quantize(Decimal("0.01"))
    return str(cents) if cents == amount else format(amount.normalize(), "f")


def amounts_text(amounts: Iterable[tuple[str, Decimal]]) -> str:
    """Add up amounts of each currency and write them: 4.00 CNY + 0.17 USD; "" where nothing was paid.

    Arguments:
        amounts: currency and amount of each.
    """
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return _text({name: amount for name, amount in sums.items() if amount})


def _is_open(line: BillLine) -> bool:
    return line.state not in ("settled", "lost", "unreadable")


def _text(amounts: Mapping[str, Decimal]) -> str:
    return " + ".join(f"{money(amount)} {currency}" for currency, amount in amounts.items())


def _sums(lines: Iterable[tuple[str, BillLine]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, line in lines:
        sums[name] = sums.get(name, Decimal(0)) + line.spent
    return sums
