"""The character step: one picture (or a description) becomes a normalised character and its backdrop."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field

from popcon.engines import registry
from popcon.engines.abilities import DrawsCharacter, TakesPrior
from popcon.engines.base import PictureReport
from popcon.errors import BudgetExceeded, EngineCannot, UnclearCharacter
from popcon.media.pictures.backdrop import choose_backdrop
from popcon.media.pictures.character import ENOUGH_PX, make_character
from popcon.media.pictures.cut_free import WAYS_ON, Select
from popcon.media.pictures.framing import REDRAWS
from popcon.media.pictures.picture import load_picture, reduction
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.refinement import Click
from popcon.models.results import Box, Character
from popcon.models.step import Step
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.payment import Payment
from popcon.pixels import Mask, Rgb, Rgba
from popcon.storage.store import Store

Colour = tuple[int, int, int]


class CharacterInputs(StepInputs):
    """What the character is made from."""

    task: ClassVar[str] = "character"
    step: ClassVar[Step] = Step.CHARACTER
    version: ClassVar[int] = 6

    picture: ArtifactRef | None
    description: str | None = None
    reference: ArtifactRef | None = None
    keep_background: bool | None
    clicks: tuple[Click, ...] = Field(default=(), description="on and beside the character, px of the picture")
    whiten_paper: bool = False
    subject: EngineChoice | None = Field(default=None, description="finds the character in scenery")
    subject_fingerprint: EngineFingerprint | None = None
    segment: EngineChoice | None = Field(default=None, description="turns clicks into a mask, where there are any")
    segment_fingerprint: EngineFingerprint | None = None
    stop_where_unclear: bool = Field(default=False, description="whether a doubtful cut-out is an error")
    effect_colours: tuple[Colour, ...] = Field(description="what the backdrop must be far from, beside the character")
    engine: EngineChoice | None = Field(default=None, description="draws the character, where it is only described")
    fingerprint: EngineFingerprint | None = None
    payment: Payment = Field(default=Payment(), exclude=True, description="no part of the key")
    seed: int = 0


def prepare_character(inputs: CharacterInputs, store: Store) -> Character:
    """Normalise the character and choose its backdrop.

    Raises:
        BadPicture: the picture cannot become a character.
        UnclearCharacter: it cannot be told from its background, and nobody reviews the job.
        BadInput: the engine cannot draw, or will not draw this description.
    """
    notes: tuple[str, ...] = ()
    bill, reduced = PictureReport(), 1
    if inputs.picture:
        data = store.get(inputs.picture)
        given, reduced = load_picture(data, "the character", enough_px=ENOUGH_PX), reduction(data, ENOUGH_PX)
    else:
        given, notes, bill = _described(inputs, store)
    made = make_character(
        given,
        inputs.keep_background,
        clicks=inputs.clicks,
        whiten=inputs.whiten_paper,
        subject=registry.subject(inputs.subject) if inputs.subject else None,
        select=_select(inputs.segment) if inputs.segment else None,
        reduced=reduced,
    )
    if made.doubt and inputs.stop_where_unclear:
        raise UnclearCharacter(f"{made.doubt} {WAYS_ON}.")
    left, top, right, bottom = made.body
    return Character(
        picture=store.put(encode_png(made.rgba), "image/png"),
        body=Box(left=left, top=top, right=right, bottom=bottom),
        backdrop=choose_backdrop(made.rgba, inputs.effect_colours),
        way=made.way,
        doubt=made.doubt,
        notes=(*notes, *made.notes, *((made.doubt,) if made.doubt else ())),
        price=str(bill.price),
        currency=bill.currency,
    )


def _select(choice: EngineChoice) -> Select:
    """Return a function from clicks to a mask, by a segment engine that may be given a subject engine's mask."""
    engine = registry.segment(choice)

    def select(picture: Rgb, clicks: Sequence[Click], likely: Mask | None) -> Mask:
        if isinstance(engine, TakesPrior):
            return engine.predict(engine.encode_with_prior(picture, likely), clicks)[0]
        return engine.predict(engine.encode(picture), clicks)[0]

    return select


def _described(inputs: CharacterInputs, store: Store) -> tuple[Rgba, tuple[str, ...], PictureReport]:
    """Return the character that an engine drew: its picture, what is wrong with it, and what it cost.

    Nobody reviews a character, so one whose framing check fails is drawn again, up to twice; the best is taken.
    """
    assert inputs.engine is not None
    reference = load_picture(store.get(inputs.reference), "the reference") if inputs.reference else None
    # Nothing is known of its colours yet: far from its effects, and from its reference where there is one.
    backdrop = choose_backdrop(np.zeros((1, 1, 4), np.uint8) if reference is None else reference, inputs.effect_colours)
    tried: list[tuple[Rgba, tuple[str, ...]]] = []
    bill = PictureReport()
    for attempt in range(1 + REDRAWS):
        engine = registry.image(inputs.engine, inputs.payment.purchase(store, inputs, f".{attempt}" if attempt else ""))
        if not isinstance(engine, DrawsCharacter):
            raise EngineCannot(f"The image engine {inputs.engine.name} cannot draw from words; give a picture.")
        seed = inputs.seed + inputs.revision * (1 + REDRAWS) + attempt
        try:
            picture, report = engine.draw_character(inputs.description or "", backdrop, seed, reference)
        except BudgetExceeded:
            if not tried:
                raise
            break
        bill = PictureReport(price=bill.price + report.price, currency=report.currency)
        if picture.shape[2] == 3:  # engines that know alpha leave the backdrop out themselves
            alpha = np.full((*picture.shape[:2], 1), 255, np.uint8)
            picture = np.concatenate([picture, alpha], axis=2)
        tried.append((picture, report.problems))
        if not report.problems:
            break
    best, problems = min(tried, key=lambda each: len(each[1]))
    return best, problems, bill
