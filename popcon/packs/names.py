"""What stickers are called in a pack."""

import re
from collections.abc import Sequence

from popcon.packs.model import PackItem
from popcon.platforms.model import Format, Platform


def file_names(platform: Platform, stickers: Sequence[PackItem], language: str = "") -> list[str]:
    """Return a file name for each sticker, as the platform wants it, all different.

    The ending follows the bytes, since a platform may accept several formats.

    Arguments:
        language: of a job with several. Where people type a sticker's name, it ends with the language (wave_ko), so
            that all languages find room on one server.
    """
    spoken = "_" + re.sub(r"[^a-z0-9]", "_", language.lower()) if language and platform.pack.name_pattern else ""
    taken: set[str] = set()
    made = []
    for number, item in enumerate(stickers, 1):
        name = _accepted(item.name, platform.pack.name_pattern, spoken, taken)
        made.append(platform.pack.file_name(number, name, _format(item.data) or platform.default_format))
    return made


def _accepted(name: str, pattern: str | None, spoken: str, taken: set[str]) -> str:
    """Return the action's name with its language, changed as little as the platform needs, and not taken yet."""
    for attempt in range(1, len(taken) + 2):
        candidate = _fitted(name, pattern, spoken if attempt == 1 else f"_{attempt}{spoken}")
        if candidate not in taken:
            break
    taken.add(candidate)
    return candidate


def _fitted(name: str, pattern: str | None, ending: str) -> str:
    if pattern is None:
        return name + ending
    plain = name.replace("-", "_")
    # as it is, else with _ for -, else cut to what fits, else longer by a word
    for start in (name, plain):
        if re.fullmatch(pattern, start + ending):
            return start + ending
    for start in (plain, "emoji_" + plain):
        for length in range(len(start), 0, -1):
            candidate = start[:length].rstrip("_") + ending
            if re.fullmatch(pattern, candidate):
                return candidate
    raise ValueError(f"no name like {name!r} matches {pattern}")


def _format(data: bytes) -> Format | None:
    if data.startswith(b"\x89PNG"):
        return "apng"
    if data.startswith(b"GIF8"):
        return "gif"
    if data.startswith(b"RIFF"):
        return "webp"
    return "webm" if data.startswith(b"\x1a\x45\xdf\xa3") else None
