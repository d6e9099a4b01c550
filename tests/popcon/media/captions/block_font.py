"""Makes a font of plain blocks for tests, so that no font has to be installed."""

import io
from functools import cache

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


@cache
def block_font(characters: str, family: str = "Block", stroke: int = 150) -> bytes:
    """Return a TrueType font whose glyph for each of the characters is a block with a bar in it; marks are narrow."""
    codes = sorted({ord(c) for c in characters if not c.isspace()})
    names = [".notdef", "space", *(f"u{code:04X}" for code in codes)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "space", **{code: f"u{code:04X}" for code in codes}})
    drawn = {name: _block(stroke) for name in names}
    drawn["space"] = TTGlyphPen(None).glyph()
    builder.setupGlyf(drawn)
    builder.setupHorizontalMetrics(dict.fromkeys(names, (640, 40)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Bold"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    buffer = io.BytesIO()
    builder.save(buffer)
    return buffer.getvalue()


def _block(stroke: int) -> object:
    """Two upright strokes with a bar between them, each `stroke` of 1000 units wide."""
    pen = TTGlyphPen(None)
    for left, bottom, right, top in (
        (40, 0, 40 + stroke, 720),
        (560 - stroke, 0, 560, 720),
        (40 + stroke, 300, 560 - stroke, 300 + stroke),
    ):
        pen.moveTo((left, bottom))
        pen.lineTo((left, top))
        pen.lineTo((right, top))
        pen.lineTo((right, bottom))
        pen.closePath()
    return pen.glyph()
