"""Settles paid work that was left behind, at every vendor whose key is at hand. Buys nothing."""

import os
from collections.abc import Mapping, Sequence

from popcon import naming
from popcon.engines.dashscope.client import DashScopeClient
from popcon.engines.dashscope.settings import settings_from_environment
from popcon.engines.engine_settings import variable
from popcon.engines.image.openai_settings import read_settings
from popcon.engines.image.openai_vendor import OpenAIVendor
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import ProcessLimits
from popcon.ledger.reconcile import LeftBehind, settle_left_behind
from popcon.ledger.vendor import Vendor
from popcon.storage.store import Store


def settle(store: Store, accounts: Sequence[Mapping[str, str]] = ()) -> list[LeftBehind]:
    """Return what became of each open purchase that nobody drives; see `settle_left_behind`.

    Arguments:
        accounts: the environments of further DashScope accounts than the one of this process.
    """
    if not store.paths(naming.PAID_OPEN):
        return []
    settings = settings_from_environment()
    vendors: list[Vendor] = [
        DashScopeClient(each)
        for each in (settings, *(settings_from_environment(account) for account in accounts))
        if each.api_key is not None
    ]
    if os.environ.get(variable("openai", "model")):
        vendors.append(OpenAIVendor(read_settings({}), store))
    return settle_left_behind(Ledger(store, ProcessLimits(settings.catalogue.allowance)), vendors)
