"""Declares the records of a platform's limits, each with where it comes from."""

import re
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
    """Widths and heights in px: one of `exact`, of `squares` (smallest, largest side) or of `ranges`, or `within` a
    box of which one side is reached at least."""

    exact: tuple[tuple[int, int], ...] = ()
    within: tuple[int, int] | None = None
    one_side: int = 0
    squares: tuple[int, int] | None = None
    ranges: tuple[tuple[int, int, int, int], ...] = ()
    """(smallest width, smallest height, largest width, largest height)."""
    even: bool = False

    def accepts(self, width: int, height: int) -> bool:
        """Return whether a picture of this size is accepted."""
        if self.even and (width % 2 or height % 2):
            return False
        if self.squares and width == height and self.squares[0] <= width <= self.squares[1]:
            return True
        if self.ranges:
            return any(a <= width <= c and b <= height <= d for a, b, c, d in self.ranges)
        if self.exact or self.squares:
            return (width, height) in self.exact
        if self.within is None:
            return True
        inside = width <= self.within[0] and height <= self.within[1]
        return inside and max(width, height) >= self.one_side

    def __str__(self) -> str:
        if self.squares:
            whole = f"square, {self.squares[0]} to {self.squares[1]} px"
            return whole + "".join(f" or {width}x{height}" for width, height in self.exact)
        if self.ranges:
            boxes = " or ".join(f"{a}x{b} to {c}x{d} px" for a, b, c, d in self.ranges)
            return boxes + (", even sides" if self.even else "")
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
    white: Ruled[bool] | None = None
    """The animation stands on white: opaque, its outermost pixels white."""
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
    opaque: bool = False
    """Transparency is not accepted."""
    each: str = ""
    """Where there is one for each sticker: the regular expression of their names; `name` then tells a person."""

    def matches(self, file_name: str) -> bool:
        """Return whether a file of this name is this cover."""
        return bool(re.fullmatch(self.each, file_name)) if self.each else file_name == self.name


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
    ignored: str = ""
    """Regular expression of the paths of pictures that are neither stickers nor covers, such as an app's icons."""
    all_animated: Ruled[bool] | None = None
    stills: Ruled[int] | None = None
    """How many of the stickers are stills; they are held to `Rulebook.still`."""
    still_names: Ruled[str] | None = None
    """Regular expression of the names of stills that stand beside the animations, one for each."""
    unique: Ruled[bool] | None = None


@dataclass(frozen=True)
class Rulebook:
    """All rules of one platform."""

    platform: str
    sticker: StickerLimits
    pack: PackLimits
    still: StickerLimits | None = None
    """Of the stills in a pack that holds stills and animations."""
    listed: bool = True
    """Whether the files that go with the pack are known, so that others are worth a warning."""
