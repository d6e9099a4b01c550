"""Declares the records of a platform's rules. Times are whole milliseconds, sizes bytes."""

from typing import Literal

from pydantic import Field

from popcon.models.base import Model

Format = Literal["png", "apng", "gif", "webp", "webm"]
"""`png` is a still; every other format may hold an animation."""

Rule = Literal["canvas", "format", "colour", "frames", "duration", "loops", "first_frame", "bytes", "pack", "names"]
"""A rule that a source can be named for."""

Source = Literal["official", "secondary"]

MEDIA_TYPES: dict[Format, str] = {
    "png": "image/png",
    "apng": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "webm": "video/webm",
}
SUFFIXES: dict[Format, str] = {"png": ".png", "apng": ".png", "gif": ".gif", "webp": ".webp", "webm": ".webm"}


LONGEST_PLAY_MS = 4000
"""Where a platform sets no limit: longer loops are no stickers."""


def suffix_of(media_type: str) -> str:
    """Return the suffix of a sticker's file; that of WebM for a media type that no sticker has."""
    return next((SUFFIXES[format] for format, known in MEDIA_TYPES.items() if known == media_type), SUFFIXES["webm"])


class Canvas(Model):
    """Which widths and heights a sticker may have."""

    kind: Literal["exact", "within", "choices", "ranges", "square", "free"] = Field(
        description="exact: width x height; within: at most that, one side at least `reach`; choices: one of `sizes`; "
        "ranges: within one of `ranges`; square: equal sides from `least` to `most`, or one of `sizes`; free: any"
    )
    width: int = Field(gt=0, description="px; of `choices` and `free` the one that is made unless another is asked for")
    height: int = Field(gt=0, description="px")
    reach: int | None = Field(default=None, gt=0, description="`within`: px that the width or the height must reach")
    sizes: tuple[tuple[int, int], ...] = Field(default=(), description="`choices`, `square`: (width, height), px")
    ranges: tuple[tuple[int, int, int, int], ...] = Field(
        default=(), description="`ranges`: (least width, least height, most width, most height), px"
    )
    least: int = Field(default=1, gt=0, description="`square`: px")
    most: int = Field(default=1, gt=0, description="`square`: px")
    even: bool = Field(default=False, description="both sides are even numbers of pixels")

    def accepts(self, width: int, height: int) -> bool:
        """Return whether a picture of this many pixels may be used."""
        if self.even and (width % 2 or height % 2):
            return False
        match self.kind:
            case "exact":
                return (width, height) == (self.width, self.height)
            case "within":
                reach = self.reach or 0
                return width <= self.width and height <= self.height and max(width, height) >= reach
            case "choices":
                return (width, height) in self.sizes
            case "ranges":
                return any(a <= width <= c and b <= height <= d for a, b, c, d in self.ranges)
            case "square":
                return (width == height and self.least <= width <= self.most) or (width, height) in self.sizes
            case "free":
                return width > 0 and height > 0


class Timing(Model):
    """How long a sticker may play, in how many frames, how often."""

    min_frames: int = Field(default=1, ge=1)
    max_frames: int | None = Field(default=None, ge=1)
    min_frame_ms: int = Field(default=1, ge=0, description="shortest time a frame may show")
    max_fps: float | None = Field(default=None, gt=0, description="frames a second, on average and between two frames")
    max_play_ms: int | None = Field(default=None, gt=0, description="longest one play may last")
    whole_seconds: bool = Field(default=False, description="one play lasts a whole number of seconds")
    max_total_ms: int | None = Field(default=None, gt=0, description="longest all loops together may last")
    max_loops: int | None = Field(default=None, ge=1, description="the file names 1 to this many plays; None: endless")


class StillRules(Model):
    """The still pictures of a pack: of actions that do not move (KakaoTalk), or one beside each animation (LINE)."""

    canvas: Canvas
    max_bytes: int | None = Field(default=None, gt=0, description="of one still")
    count: int | None = Field(
        default=None, ge=1, description="how many stickers of a pack are stills; None: each animation has one beside it"
    )
    file_stem: str = Field(default="", description="of a still beside an animation, as `PackRules.file_stem`")


class Cover(Model):
    """A picture that a pack needs beside its stickers."""

    name: str = Field(description="file name in the pack")
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    format: Literal["png", "apng", "webp", "webm"]
    max_bytes: int | None = Field(default=None, gt=0)
    required: bool = True
    opaque: bool = Field(default=False, description="transparency is not accepted: the picture stands on a colour")
    each: bool = Field(
        default=False, description="one for each sticker; `name` is then a format string, as `file_stem`"
    )


class PackRules(Model):
    """What makes a pack of a platform's stickers."""

    min_count: int = Field(default=1, ge=1)
    max_count: int | None = Field(default=None, ge=1)
    counts: tuple[int, ...] = Field(default=(), description="if not empty, the only accepted numbers of stickers")
    file_stem: str = Field(
        description="of each sticker's file name: a format string of `number` (from 1) and `name`, such as {number:03d}"
    )
    name_pattern: str | None = Field(default=None, description="regular expression that `name` must match in full")
    covers: tuple[Cover, ...] = ()
    manifest: str | None = Field(default=None, description="file that lists the pack, such as contents.json")
    max_zip_bytes: int | None = Field(default=None, gt=0)
    min_tags: int = Field(default=0, ge=0, description="emoji tags that each sticker needs")
    max_tags: int | None = Field(default=None, ge=0, description="None: as many as one likes")
    all_animated: bool = Field(default=False, description="animated and still stickers may not be mixed")

    def file_name(self, number: int, name: str, format: Format) -> str:
        """Return the name of a sticker's file in the pack, such as 001.png."""
        return self.file_stem.format(number=number, name=name) + SUFFIXES[format]

    def accepts_count(self, count: int) -> bool:
        """Return whether a pack may hold this many stickers."""
        if self.counts:
            return count in self.counts
        return self.min_count <= count and (self.max_count is None or count <= self.max_count)


class Platform(Model):
    """All that a platform asks of a sticker and of a pack."""

    name: str
    title: str = Field(description="how a person reads it")
    canvas: Canvas
    formats: tuple[Format, ...] = Field(min_length=1, description="accepted formats; the first is the default")
    timing: Timing = Timing()
    max_bytes: int | None = Field(default=None, gt=0, description="of one sticker's file")
    indexed: bool = Field(default=True, description="whether a PNG with a palette is accepted")
    needs_alpha: bool = Field(default=False, description="the background has to be transparent")
    must_move: bool = Field(default=False, description="a file whose frames are all alike is rejected")
    still_first: bool = Field(
        default=False, description="the first frame is the still: it may be neither hidden nor of zero duration"
    )
    ends_on_first: bool = Field(default=False, description="the animation comes to rest on its first frame")
    background: str | None = Field(
        default=None, description="colour #rrggbb that animations stand on; None: transparent"
    )
    stroke_px: int = Field(default=0, ge=0, description="width of the light stroke that is drawn around what shows")
    gif_edges: Literal["hard", "dithered"] = Field(
        default="hard",
        description="how a GIF shows glows and shadows: cut at half their alpha, or as a pattern",
    )
    text_room: bool = Field(
        default=False, description="room is left below the character for words that people type themselves"
    )
    still: StillRules | None = None
    notices: tuple[str, ...] = Field(default=(), description="what a person should know before starting, in sentences")
    pack: PackRules
    official: frozenset[Rule] = Field(default=frozenset(), description="rules that the platform itself publishes")

    @property
    def default_format(self) -> Format:
        return self.formats[0]

    def as_still(self) -> "Platform":
        """Return the same platform as it takes still pictures.

        Raises:
            ValueError: it takes none.
        """
        if self.still is None:
            raise ValueError(f"{self.name} takes no stills")
        return self.model_copy(
            update={
                "canvas": self.still.canvas,
                "formats": ("png",),
                "timing": Timing(max_frames=1),
                "max_bytes": self.still.max_bytes,
                "must_move": False,
                "still_first": False,
                "needs_alpha": True,
                "background": None,
                "still": None,
            }
        )

    def source(self, rule: Rule) -> Source:
        """Return where a rule comes from: the platform's own text, or others' experience."""
        return "official" if rule in self.official else "secondary"
