"""Finds fonts by path or name, and says which glyphs a font lacks.

Fonts are looked for where systems keep them, and first in the folders of `POPCON_FONTS`.
"""

import io
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from popcon.errors import BadInput

_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
_LARGEST = 64_000_000
"""Bytes; the largest font collections of Chinese, Japanese and Korean have 30 MB."""


@dataclass(frozen=True)
class FontFile:
    """A font on this machine.

    Arguments:
        index: of the face in a collection.
        name: family and style.
    """

    path: Path
    index: int
    name: str


_WANTED: Mapping[str, tuple[str, ...]] = {
    "ko": ("Noto Sans CJK KR Bold", "Noto Sans KR Bold", "NanumGothic Bold", "Apple SD Gothic Neo Bold",
           "Malgun Gothic Bold"),
    "ja": ("Noto Sans CJK JP Bold", "Noto Sans JP Bold", "IPAPGothic Regular", "Hiragino Sans W6", "Yu Gothic Bold"),
    "zh-Hant": ("Noto Sans CJK TC Bold", "Noto Sans TC Bold", "PingFang TC Semibold", "Microsoft JhengHei Bold"),
    "zh-Hans": ("Noto Sans CJK SC Bold", "Noto Sans SC Bold", "WenQuanYi Zen Hei Medium", "PingFang SC Semibold",
                "Microsoft YaHei Bold"),
    "th": ("Loma Bold", "Waree Bold", "Thonburi Bold", "Leelawadee UI Bold"),  # Noto Sans Thai of 2020 has no "!"
}  # fmt: skip
_LATIN = ("DejaVu Sans Bold", "Noto Sans Bold", "Liberation Sans Bold", "Arial Rounded MT Bold", "Arial Bold")

PACKAGES: Mapping[str, str] = {
    "ko": "fonts-noto-cjk", "ja": "fonts-noto-cjk", "zh-Hant": "fonts-noto-cjk", "zh-Hans": "fonts-noto-cjk",
    "th": "fonts-thai-tlwg", "en": "fonts-dejavu-core", "id": "fonts-dejavu-core", "es": "fonts-dejavu-core",
}  # fmt: skip
"""Debian's and Ubuntu's package with a font for a language."""


def find_font(wanted: str | None, language: str) -> FontFile:
    """Find a font.

    Arguments:
        wanted: a path, or a family's name with or without its style; None: what suits the language.

    Raises:
        BadInput: there is no such font, or the file is none; the message says which package has one.
    """
    if wanted and (Path(wanted).suffix.lower() in _SUFFIXES or os.sep in wanted):
        return _from_path(Path(wanted).expanduser())
    known = installed()
    names = (wanted,) if wanted else (*_WANTED.get(language, ()), *(() if language in _WANTED else _LATIN))
    for name in names:
        found = _matching(name, known)
        if found is not None:
            return found
    hint = f"install {PACKAGES.get(language, 'fonts-noto-core')}, or give a font's file with --font"
    if wanted:
        raise BadInput(f"There is no font named {wanted!r} on this machine; {hint}.")
    raise BadInput(f"There is no font for {language} on this machine (looked for {', '.join(names)}); {hint}.")


def missing_glyphs(data: bytes, index: int, text: str) -> list[str]:
    """Return the characters of a text that a font has no glyph for, each once.

    Arguments:
        data: the font's file.
        index: of the face in a collection.
    """
    glyphs = _characters(data, index)
    # joiners and selectors shape their neighbours and show nothing
    silent = {0x200C, 0x200D, 0xFE0E, 0xFE0F}
    return [c for c in dict.fromkeys(text) if not c.isspace() and ord(c) not in silent and ord(c) not in glyphs]


def check_glyphs(data: bytes, font: str, index: int, text: str, language: str) -> None:
    """Refuse a text that a font cannot show.

    Raises:
        BadInput: it lacks glyphs; the message lists them, and says which package has them.
    """
    lacking = missing_glyphs(data, index, text)
    if lacking:
        shown = " ".join(f"{c} (U+{ord(c):04X})" for c in lacking[:6]) + (" …" if len(lacking) > 6 else "")
        raise BadInput(
            f"The font {font} has no glyph for {shown} in the caption {text!r}; choose another with --font, or install "
            f"{package_for(lacking[0], language)}."
        )


def package_for(character: str, language: str) -> str:
    """Return Debian's package whose fonts hold a character."""
    code = ord(character)
    if 0x0E00 <= code <= 0x0E7F:
        return "fonts-thai-tlwg"
    if 0x1100 <= code <= 0x11FF or 0x2E80 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7FF or 0xFF00 <= code <= 0xFFEF:
        return "fonts-noto-cjk"
    if code >= 0x1F000:
        return "fonts-symbola (emoji in one colour)"
    return "fonts-noto-core" if code > 0x24F else PACKAGES.get(language, "fonts-dejavu-core")


@lru_cache(maxsize=1)
def installed() -> tuple[FontFile, ...]:
    """List the fonts of this machine, in a fixed order."""
    found: list[FontFile] = []
    for folder in _folders():
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _SUFFIXES and path.is_file():
                found += _faces(path)
    return tuple(found)


def _folders() -> Iterator[Path]:
    for name in os.environ.get("POPCON_FONTS", "").split(os.pathsep):
        if name and Path(name).is_dir():
            yield Path(name)
    home = Path.home()
    places = {
        "darwin": ("/System/Library/Fonts", "/Library/Fonts", f"{home}/Library/Fonts"),
        "win32": (r"C:\Windows\Fonts",),
    }.get(sys.platform, ("/usr/share/fonts", "/usr/local/share/fonts", f"{home}/.fonts", f"{home}/.local/share/fonts"))
    yield from (Path(place) for place in places if Path(place).is_dir())


def _faces(path: Path) -> list[FontFile]:
    faces: list[FontFile] = []
    for index in range(40 if path.suffix.lower() in (".ttc", ".otc") else 1):
        try:
            family, style = ImageFont.truetype(str(path), 16, index=index).getname()
        except OSError:
            break
        faces.append(FontFile(path, index, f"{family or path.stem} {style or 'Regular'}"))
    return faces


def _from_path(path: Path) -> FontFile:
    if not path.is_file():
        raise BadInput(f"There is no font at {path}; --font wants a TTF, OTF or TTC file, or a font's name.")
    if path.stat().st_size > _LARGEST:
        raise BadInput(f"{path} has {path.stat().st_size} bytes; fonts of up to {_LARGEST} are read.")
    faces = _faces(path)
    if not faces:
        raise BadInput(f"{path} is no font that can be read; --font wants a TTF, OTF or TTC file, or a font's name.")
    return faces[0]


def _matching(name: str, known: tuple[FontFile, ...]) -> FontFile | None:
    wanted = name.casefold().strip()
    exact = next((font for font in known if font.name.casefold() == wanted), None)
    bold = next((font for font in known if font.name.casefold() == f"{wanted} bold"), None)
    family = next((font for font in known if font.name.casefold().rsplit(" ", 1)[0] == wanted), None)
    return exact or bold or family


@lru_cache(maxsize=4)
def _characters(data: bytes, index: int) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # heavy, and only needed where there are captions

    with TTFont(io.BytesIO(data), fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap() or {})
