"""Pictures by any service that speaks OpenAI's images API: characters, start frames and single frames drawn anew.

Sources: https://platform.openai.com/docs/api-reference/images. `POST {base}/images/generations` takes JSON, `POST
{base}/images/edits` a form with files; both answer with the picture, as base64 or as an address that lives an hour. An
answer that is lost on the way is lost for good: there is no list of what was made. The ledger counts it as spent.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from popcon.engines import prompts
from popcon.engines.base import PictureReport, Shot
from popcon.engines.image.exchange import composed, decoded, on_stage, report_on, sendable, with_alpha
from popcon.engines.image.openai_settings import OpenAISettings, read_settings
from popcon.engines.image.openai_vendor import OpenAIVendor
from popcon.engines.offer import Offer
from popcon.engines.purchase import Purchase
from popcon.errors import EngineCannot, EngineUnavailable
from popcon.ledger.limits import Allowance
from popcon.ledger.settings import day_budget
from popcon.ledger.vendor import Order, Sent
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Rgb, Rgba

_VERSION = "1"
_PROMPT_LIMIT = 1000
"""The shortest limit of the services that speak this API (DALL-E 2's)."""


def make(settings: Mapping[str, Any], purchase: Purchase | None) -> "OpenAIImage":
    """Make the image engine of a step; without a purchase one that only tells its price and fingerprint."""
    return OpenAIImage(read_settings(settings), purchase)


class OpenAIImage:
    """An `ImageEngine` whose one picture is bought under the step's key, however often it is asked for it."""

    def __init__(self, settings: OpenAISettings, purchase: Purchase | None = None) -> None:
        self.settings, self._purchase = settings, purchase
        self.currency = settings.currency
        what = f"{settings.model} {settings.side}px{' alpha' if settings.transparent else ''}"
        self.fingerprint = EngineFingerprint(name="openai-image", version=f"{_VERSION} {what} {settings.host}")

    def price(self) -> Decimal:
        """Tell what a picture costs, in `currency`."""
        return self.settings.price

    def price_of_character(self, reference: bool) -> Decimal:
        """Tell what a character from words costs, in `currency`."""
        return self.settings.price

    def offers(self) -> tuple[Offer, ...]:
        """List the one way to buy a start frame that the settings know."""
        settings = self.settings
        return (
            Offer(
                kind="picture",
                model=settings.model,
                price=settings.price,
                currency=settings.currency,
                pixels=settings.side,
                alpha=settings.transparent,
                chosen=True,
            ),
        )

    def check_ready(self) -> None:
        """Raise where nothing can be bought: no key, a budget that is no amount."""
        self.settings.key()
        day_budget(self.currency)

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        """Draw the character as the action begins. What the framing check finds are its problems.

        Raises:
            EngineCannot: the service edits no pictures.
            BadInput: the prompts are too long, the key is wrong, the prompt is declined, a budget is used up.
            Fault: the service failed; calling again goes on from there.
        """
        self._check_edits("draw a start frame from the character")
        prompt = prompts.start_frame(
            shot.motion, shot.effect, shot.backdrop, _PROMPT_LIMIT, 0, self.settings.transparent
        )
        stage = on_stage(character, shot.backdrop, self.settings.side)
        bought, price = self._buy(prompt.text, [stage])
        picture = composed(bought, shot.side, shot.side, shot.backdrop)
        alone = with_alpha(bought, shot.side) if self.settings.transparent else None
        return picture, report_on(picture, shot.backdrop, price, self.currency, alone)

    def draw_character(
        self, description: str, backdrop: str, seed: int = 0, reference: Rgba | None = None
    ) -> tuple[Rgb | Rgba, PictureReport]:
        """Draw a character from words: on the backdrop, or without one where a transparent background is offered.

        Arguments:
            seed: not sent; the API takes none.
            reference: a picture to go by.

        Raises:
            As `draw_start_frame`.
        """
        if reference is not None:
            self._check_edits("follow a reference")
        side, transparent = self.settings.side, self.settings.transparent
        prompt = prompts.draw_character(description, backdrop, _PROMPT_LIMIT, 0, reference is not None, transparent)
        bought, price = self._buy(prompt.text, [] if reference is None else [on_stage(reference, backdrop, side)])
        picture = composed(bought, side, side, backdrop)
        alone = with_alpha(bought, side) if transparent else None
        return (picture if alone is None else alone), report_on(picture, backdrop, price, self.currency)

    def redraw_frame(self, frame: Rgb, prompt: str, backdrop: str, seed: int = 0) -> tuple[Rgb, PictureReport]:
        """Draw one frame anew as a person asks, at its own size. Raises as `draw_start_frame`."""
        self._check_edits("change a frame by words")
        full = prompts.redraw_frame(prompt, backdrop, _PROMPT_LIMIT, 0)
        bought, price = self._buy(full.text, [frame], transparent=False)
        picture = composed(bought, frame.shape[1], frame.shape[0], backdrop)
        return picture, PictureReport(price=price, currency=self.currency)

    def _check_edits(self, what: str) -> None:
        if not self.settings.edits:
            raise EngineCannot(
                f"{self.settings.model} at {self.settings.host} takes no pictures, so it cannot {what}; choose a model "
                "that edits pictures."
            )

    def _buy(self, prompt: str, pictures: Sequence[Rgb], transparent: bool | None = None) -> tuple[Rgba, Decimal]:
        purchase, settings = self._purchase, self.settings
        if purchase is None:
            raise EngineUnavailable("A paid engine needs a ledger to buy anything.")
        settings.key()  # a missing key is said before anything is written down
        files = [sendable(picture, settings.host) for picture in pictures]
        vendor = OpenAIVendor(settings, purchase.store)
        clear = settings.transparent if transparent is None else transparent

        def send(mark: str) -> Sent:
            return vendor.create(prompt, files, clear)

        order = Order(
            model=settings.model,
            kind="picture",
            rate=settings.price,
            units=Decimal(1),
            send=send,
            listed=False,
            prompt=prompt,
            currency=settings.currency,
        )
        ledger = purchase.ledger("openai", settings.host, self._allowance, self.currency)
        receipt = ledger.buy(purchase.paid_step("start_frame"), order, vendor)
        return decoded(purchase.store.get(receipt.artifact)), receipt.paid

    def _allowance(self, model: str) -> Allowance:
        return Allowance(at_once=self.settings.at_once, per_second=1)
