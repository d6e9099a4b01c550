"""What every parser reads out of a file, whatever its format, and how it notes what is broken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from popcon.check.report import Source

Kind = Literal["png", "apng", "gif", "webp", "webm"]

MAX_FILE_BYTES = 32_000_000
"""A larger sticker is not parsed at all: no platform takes one, and reading must end soon whatever the bytes say."""

MAX_FRAMES = 2_000
MAX_SIDE = 4_096
"""Pictures larger than this in either direction are neither inflated nor decoded."""


@dataclass(frozen=True)
class Integrity:
    """The rules of a file format itself.

    Arguments:
        source: the specification.
        rules: id to what it asks, in the order in which they are listed.
        harmless: those whose breach does not keep a decoder from reading the pictures.
    """

    source: Source
    rules: Mapping[str, str]
    harmless: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Frame:
    """A frame as the file declares it: its rectangle on the canvas, px, and its time on screen, ms."""

    x: int
    y: int
    width: int
    height: int
    duration_ms: Fraction


class Problems:
    """What is broken, by rule; a few sentences of each kind are enough, so a hostile file cannot fill memory."""

    _KEPT = 3

    def __init__(self, integrity: Integrity) -> None:
        self.integrity = integrity
        self._texts: dict[str, list[str]] = {rule: [] for rule in integrity.rules}
        self._counts: dict[str, int] = dict.fromkeys(integrity.rules, 0)

    def add(self, rule: str, text: str) -> None:
        self._counts[rule] += 1
        if len(self._texts[rule]) < self._KEPT:
            self._texts[rule].append(text)

    def about(self, rule: str) -> str:
        """Return all that was noted under a rule, as one line; empty if it holds."""
        more = self._counts[rule] - len(self._texts[rule])
        return "; ".join(self._texts[rule]) + (f"; and {more} more" if more else "")

    @property
    def decodable(self) -> bool:
        """Whether the pictures can be decoded all the same."""
        return not any(n for rule, n in self._counts.items() if rule not in self.integrity.harmless)


@dataclass
class Media:
    """A picture or animation, as far as its structure tells."""

    kind: Kind
    problems: Problems
    width: int = 0
    height: int = 0
    frames: list[Frame] = field(default_factory=list)
    plays: int | None = None
    """How often it plays: 0 for ever, None where the format does not say."""
    colour: str = ""
    indexed: bool = False
    grey: bool = False
    alpha: bool = False
    hidden_still: bool = False
    """The file's default picture is no part of its animation."""
    dpi: float | None = None
    fps: float | None = None
    audio: bool | None = None
    """None where the format cannot carry sound."""

    @property
    def play_ms(self) -> Fraction:
        return sum((frame.duration_ms for frame in self.frames), Fraction(0))

    @property
    def animated(self) -> bool:
        return len(self.frames) > 1


def milliseconds(value: Fraction) -> str:
    """Return a time for a person: whole milliseconds where it is one, two decimals where it is not."""
    return f"{int(value)} ms" if value.denominator == 1 else f"{float(value):.2f} ms"
