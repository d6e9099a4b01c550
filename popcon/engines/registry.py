"""Finds an engine by its kind and name, and imports it only then.

An engine's maker takes its settings and a `Purchase` (None for what needs no paying). Making one is cheap: weights
and vendors' clients load on first use.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast

from popcon.engines.base import ImageEngine, MatteEngine, SegmentEngine, VideoEngine
from popcon.errors import BadInput, EngineUnavailable, UnknownName
from popcon.ledger.limits import Limits
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.storage.store import Store

Kind = Literal["image", "video", "matte", "segment"]


@dataclass(frozen=True)
class Purchase:
    """What a paid engine needs to pay once: where its ledger is, for which job, under which step key; for the bill,
    which action and step it is; what the job may cost; and where requests wait for their turn (None: with all
    processes of this machine)."""

    store: Store
    job: str
    key: str
    action: str = ""
    step: str = ""
    job_budget: Decimal | None = None
    limits: Limits | None = None


_EMBEDDED: Mapping[Kind, Mapping[str, str]] = {
    "image": {"puppet": "popcon.engines.puppet.engine:PuppetImage"},
    "video": {"puppet": "popcon.engines.puppet.engine:PuppetVideo"},
    "matte": {"keyed": "popcon.engines.matte.keyed:KeyedMatte"},
    "segment": {"graph": "popcon.engines.segment.graph:GraphEngine"},
}
"""Classes that need neither settings nor a purchase."""

_MAKERS: Mapping[Kind, Mapping[str, str]] = {
    "image": {"dashscope": "popcon.engines.dashscope.make:image"},
    "video": {"dashscope": "popcon.engines.dashscope.make:video"},
    "matte": {
        "birefnet": "popcon.engines.matte.birefnet.engine:make",
        "rembg": "popcon.engines.matte.rembg:make",
    },
    "segment": {
        "sam2": "popcon.engines.segment.sam2:make",
        "sam2-ultralytics": "popcon.engines.segment.sam2_ultralytics:make",
    },
}
"""Functions of (settings, purchase)."""


def names(kind: Kind) -> tuple[str, ...]:
    """The engines of a kind, the default first."""
    return (*_EMBEDDED[kind], *_MAKERS[kind])


def image(choice: EngineChoice, purchase: Purchase | None = None) -> ImageEngine:
    return cast(ImageEngine, _make("image", choice, purchase))


def video(choice: EngineChoice, purchase: Purchase | None = None) -> VideoEngine:
    return cast(VideoEngine, _make("video", choice, purchase))


def matte(choice: EngineChoice) -> MatteEngine:
    return cast(MatteEngine, _make("matte", choice, None))


def segment(choice: EngineChoice) -> SegmentEngine:
    return cast(SegmentEngine, _make("segment", choice, None))


def fingerprint(kind: Kind, choice: EngineChoice) -> EngineFingerprint:
    """What identifies the engine in a step's key. Loads no weights."""
    return cast(EngineFingerprint, _make(kind, choice, None).fingerprint)


def price_cny(kind: Kind, choice: EngineChoice) -> Decimal:
    """What one piece of work of this engine is expected to cost; 0 for engines that need no paying."""
    return Decimal(getattr(_make(kind, choice, None), "price_cny", 0))


def price_of_character(choice: EngineChoice, reference: bool) -> Decimal:
    """What a character from words is expected to cost; 0 for engines that need no paying."""
    price = getattr(_make("image", choice, None), "price", None)
    return Decimal(price(drawing=not reference)) if price is not None else Decimal(0)


def check_ready(kind: Kind, choice: EngineChoice) -> None:
    """Raise BadInput where an engine lacks what it needs to begin, such as a key. Asks no service."""
    check = getattr(_make(kind, choice, None), "check_ready", None)
    if check is not None:
        check()


def _make(kind: Kind, choice: EngineChoice, purchase: Purchase | None) -> Any:
    embedded = choice.name in _EMBEDDED[kind]
    if choice.name not in names(kind):
        raise UnknownName(f"{kind} engine", choice.name, names(kind))
    place = _EMBEDDED[kind][choice.name] if embedded else _MAKERS[kind][choice.name]
    module, _, attribute = place.partition(":")
    try:
        maker: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        raise EngineUnavailable(f"The {kind} engine {choice.name} cannot be loaded: {error}.") from error
    if not embedded:
        return maker(choice.settings, purchase)
    if choice.settings:
        raise BadInput(f"The {kind} engine {choice.name} has no settings.")
    return maker()
