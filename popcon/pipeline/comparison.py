"""Compares the ways to buy a job: what each model would cost for all of it, which is chosen, and what the next adds."""

from decimal import Decimal

from pydantic import Field

from popcon.engines import registry
from popcon.engines.offer import Offer
from popcon.errors import BadInput
from popcon.ledger.bill import money
from popcon.media.pictures.pose_sheet import groups
from popcon.models.base import Model
from popcon.models.job import JobSpec


class ComparedOffer(Model):
    """An offer, for a whole job."""

    offer: Offer
    estimate: Decimal | None = Field(description="for all start frames or all clips of the job; None: not known")


class Upgrade(Model):
    """The cheapest offer that can do something the chosen one cannot."""

    offer: Offer
    adds: tuple[str, ...]
    lacks: tuple[str, ...] = Field(description="what the chosen one has and this one has not")
    costs_more: Decimal = Field(description="for the whole job; negative: it costs less")

    @property
    def direction(self) -> str:
        """Whether it costs more or less, in a word."""
        return "less" if self.costs_more < 0 else "more"


class Comparison(Model):
    """The ways to buy a job's start frames and clips, the cheapest first."""

    offers: tuple[ComparedOffer, ...] = ()
    upgrades: tuple[Upgrade, ...] = Field(default=(), description="for pictures and for clips, where there is any")

    def rows(self) -> list[list[str]]:
        """Return the table for a person: kind, model, price of one, estimate, abilities."""
        return [
            [
                f"{'→ ' if each.offer.chosen else ''}{each.offer.kind}",
                f"{each.offer.model} {each.offer.resolution}".strip(),
                "" if each.offer.price is None else money(each.offer.price),
                "" if each.estimate is None else f"{money(each.estimate)} {each.offer.currency}",
                each.offer.why_not or ", ".join(each.offer.abilities),
            ]
            for each in self.offers
        ]

    def lines(self) -> list[str]:
        """Return what the next better offers would add, a sentence each."""
        return [
            f"{each.offer.model} {each.offer.resolution}".strip()
            + f" would cost {money(abs(each.costs_more))} {each.offer.currency} {each.direction} for the job: "
            + "; ".join(each.adds)
            + (f"; what it lacks: {', '.join(each.lacks)}." if each.lacks else ".")
            for each in self.upgrades
        ]


def compare(spec: JobSpec) -> Comparison:
    """Compare the ways to buy what a job needs. Empty where its engines cost nothing.

    Raises:
        BadInput: nothing that could be bought will do.
    """
    count = len(spec.actions)
    pictures = len(groups(count, registry.sheet_cells(spec.engines.image, spec.side)))
    offers, upgrades = [], []
    for made, number in (
        (registry.offers("image", spec.engines.image), pictures),
        (registry.offers("video", spec.engines.video), count),
    ):
        found = [
            ComparedOffer(offer=offer, estimate=None if offer.price is None else offer.price * number) for offer in made
        ]
        offers += found
        upgrades += _upgrade(found)
    return Comparison(offers=tuple(offers), upgrades=tuple(upgrades))


def billing_currency(spec: JobSpec) -> str:
    """Tell in which currency a job is billed; "CNY" where nothing is to be paid.

    Raises:
        BadInput: its engines are billed in two, and it has a budget, which can only be of one.
    """
    found = dict.fromkeys(
        name
        for name in (registry.currency("image", spec.engines.image), registry.currency("video", spec.engines.video))
        if name
    )
    if len(found) > 1 and spec.budget_cny is not None:
        raise BadInput(
            f"This job is billed in {' and '.join(found)}, and one budget cannot hold both; leave --budget out, "
            "and set POPCON_DAY_BUDGET to an amount of each, such as 50 CNY, 8 USD."
        )
    return " or ".join(found) or "CNY"


def _upgrade(found: list[ComparedOffer]) -> list[Upgrade]:
    chosen = next((each for each in found if each.offer.chosen), None)
    if chosen is None or chosen.estimate is None:
        return []
    for each in found:
        adds = each.offer.adds_to(chosen.offer)
        if adds and not each.offer.why_not and each.estimate is not None and not each.offer.chosen:
            lacks = chosen.offer.adds_to(each.offer)
            return [Upgrade(offer=each.offer, adds=adds, lacks=lacks, costs_more=each.estimate - chosen.estimate)]
    return []
