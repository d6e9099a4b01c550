"""Chooses models by price: the cheapest that can do what a job needs, and what the next ones would add.

One ability is worth money by itself: a clip that ends as it begins (`LOOP_WORTH`).
"""

from collections.abc import Sequence
from decimal import Decimal

from popcon.engines.dashscope.models import ImageModel, VideoModel
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.offer import Offer
from popcon.errors import BadInput, UnknownName
from popcon.models.timeline import FASTEST

LOOP_WORTH = Decimal("1.25")
"""How many times the price of the cheapest clip one that closes its loop may cost.

Without a cycle a sticker plays forth and back or is blended, and a person who minds buys another take: a whole price
for what a quarter more avoids.
"""


def clip_offers(settings: DashScopeSettings) -> list[Offer]:
    """List every way to buy a clip, what can be bought first and the cheapest in front.

    Where two cost the same, a clip that closes its loop comes first, then a model that is no legacy.
    """
    offers = [
        offer for name, model in settings.catalogue.video.items() for offer in _clip_offers(settings, name, model)
    ]
    return _ordered(offers)


def picture_offers(settings: DashScopeSettings) -> list[Offer]:
    """List every way to buy a start frame, what can be bought first and the cheapest in front."""
    account, side = settings.account, settings.picture_side
    offers = []
    for name, model in settings.catalogue.image.items():
        price = model.price_for(account)
        why_not = _why_not_sold(model, name, settings)
        if not model.edits:
            why_not = "draws from words only"
        elif not why_not and model.sizes and model.largest < side:
            why_not = f"draws {model.largest} px at most"
        offers.append(
            Offer(
                kind="picture",
                model=name,
                price=None if price is None else model.picture_price(price),
                currency=account.currency,
                pixels=model.largest if model.sizes else 0,
                alpha=model.alpha,
                references=model.references if model.edits else 0,
                legacy=model.legacy,
                successor=model.successor,
                why_not=why_not,
            )
        )
    return _ordered(offers)


def choose_clip(settings: DashScopeSettings) -> Offer:
    """Choose how clips are bought: as the settings say, and by price where they say nothing.

    That is the cheapest clip, or the cheapest that closes its loop where it costs at most `LOOP_WORTH` times as much.

    Raises:
        UnknownName: the settings name a model or a resolution that is not in the catalogue.
        BadInput: nothing that can be bought will do; the message says why.
    """
    if settings.video_model:
        model = settings.catalogue.video_model(settings.video_model)
        price = model.check_sold(settings.video_model, settings.account)
        if settings.resolution:
            model.rate(price, settings.resolution)
        if settings.seconds:
            model.length(settings.seconds)
    offers = clip_offers(settings)
    known = sorted({offer.resolution for offer in offers}, key=_height)
    if settings.resolution and settings.resolution not in known:
        raise UnknownName("resolution of clips", settings.resolution, known)
    wanted = [
        offer
        for offer in offers
        if settings.video_model in ("", offer.model) and settings.resolution in ("", offer.resolution)
    ]
    sold = [offer for offer in wanted if not offer.why_not]
    if not sold:
        reasons = {f"{offer.model} {offer.resolution}: {offer.why_not}" for offer in wanted}
        raise BadInput(f"No DashScope model makes such clips for this account ({'; '.join(sorted(reasons))[:300]}).")
    return _worth_most(sold)


def choose_edit_model(settings: DashScopeSettings) -> str:
    """Choose the model that draws start frames.

    Raises:
        UnknownName: the settings name one that is not in the catalogue.
        BadInput: it takes no pictures, or is not sold here; or none is.
    """
    if settings.edit_model:
        model = settings.catalogue.image_model(settings.edit_model)
        if not model.edits:
            raise BadInput(f"{settings.edit_model} takes no pictures, so it cannot draw start frames; choose another.")
        model.check_sold(settings.edit_model, settings.account)
        return settings.edit_model
    found = next((offer for offer in picture_offers(settings) if not offer.why_not), None)
    if found is None:
        raise BadInput(
            f"No DashScope model that edits pictures has a known price in {settings.account}; give one in a file named "
            "by POPCON_DASHSCOPE_CATALOGUE."
        )
    return found.model


def choose_draw_model(settings: DashScopeSettings, edit_model: str) -> str:
    """Choose the model that draws from words: the one that draws start frames where it can, so that the style stays.

    Raises:
        UnknownName, BadInput: as for `choose_edit_model`.
    """
    catalogue, account = settings.catalogue, settings.account
    if settings.draw_model:
        catalogue.image_model(settings.draw_model).check_sold(settings.draw_model, account)
        return settings.draw_model
    if catalogue.image_model(edit_model).draws:
        return edit_model
    sold = [(name, model.price_for(account)) for name, model in catalogue.image.items() if model.draws]
    priced = [(price.price, name) for name, price in sold if price is not None and price.price is not None]
    return min(priced)[1] if priced else edit_model


def _worth_most(sold: Sequence[Offer]) -> Offer:
    cheapest = sold[0]
    looping = next((offer for offer in sold if offer.loops), None)
    if looping is None or cheapest.price is None or looping.price is None:
        return cheapest
    return looping if looping.price <= cheapest.price * LOOP_WORTH else cheapest


def mark_chosen(offers: Sequence[Offer], chosen: Offer) -> list[Offer]:
    """Return the offers with one of them marked as chosen."""

    def same(offer: Offer) -> bool:
        return (offer.model, offer.resolution) == (chosen.model, chosen.resolution)

    return [offer.model_copy(update={"chosen": same(offer)}) for offer in offers]


def _clip_offers(settings: DashScopeSettings, name: str, model: VideoModel) -> list[Offer]:
    account = settings.account
    price = model.price_for(account)
    seconds = settings.seconds or model.shortest(settings.plays)
    resolutions = sorted({resolution for each in model.prices for resolution in each.rates}, key=_height)
    offers = []
    for resolution in resolutions or [""]:
        rate = price.rates.get(resolution) if price is not None else None
        pixels = settings.catalogue.pixels(model, resolution)
        why_not = _why_not_sold(model, name, settings)
        if not why_not and rate is None:
            why_not = f"not sold at {resolution} here"
        elif not why_not and seconds is None:
            why_not = f"makes {model.seconds[1]} s at most"
        elif not why_not and seconds is not None and not _makes(model, seconds):
            why_not = f"makes no clip of {seconds} s"
        elif not why_not and pixels < settings.pixels and not settings.resolution:
            why_not = f"{pixels} px is less than the {settings.pixels} px that are needed"
        offers.append(
            Offer(
                kind="clip",
                model=name,
                resolution=resolution,
                seconds=seconds or 0,
                price=None if rate is None or seconds is None else rate * seconds,
                currency=account.currency,
                pixels=pixels,
                loops=model.loops and (seconds or 0) <= settings.plays * FASTEST,
                legacy=model.legacy,
                successor=model.successor,
                why_not=why_not,
            )
        )
    return offers


def _makes(model: VideoModel, seconds: int) -> bool:
    return model.shortest(seconds) == seconds


def _why_not_sold(model: VideoModel | ImageModel, name: str, settings: DashScopeSettings) -> str:
    account = settings.account
    if model.hosts == "workspace" and not account.workspace_host:
        return "sold at workspace hosts only"
    return "" if model.price_for(account) is not None else f"no known price in {account}"


def _height(resolution: str) -> int:
    digits = resolution.removesuffix("P")
    return int(digits) if digits.isdigit() else 0


def _ordered(offers: list[Offer]) -> list[Offer]:
    return sorted(
        offers,
        key=lambda offer: (
            bool(offer.why_not),
            Decimal("Infinity") if offer.price is None else offer.price,
            not offer.loops,
            not offer.alpha,
            offer.legacy,
            offer.model,
        ),
    )
