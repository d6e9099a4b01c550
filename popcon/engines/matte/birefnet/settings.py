"""What a person sets for BiRefNet."""

from typing import Literal, Self

from pydantic import Field, model_validator

from popcon.engines.device import Precision
from popcon.engines.hub import PINNED
from popcon.models.base import Model

Variant = Literal["general", "matting", "hr", "lite", "toonout"]

SIZES: dict[Variant, int] = {"general": 1024, "matting": 1024, "hr": 2048, "lite": 1024, "toonout": 1024}
"""The side in px that each variant was trained on."""


class BirefnetSettings(Model):
    """Settings of the matte engine `birefnet`."""

    path: str = Field(
        min_length=1,
        description="a folder with config.json, code and weights; a checkpoint file (.pth, .safetensors); or a hub id",
    )
    code: str = Field(default="", description="the folder with the model's code, where `path` is a checkpoint file")
    revision: str = Field(default="", pattern=PINNED, description="for a hub id: the full commit that is trusted")
    code_revision: str = Field(
        default="", pattern=PINNED, description="for code in another hub repository: its full commit"
    )
    variant: Variant = Field(default="general", description="general, matting, hr, lite or toonout")
    trust_remote_code: bool = Field(default=False, description="whether the code beside the weights may run")
    size: int = Field(default=0, ge=0, le=4096, multiple_of=32, description="side the model sees, px; 0: the variant's")
    dtype: Precision = Field(default="auto", description="auto, float16, bfloat16 or float32")
    device: str = Field(default="auto", description="auto, cuda, cuda:N, mps or cpu")
    batch: int = Field(default=8, ge=1, le=64, description="most frames in one forward pass")
    compile: bool = Field(default=False, description="compile the model: slower to start, faster for many frames")
    rescue_effects: bool = Field(default=True, description="whether small effects that the model removed come back")

    @model_validator(mode="before")
    @classmethod
    def _spellings(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("variant"), str):
            return {**values, "variant": values["variant"].lower()}
        return values

    @model_validator(mode="after")
    def _sized(self) -> Self:
        if 0 < self.size < 64:
            raise ValueError("the model's side is at least 64 px")
        return self

    @property
    def side(self) -> int:
        """The side in px that the model sees."""
        return self.size or SIZES[self.variant]

    @property
    def identity(self) -> str:
        """What the result depends on beside the weights; a machine's environment may set it."""
        dtype = "" if self.dtype == "auto" else f" {self.dtype}"
        return f"{self.side}px{dtype}{'' if self.rescue_effects else ' plain'}"
