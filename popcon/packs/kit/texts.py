"""Writes titles, descriptions and tags within a form's limits. Full-width characters count two where a form says so."""

import re
import unicodedata
from collections.abc import Sequence

from popcon.media.captions.phrases import LANGUAGES

_DESCRIPTIONS = {
    "en": "{title} says: {words} – and more.", "ko": "{title} 이모티콘: {words} 등.",
    "ja": "{title}のスタンプ:{words}など。",
    "zh-Hant": "{title}的貼圖:{words}等。", "zh-Hans": "{title}的表情:{words}等。",
    "th": "{title} พูดว่า {words} และอื่นๆ", "id": "{title} berkata: {words}, dan lainnya.",
    "es": "{title} dice: {words} y más.",
}  # fmt: skip

_MARKS = "…!.?¡¿ ！？"


def units(text: str, wide_counts_two: bool) -> int:
    """Return the length of a text as a form counts it."""
    if not wide_counts_two:
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fitted(text: str, most: int, wide_counts_two: bool) -> str:
    """Return a text without emoji, cut at a word's end to at most that many units."""
    plain = " ".join("".join(c for c in text if not _is_emoji(c)).split())
    if units(plain, wide_counts_two) <= most:
        return plain
    short = plain
    while short and units(short + "…", wide_counts_two) > most:
        short = short[:-1]
    cut = short.rsplit(" ", 1)[0] if " " in short and len(short.rsplit(" ", 1)[0]) > len(short) / 2 else short
    return cut.rstrip(" ,;:、") + "…"


def described(title: str, phrases: Sequence[str], language: str, most: int, wide_counts_two: bool) -> str:
    """Return a description in a language: the title, and as many of the phrases as fit."""
    clean = [phrase.strip(_MARKS) for phrase in phrases]
    joint = "、" if language in ("ja", "zh-Hant", "zh-Hans") else ", "
    for count in range(len(clean), 0, -1):
        text = _DESCRIPTIONS[language].format(title=title, words=joint.join(clean[:count]))
        if units(text, wide_counts_two) <= most:
            return fitted(text, most, wide_counts_two)
    return fitted(title, most, wide_counts_two)


def copyright_of(creator: str, most: int, ascii_only: bool) -> str:
    """Return a copyright line."""
    name = unicodedata.normalize("NFKD", creator).encode("ascii", "ignore").decode() if ascii_only else creator
    name = re.sub(r"[^A-Za-z0-9 ]", "", name).strip() if ascii_only else name
    return (name or "PopCon")[:most].strip()


def tags(phrase: str, title: str, emoji: Sequence[str]) -> list[str]:
    """Return the words to find a sticker by: what it says, what it does, its emoji."""
    words = [phrase.strip(_MARKS), title.lower(), *emoji]
    return [word for word in dict.fromkeys(words) if word]


def languages() -> tuple[str, ...]:
    """Return the languages that texts are written in."""
    return tuple(LANGUAGES)


def _is_emoji(c: str) -> bool:
    return ord(c) >= 0x1F000 or c in "\u200d\ufe0f" or 0x2600 <= ord(c) <= 0x27BF
