"""Draws the embedded engine's actions as a contact sheet: presets down, characters across, on light and on dark.

`python -m tools.acting_sheet PICTURE... --out sheet.png [--actions wave,cry] [--frame 0] [--cell 96]`

Each cell shows one frame at the size at which stickers are read; frame 0 is the still in shops.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.engine import perform
from popcon.engines.puppet.render import Painter
from popcon.media.pictures.character import ENOUGH_PX, make_character
from popcon.media.pictures.picture import read_picture
from popcon.pixels import Rgb, Rgba

LIGHT, DARK = (245, 245, 247), (24, 24, 30)
BACKDROP = "#00ff00"


def main() -> None:
    """Draw a sheet."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("pictures", nargs="+", type=Path)
    given.add_argument("--out", type=Path, required=True)
    given.add_argument("--actions", default=",".join(PRESETS), help="names of presets, by commas")
    given.add_argument("--frame", type=int, default=0, help="of the 60 of a loop")
    given.add_argument("--cell", type=int, default=96, help="width and height of a cell, px")
    asked = given.parse_args()
    characters = []
    for path in asked.pictures:
        made = make_character(read_picture(path, enough_px=ENOUGH_PX))
        left, top, right, bottom = made.body
        characters.append(made.rgba[top:bottom, left:right])
    Image.fromarray(sheet(characters, asked.actions.split(","), asked.frame, asked.cell)).save(asked.out)


def sheet(characters: Sequence[Rgba], actions: Sequence[str], frame: int = 0, cell: int = 96) -> Rgb:
    """Draw one frame of each action of each character, first on light, then on dark.

    Arguments:
        characters: (h, w, 4) uint8 each, straight alpha.
        frame: of the loop, 0 to 59.
        cell: width and height of a cell, px.

    Returns:
        (cell * actions, 2 * cell * characters, 3) uint8.
    """
    shown = Image.new("RGB", (2 * cell * len(characters), cell * len(actions)), LIGHT)
    shown.paste(DARK, (cell * len(characters), 0, shown.width, shown.height))
    for row, name in enumerate(actions):
        preset = PRESETS[name]
        for column, character in enumerate(characters):
            shot = Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop=BACKDROP, side=2 * cell)
            painter = Painter(*perform(character, shot), BACKDROP, shot.seed)
            small = Image.fromarray(painter.paint_alone(frame)).resize((cell, cell), Image.Resampling.LANCZOS)
            for left in (column, column + len(characters)):
                shown.paste(small, (left * cell, row * cell), small)
    return np.asarray(shown)


if __name__ == "__main__":
    main()
