"""Declares the words on a sticker."""

from typing import Literal

from pydantic import Field

from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model

CaptionMotion = Literal["pop", "type", "shake", "wave", "glow"]
"""How the words of a caption move."""


class CaptionFont(Model):
    """A font, in the store: a caption looks alike on every machine."""

    file: ArtifactRef
    index: int = Field(default=0, ge=0, description="of the face within a font collection")
    name: str = Field(description="family and style, for a person")


class Caption(Model):
    """Words on a sticker."""

    text: str = Field(min_length=1, max_length=80)
    motion: CaptionMotion = "pop"
    font: CaptionFont


class Captions(Model):
    """The words of a job's stickers, in one language."""

    language: str = Field(description="BCP 47 tag, such as en, ko or zh-Hant")
    texts: dict[str, str] = Field(description="by action")
    font: CaptionFont
    motion: CaptionMotion | None = Field(default=None, description="of every caption; None: as suits each action")
