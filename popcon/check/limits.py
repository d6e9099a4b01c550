"""The words in which this package writes a platform's rules down: each limit with where it comes from."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from popcon.check.media import Kind
from popcon.check.report import Source

T = TypeVar("T")


@dataclass(frozen=True)
class Ruled(Generic[T]):
    """A limit, its source, and whether breaking it stops an upload or only deserves a warning."""

    value: T
    source: Source
    level: Literal["fail", "warn"] = "fail"


@dataclass(frozen=True)
class CanvasLimit:
    """Widths and heights in px: one of `exact`, or `within` a box of which one side is reached at least."""

    exact: tuple[tuple[int, int], ...] = ()
    within: tuple[int, int] | None = None
    one_side: int = 0

    def accepts(self, width: int, height: int) -> bool:
        if self.exact:
            return (width, height) in self.exact
        if self.within is None:
            return True
        inside = width <= self.within[0] and height <= self.within[1]
        return inside and max(width, height) >= self.one_side

    def __str__(self) -> str:
        if self.exact:
            return " or ".join(f"{width}x{height}" for width, height in self.exact) + " px"
        if self.within is None:
            return "any size"
        return f"at most {self.within[0]}x{self.within[1]} px, one side at least {self.one_side}"


@dataclass(frozen=True)
class Span:
    """A number from `low` to `high`; None: no limit."""

    low: int = 0
    high: int | None = None
    choices: tuple[int, ...] = ()
    """Where given, only these."""

    def accepts(self, value: int) -> bool:
        if self.choices:
            return value in self.choices
        return self.low <= value and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.choices:
            return ", ".join(map(str, self.choices[:-1])) + f" or {self.choices[-1]}"
        if self.high is None:
            return f"at least {self.low}"
        if self.low == self.high:
            return f"exactly {self.low}"
        return f"{self.low} to {self.high}" if self.low else f"at most {self.high}"


@dataclass(frozen=True)
class StickerLimits:
    """What one file has to be. None: the platform does not ask."""

    formats: Ruled[tuple[Kind, ...]]
    suffixes: Ruled[tuple[str, ...]]
    canvas: Ruled[CanvasLimit] | None = None
    bytes_max: Ruled[int] | None = None
    frames: Ruled[Span] | None = None
    play_ms_max: Ruled[int] | None = None
    whole_seconds: Ruled[tuple[int, ...]] | None = None
    plays: Ruled[Span] | None = None
    """How often the file says it plays; Span(0, 0) is for ever."""
    total_ms_max: Ruled[int] | None = None
    frame_ms_min: Ruled[int] | None = None
    fps_max: Ruled[int] | None = None
    codec: Ruled[str] | None = None
    rgb: Ruled[bool] | None = None
    """No greyscale."""
    truecolour: Ruled[bool] | None = None
    """No palette."""
    dpi_min: Ruled[int] | None = None
    alpha: Ruled[bool] | None = None
    clear_background: Ruled[bool] | None = None
    moving: Ruled[bool] | None = None
    still_first: Ruled[bool] | None = None
    first_seen: Ruled[bool] | None = None
    ends_on_first: Ruled[bool] | None = None
    loops_well: Ruled[bool] | None = None
    silent: Ruled[bool] | None = None
    steady_delays: Ruled[int] | None = None
    """Delays in ms below which viewers slow a GIF down."""


@dataclass(frozen=True)
class CoverLimits:
    """A picture that goes with a pack."""

    name: str
    formats: tuple[Kind, ...]
    width: int
    height: int
    source: Source
    bytes_max: int | None = None
    required: bool = True
    like_stickers: bool = False
    """Held to the stickers' own rules too, its size apart."""


@dataclass(frozen=True)
class PackLimits:
    """What the set of files has to be."""

    count: Ruled[Span]
    names: Ruled[str]
    """Regular expression that each sticker's file name matches in full."""
    names_say: str
    numbered: bool = False
    """The numbers in the names run 1, 2, 3 …"""
    covers: tuple[CoverLimits, ...] = ()
    zip_bytes_max: Ruled[int] | None = None
    manifest: Ruled[str] | None = None
    """Name of the file that lists the stickers."""
    manifest_required: bool = True
    tags: Ruled[Span] | None = None
    all_animated: Ruled[bool] | None = None
    unique: Ruled[bool] | None = None


@dataclass(frozen=True)
class Rulebook:
    """All rules of one platform."""

    platform: str
    sticker: StickerLimits
    pack: PackLimits
