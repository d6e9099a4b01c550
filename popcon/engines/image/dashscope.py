"""Pictures by qwen-image and its editing kin, or by Wan: characters, start frames and single frames drawn anew."""

from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal

from popcon.engines import prompts
from popcon.engines.base import PictureReport, Shot
from popcon.engines.dashscope.framing import check_framing
from popcon.engines.dashscope.models import ImageModel
from popcon.engines.dashscope.pictures import on_stage, received, sendable
from popcon.engines.dashscope.seller import Seller
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.errors import BadInput
from popcon.ledger.ledger import Ledger
from popcon.ledger.record import PaidStep
from popcon.ledger.vendor import Order, Sent
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Rgb, Rgba

_VERSION = "1"


class DashScopeImage(Seller):
    """Sells pictures. `for_step` gives the `ImageEngine` of one paid step.

    Raises:
        BadInput: the settings name a model that is not sold, or one that cannot do what it is named for.
    """

    def __init__(self, settings: DashScopeSettings, ledger: Ledger | None = None) -> None:
        super().__init__(settings, ledger)
        self.draw_model: ImageModel = settings.catalogue.image_model(settings.draw_model)
        self.edit_model: ImageModel = settings.catalogue.image_model(settings.edit_model)
        if not self.edit_model.edits:
            raise BadInput(f"{settings.edit_model} takes no pictures, so it cannot draw start frames; choose another.")
        what = f"{settings.draw_model} {settings.edit_model} {settings.picture_side}px"
        self.fingerprint = EngineFingerprint(name="dashscope-image", version=f"{_VERSION} {what}")

    def price(self) -> Decimal:
        """CNY of a start frame or of a frame drawn anew."""
        return self.edit_model.price

    def price_of_character(self, reference: bool) -> Decimal:
        """CNY of a character from words; with `reference` of one that follows a picture."""
        return (self.edit_model if reference else self.draw_model).price

    def for_step(self, step: PaidStep) -> "PaidImage":
        return PaidImage(self, step)


class PaidImage:
    """An `ImageEngine` whose one picture is bought under the step's key, however often it is asked for it."""

    def __init__(self, engine: DashScopeImage, step: PaidStep) -> None:
        self.fingerprint = engine.fingerprint
        self._engine, self._step = engine, step

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        """The character as the action begins. What the framing check finds are its problems.

        Raises:
            BadInput: the prompts are too long, the key is wrong, the prompt is declined, a budget is used up.
            Fault: the service failed; calling again goes on from there.
        """
        model = self._engine.edit_model
        prompt = prompts.start_frame(shot.motion, shot.effect, shot.backdrop, model.prompt_limit, model.negative_limit)
        stage = on_stage(character, shot.backdrop, self._engine.settings.picture_side)
        data, price = self._buy(self._engine.settings.edit_model, model, prompt, [stage], shot.seed)
        picture = received(data, shot.side, shot.side)
        framing = check_framing(picture, shot.backdrop)
        return picture, PictureReport(body=framing.body, problems=framing.problems, price_cny=price)

    def draw_character(
        self, description: str, backdrop: str, seed: int = 0, reference: Rgba | None = None
    ) -> tuple[Rgb, PictureReport]:
        """A character from words, on the backdrop, and what the framing check found.

        Arguments:
            reference: a picture to go by; it is then drawn by the editing model.
        """
        engine, settings = self._engine, self._engine.settings
        model = engine.draw_model if reference is None else engine.edit_model
        name = settings.draw_model if reference is None else settings.edit_model
        prompt = prompts.draw_character(
            description, backdrop, model.prompt_limit, model.negative_limit, reference is not None
        )
        sent = [] if reference is None else [on_stage(reference, backdrop, settings.picture_side)]
        data, price = self._buy(name, model, prompt, sent, seed)
        picture = received(data, settings.picture_side, settings.picture_side)
        framing = check_framing(picture, backdrop)
        return picture, PictureReport(body=framing.body, problems=framing.problems, price_cny=price)

    def redraw_frame(self, frame: Rgb, prompt: str, backdrop: str, seed: int = 0) -> tuple[Rgb, PictureReport]:
        """One frame, changed as a person asks, at its own size."""
        model = self._engine.edit_model
        full = prompts.redraw_frame(prompt, backdrop, model.prompt_limit, model.negative_limit)
        data, price = self._buy(self._engine.settings.edit_model, model, full, [frame], seed)
        return received(data, frame.shape[1], frame.shape[0]), PictureReport(price_cny=price)

    def _buy(
        self, name: str, model: ImageModel, prompt: prompts.Prompt, pictures: Sequence[Rgb], seed: int
    ) -> tuple[bytes, Decimal]:
        engine, client = self._engine, self._engine.client
        engine.settings.key()  # a missing key is said before anything is written down
        files = [sendable(picture) for picture in pictures]
        side = engine.settings.picture_side
        how: dict[str, object] = {"n": 1, "seed": seed % 2**31, "prompt_extend": False, "watermark": False}
        if model.sizes:
            how["size"] = f"{side}*{side}"

        def send(mark: str) -> Sent:
            with ExitStack() as stack:
                urls = [stack.enter_context(client.picture(file)) for file in files]
                if model.wire == "conversation":
                    return client.converse(name, prompt.text, urls, {**how, "negative_prompt": prompt.negative})
                return client.create_picture(name, prompts.marked(prompt.text, mark), prompt.negative, urls, how)

        order = Order(
            model=name,
            kind="picture",
            rate=model.price,
            units=Decimal(1),
            send=send,
            listed=model.wire == "synthesis",
            prompt=prompt.text,
        )
        receipt = engine.ledger.buy(self._step, order, client)
        return engine.ledger.store.get(receipt.artifact), receipt.paid
