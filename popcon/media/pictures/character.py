"""Normalises a picture into a character: cut free, trimmed, padded, square, and of a workable size."""

import math

import cv2
import numpy as np
from PIL import Image
from pydantic import Field

from popcon.errors import BadPicture
from popcon.media.pictures.cut_free import Asked, FindsSubject, Select, Way, cut_free, has_own_alpha
from popcon.media.pictures.pixel_art import enlarged, is_pixel_art, on_squares, square_side
from popcon.models.base import Model
from popcon.models.refinement import Click
from popcon.pixels import Rgba

MAX_BODY = 944
"""Longest side of the character itself, px; with its padding the square is at most 1020."""
ENOUGH_PX = 2 * MAX_BODY
"""Longest side of a picture that is enough to cut a character out of: twice the final size."""
MIN_BODY = 32
_MARGIN = 0.04
_FAINT = 8
"""Alpha below this is invisible on any backdrop: what erasers and scanners leave behind."""
_SPECK = 24
"""An island whose alpha never gets above this is such a remnant too."""


class CharacterPicture(Model, arbitrary_types_allowed=True):
    """A character, ready to be drawn anywhere."""

    rgba: Rgba = Field(description="(side, side, 4) uint8, straight alpha; colour is zero where alpha is zero")
    body: tuple[int, int, int, int] = Field(description="left, top, right, bottom of the character in it, px")
    source: tuple[float, float, float, float] = Field(
        default=(0, 0, 0, 0), description="left, top, right, bottom of the character in the picture given, px"
    )
    way: Way = Field(default="own alpha", description="how it was cut free")
    notes: tuple[str, ...] = Field(default=(), description="what was done that a person might not expect")
    doubt: str = Field(default="", description="why a person should look at the cut-out; empty: no need")
    pixel: int = Field(default=0, description="of pixel art: the side of one of its pixels, px; 0: it is none")


def make_character(
    picture: Rgba,
    keep_background: bool | None = None,
    open_holes: bool = False,
    *,
    clicks: tuple[Click, ...] = (),
    whiten: bool = False,
    subject: FindsSubject | None = None,
    select: Select | None = None,
    reduced: int = 1,
) -> CharacterPicture:
    """Normalise a picture. Doing it again changes nothing, but that a sprite of a larger canvas is then enlarged.

    A picture with transparency of its own keeps exactly that; any other is cut free as `cut_free` says.

    Arguments:
        picture: (h, w, 4) uint8, straight alpha, such as `load_picture` returns.
        keep_background: True: whatever is in the picture is the character; False: take the background away even
            where it is only mostly flat; None: as the picture looks.
        open_holes: when a flat background is taken away, clear closed-in parts of its colour too.
        clicks: on and beside the character, in px of the picture as it was before it was reduced.
        whiten: make the paper within a drawing white.
        subject: finds the character in scenery.
        select: turns clicks into a mask.
        reduced: by how much the picture was reduced when it was decoded (see `reduction`).

    Raises:
        BadPicture: nothing is left, or less than 32 px of it.
    """
    notes: list[str] = []
    pixel = 0
    square = drawn_squares(picture)
    if square > 1:
        picture, reduced = np.ascontiguousarray(picture[::square, ::square]), reduced * square
    if reduced > 1:
        clicks = tuple(_moved(click, 1 / reduced) for click in clicks)
    given = picture
    if is_pixel_art(picture):
        given, pixel = enlarged(picture)
        clicks = tuple(_moved(click, pixel) for click in clicks)
        if pixel > 1:
            notes.append(f"This is pixel art; it was enlarged {pixel} times, each pixel to a square.")
    shrink = max(given.shape[:2]) // ENOUGH_PX  # photographs of drawings have more pixels than any step needs
    cut = np.asarray(Image.fromarray(given).reduce(shrink)) if shrink > 1 else given
    if shrink > 1:
        clicks = tuple(_moved(click, 1 / shrink) for click in clicks)
    freed = cut_free(cut, Asked(keep_background, clicks, open_holes, whiten), subject, select)
    notes += freed.notes
    whole = _without_remnants(on_squares(freed.rgba, pixel) if pixel > 1 else freed.rgba)
    free = _trim(whole)
    source = tuple(edge * max(1, shrink) * reduced / max(1, pixel) for edge in _box(whole))
    longest = max(free.shape[:2])
    if longest > MAX_BODY:
        free = _trim(_without_remnants(_smaller(free, MAX_BODY / longest)))
        before = longest * max(1, shrink) * reduced
        notes.append(f"The character was made smaller, from {before} to {max(free.shape[:2])} px.")
    return _on_square(free).model_copy(
        update={"notes": tuple(notes), "way": freed.way, "doubt": freed.doubt, "pixel": pixel, "source": source}
    )


def drawn_squares(picture: Rgba) -> int:
    """Return the side of the squares that a picture is read by, px: 1 but for enlarged pixel art.

    What was cut out before, and is no larger than a character, stays as it is.
    """
    return square_side(picture) if max(picture.shape[:2]) > MAX_BODY or not has_own_alpha(picture) else 1


def _moved(click: Click, scale: float) -> Click:
    return click.model_copy(update={"x": click.x * scale, "y": click.y * scale})


def _without_remnants(picture: Rgba) -> Rgba:
    """Drop alpha that nobody sees, and make nearly opaque pixels opaque."""
    done = picture.copy()
    alpha = done[..., 3]
    alpha[alpha < _FAINT] = 0
    alpha[alpha >= 250] = 255
    count, labels = cv2.connectedComponents((alpha > 0).astype(np.uint8), connectivity=8)
    strongest = np.zeros(count, np.uint8)
    np.maximum.at(strongest, labels.ravel().astype(np.intp), alpha.ravel())
    alpha[(strongest < _SPECK)[labels]] = 0
    done[alpha == 0] = 0
    return done


def _box(picture: Rgba) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what can be seen, px."""
    seen = picture[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise BadPicture("The picture is fully transparent; give a picture that shows a character.")
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _trim(picture: Rgba) -> Rgba:
    left, top, right, bottom = _box(picture)
    done = picture[top:bottom, left:right]
    if max(done.shape[:2]) < MIN_BODY:
        raise BadPicture(
            f"The character in the picture is {done.shape[1]}x{done.shape[0]}; it needs at least {MIN_BODY} px."
        )
    return done


def _smaller(picture: Rgba, scale: float) -> Rgba:
    """Average over areas with colours weighted by alpha, so that no colour of transparent pixels bleeds in."""
    height, width = picture.shape[:2]
    alpha = picture[..., 3:].astype(np.float32) / 255
    weighted = np.dstack([picture[..., :3] * alpha, alpha])
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    done = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA)
    colours = done[..., :3] / np.maximum(done[..., 3:], 1e-6)
    return np.clip(np.rint(np.dstack([colours, done[..., 3] * 255])), 0, 255).astype(np.uint8)


def _on_square(free: Rgba) -> CharacterPicture:
    height, width = free.shape[:2]
    longest = max(height, width)
    side = longest + 2 * math.ceil(longest * _MARGIN)
    left, top = (side - width) // 2, (side - height) // 2
    square = np.zeros((side, side, 4), np.uint8)
    square[top : top + height, left : left + width] = free
    return CharacterPicture(rgba=square, body=(left, top, left + width, top + height))
