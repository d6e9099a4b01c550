"""Finds what a character can move in a picture, and draws it over the picture."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, cast, get_args

import cv2
import numpy as np
from PIL import Image, ImageDraw
from pydantic import ValidationError

from popcon.engines import registry
from popcon.engines.base import SegmentEngine
from popcon.errors import BadInput, EngineCannot, UnclearCharacter
from popcon.media.pictures.character import ENOUGH_PX, make_character
from popcon.media.pictures.cut_free import FindsSubject
from popcon.media.pictures.picture import read_picture, reduction
from popcon.models.job import EngineChoice
from popcon.models.refinement import Click
from popcon.models.rig import USED_FROM, CharacterRig, LimbName, Point, RigLimb
from popcon.pixels import Mask, Rgba

PUPPET = EngineChoice(name="puppet")
PREVIEW = 640
"""Longest side of a preview, px."""
USED, UNUSED = (230, 0, 160), (130, 130, 130)


class LimbMark(NamedTuple):
    """A limb as a person marks it: its name, its joint and its tip, px of the picture."""

    name: LimbName
    joint: Point
    tip: Point


def parsed_limb(text: str) -> LimbMark:
    """Read a limb's name, joint and tip.

    Arguments:
        text: NAME=X,Y,X,Y.

    Raises:
        BadInput: it is written otherwise.
    """
    name, _, places = text.partition("=")
    try:
        x, y, tip_x, tip_y = (float(part) for part in places.split(","))
        if name not in get_args(LimbName) or not all(math.isfinite(part) for part in (x, y, tip_x, tip_y)):
            raise ValueError
    except ValueError:
        names = ", ".join(get_args(LimbName))
        raise BadInput(
            f"--limb {text}: write NAME=X,Y,X,Y, joint and tip in pixels of the picture; NAME is one of {names}."
        ) from None
    return LimbMark(cast(LimbName, name), Point(x=x, y=y), Point(x=tip_x, y=tip_y))


def find_rig(
    path: Path,
    subject: FindsSubject | None = None,
    limbs: Sequence[LimbMark] = (),
    segment: SegmentEngine | None = None,
) -> tuple[CharacterRig, Rgba]:
    """Find the parts of the character in a picture.

    Arguments:
        subject: finds the character in scenery.
        limbs: those that a person marks; they take the place of found ones of the same name.
        segment: cuts marked limbs out by clicks on them; None: the art's own lines bound them.

    Returns:
        The rig, and the picture: (h, w, 4) uint8, reduced where it is very large.

    Raises:
        BadInput: a marked limb is none.
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
    character = made.rgba[top:bottom, left:right]
    found = engine.find_rig(character, size, made.source)
    for mark in limbs:
        mask = _clicked(segment, picture, made.source, by, mark, character.shape[:2]) if segment is not None else None
        limb = engine.mark_limb(character, made.source, mark.name, mark.joint, mark.tip, mask)
        found = with_limb(found, limb)
    return found, picture


def with_limb(rig: CharacterRig, limb: RigLimb) -> CharacterRig:
    """Return a rig in which a limb takes the place of those of its name.

    Raises:
        BadInput: it does not fit the character.
    """
    others = [each.model_dump() for each in rig.limbs if each.name != limb.name]
    try:
        return CharacterRig.model_validate(rig.model_dump() | {"limbs": [*others, limb.model_dump()]})
    except ValidationError as error:
        raise BadInput(f"{error.errors()[0]['msg'].removeprefix('Value error, ')}.") from error


def _clicked(
    engine: SegmentEngine,
    picture: Rgba,
    box: tuple[float, float, float, float],
    by: int,
    mark: LimbMark,
    size: tuple[int, int],
) -> Mask:
    """Return the mask that a segment engine makes of clicks at a limb's tip and middle, as large as the character."""
    middle = (mark.joint.x + mark.tip.x) / 2, (mark.joint.y + mark.tip.y) / 2
    places = (middle, (mark.tip.x, mark.tip.y))
    clicks = [Click(x=x / by, y=y / by, positive=True) for x, y in places]
    mask, _ = engine.predict(engine.encode(np.ascontiguousarray(picture[..., :3])), clicks)
    left, top, right, bottom = (round(edge / by) for edge in box)
    part = cv2.resize(mask[top:bottom, left:right], size[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(part, np.uint8)


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
