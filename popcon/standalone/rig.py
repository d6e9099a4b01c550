"""Finds what a character can move in a picture, and draws it over the picture."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from popcon.engines import registry
from popcon.errors import EngineCannot, UnclearCharacter
from popcon.media.pictures.character import ENOUGH_PX, make_character
from popcon.media.pictures.cut_free import FindsSubject
from popcon.media.pictures.picture import read_picture, reduction
from popcon.models.job import EngineChoice
from popcon.models.rig import USED_FROM, CharacterRig
from popcon.pixels import Rgba

PUPPET = EngineChoice(name="puppet")
PREVIEW = 640
"""Longest side of a preview, px."""
USED, UNUSED = (230, 0, 160), (130, 130, 130)


def find_rig(path: Path, subject: FindsSubject | None = None) -> tuple[CharacterRig, Rgba]:
    """Find the parts of the character in a picture.

    Arguments:
        subject: finds the character in scenery.

    Returns:
        The rig, and the picture: (h, w, 4) uint8, reduced where it is very large.

    Raises:
        BadPicture: there is no character in it.
        UnclearCharacter: the character cannot be told from its background.
    """
    picture = read_picture(path, enough_px=ENOUGH_PX)
    by = reduction(path.read_bytes(), ENOUGH_PX)
    made = make_character(picture, subject=subject, reduced=by)
    if made.doubt:
        raise UnclearCharacter(made.doubt)
    left, top, right, bottom = made.body
    size = picture.shape[1] * by, picture.shape[0] * by
    engine = registry.acts_by_rig("image", PUPPET)
    if engine is None:
        raise EngineCannot(f"The image engine {PUPPET.name} finds no parts of a character.")
    return engine.find_rig(made.rgba[top:bottom, left:right], size, made.source), picture


def preview(rig: CharacterRig, picture: Rgba) -> Rgba:
    """Return the picture with its parts drawn over it: what is used in magenta, what is unsure in grey.

    Returns:
        (h, w, 4) uint8, at most PREVIEW px.
    """
    scale = PREVIEW / max(rig.width, rig.height)
    wide, tall = max(1, round(rig.width * scale)), max(1, round(rig.height * scale))
    shown = Image.new("RGBA", (wide, tall), (236, 238, 242, 255))
    shown.alpha_composite(Image.fromarray(picture).resize((wide, tall)))
    pen = ImageDraw.Draw(shown)
    ovals = [*rig.eyes, *rig.brows, *rig.cheeks, *(part for part in (rig.head, rig.mouth, rig.nose) if part)]
    for part in ovals:
        box = [(part.x - part.rx) * scale, (part.y - part.ry) * scale]
        box += [(part.x + part.rx) * scale, (part.y + part.ry) * scale]
        pen.ellipse(box, outline=USED if part.confidence >= USED_FROM else UNUSED, width=2)
    for limb in rig.limbs:
        colour = USED if limb.confidence >= USED_FROM else UNUSED
        pen.line([(at.x * scale, at.y * scale) for at in (*limb.outline, limb.outline[0])], fill=colour, width=2)
        pen.line([(limb.pivot.x * scale, limb.pivot.y * scale), (limb.tip.x * scale, limb.tip.y * scale)], fill=colour)
        x, y = limb.pivot.x * scale, limb.pivot.y * scale
        pen.ellipse([x - 5, y - 5, x + 5, y + 5], outline=colour, width=2)
    return np.asarray(shown)
