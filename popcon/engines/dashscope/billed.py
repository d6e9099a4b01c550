"""What the engines whose results are bought at DashScope have in common: an account, a ledger, a price."""

from abc import ABC, abstractmethod
from decimal import Decimal

from popcon.engines.dashscope.client import DashScopeClient
from popcon.engines.dashscope.sdk import load
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.errors import EngineUnavailable
from popcon.ledger.ledger import Ledger
from popcon.ledger.settings import day_budget


class BilledEngine(ABC):
    """An engine whose results are bought.

    Arguments:
        settings: of the account.
        ledger: where purchases are written down; an engine without one can only tell its price and its fingerprint.
    """

    def __init__(self, settings: DashScopeSettings, ledger: Ledger | None = None) -> None:
        self.settings, self._ledger = settings, ledger
        self.client = DashScopeClient(settings)

    @abstractmethod
    def price(self) -> Decimal:
        """Tell what one result costs at most, in `currency`."""

    @property
    def currency(self) -> str:
        """The currency in which the account is billed, such as CNY."""
        return self.settings.account.currency

    def check_ready(self) -> None:
        """Raise where nothing can be bought: no key, no SDK, a budget that is no amount."""
        self.settings.key()
        load()
        day_budget(self.currency)

    @property
    def ledger(self) -> Ledger:
        """The ledger that was given.

        Raises:
            EngineUnavailable: none was.
        """
        if self._ledger is None:
            raise EngineUnavailable("A paid engine needs a ledger to buy anything.")
        return self._ledger
