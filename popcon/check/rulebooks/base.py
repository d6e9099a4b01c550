"""Makes the limits that several rulebooks share."""

from typing import Literal

from popcon.check import sources
from popcon.check.limits import CanvasLimit, PackLimits, Rulebook, Ruled, Span, StickerLimits
from popcon.check.media import Kind
from popcon.check.report import Source

ENDLESS = Ruled(Span(0, 0), sources.SHOWN, "warn")
STEADY = Ruled(20, sources.VIEWERS, "warn")
_FREE_NAMES = r"[^/\\:*?\"<>|\x00-\x1f]+\.(png|gif|webp|webm)"


def formats(source: Source, *kinds: Kind) -> Ruled[tuple[Kind, ...]]:
    """Return the formats that a source accepts."""
    return Ruled(kinds, source)


def exact(source: Source, *sizes: tuple[int, int]) -> Ruled[CanvasLimit]:
    """Return the sizes that a source accepts."""
    return Ruled(CanvasLimit(exact=sizes), source)


def yes(source: Source, level: Literal["fail", "warn"] = "fail") -> Ruled[bool]:
    """Return a demand without a number."""
    return Ruled(True, source, level)


HOPED = yes(sources.SHOWN, "warn")
"""What a sticker is for, where the platform itself does not ask."""


def emoji(
    name: str, source: Source, canvas: Ruled[CanvasLimit] | None, kinds: Ruled[tuple[Kind, ...]],
    suffixes: tuple[str, ...], bytes_max: Ruled[int], names: str, names_say: str, names_source: Source,
    frames: Ruled[Span] | None = None, manifest: Ruled[str] | None = None,
) -> Rulebook:  # fmt: skip
    """Return the rules of a custom emoji of a community or a workplace: a file each, named as people type it.

    Arguments:
        names: regular expression of the name without its ending.
    """
    endings = "|".join(suffix.lstrip(".") for suffix in suffixes)
    return Rulebook(
        name,
        StickerLimits(
            formats=kinds,
            suffixes=Ruled(suffixes, source),
            canvas=canvas,
            bytes_max=bytes_max,
            frames=frames,
            plays=ENDLESS,
            steady_delays=STEADY if ".gif" in suffixes else None,
            alpha=HOPED,
            clear_background=HOPED,
            moving=HOPED,
            first_seen=HOPED,
        ),
        PackLimits(
            count=Ruled(Span(1, None), sources.SHOWN),
            names=Ruled(rf"{names}\.({endings})", names_source),
            names_say=names_say,
            unique=yes(sources.SHOWN, "warn"),
            manifest=manifest,
            manifest_required=manifest is not None,
        ),
    )


def plain(name: str, kind: Kind, *suffixes: str) -> Rulebook:
    """Return the rules of a format for everything else: a sound file, and nothing more."""
    return Rulebook(
        name,
        StickerLimits(formats=formats(sources.PLAIN, kind), suffixes=Ruled(suffixes, sources.PLAIN, "warn")),
        PackLimits(
            count=Ruled(Span(1, None), sources.PLAIN),
            names=Ruled(_FREE_NAMES, sources.PLAIN, "warn"),
            names_say="a plain file name",
        ),
    )
