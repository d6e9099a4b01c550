"""What an encoded sticker says about itself."""

from pydantic import Field

from popcon.models.base import Model
from popcon.platforms.model import Format


class Trial(Model):
    """A file that was made on the way to the best one."""

    setting: str = Field(description="how it was coded, for a person: 128 colours, quality 88 …")
    frames: int
    bytes: int
    fits: bool


class StickerReport(Model):
    """What came out, and what it cost to get there."""

    platform: str
    format: Format
    width: int
    height: int
    source_frames: tuple[int, ...] = Field(description="number of the source frame that each frame shows")
    durations_ms: tuple[int, ...]
    plays: int = Field(ge=0, description="how often the file plays; 0 is endless")
    setting: str
    colours: int | None = Field(default=None, description="entries of the palette, where there is one for all frames")
    bytes: int
    limit: int | None = Field(default=None, description="bytes that the platform allows")
    ssim: float = Field(description="similarity to the source at canvas size over three backdrops; 1 is alike")
    trials: tuple[Trial, ...] = ()

    @property
    def frames(self) -> int:
        return len(self.durations_ms)

    @property
    def play_ms(self) -> int:
        return sum(self.durations_ms)


class EncodedSticker(Model):
    """A finished sticker."""

    data: bytes = Field(repr=False)
    media_type: str
    report: StickerReport
