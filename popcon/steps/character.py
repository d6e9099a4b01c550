"""The character step: one picture (or a description) becomes a normalised character and its backdrop."""

from typing import ClassVar

from pydantic import Field

from popcon.engines import registry
from popcon.errors import BadInput
from popcon.images.backdrop import choose_backdrop
from popcon.images.character import make_character
from popcon.images.picture import load_picture
from popcon.images.png import encode_png
from popcon.keys import Step, StepInputs
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.results import Box, Character
from popcon.store import Store

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
    job: str = Field(default="", exclude=True, description="pays for the drawing; no part of the key")
    seed: int = 0


def prepare_character(inputs: CharacterInputs, store: Store) -> Character:
    """Normalise the character and choose its backdrop.

    Raises:
        BadPicture: the picture cannot become a character.
    """
    data = store.get(inputs.picture) if inputs.picture else _described(inputs, store)
    made = make_character(load_picture(data, "the character"), inputs.keep_background)
    left, top, right, bottom = made.body
    return Character(
        picture=store.put(encode_png(made.rgba), "image/png"),
        body=Box(left=left, top=top, right=right, bottom=bottom),
        backdrop=choose_backdrop(made.rgba, inputs.effect_colours),
        notes=tuple(made.notes),
    )


def _described(inputs: CharacterInputs, store: Store) -> bytes:
    assert inputs.engine is not None
    engine = registry.image(inputs.engine, registry.Purchase(store, inputs.job, inputs.key()))
    draw = getattr(engine, "draw_character", None)
    if draw is None:
        raise BadInput(f"The image engine {inputs.engine.name} cannot draw from words; give a picture.")
    reference = load_picture(store.get(inputs.reference), "the reference") if inputs.reference else None
    return encode_png(draw(inputs.description, reference, inputs.seed))
