"""The character step: one picture (or a description) becomes a normalised character and its backdrop."""

from decimal import Decimal
from typing import ClassVar

import numpy as np
from pydantic import Field

from popcon.engines import registry
from popcon.engines.abilities import DrawsCharacter
from popcon.engines.dashscope.framing import REDRAWS
from popcon.errors import BudgetExceeded, EngineCannot
from popcon.media.pictures.backdrop import choose_backdrop
from popcon.media.pictures.character import make_character
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.results import Box, Character
from popcon.pipeline.keys import Step, StepInputs
from popcon.pipeline.steps.payment import Payment
from popcon.pixels import Rgba
from popcon.storage.store import Store

Colour = tuple[int, int, int]


class CharacterInputs(StepInputs):
    """What the character is made from."""

    step: ClassVar[Step] = Step.CHARACTER
    version: ClassVar[int] = 1

    picture: ArtifactRef | None
    description: str | None = None
    reference: ArtifactRef | None = None
    keep_background: bool | None
    effect_colours: tuple[Colour, ...] = Field(description="what the backdrop must be far from, beside the character")
    engine: EngineChoice | None = Field(default=None, description="draws the character, where it is only described")
    fingerprint: EngineFingerprint | None = None
    pay: Payment = Field(default=Payment(), exclude=True, description="no part of the key")
    seed: int = 0


def prepare_character(inputs: CharacterInputs, store: Store) -> Character:
    """Normalise the character and choose its backdrop.

    Raises:
        BadPicture: the picture cannot become a character.
        BadInput: the engine cannot draw, or will not draw this description.
    """
    notes: tuple[str, ...] = ()
    price = Decimal(0)
    if inputs.picture:
        given = load_picture(store.get(inputs.picture), "the character")
    else:
        given, notes, price = _described(inputs, store)
    made = make_character(given, inputs.keep_background)
    left, top, right, bottom = made.body
    return Character(
        picture=store.put(encode_png(made.rgba), "image/png"),
        body=Box(left=left, top=top, right=right, bottom=bottom),
        backdrop=choose_backdrop(made.rgba, inputs.effect_colours),
        notes=(*notes, *made.notes),
        price_cny=str(price),
    )


def _described(inputs: CharacterInputs, store: Store) -> tuple[Rgba, tuple[str, ...], Decimal]:
    """The character that an engine drew: its picture, what is wrong with it, and its price in CNY.

    Nobody reviews a character, so one whose framing check fails is drawn again, up to twice; the best is taken.
    """
    assert inputs.engine is not None
    reference = load_picture(store.get(inputs.reference), "the reference") if inputs.reference else None
    # Nothing is known of its colours yet: far from its effects, and from its reference where there is one.
    backdrop = choose_backdrop(np.zeros((1, 1, 4), np.uint8) if reference is None else reference, inputs.effect_colours)
    tried: list[tuple[Rgba, tuple[str, ...]]] = []
    price = Decimal(0)
    for attempt in range(1 + REDRAWS):
        engine = registry.image(inputs.engine, inputs.pay.purchase(store, inputs, f".{attempt}" if attempt else ""))
        if not isinstance(engine, DrawsCharacter):
            raise EngineCannot(f"The image engine {inputs.engine.name} cannot draw from words; give a picture.")
        seed = inputs.seed + inputs.revision * (1 + REDRAWS) + attempt
        try:
            picture, report = engine.draw_character(inputs.description or "", backdrop, seed, reference)
        except BudgetExceeded:
            if not tried:
                raise
            break
        price += report.price_cny
        alpha = np.full((*picture.shape[:2], 1), 255, np.uint8)
        tried.append((np.concatenate([picture, alpha], axis=2), report.problems))
        if not report.problems:
            break
    best, problems = min(tried, key=lambda each: len(each[1]))
    return best, problems, price
