"""What all encoders have in common."""

from dataclasses import dataclass
from typing import Protocol

from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


@dataclass(frozen=True)
class EncodedFile:
    """A file that keeps to its limit."""

    data: bytes
    setting: str
    colours: int | None = None
    comfortable: bool = True
    """Whether more bytes a frame would hardly show, so that showing fewer frames cannot pay."""


class Encoder(Protocol):
    """Encodes one sticker within a byte limit. `trials` grows with every file that was made."""

    trials: list[Trial]

    def encode(self, schedule: Schedule, limit: int | None) -> EncodedFile | None:
        """Return the truest file of at most `limit` bytes (None: no limit); None if even the smallest is larger."""
        ...
