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
from popcon.ledger.limits import Limits, MachineLimits, given_limits
from popcon.ledger.record import PaidStep
from popcon.ledger.settings import LedgerSettings, day_budget
from popcon.settings import settings as home_settings


def image(settings: Mapping[str, Any], purchase: Purchase | None) -> DashScopeImage | PaidImage:
    """The image engine of a step; without a purchase one that only tells its price and fingerprint."""
    chosen = _chosen(settings)
    if purchase is None:
        return DashScopeImage(chosen)
    return DashScopeImage(chosen, _ledger(purchase, chosen)).for_step(_step(purchase, "start_frame"))


def video(settings: Mapping[str, Any], purchase: Purchase | None) -> DashScopeVideo | PaidVideo:
    """The video engine of a step; without a purchase one that only tells its price and fingerprint."""
    chosen = _chosen(settings)
    if purchase is None:
        return DashScopeVideo(chosen)
    return DashScopeVideo(chosen, _ledger(purchase, chosen)).for_step(_step(purchase, "take"))


def _chosen(settings: Mapping[str, Any]) -> DashScopeSettings:
    if "api_key" in settings:
        # A job's settings are stored and hashed into keys.
        raise BadInput("A key does not belong into a job's settings; set DASHSCOPE_API_KEY or the credentials' block.")
    return settings_from_environment(**settings)


def _ledger(purchase: Purchase, settings: DashScopeSettings) -> Ledger:
    allowance = settings.catalogue.allowance
    limits = purchase.limits or given_limits("dashscope", allowance) or _machine_limits(settings)
    return Ledger(purchase.store, limits, LedgerSettings(day_budget=day_budget(settings.account.currency)))


def _machine_limits(settings: DashScopeSettings) -> Limits:
    """The service's limits, shared by all processes of this person on this machine."""
    where = hashlib.sha256(settings.address.encode()).hexdigest()[:8]  # each account's host has limits of its own
    folder = home_settings().private_home("locks", f"dashscope-{where}")
    return MachineLimits(folder, settings.catalogue.allowance)


def _step(purchase: Purchase, step: str) -> PaidStep:
    return PaidStep(
        key=purchase.key,
        job=purchase.job,
        action=purchase.action,
        step=purchase.step or step,
        job_budget=purchase.job_budget,
        stands_for=purchase.stands_for,
    )
