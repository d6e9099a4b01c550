"""The take step: one generated clip of an action."""

from typing import ClassVar

from pydantic import Field

from popcon.engines import registry
from popcon.engines.abilities import DrawsFrames
from popcon.media.clips.exact import DRAWING, with_box
from popcon.media.pictures.png import decode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.results import Take
from popcon.models.step import Step
from popcon.pipeline.steps.shot import ShotInputs
from popcon.pipeline.steps.sources import Drawing
from popcon.storage.store import Store


class TakeInputs(ShotInputs):
    """What a clip is made from."""

    task: ClassVar[str] = "take"
    step: ClassVar[Step] = Step.TAKE
    version: ClassVar[int] = 1  # stays where only a check changes: a raise would have every clip bought anew

    start_frame: ArtifactRef
    alone: ArtifactRef | None = Field(
        default=None,
        exclude_if=lambda alone: alone is None,  # so that what was made without one keeps its key
        description="the start frame without its backdrop, where its alpha is known and the engine wants it",
    )

    def drawing(self) -> Drawing:
        """Return what frames of the clip are drawn from, where its engine draws them."""
        return Drawing(
            engine=self.engine,
            start_frame=self.start_frame,
            alone=self.alone,
            character=self.character,
            body=self.body,
            shot=self.shot,
        )


def make_take(inputs: TakeInputs, store: Store) -> Take:
    """Animate the start frame with the job's video engine.

    Raises:
        BadClip: what the engine returned is not a clip.
    """
    from popcon.media.clips.clip import probe
    from popcon.media.clips.take_check import check_take

    engine = registry.video(inputs.engine, inputs.payment.purchase(store, inputs))
    start_frame, character = decode_png(store.get(inputs.start_frame), 3), inputs.character_alone(store)
    draws_itself = isinstance(engine, DrawsFrames)
    if isinstance(engine, DrawsFrames):
        alone = None if inputs.alone is None else decode_png(store.get(inputs.alone), 4)
        made = engine.preview(start_frame, character, inputs.shot, alone)
        data = with_box(made.data, DRAWING, inputs.drawing().model_dump_json().encode())
    else:
        made = engine.animate(start_frame, character, inputs.shot)
        data = made.data
    info = probe(data)
    return Take(
        clip=store.put(data, "video/mp4"),
        width=info.width,
        height=info.height,
        fps=info.fps,
        frames=info.frames,
        price=str(made.price),
        currency=made.currency,
        problems=() if draws_itself else check_take(data, start_frame),
    )
