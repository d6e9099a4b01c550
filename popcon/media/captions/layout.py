"""Lays a caption out: which lines, how large, where on the canvas."""

import io
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageFont, features

from popcon.errors import BadInput

BAND = 0.3
"""Share of the canvas's height that a caption takes at most."""

_MARGIN = 0.025
"""Share of the canvas's shorter side that stays free around a caption and its outline."""

OUTLINE = 0.16
"""Width of the outline, as a share of the font's size."""

_LEADING = 1.06
"""From one line to the next, as a share of the font's size."""

_SMALLEST = 0.1
"""Smallest font size, as a share of the canvas's shorter side: at 32 px a letter is then 3 px high."""

_COMPLEX = ((0x0590, 0x08FF), (0x0900, 0x109F), (0x1780, 0x17FF))
"""Scripts whose letters join, stack or change places: Hebrew to Arabic, the Indic ones with Thai, Khmer."""


@dataclass(frozen=True)
class Layout:
    """A caption's lines and place.

    Arguments:
        size: of the font, px.
        stroke: width of the outline, px.
        top: of the band that the lines stand in, px from the top of the canvas.
        height: of the band, px, outline included.
        weight: px by which the letters are thickened on every side.
    """

    lines: tuple[str, ...]
    size: int
    stroke: int
    top: int
    height: int
    weight: int = 0


@lru_cache(maxsize=64)
def load_font(data: bytes, index: int, size: int) -> ImageFont.FreeTypeFont:
    """Open a font at a size in px.

    Raises:
        BadInput: the bytes are no font.
    """
    try:
        return ImageFont.truetype(io.BytesIO(data), size, index=index, layout_engine=_engine())
    except OSError as error:
        raise BadInput(f"The font cannot be read ({error}); give a TTF, OTF or TTC file.") from error


def refuse_unshaped(text: str) -> None:
    """Refuse scripts that need shaping where Pillow was built without it.

    Raises:
        BadInput: the text needs Raqm, which is not there.
    """
    if any(low <= ord(c) <= high for c in text for low, high in _COMPLEX) and not features.check("raqm"):
        raise BadInput(
            f"The caption {text!r} needs complex text layout, and this Pillow was built without Raqm; install a "
            "Pillow wheel that has it, or the packages libraqm0 and libfribidi0."
        )


def lay_out(text: str, data: bytes, index: int, width: int, height: int) -> Layout:
    """Find the largest size at which a caption fits into its band, in one line or two.

    Arguments:
        text: with a "|" or a line break where a new line has to begin.
        data: the font's file.
        index: of the face in a collection.
        width, height: of the canvas, px.

    Raises:
        BadInput: it does not fit at a size that can be read; the message says what does.
    """
    refuse_unshaped(text)
    side = min(width, height)
    best = max((_fitted(lines, data, index, width, height) for lines in breaks(text)), key=lambda found: found.size)
    if best.size < max(6, round(_SMALLEST * side)):
        fitting = longest_fitting(text, data, index, width, height)
        raise BadInput(
            f"The caption {text!r} has {len(text)} characters and would be {best.size} px high on {width}x{height} px, "
            f"less than the {max(6, round(_SMALLEST * side))} px that can be read; about {fitting} such characters fit."
        )
    return best


def longest_fitting(text: str, data: bytes, index: int, width: int, height: int) -> int:
    """Return how many characters of a text fit at the smallest size."""
    least = max(6, round(_SMALLEST * min(width, height)))
    for length in range(len(text) - 1, 0, -1):
        part = text[:length].strip()
        if part and max(_fitted(lines, data, index, width, height).size for lines in breaks(part)) >= least:
            return len(part)
    return 0


def breaks(text: str) -> list[tuple[str, ...]]:
    """Return the ways to set a text: one line, and two lines of about the same length, broken where words end."""
    fixed = [part.strip() for part in text.replace("|", "\n").split("\n") if part.strip()]
    if len(fixed) > 1:
        return [tuple(fixed)]
    whole = fixed[0] if fixed else text
    places = [at for at, c in enumerate(whole) if c == " "]
    if not places and len(clusters(whole)) >= 6 and _breaks_anywhere(whole):
        places = [len("".join(clusters(whole)[: -(-len(clusters(whole)) // 2)]))]
    ways: list[tuple[str, ...]] = [(whole,)]
    if places:
        middle = min(places, key=lambda at: abs(2 * at - len(whole)))
        ways.append((whole[:middle].strip(), whole[middle:].strip()))
    return ways


def clusters(text: str) -> list[str]:
    """Split a text into what a person sees as one letter: a base with its marks, joined emoji."""
    found: list[str] = []
    for c in text:
        joined = found and (found[-1].endswith("\u200d") or c in "\u200d\ufe0e\ufe0f\u0e33")
        if found and (joined or unicodedata.category(c) in ("Mn", "Mc", "Me")):
            found[-1] += c
        else:
            found.append(c)
    return found


def _breaks_anywhere(text: str) -> bool:
    """Return whether lines may break between any two letters: Chinese and Japanese, not Korean, Thai or Latin."""
    return all(0x2E80 <= ord(c) <= 0x9FFF or 0xFF00 <= ord(c) <= 0xFFEF or not c.isalnum() for c in text)


def _fitted(lines: tuple[str, ...], data: bytes, index: int, width: int, height: int) -> Layout:
    margin = max(1, round(_MARGIN * min(width, height)))
    wide, tall = width - 2 * margin, round((BAND if len(lines) == 1 else 1.25 * BAND) * height)
    low, high = 1, tall
    while low < high:
        size = (low + high + 1) // 2
        font, stroke = load_font(data, index, size), outline(size)
        widest = max(font.getlength(line) for line in lines) + 2 * stroke
        # the height of a line with its marks, of which Thai stacks two
        needed = size * (1.12 + _LEADING * (len(lines) - 1)) + 2 * stroke
        if widest <= wide and needed <= tall:
            low = size
        else:
            high = size - 1
    stroke = outline(low)
    needed = round(low * (1.12 + _LEADING * (len(lines) - 1)) + 2 * stroke)
    return Layout(lines, low, stroke, height - margin - needed, needed)


def outline(size: int) -> int:
    """Return the width of an outline in px for a font's size in px."""
    return max(2, round(OUTLINE * size))


def _engine() -> ImageFont.Layout:
    return ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
