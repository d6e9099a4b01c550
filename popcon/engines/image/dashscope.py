"""Pictures by qwen-image and its editing kin, or by Wan: characters, start frames and single frames drawn anew."""

from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal

from popcon.engines import prompts
from popcon.engines.base import PictureReport, Shot
from popcon.engines.dashscope.billed import BilledEngine
from popcon.engines.dashscope.choose import choose_draw_model, choose_edit_model, picture_offers
from popcon.engines.dashscope.models import ImageModel
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.image.exchange import composed, decoded, on_stage, report_on, sendable, with_alpha
from popcon.engines.offer import Offer
from popcon.ledger.ledger import Ledger
from popcon.ledger.record import PaidStep
from popcon.ledger.vendor import Order, Sent
from popcon.media.pictures.pose_sheet import Grid
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Rgb, Rgba

_VERSION = "2"


class DashScopeImage(BilledEngine):
    """Buys pictures. `for_step` gives the `ImageEngine` of one paid step.

    Raises:
        BadInput: the settings name a model that is not sold, or one that cannot do what it is named for.
    """

    def __init__(self, settings: DashScopeSettings, ledger: Ledger | None = None) -> None:
        super().__init__(settings, ledger)
        catalogue, account = settings.catalogue, settings.account
        self.edit_name = choose_edit_model(settings)
        self.draw_name = choose_draw_model(settings, self.edit_name)
        self.edit_model: ImageModel = catalogue.image_model(self.edit_name)
        self.draw_model: ImageModel = catalogue.image_model(self.draw_name)
        self._prices = {
            name: catalogue.image_model(name).check_sold(name, account).price or Decimal(0)
            for name in (self.edit_name, self.draw_name)
        }
        what = f"{self.draw_name} {self.edit_name} {settings.picture_side}px"
        self.fingerprint = EngineFingerprint(name="dashscope-image", version=f"{_VERSION} {what}")

    def price(self) -> Decimal:
        """Tell what a start frame or a frame drawn anew costs, in `currency`."""
        return self.price_of(self.edit_name)

    def price_of_character(self, reference: bool) -> Decimal:
        """Tell what a character from words costs; with `reference` one that follows a picture."""
        return self.price_of(self.edit_name if reference else self.draw_name)

    def price_of(self, model: str) -> Decimal:
        """Tell what a picture of a model costs, in `currency`."""
        return self._prices[model]

    def sheet_cells(self, side: int) -> int:
        """Tell how many start frames of `side` px one bought picture may hold; below 2: none but alone."""
        most = (self.edit_model.largest // side) ** 2 if self.edit_model.sizes else 0
        return min(self.settings.sheet, most)

    def offers(self) -> tuple[Offer, ...]:
        """List every way to buy a start frame, the cheapest first."""
        return tuple(
            offer.model_copy(update={"chosen": offer.model == self.edit_name})
            for offer in picture_offers(self.settings)
        )

    def for_step(self, step: PaidStep) -> "PaidImage":
        return PaidImage(self, step)


class PaidImage:
    """An `ImageEngine` whose one picture is bought under the step's key, however often it is asked for it."""

    def __init__(self, engine: DashScopeImage, step: PaidStep) -> None:
        self.fingerprint = engine.fingerprint
        self._engine, self._step = engine, step

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        """Return the character as the action begins. What the framing check finds are its problems.

        Raises:
            BadInput: the prompts are too long, the key is wrong, the prompt is declined, a budget is used up.
            Fault: the service failed; calling again goes on from there.
        """
        engine = self._engine
        model = engine.edit_model
        prompt = prompts.start_frame(
            shot.motion, shot.effect, shot.backdrop, model.prompt_limit, model.negative_limit, model.alpha
        )
        stage = on_stage(character, shot.backdrop, engine.settings.picture_side)
        bought, price = self._buy(engine.edit_name, prompt, [stage], shot.seed)
        picture = composed(bought, shot.side, shot.side, shot.backdrop)
        alone = with_alpha(bought, shot.side) if model.alpha else None
        return picture, report_on(picture, shot.backdrop, price, engine.currency, alone)

    def draw_sheet(self, character: Rgba, shots: Sequence[Shot]) -> tuple[Rgb, PictureReport]:
        """Buy one picture with the start frames of several actions in a grid; see `popcon.media.pictures.pose_sheet`.

        Arguments:
            character: trimmed.
            shots: of the actions, in the order of the cells; all with the same backdrop and side.

        Raises:
            As `draw_start_frame`.
        """
        engine = self._engine
        model, first = engine.edit_model, shots[0]
        grid = Grid.of(len(shots), model.largest, first.side)
        prompt = prompts.sheet(
            [(shot.motion, shot.effect) for shot in shots], grid.rows, grid.columns, first.backdrop,
            model.prompt_limit, model.negative_limit, model.alpha,
        )  # fmt: skip
        stage = on_stage(character, first.backdrop, engine.settings.picture_side)
        size = grid.columns * grid.cell, grid.rows * grid.cell
        bought, price = self._buy(engine.edit_name, prompt, [stage], first.seed, size)
        return composed(bought, *size, first.backdrop), PictureReport(price=price, currency=engine.currency)

    def draw_character(
        self, description: str, backdrop: str, seed: int = 0, reference: Rgba | None = None
    ) -> tuple[Rgb | Rgba, PictureReport]:
        """Draw a character from words: on the backdrop, or without one where the model knows alpha.

        Arguments:
            reference: a picture to go by; it is then drawn by the editing model.
        """
        engine, side = self._engine, self._engine.settings.picture_side
        model = engine.draw_model if reference is None else engine.edit_model
        name = engine.draw_name if reference is None else engine.edit_name
        prompt = prompts.draw_character(
            description, backdrop, model.prompt_limit, model.negative_limit, reference is not None, model.alpha
        )
        sent = [] if reference is None else [on_stage(reference, backdrop, side)]
        bought, price = self._buy(name, prompt, sent, seed)
        picture = composed(bought, side, side, backdrop)
        alone = with_alpha(bought, side) if model.alpha else None
        return (picture if alone is None else alone), report_on(picture, backdrop, price, engine.currency)

    def redraw_frame(self, frame: Rgb, prompt: str, backdrop: str, seed: int = 0) -> tuple[Rgb, PictureReport]:
        """Return one frame, changed as a person asks, at its own size."""
        engine, model = self._engine, self._engine.edit_model
        full = prompts.redraw_frame(prompt, backdrop, model.prompt_limit, model.negative_limit)
        bought, price = self._buy(engine.edit_name, full, [frame], seed, transparent=False)
        picture = composed(bought, frame.shape[1], frame.shape[0])
        return picture, PictureReport(price=price, currency=engine.currency)

    def _buy(
        self,
        name: str,
        prompt: prompts.Prompt,
        pictures: Sequence[Rgb],
        seed: int,
        size: tuple[int, int] | None = None,
        transparent: bool = True,
    ) -> tuple[Rgba, Decimal]:
        engine, client = self._engine, self._engine.client
        model = engine.settings.catalogue.image_model(name)
        engine.settings.key()  # a missing key is said before anything is written down
        files = [sendable(picture, "DashScope") for picture in pictures]
        width, height = size or (engine.settings.picture_side,) * 2
        how: dict[str, object] = {**model.always, "n": 1}
        if model.seed:
            how["seed"] = seed % 2**31
        if model.sizes:
            how["size"] = f"{width}*{height}"
        if model.alpha and transparent:
            how.update(model.alpha_parameters)

        def send(mark: str) -> Sent:
            with ExitStack() as stack:
                urls = [stack.enter_context(client.picture(file, name)) for file in files]
                if model.wire == "conversation":
                    negative = {"negative_prompt": prompt.negative} if model.negative_limit else {}
                    return client.converse(name, prompt.text, urls, {**how, **negative})
                return client.create_picture(name, prompts.marked(prompt.text, mark), prompt.negative, urls, how)

        order = Order(
            model=name,
            kind="picture",
            rate=engine.price_of(name),
            units=Decimal(1),
            send=send,
            listed=model.wire == "synthesis",
            prompt=prompt.text,
            currency=engine.currency,
        )
        receipt = engine.ledger.buy(self._step, order, client)
        return decoded(engine.ledger.store.get(receipt.artifact)), receipt.paid
