"""Normalises a picture into a character: cut free, trimmed, padded, square, and of a workable size."""

import math

import cv2
import numpy as np
from PIL import Image
from pydantic import Field

from popcon.errors import BadPicture
from popcon.media.pictures.background import remove_background
from popcon.media.pictures.flatness import is_flat, measure_border
from popcon.models.base import Model
from popcon.pixels import Rgba

MAX_BODY = 944
"""Longest side of the character itself, px; with its padding the square is at most 1020."""
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
    notes: tuple[str, ...] = Field(default=(), description="what was done that a person might not expect")


def make_character(picture: Rgba, keep_background: bool | None = None, open_holes: bool = False) -> CharacterPicture:
    """Normalise a picture. Doing it again changes nothing.

    A picture with transparency of its own keeps exactly that. Otherwise a background that is plainly one flat
    colour is taken away.

    Arguments:
        picture: (h, w, 4) uint8, straight alpha, such as `load_picture` returns.
        keep_background: True: whatever is in the picture is the character; False: take the background away even
            where it is only mostly flat; None: only where it is plainly flat.
        open_holes: when the background is taken away, clear closed-in parts of its colour too.

    Raises:
        BadPicture: nothing is left, or less than 32 px of it.
    """
    notes: list[str] = []
    # Photographs of drawings have more pixels than any step needs: twice the final size is enough to cut out.
    shrink = max(picture.shape[:2]) // (2 * MAX_BODY)
    cut = np.asarray(Image.fromarray(picture).reduce(shrink)) if shrink > 1 else picture
    if not _has_own_alpha(cut) and keep_background is not True:
        cut = _without_background(cut, keep_background is False, open_holes, notes)
    free = _trim(_without_remnants(cut))
    longest = max(free.shape[:2])
    if longest > MAX_BODY:
        free = _trim(_without_remnants(_smaller(free, MAX_BODY / longest)))
        before = longest * max(1, shrink)
        notes.append(f"The character was made smaller, from {before} to {max(free.shape[:2])} px.")
    return _on_square(free, tuple(notes))


def _has_own_alpha(picture: Rgba) -> bool:
    """Whether transparency in a picture is meant: rounded corners of a screenshot are not."""
    return bool((picture[..., 3] < 128).mean() >= 0.02)


def _without_background(picture: Rgba, asked: bool, open_holes: bool, notes: list[str]) -> Rgba:
    border = measure_border(picture)
    if not is_flat(picture) and not (asked and border.share >= 0.4):
        notes.append("The background is not one flat colour, so it was kept as part of the character.")
        return picture
    removed = remove_background(picture, border, open_holes)
    if not removed.rgba[..., 3].any():
        raise BadPicture(f"The picture shows nothing but one flat colour ({border.colour}); give one with a character.")
    notes.append(f"The flat background ({border.colour}) was taken away.")
    if removed.gaps_closed:
        notes.append("The outline has a gap; what it surrounds was kept. Close the line if the result looks wrong.")
    return removed.rgba


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


def _trim(picture: Rgba) -> Rgba:
    seen = picture[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise BadPicture("The picture is fully transparent; give a picture that shows a character.")
    done = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
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


def _on_square(free: Rgba, notes: tuple[str, ...]) -> CharacterPicture:
    height, width = free.shape[:2]
    longest = max(height, width)
    side = longest + 2 * math.ceil(longest * _MARGIN)
    left, top = (side - width) // 2, (side - height) // 2
    square = np.zeros((side, side, 4), np.uint8)
    square[top : top + height, left : left + width] = free
    return CharacterPicture(rgba=square, body=(left, top, left + width, top + height), notes=notes)
