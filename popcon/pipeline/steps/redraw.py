"""Between the frames and the cutouts: one frame, drawn anew as a person asked."""

from typing import ClassVar

from pydantic import Field

from popcon.engines import registry
from popcon.engines.abilities import RedrawsFrame
from popcon.errors import EngineCannot
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.billed import Billed
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.step import Step
from popcon.models.timeline import FrameRef
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.payment import Payment
from popcon.pipeline.steps.sources import frames_at
from popcon.storage.store import Store


class RedrawInputs(StepInputs):
    """A frame, and what is to be changed about it. It belongs to the frames step: a redo of that redoes it."""

    task: ClassVar[str] = "redraw"
    step: ClassVar[Step] = Step.FRAMES
    version: ClassVar[int] = 1

    frame: FrameRef
    wish: str
    backdrop: str
    seed: int
    engine: EngineChoice
    fingerprint: EngineFingerprint
    payment: Payment = Field(default=Payment(), exclude=True, description="no part of the key")


class Redrawn(Billed):
    """A frame that was drawn anew."""

    picture: ArtifactRef = Field(description="PNG, RGB, as large as the frame")


def redraw_frame(inputs: RedrawInputs, store: Store) -> Redrawn:
    """Have the job's image engine change one frame.

    Raises:
        EngineCannot: the engine edits no pictures.
    """
    engine = registry.image(inputs.engine, inputs.payment.purchase(store, inputs))
    if not isinstance(engine, RedrawsFrame):
        raise EngineCannot(
            f"The image engine {inputs.engine.name} cannot change a frame by words; paint on it, pick another frame, "
            "or order the pack with --engine dashscope or openai."
        )
    (pixels,) = frames_at(inputs.frame.source, [inputs.frame.index], store)
    made, report = engine.redraw_frame(pixels, inputs.wish, inputs.backdrop, inputs.seed)
    return Redrawn(picture=store.put(encode_png(made), "image/png"), price=str(report.price), currency=report.currency)
