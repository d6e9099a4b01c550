"""Clips by Wan image-to-video, with the start frame first or both first and last."""

from collections.abc import Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from popcon.engines import prompts
from popcon.engines.base import GeneratedClip, Shot
from popcon.engines.dashscope.billed import BilledEngine
from popcon.engines.dashscope.choose import choose_clip, clip_offers, mark_chosen
from popcon.engines.dashscope.models import VideoModel
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.image.exchange import sendable
from popcon.engines.offer import Offer
from popcon.ledger.ledger import Ledger
from popcon.ledger.record import PaidStep
from popcon.ledger.vendor import Order, Sent
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Rgb, Rgba

_VERSION = "2"


class DashScopeVideo(BilledEngine):
    """Buys clips. `for_step` gives the `VideoEngine` of one paid step.

    Raises:
        BadInput: the settings name a model, a resolution or a length that is not sold.
    """

    def __init__(self, settings: DashScopeSettings, ledger: Ledger | None = None) -> None:
        super().__init__(settings, ledger)
        self.offer = choose_clip(settings)
        self.model: VideoModel = settings.catalogue.video_model(self.offer.model)
        self.rate = self.model.rate(self.model.check_sold(self.offer.model, settings.account), self.offer.resolution)
        self.seconds = self.model.length(self.offer.seconds)
        what = f"{self.offer.model} {self.offer.resolution} {self.seconds}s"
        self.fingerprint = EngineFingerprint(name="dashscope-video", version=f"{_VERSION} {what}")

    def price(self) -> Decimal:
        """Tell what a clip costs at most, in `currency`."""
        return self.rate * self.seconds

    def offers(self) -> tuple[Offer, ...]:
        """List every way to buy a clip, the cheapest first."""
        return tuple(mark_chosen(clip_offers(self.settings), self.offer))

    def for_step(self, step: PaidStep) -> "PaidVideo":
        return PaidVideo(self, step)


class PaidVideo:
    """A `VideoEngine` whose one clip is bought under the step's key, however often it is asked for it."""

    def __init__(self, engine: DashScopeVideo, step: PaidStep) -> None:
        self.fingerprint = engine.fingerprint
        self._engine, self._step = engine, step

    def animate(self, start_frame: Rgb, character: Rgba, shot: Shot) -> GeneratedClip:
        """Return the clip as the service made it: H.264 at the resolution bought, begun with `start_frame`.

        Raises:
            BadInput: the prompts are too long, the key is wrong, the prompt is declined, a budget is used up.
            Fault: the service failed; calling again goes on from there.
        """
        engine, settings = self._engine, self._engine.settings
        model, name = engine.model, engine.offer.model
        prompt = prompts.clip(
            shot.motion, shot.effect, shot.backdrop, model.prompt_limit, model.negative_limit, model.loops
        )
        png = sendable(start_frame, "DashScope")
        settings.key()  # a missing key is said before anything is written down
        how = {**model.always, "resolution": engine.offer.resolution, "duration": engine.seconds}
        if model.seed:
            how["seed"] = shot.seed % 2**31

        def send(mark: str) -> Sent:
            with ExitStack() as stack:
                picture = stack.enter_context(engine.client.picture(png, name))
                return engine.client.create_clip(
                    name,
                    prompts.marked(prompt.text, mark),
                    prompt.negative,
                    _inputs(model, picture),
                    how,
                )

        order = Order(
            model=name,
            kind="clip",
            rate=engine.rate,
            units=Decimal(engine.seconds),
            send=send,
            currency=engine.currency,
            prompt=prompt.text,
        )
        receipt = engine.ledger.buy(self._step, order, engine.client)
        clip = engine.ledger.store.get(receipt.artifact)
        return GeneratedClip(data=clip, price=receipt.paid, currency=engine.currency)


def _inputs(model: VideoModel, picture: str) -> Mapping[str, Any]:
    """Return the start frame as the model wants it. A new list each time: the SDK writes into it."""
    first, last = {"type": "first_frame", "url": picture}, {"type": "last_frame", "url": picture}
    shapes: dict[str, Mapping[str, Any]] = {
        "first": {"img_url": picture},
        "first_last": {"first_frame_url": picture, "last_frame_url": picture},
        "media": {"media": [first]},
        "media_first_last": {"media": [first, last]},
    }
    return shapes[model.shape]
