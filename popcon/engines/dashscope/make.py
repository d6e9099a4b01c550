"""Makers of the DashScope engines, for `popcon.engines.table`."""

import hashlib
from collections.abc import Mapping
from typing import Any

from popcon.engines.dashscope.settings import DashScopeSettings, settings_from_environment
from popcon.engines.image.dashscope import DashScopeImage, PaidImage
from popcon.engines.purchase import Purchase
from popcon.engines.video.dashscope import DashScopeVideo, PaidVideo
from popcon.errors import BadInput
from popcon.ledger.ledger import Ledger


def image(settings: Mapping[str, Any], purchase: Purchase | None) -> DashScopeImage | PaidImage:
    """Return the image engine of a step; without a purchase one that only tells its price and fingerprint."""
    chosen = _chosen(settings)
    if purchase is None:
        return DashScopeImage(chosen)
    return DashScopeImage(chosen, _ledger(purchase, chosen)).for_step(purchase.paid_step("start_frame"))


def video(settings: Mapping[str, Any], purchase: Purchase | None) -> DashScopeVideo | PaidVideo:
    """Return the video engine of a step; without a purchase one that only tells its price and fingerprint."""
    chosen = _chosen(settings)
    if purchase is None:
        return DashScopeVideo(chosen)
    return DashScopeVideo(chosen, _ledger(purchase, chosen)).for_step(purchase.paid_step("take"))


def _chosen(settings: Mapping[str, Any]) -> DashScopeSettings:
    if "api_key" in settings:
        # A job's settings are stored and hashed into keys.
        raise BadInput("A key does not belong into a job's settings; set DASHSCOPE_API_KEY or the credentials' block.")
    return settings_from_environment(**settings)


def _ledger(purchase: Purchase, settings: DashScopeSettings) -> Ledger:
    host = hashlib.sha256(settings.address.encode()).hexdigest()[:8]  # each account's host has limits of its own
    return purchase.ledger("dashscope", host, settings.catalogue.allowance, settings.account.currency)
