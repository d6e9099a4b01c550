"""Makes the engine that a job names. Imports it only then.

The engines are listed in `popcon.engines.table`.
"""

from decimal import Decimal
from typing import Any, cast

from popcon.engines import table
from popcon.engines.abilities import (
    ActsByRig,
    ChecksReadiness,
    DrawsFrames,
    HoldsSheet,
    ListsOffers,
    PaintsEffects,
    Priced,
    PricesCharacter,
)
from popcon.engines.base import ImageEngine, MatteEngine, SegmentEngine, SubjectEngine, VideoEngine
from popcon.engines.offer import Offer
from popcon.engines.purchase import Purchase as Purchase
from popcon.engines.table import Kind as Kind
from popcon.engines.table import names as names
from popcon.errors import BadInput
from popcon.models.action import Action
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, Engines


def image(choice: EngineChoice, purchase: Purchase | None = None) -> ImageEngine:
    """Return the image engine of a choice."""
    return cast(ImageEngine, _make("image", choice, purchase))


def subject(choice: EngineChoice) -> SubjectEngine:
    """Return the subject engine of a choice."""
    return cast(SubjectEngine, _make("subject", choice, None))


def video(choice: EngineChoice, purchase: Purchase | None = None) -> VideoEngine:
    """Return the video engine of a choice."""
    return cast(VideoEngine, _make("video", choice, purchase))


def matte(choice: EngineChoice) -> MatteEngine:
    """Return the matte engine of a choice."""
    return cast(MatteEngine, _make("matte", choice, None))


def segment(choice: EngineChoice) -> SegmentEngine:
    """Return the segment engine of a choice."""
    return cast(SegmentEngine, _make("segment", choice, None))


def fingerprint(kind: Kind, choice: EngineChoice) -> EngineFingerprint:
    """Return what identifies the engine in a step's key. Loads no weights."""
    return cast(EngineFingerprint, _make(kind, choice, None).fingerprint)


def price(kind: Kind, choice: EngineChoice) -> Decimal:
    """Return what one result of an engine is expected to cost, in its `currency`; 0 for engines that need no paying."""
    engine = _make(kind, choice, None)
    return engine.price() if isinstance(engine, Priced) else Decimal(0)


def price_of_character(choice: EngineChoice, reference: bool) -> Decimal:
    """Return what a character from words is expected to cost, in the engine's currency; 0 for engines that need no
    paying.

    Arguments:
        reference: whether a picture is given with the words.
    """
    engine = _make("image", choice, None)
    return engine.price_of_character(reference) if isinstance(engine, PricesCharacter) else Decimal(0)


def sheet_cells(choice: EngineChoice, side: int) -> int:
    """Return how many start frames of `side` px an image engine draws in one picture; below 2: each is drawn alone."""
    engine = _make("image", choice, None)
    return engine.sheet_cells(side) if isinstance(engine, HoldsSheet) else 0


def effect_colours(choice: EngineChoice, action: Action) -> tuple[tuple[int, int, int], ...]:
    """Return the sRGB colours, 0 to 255, of an action's effects; where an image engine does not know them, the
    default's."""
    for each in (choice, Engines().image):
        engine = _make("image", each, None)
        if isinstance(engine, PaintsEffects):
            return engine.effect_colours(action)
    return ()


def acts_by_rig(kind: Kind, choice: EngineChoice) -> ActsByRig | None:
    """Return the engine of a choice, where it moves the parts of a character; None where it does not."""
    engine = _make(kind, choice, None)
    return engine if isinstance(engine, ActsByRig) else None


def draws_frames(choice: EngineChoice) -> bool:
    """Tell whether a video engine draws its frames with alpha, so that nothing is keyed for it."""
    return isinstance(_make("video", choice, None), DrawsFrames)


def offers(kind: Kind, choice: EngineChoice) -> tuple[Offer, ...]:
    """Return the ways to buy an engine's results, the cheapest first; none for engines that need no paying."""
    engine = _make(kind, choice, None)
    return engine.offers() if isinstance(engine, ListsOffers) else ()


def currency(kind: Kind, choice: EngineChoice) -> str:
    """Return the currency in which an engine's results are billed; empty for engines that need no paying."""
    engine = _make(kind, choice, None)
    return str(getattr(engine, "currency", "CNY")) if isinstance(engine, Priced) else ""


def check_ready(kind: Kind, choice: EngineChoice) -> None:
    """See that an engine has what it needs to begin, such as a key or packages. Asks no service.

    Raises:
        BadInput: a setting or a key is missing or wrong.
        EngineUnavailable: a package or a file is missing or damaged.
    """
    engine = _make(kind, choice, None)
    if isinstance(engine, ChecksReadiness):
        engine.check_ready()


def _make(kind: Kind, choice: EngineChoice, purchase: Purchase | None) -> Any:
    row = table.row(kind, choice.name)
    maker = table.load(row, row.maker)
    if row.settings:
        return maker(choice.settings, purchase)
    if choice.settings:
        raise BadInput(f"The {kind} engine {choice.name} has no settings.")
    return maker()
