"""Cuts a character free of its picture: the first way that applies of a fixed order, and what was done.

Transparency of its own; a flat background; paper; what a subject engine finds; a person's clicks, which go before all.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol

import cv2
import numpy as np

from popcon.errors import BadPicture
from popcon.media.pictures.background import remove_background
from popcon.media.pictures.flatness import is_flat, measure_border, stands_on_flat_corners
from popcon.media.pictures.foreground import clean_colours
from popcon.media.pictures.gradient import find_gradient
from popcon.media.pictures.paper import Paper, find_drawing, whitened
from popcon.media.pictures.soft_mask import alike_parts, doubt_of, refine
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb, Rgba

Way = Literal["own alpha", "flat background", "paper", "subject", "clicks", "kept"]
Select = Callable[[Rgb, Sequence[Click], Mask | None], Mask]
"""A segment engine's choice: picture, clicks, and where a subject engine sees a character; to a mask, 0 or 255."""

_GRAINY = 0.5
"""Noise of a border, OKLab x 100, from which a flat background is looked at as paper."""
_WHOLE = "The background is not one flat colour, so it was kept as part of the character."
_NO_WEIGHTS = "the weights that find characters are missing or damaged (`popcon models get u2netp` fetches them)"
WAYS_ON = (
    "Touch up the cut-out in the web app (`popcon web`), say where the character is with --click X,Y, or take the "
    "whole picture with --keep-background, or all that stands on its background with --remove-background"
)


class FindsSubject(Protocol):
    """What finds the character in a picture: a subject engine."""

    def find(self, picture: Rgb) -> Mask:
        """Return the character's soft mask, as large as the picture."""
        ...


class Freed(NamedTuple):
    """A character without its picture.

    Attributes:
        doubt: why a person should look, as a sentence; empty where there is no need.
    """

    rgba: Rgba
    way: Way
    notes: tuple[str, ...]
    doubt: str = ""


class Asked(NamedTuple):
    """What a person asked for.

    Attributes:
        keep: True: the background stays; False: it goes even where it is only mostly flat; None: as it looks.
        clicks: on and beside the character, in px of the picture.
        open_holes: closed-in parts of a flat background's colour go too.
        whiten: the paper within a drawing becomes white.
    """

    keep: bool | None = None
    clicks: tuple[Click, ...] = ()
    open_holes: bool = False
    whiten: bool = False


def cut_free(picture: Rgba, asked: Asked, subject: FindsSubject | None = None, select: Select | None = None) -> Freed:
    """Cut a character free.

    Arguments:
        picture: (h, w, 4), straight alpha.
        subject: finds the character where there is scenery; None: nothing does.
        select: turns clicks into a mask; needed where there are clicks.

    Raises:
        BadPicture: the picture shows nothing but its background.
        EngineUnavailable: the subject engine is asked and cannot be loaded.
    """
    rgb = np.ascontiguousarray(picture[..., :3])
    if asked.clicks and select is not None:
        mask = select(rgb, asked.clicks, subject.find(rgb) if subject else None)
        count = len(asked.clicks)
        said = f"The character was cut out where {'a click' if count == 1 else f'{count} clicks'} said."
        return Freed(_with_alpha(picture, refine_selected(rgb, mask)), "clicks", (said,))
    if has_own_alpha(picture):
        return Freed(picture, "own alpha", ())
    if asked.keep is True:
        return Freed(picture, "kept", ())
    border = measure_border(picture)
    flat = is_flat(picture) or (asked.keep is False and border.share >= 0.4)
    likely = None
    if not flat or border.noise >= _GRAINY:
        likely = subject.find(rgb) if subject else None
        paper = find_drawing(rgb, likely)
        if paper is not None:
            return _off_paper(picture, paper, asked)
    if flat:
        return _off_flat(picture, asked, border.colour)
    corner = stands_on_flat_corners(picture)
    removed = remove_background(picture, corner, asked.open_holes) if corner is not None else None
    # A drawn landscape has a flat sky in both upper corners, too: then far more is left than the subject.
    if corner is not None and removed is not None and (likely is None or _agree(removed.rgba[..., 3], likely)):
        note = f"The flat background ({corner.colour}), which only the corners show, was taken away."
        return Freed(removed.rgba, "flat background", (note,), _which(removed.rgba, asked))
    if (freed := _off_gradient(picture, asked, likely)) is not None:
        return freed
    if likely is None:
        return Freed(picture, "kept", (_WHOLE,), f"The background is not flat, and {_NO_WEIGHTS}.")
    doubt = doubt_of(rgb, likely)
    found = _with_alpha(picture, refine(rgb, likely))
    sentence = f"The character cannot be told from its background: {doubt}." if doubt else ""
    note = "The character was found in its picture and cut out."
    if not found[..., 3].any():
        return Freed(picture, "kept", (_WHOLE,), sentence or "No character stands out from the background.")
    return Freed(found, "subject", (note,), sentence)


_AGREE = 0.6
"""IoU of what a flat colour leaves and what a subject engine sees, from which both mean the same thing."""


def _agree(alpha: Mask, likely: Mask) -> bool:
    left, seen = alpha > 127, likely > 127
    return bool((left & seen).sum() >= _AGREE * max(1, int((left | seen).sum())))


def has_own_alpha(picture: Rgba) -> bool:
    """Return whether transparency in a picture is meant: rounded corners of a screenshot are not."""
    return bool((picture[..., 3] < 128).mean() >= 0.02)


def refine_selected(picture: Rgb, mask: Mask) -> Mask:
    """Return alpha of a mask that is exact to the pixel: its staircase is smoothed, nothing else."""
    blurred = cv2.GaussianBlur(mask, (0, 0), max(0.6, max(picture.shape[:2]) / 1500))
    return np.asarray(blurred, np.uint8)


def _with_alpha(picture: Rgba, alpha: Mask) -> Rgba:
    """Return the picture with an alpha, its soft rim without the background's colours."""
    alpha = np.minimum(alpha, picture[..., 3])
    colours = clean_colours(np.ascontiguousarray(picture[..., :3]), alpha)
    done = np.dstack([colours, alpha])
    done[alpha == 0] = 0
    return done


def _off_paper(picture: Rgba, paper: Paper, asked: Asked) -> Freed:
    rgb = np.ascontiguousarray(picture[..., :3])
    colours = whitened(rgb, paper) if asked.whiten else rgb
    alpha = np.minimum(paper.alpha, picture[..., 3])
    done = np.dstack([colours, alpha])
    done[alpha == 0] = 0
    notes = ["The drawing was cut out of its paper; what its lines enclose was kept."]
    if asked.whiten:
        notes.append("Its paper was made white.")
    if paper.gaps_closed:
        notes.append("Some lines do not close; what they surround was kept.")
    return Freed(done, "paper", tuple(notes), _which(done, asked))


def _off_flat(picture: Rgba, asked: Asked, colour: str) -> Freed:
    removed = remove_background(picture, measure_border(picture), asked.open_holes)
    if not removed.rgba[..., 3].any():
        raise BadPicture(f"The picture shows nothing but one flat colour ({colour}); give one with a character.")
    notes = [f"The flat background ({colour}) was taken away."]
    if removed.gaps_closed:
        notes.append("The outline has a gap; what it surrounds was kept. Close the line if the result looks wrong.")
    return Freed(removed.rgba, "flat background", tuple(notes), _which(removed.rgba, asked))


def _off_gradient(picture: Rgba, asked: Asked, likely: Mask | None) -> Freed | None:
    """Return the character without a smooth gradient behind it; None where there is none, or the subject is another
    thing."""
    gradient = find_gradient(picture)
    if gradient is None:
        return None
    removed = remove_background(picture, gradient[0], asked.open_holes, gradient[1])
    alpha = removed.rgba[..., 3]
    if not alpha.any() or (likely is not None and not _agree(alpha, likely)):
        return None
    note = f"The background, a gradient around {gradient[0].colour}, was taken away."
    return Freed(removed.rgba, "flat background", (note,), _which(removed.rgba, asked))


_APART = 0.04
"""Distance of two characters on one background at least, as a share of the picture's longest side."""
_MANY = 5
"""Parts of like size from which they are several things, however near each other: no character has so many."""


def _which(done: Rgba, asked: Asked) -> str:
    """Return the question which of several characters is meant, as a sentence; empty where there is one."""
    mask = done[..., 3] > 127
    count = alike_parts(mask, _APART) if asked.keep is None else 0
    if not count and asked.keep is None and (parts := alike_parts(mask)) >= _MANY:
        count = parts
    if not count:
        return ""
    return f"{count} things of like size stand on the background; it is unclear which is the character."
