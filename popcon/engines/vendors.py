"""Settles paid work that was left behind, at every vendor whose key is at hand. Buys nothing."""

import os

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


def settle(store: Store) -> list[LeftBehind]:
    """What became of each open purchase that nobody drives; see `settle_left_behind`."""
    if not store.paths(naming.PAID_OPEN):
        return []
    settings = settings_from_environment()
    vendors: dict[str, Vendor] = {}
    if settings.api_key is not None:
        client = DashScopeClient(settings)
        vendors[client.name] = client
    if os.environ.get(variable("openai", "model")):
        vendor = OpenAIVendor(read_settings({}), store)
        vendors[vendor.name] = vendor
    return settle_left_behind(Ledger(store, ProcessLimits(settings.catalogue.allowance)), vendors)
