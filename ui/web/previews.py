"""Draws small previews: a character performing a preset, with words where they are asked for."""

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.models.caption import CaptionMotion
from popcon.models.rig import CharacterRig
from popcon.pixels import Rgba

SIDE, STRIDE, FRAMES = 128, 4, 60
"""Pixels of a preview's side; every how many frames one is drawn; frames of the motion, at 30 per second."""
TILES = ("#ffe9d6", "#e3f0ff", "#e6f6e4", "#fdeaf1", "#efe9fb", "#fff5cf")
"""Backdrops of previews, calm on light and on dark pages."""


class Words(NamedTuple):
    """A caption of a preview.

    Attributes:
        text: what it says; empty: there is none.
        language: its tag, which chooses the font.
    """

    text: str
    language: str
    motion: CaptionMotion


def draw_preview(character: Rgba, name: str, said: Words, rig: CharacterRig | None = None) -> bytes:
    """Return an animated WebP of a character that performs a preset.

    Arguments:
        rig: what the character can move; None: as the engine finds it.

    Raises:
        BadInput: this machine has no font for the words, or they do not fit.
    """
    from popcon.engines.puppet.engine import perform
    from popcon.engines.puppet.render import Painter

    action = PRESETS[name]
    tile = TILES[list(PRESETS).index(name) % len(TILES)]
    shot = Shot(action=name, motion=action.motion, effect=action.effect, backdrop=tile, side=SIDE, rig=rig)
    actor, plan = perform(character, shot)
    painter = Painter(actor, plan, tile, 0)
    times = range(0, FRAMES, STRIDE)
    duration = round(STRIDE * 1000 / 30)
    if said.text:
        frames = _captioned([painter.paint_alone(n) for n in times], duration, said)
        pictures = [
            Image.alpha_composite(Image.new("RGBA", frame.size, tile), frame).convert("RGB") for frame in frames
        ]
    else:
        pictures = [Image.fromarray(painter.paint(n)) for n in times]
    out = io.BytesIO()
    pictures[0].save(out, "WEBP", save_all=True, append_images=pictures[1:], duration=duration, loop=0, quality=70)
    return out.getvalue()


def _captioned(frames: Sequence[Rgba], duration_ms: int, said: Words) -> list[Image.Image]:
    """Return frames with the character in the upper part, and the words below it, as stickers have them."""
    from popcon.media.captions.fonts import find_font
    from popcon.media.captions.overlay import caption_frames, room_height, with_room

    font = find_font(None, said.language)
    room = room_height(SIDE)
    left = (SIDE - room) // 2
    small = [np.asarray(Image.fromarray(frame).resize((room, room), Image.Resampling.LANCZOS)) for frame in frames]
    wide = [np.pad(frame, ((0, 0), (left, SIDE - room - left), (0, 0))) for frame in small]
    made = caption_frames(
        with_room(wide, SIDE),
        [duration_ms] * len(wide),
        said.text,
        said.motion,
        font.path.read_bytes(),
        font.index,
        font.name,
    )
    return [Image.fromarray(frame) for frame in made.frames]
