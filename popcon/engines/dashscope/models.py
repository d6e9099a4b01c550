"""What is known of a model that DashScope sells: what it takes, costs and allows. Code asks for that, not for names."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, model_validator

from popcon.errors import BadInput, UnknownName
from popcon.models.base import Model
from popcon.models.job import Setting

ANYWHERE = "*"
"""Stands for every region in a price that a person gave without naming one."""


class Account(Model):
    """Where an account buys, and in which currency it is billed."""

    region: str
    currency: str
    workspace_host: bool = Field(description="whether its address is one of a workspace")

    def __str__(self) -> str:
        return f"{self.region} in {self.currency}"


class Price(Model):
    """What a model costs in one region."""

    region: str = ANYWHERE
    currency: str = "CNY"
    rates: Mapping[str, Decimal] = Field(default_factory=dict, description="a second of a clip, by resolution")
    price: Decimal | None = Field(default=None, description="a picture")

    def holds_for(self, account: Account) -> bool:
        return self.region in (ANYWHERE, account.region) and self.currency == account.currency


class SoldModel(Model):
    """What models of clips and of pictures have in common."""

    prices: tuple[Price, ...] = ()
    per_second: int = Field(default=2, ge=1, description="submits a second")
    at_once: int = Field(default=2, ge=1, description="tasks under way at once")
    hosts: Literal["any", "workspace"] = "any"
    prompt_limit: int = Field(default=800, ge=100, description="characters that it reads")
    negative_limit: int = Field(default=500, ge=0, description="likewise; 0: it takes no negative prompt")
    seed: bool = Field(default=True, description="whether a seed may be sent")
    always: Mapping[str, Setting] = Field(
        default={"prompt_extend": False, "watermark": False}, description="parameters that are sent with every request"
    )
    seen_on: str = Field(default="", description="when its documentation was read")
    legacy: bool = Field(default=False, description="whether the service may take it away")
    successor: str = ""

    def price_for(self, account: Account) -> Price | None:
        """Find what it costs an account; None: that is not known."""
        return next((price for price in self.prices if price.holds_for(account)), None)

    def check_sold(self, name: str, account: Account) -> Price:
        """Return what it costs an account.

        Raises:
            BadInput: its price is not known there, or it is sold at other hosts; the message says what to do.
        """
        if self.hosts == "workspace" and not account.workspace_host:
            raise BadInput(
                f"{name} is sold at workspace hosts only; set POPCON_DASHSCOPE_WORKSPACE to the workspace's id."
            )
        price = self.price_for(account)
        if price is None:
            known = ", ".join(f"{each.region} in {each.currency}" for each in self.prices) or "nowhere"
            raise BadInput(
                f"What {name} costs in {account} is not known (known: {known}), so no budget could hold; choose "
                "another model, or give its price in a file named by POPCON_DASHSCOPE_CATALOGUE."
            )
        return price


class VideoModel(SoldModel):
    """A model that makes a clip from a start frame."""

    shape: Literal["first", "first_last", "media", "media_first_last"] = Field(
        description="how pictures go in: img_url, first_frame_url and last_frame_url, or a list of media; with a last "
        "frame the clip ends as it begins"
    )
    seconds: tuple[int, int] = Field(description="shortest and longest clip")
    lengths: tuple[int, ...] = Field(default=(), description="the lengths that it makes; none: every whole second")
    square: Mapping[str, int] = Field(default_factory=dict, description="width of a square clip, px, by resolution")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        """Accept `rates` for the prices of one region."""
        if isinstance(given, Mapping) and "rates" in given:
            rest = {name: value for name, value in given.items() if name != "rates"}
            return {**rest, "prices": ({"rates": given["rates"]},)}
        return given

    @property
    def loops(self) -> bool:
        """Whether its clips end as they begin."""
        return self.shape.endswith("first_last")

    def rate(self, price: Price, resolution: str) -> Decimal:
        try:
            return price.rates[resolution]
        except KeyError:
            raise UnknownName("resolution of this model", resolution, tuple(price.rates)) from None

    def length(self, seconds: int) -> int:
        """Return a length that it makes.

        Raises:
            BadInput: it does not make clips of `seconds`.
        """
        shortest, longest = self.seconds
        if not shortest <= seconds <= longest or (self.lengths and seconds not in self.lengths):
            raise BadInput(f"This model makes clips of {shortest} to {longest} seconds, not of {seconds}.")
        return seconds

    def shortest(self, seconds: int) -> int | None:
        """Find the shortest clip of at least `seconds` that it makes; None: it makes none so long."""
        possible = self.lengths or range(self.seconds[0], self.seconds[1] + 1)
        return min((length for length in possible if length >= seconds), default=None)


class ImageModel(SoldModel):
    """A model that draws or edits a picture."""

    wire: Literal["conversation", "synthesis"] = Field(
        description="conversation: answers at once, so an answer lost on the way is lost for good; synthesis: a task"
    )
    draws: bool = Field(default=False, description="whether it draws from words alone")
    edits: bool = Field(default=False, description="whether it takes pictures to work from")
    references: int = Field(default=1, ge=1, description="how many pictures it takes")
    alpha: bool = Field(default=False, description="whether it can leave the backdrop transparent")
    alpha_parameters: Mapping[str, Setting] = Field(default_factory=dict, description="sent where alpha is wanted")
    sizes: bool = Field(default=True, description="whether a size may be asked for")
    largest: int = Field(default=1024, ge=512, description="longest side that may be asked for, px")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        """Accept `price` for the prices of one region; a model that does not edit draws."""
        if not isinstance(given, Mapping):
            return given
        found = dict(given)
        if "price" in found:
            found["prices"] = ({"price": found.pop("price")},)
        if not found.get("edits") and "draws" not in found:
            found["draws"] = True
        return found

    def picture_price(self, price: Price) -> Decimal:
        return price.price if price.price is not None else Decimal(0)
