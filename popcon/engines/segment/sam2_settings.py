"""What a person sets for SAM 2, in either form that its weights come in."""

from typing import Literal

from pydantic import Field

from popcon.engines.device import Precision
from popcon.engines.hub import PINNED
from popcon.models.base import Model


class SamSettings(Model):
    """What both engines have in common."""

    path: str = Field(min_length=1, description="the weights")
    size: int = Field(default=0, ge=0, le=2048, multiple_of=32, description="side the model sees, px; 0: 1024, CPU 512")
    dtype: Precision = Field(default="auto", description="auto, float16, bfloat16 or float32")
    device: str = Field(default="auto", description="auto, cuda, cuda:N, mps or cpu")

    def side(self, device: str) -> int:
        """Return the side in px that the model sees on a kind of device."""
        return self.size or (512 if device == "cpu" else 1024)

    @property
    def identity(self) -> str:
        """What the result depends on beside the weights; a machine's environment may set it."""
        parts = [f"{self.size}px" if self.size else "", "" if self.dtype == "auto" else self.dtype]
        return " ".join(["", *filter(None, parts)])


class Sam2Settings(SamSettings):
    """Settings of the segment engine `sam2`."""

    path: str = Field(min_length=1, description="a SAM 2 or 2.1 folder for transformers, or a hub id")
    revision: str = Field(default="", pattern=PINNED, description="for a hub id: the full commit")
    remember: int = Field(default=12, ge=1, le=200, description="encoded frames of a clip kept while it is tracked")


class UltralyticsSettings(SamSettings):
    """Settings of the segment engine `sam2-ultralytics`."""

    path: str = Field(min_length=1, description="a checkpoint, named like sam2.1_t.pt")
    dtype: Literal["auto", "float16", "float32"] = Field(default="auto", description="auto, float16 or float32")
