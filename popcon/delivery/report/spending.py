"""A bar chart of what each action cost, as SVG within the report's page."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape

from markupsafe import Markup

from popcon.ledger.bill import Bill

_ROW, _LABEL, _BAR, _NUMBER = 26, 150, 420, 90
"""Sizes in px: the height of a line; the widths of names, of the longest bar, and of the numbers."""


def spending_chart(bill: Bill) -> Markup:
    """Return one chart for each currency of a bill."""
    return Markup("").join(_chart(bill.by_action(currency), currency) for currency in bill.currencies)


def _chart(spent: Mapping[str, Decimal], currency: str) -> Markup:
    """Return one bar for each action, the most expensive as long as there is room; empty where nothing was spent."""
    most = max(spent.values(), default=Decimal(0))
    if not most:
        return Markup("")
    rows = "".join(_row(number, name, price, most) for number, (name, price) in enumerate(spent.items()))
    width, height = _LABEL + _BAR + _NUMBER, _ROW * len(spent)
    return Markup(
        f'<svg class="chart" role="img" aria-label="{currency} spent on each action" '
        f'viewBox="0 0 {width} {height}" '
        f'width="{width}" style="max-width:100%">{rows}</svg>'
    )


def _row(number: int, name: str, price: Decimal, most: Decimal) -> str:
    middle, length = number * _ROW + _ROW // 2, float(price / most) * _BAR
    return (
        f'<text x="{_LABEL - 10}" y="{middle}" text-anchor="end" dominant-baseline="central" fill="currentColor" '
        f'font-size="14">{escape(name)}</text>'
        f'<rect x="{_LABEL}" y="{middle - 9}" width="{length:.1f}" height="18" rx="3" fill="#2a8f8f"/>'
        f'<text x="{_LABEL + length + 8:.1f}" y="{middle}" dominant-baseline="central" fill="currentColor" '
        f'font-size="14">{price}</text>'
    )
