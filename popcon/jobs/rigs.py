"""Reads a rig record that a person gives, and sees that it fits its picture."""

import json
from pathlib import Path

from pydantic import ValidationError

from popcon.errors import BadInput
from popcon.media.pictures.character import ENOUGH_PX
from popcon.media.pictures.picture import load_picture, reduction
from popcon.models.rig import CharacterRig

MOST_BYTES = 1_000_000


def picture_size(data: bytes, name: str) -> tuple[int, int]:
    """Width and height of a picture, px, as rigs count them: upright."""
    height, width = load_picture(data, name, enough_px=ENOUGH_PX).shape[:2]
    by = reduction(data, ENOUGH_PX)
    return width * by, height * by


def read_rig(path: Path, size: tuple[int, int]) -> CharacterRig:
    """Read a rig from a file.

    Arguments:
        size: width and height of its picture, px.

    Raises:
        BadInput: the file cannot be read, or `parsed_rig` refuses it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); `popcon rig PICTURE --out` writes one.") from error
    return parsed_rig(data, size, str(path))


def parsed_rig(data: bytes, size: tuple[int, int], name: str = "The rig") -> CharacterRig:
    """Return a rig from its JSON.

    Arguments:
        size: width and height of its picture, px.
        name: what the person calls it; messages begin with it.

    Raises:
        BadInput: it is no JSON, no rig, or the rig of another picture.
    """
    if len(data) > MOST_BYTES:
        raise BadInput(f"{name} has {len(data)} bytes; a rig has at most {MOST_BYTES}.")
    try:
        value = json.loads(data)
    except ValueError as error:
        raise BadInput(f"{name} is not JSON; `popcon rig PICTURE --out` writes a rig to begin with.") from error
    try:
        rig = CharacterRig.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"{name} is not a rig: {where + ': ' if where else ''}{what}.") from error
    if (rig.width, rig.height) != size:
        raise BadInput(
            f"{name} is for a picture of {rig.width}x{rig.height} px, and this one has {size[0]}x{size[1]}; "
            "`popcon rig` finds the parts of this one."
        )
    return rig
