"""The models that DashScope sells: what they take, cost and allow. Configuration, not code: settings add to it.

Names, prices and limits are those of the service's documentation in mid-2026. Prices are CNY.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from popcon.errors import BadInput, UnknownName
from popcon.ledger.limits import Allowance
from popcon.models.base import Model


class VideoModel(Model):
    """A model that makes a clip from a start frame."""

    shape: Literal["first", "first_last", "media", "media_first_last"] = Field(
        description="how pictures go in: img_url, first_frame_url and last_frame_url, or a list of media; with a last "
        "frame the clip ends as it begins"
    )
    rates: Mapping[str, Decimal] = Field(description="CNY a second, by resolution")
    seconds: tuple[int, int] = Field(description="shortest and longest clip")
    per_second: int = Field(description="submits a second")
    at_once: int = Field(description="tasks under way at once")
    prompt_limit: int = 800
    negative_limit: int = 500

    def rate(self, resolution: str) -> Decimal:
        try:
            return self.rates[resolution]
        except KeyError:
            raise UnknownName("resolution of this model", resolution, tuple(self.rates)) from None

    def length(self, seconds: int) -> int:
        shortest, longest = self.seconds
        if not shortest <= seconds <= longest:
            raise BadInput(f"This model makes clips of {shortest} to {longest} seconds, not of {seconds}.")
        return seconds


class ImageModel(Model):
    """A model that draws or edits a picture."""

    wire: Literal["conversation", "synthesis"] = Field(
        description="conversation: answers at once, so an answer lost on the way is lost for good; synthesis: a task"
    )
    price: Decimal = Field(description="CNY a picture")
    edits: bool = Field(description="whether it takes pictures to work from")
    per_second: int = 2
    at_once: int = 2
    prompt_limit: int = 800
    negative_limit: int = 500
    sizes: bool = Field(default=True, description="whether a size may be asked for")


def _rates(**rates: str) -> dict[str, Decimal]:
    return {name.removeprefix("p") + "P": Decimal(rate) for name, rate in rates.items()}


VIDEO_MODELS: dict[str, VideoModel] = {
    "wan2.2-i2v-flash": VideoModel(
        shape="first", rates=_rates(p480="0.10", p720="0.20", p1080="0.48"), seconds=(5, 5), per_second=2, at_once=2
    ),
    "wan2.2-i2v-plus": VideoModel(
        shape="first", rates=_rates(p480="0.14", p1080="0.70"), seconds=(5, 5), per_second=2, at_once=2
    ),
    "wan2.2-kf2v-flash": VideoModel(
        shape="first_last",
        rates=_rates(p480="0.10", p720="0.20", p1080="0.48"),
        seconds=(5, 5),
        per_second=2,
        at_once=2,
    ),
    "wan2.5-i2v-preview": VideoModel(
        shape="first", rates=_rates(p480="0.3", p720="0.6", p1080="1.0"), seconds=(5, 10), per_second=5, at_once=5
    ),
    "wan2.6-i2v-flash": VideoModel(
        shape="first", rates=_rates(p720="0.3", p1080="0.5"), seconds=(2, 15), per_second=5, at_once=5
    ),
    "wan2.7-i2v": VideoModel(
        shape="media_first_last", rates=_rates(p720="0.6", p1080="1.0"), seconds=(2, 15), per_second=5, at_once=5
    ),
}

IMAGE_MODELS: dict[str, ImageModel] = {
    "qwen-image": ImageModel(wire="conversation", price=Decimal("0.25"), edits=False),
    "qwen-image-plus": ImageModel(wire="conversation", price=Decimal("0.20"), edits=False),
    "qwen-image-edit": ImageModel(wire="conversation", price=Decimal("0.30"), edits=True, sizes=False),
    "qwen-image-edit-plus": ImageModel(wire="conversation", price=Decimal("0.20"), edits=True),
    "wan2.2-t2i-flash": ImageModel(wire="synthesis", price=Decimal("0.14"), edits=False),
}


class Catalogue(Model):
    """The models known here."""

    video: Mapping[str, VideoModel]
    image: Mapping[str, ImageModel]

    def video_model(self, name: str) -> VideoModel:
        if name not in self.video:
            raise UnknownName("DashScope video model", name, tuple(self.video))
        return self.video[name]

    def image_model(self, name: str) -> ImageModel:
        if name not in self.image:
            raise UnknownName("DashScope image model", name, tuple(self.image))
        return self.image[name]

    def allowance(self, name: str) -> Allowance:
        """What the service allows for a model; for `popcon.ledger.limits`."""
        model = self.video.get(name) or self.image.get(name)
        if model is None:
            raise UnknownName("DashScope model", name, (*self.video, *self.image))
        return Allowance(at_once=model.at_once, per_second=model.per_second)
