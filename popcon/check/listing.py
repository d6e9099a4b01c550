"""Lists the rules of a platform, each with its limit and where it was read, and what to know of these sources."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date

from pydantic import Field

from popcon.check.limits import PackLimits, Rulebook, Ruled, StickerLimits
from popcon.check.report import Source
from popcon.models.base import Model


class ListedRule(Model):
    """A rule for a person to read."""

    rule: str = Field(description="what it is about, such as sticker: bytes")
    limit: str
    source: Source
    needed: bool = Field(description="whether breaking it stops an upload, or only deserves a warning")


_LABELS = {
    "bytes_max": "bytes, at most", "play_ms_max": "one play in ms, at most", "plays": "plays (0: for ever)",
    "total_ms_max": "all plays in ms, at most", "frame_ms_min": "a frame in ms, at least",
    "fps_max": "frames a second, at most", "dpi_min": "dpi, at least", "steady_delays": "GIF delays in ms, at least",
    "zip_bytes_max": "ZIP in bytes, at most", "stills": "stills among the stickers", "count": "stickers",
    "tags": "emoji tags a sticker", "manifest": "list of the stickers",
}  # fmt: skip


def listed_rules(book: Rulebook) -> tuple[ListedRule, ...]:
    """Return every rule of a platform: of stickers, of stills beside them, of the pack, of its covers."""
    rules = _rules("sticker", book.sticker)
    if book.still is not None:
        rules += _rules("still", book.still)
    rules += _rules("pack", book.pack)
    for cover in book.pack.covers:
        most = f", at most {cover.bytes_max} bytes" if cover.bytes_max else ""
        what = " or ".join(kind.upper() for kind in cover.formats)
        limit = f"{what}, {cover.width}x{cover.height} px{most}" + (", opaque" if cover.opaque else "")
        rules.append(ListedRule(rule=f"cover: {cover.name}", limit=limit, source=cover.source, needed=cover.required))
    return tuple(rules)


def remarks(sources: Iterable[Source], today: date) -> list[str]:
    """Return what a person should know of sources: where others disagree, and what nobody looked at for a year."""
    each_once = tuple(dict.fromkeys(sources))
    lines = [f"sources disagree ({each.page}): {each.disagrees}" for each in each_once if each.disagrees]
    old = [each for each in each_once if each.outdated(today)]
    return lines + [f"not looked at since {each.seen}: {each.page}; read it before you upload" for each in old]


def _rules(about: str, limits: StickerLimits | PackLimits) -> list[ListedRule]:
    found = []
    for each in fields(limits):
        ruled = getattr(limits, each.name)
        if not isinstance(ruled, Ruled):
            continue
        value = limits.names_say if isinstance(limits, PackLimits) and each.name == "names" else ruled.value
        label = _LABELS.get(each.name, each.name.replace("_", " "))
        limit = "yes" if value is True else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        needed = ruled.level == "fail"
        found.append(ListedRule(rule=f"{about}: {label}", limit=limit, source=ruled.source, needed=needed))
    return found
