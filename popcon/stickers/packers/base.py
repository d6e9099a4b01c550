"""What all packers have in common."""

from dataclasses import dataclass
from typing import Protocol

from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


@dataclass(frozen=True)
class Packed:
    """A file that keeps to its limit."""

    data: bytes
    setting: str
    colours: int | None = None
    comfortable: bool = True
    """Whether more bytes a frame would hardly show, so that showing fewer frames cannot pay."""


class Packer(Protocol):
    """Packs one sticker. `trials` grows with every file that was made."""

    trials: list[Trial]

    def pack(self, schedule: Schedule, limit: int | None) -> Packed | None:
        """The truest file of at most `limit` bytes (None: no limit); None if even the smallest is larger."""
        ...
