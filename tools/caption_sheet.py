"""Draws how captions look and move: languages down, the ways to move across, on light and on dark, as animated WebP.

`python -m tools.caption_sheet PICTURE --out sheet.webp [--languages en,ja] [--cell 96]`

Fonts are found as `popcon make` finds them; POPCON_FONTS names more folders.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import perform
from popcon.engines.puppet.render import Painter
from popcon.media.captions.fonts import find_font
from popcon.media.captions.overlay import caption_frames, room_height, with_room
from popcon.media.captions.phrases import LANGUAGES, phrases
from popcon.media.pictures.character import ENOUGH_PX, make_character
from popcon.media.pictures.picture import read_picture
from popcon.models.caption import CaptionMotion
from popcon.pixels import Rgba
from tools.acting_sheet import BACKDROP, DARK, LIGHT

SHOWN: tuple[tuple[str, CaptionMotion], ...] = (
    ("ok", "pop"), ("good-night", "type"), ("angry", "shake"), ("wave", "wave"), ("love", "glow"),
)  # fmt: skip
"""A preset for each way to move."""
FRAMES, FRAME_MS = 12, 120
SIDE = 240


def main() -> None:
    """Draw a sheet."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("picture", type=Path)
    given.add_argument("--out", type=Path, required=True)
    given.add_argument("--languages", default=",".join(LANGUAGES), help="tags, by commas")
    given.add_argument("--cell", type=int, default=96, help="width and height of a cell, px")
    asked = given.parse_args()
    made = make_character(read_picture(asked.picture, enough_px=ENOUGH_PX))
    left, top, right, bottom = made.body
    first, *others = sheet(made.rgba[top:bottom, left:right], asked.languages.split(","), asked.cell)
    first.save(asked.out, save_all=True, append_images=others, duration=FRAME_MS, loop=0, quality=60, method=4)


def sheet(character: Rgba, languages: list[str], cell: int = 96) -> list[Image.Image]:
    """Draw the frames of a sheet, each `cell * languages` px high and `cell * 2 * motions` px wide.

    Arguments:
        character: (h, w, 4) uint8, straight alpha.

    Raises:
        BadInput: this machine has no font for a language.
    """
    shown = [Image.new("RGB", (2 * cell * len(SHOWN), cell * len(languages)), LIGHT) for _ in range(FRAMES)]
    for image in shown:
        image.paste(DARK, (cell * len(SHOWN), 0, image.width, image.height))
    for column, (name, motion) in enumerate(SHOWN):
        plain = _frames(character, name)
        for row, language in enumerate(languages):
            font = find_font(None, language)
            said = phrases(language)[name]
            worded = caption_frames(
                plain, [FRAME_MS] * FRAMES, said, motion, font.path.read_bytes(), font.index, font.name
            )
            for image, frame in zip(shown, worded.frames, strict=True):
                small = Image.fromarray(frame).resize((cell, cell), Image.Resampling.LANCZOS)
                for place in (column, column + len(SHOWN)):
                    image.paste(small, (place * cell, row * cell), small)
    return shown


def _frames(character: Rgba, name: str) -> list[Rgba]:
    """Draw a preset in the upper part of a canvas, as stickers with words have it."""
    preset, room = PRESETS[name], room_height(SIDE)
    shot = Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop=BACKDROP, side=room // 2 * 2)
    painter = Painter(*perform(character, shot), BACKDROP, shot.seed)
    margin = SIDE - shot.side
    frames = [painter.paint_alone(60 * n // FRAMES) for n in range(FRAMES)]
    wide = [np.pad(each, ((0, 0), (margin // 2, margin - margin // 2), (0, 0))) for each in frames]
    return with_room(wide, SIDE)


if __name__ == "__main__":
    main()
