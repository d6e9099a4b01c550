"""The words that engines are given. What the character does and what surrounds it are told apart throughout.

Templates ask for what made good pictures in practice: a plain backdrop, one whole figure, and no list of things is
left out of the negative prompt. Sentences are ordered by weight; where a person's own words are long, the lightest
sentences go first, and what still does not fit is refused with the number of characters to cut.
"""

import re
from collections.abc import Sequence

from pydantic import Field

from popcon.errors import PromptTooLong
from popcon.media.pictures.backdrop import backdrop_words
from popcon.models.base import Model

MARK_LENGTH = 19
"""Characters kept free for the mark of a paid request."""


class Prompt(Model):
    """What goes to an engine."""

    text: str
    negative: str = Field(description="what must not be there")


_NOT_THERE = (
    "shadow, ground, floor, horizon, checkerboard, gradient, texture, scenery, text, letters, numbers, caption, logo, "
    "watermark, border, frame, sticker sheet, grid, second character, duplicate, cropped body, cut off feet"
)
_NOT_MOVING = "camera movement, zoom, pan, cut, scene change, new objects, morphing, extra limbs, flicker, fade"


def marked(text: str, mark: str) -> str:
    """`text` with the mark by which a service's task is recognised as ours."""
    return f"{text} (ref {mark})"


_NOT_ON_A_SHEET = (
    "shadow, ground, floor, horizon, checkerboard, gradient, texture, scenery, text, letters, numbers, caption, logo, "
    "watermark, border, frame, lines between cells, cropped body, cut off feet, overlapping figures"
)


def draw_character(
    description: str,
    backdrop: str,
    limit: int,
    negative_limit: int,
    reference: bool = False,
    transparent: bool = False,
) -> Prompt:
    """Return a character from words.

    Arguments:
        description: what the person asked for.
        backdrop: `#rrggbb`.
        limit, negative_limit: characters that the model reads; it takes no negative prompt where that is 0.
        reference: whether a picture to go by is sent with it.
        transparent: whether the model leaves the backdrop out.
    """
    return _prompt(
        f"Draw one character: {_plain(description)}.",
        [
            _behind(backdrop, transparent),
            "Whole body from head to toe, feet visible, standing, facing the viewer, centred, filling the frame.",
            *(["Same character, colours and style as in the picture."] if reference else []),
            "Exactly one character. Clean bold outlines, flat colours, like an emoji sticker.",
            "Arms apart from the body, neutral pose, mouth closed, eyes open.",
        ],
        _NOT_THERE,
        limit,
        negative_limit,
        "description is",
    )


def start_frame(
    motion: str, effect: str, backdrop: str, limit: int, negative_limit: int, transparent: bool = False
) -> Prompt:
    """Return the character, redrawn as an action begins. The character's picture goes with it."""
    return _prompt(
        f"Redraw this character at the first moment of this motion: {_plain(motion)}.",
        [
            *([f"Around the character: {_plain(effect)}."] if effect.strip() else []),
            _behind(backdrop, transparent),
            "Keep its design, colours, outlines and proportions exactly.",
            "Whole body from head to toe, feet visible, one character, centred, nothing cut off by the border.",
            "Leave room above and at both sides for the motion.",
        ],
        _NOT_THERE,
        limit,
        negative_limit,
        "motion and effect prompts are",
    )


def sheet(
    poses: Sequence[tuple[str, str]],
    rows: int,
    columns: int,
    backdrop: str,
    limit: int,
    negative_limit: int,
    transparent: bool = False,
) -> Prompt:
    """Return the character in a grid, in each cell as another action begins. The character's picture goes with it.

    Arguments:
        poses: motion and effect prompts, row by row; they are shortened evenly until all fit.
        rows, columns: of the grid.
        backdrop, limit, negative_limit, transparent: as for `draw_character`.
    """
    head = (
        f"Redraw this character {len(poses)} times in a grid of {rows} rows and {columns} columns, one whole figure in "
        "the middle of each cell, all of the same size, with empty space around each, no lines between cells. "
        f"{_behind(backdrop, transparent)} Keep its design, colours, outlines and proportions exactly. Each cell shows "
        "the first moment of a motion, row by row:"
    )
    last = "" if negative_limit else f" {_without(_NOT_ON_A_SHEET)}"
    room = limit - MARK_LENGTH - len(head) - len(last)
    each = max(12, room // max(1, len(poses)) - 5)
    cells = " ".join(f"{number}) {_shortened(_plain(motion), each)}." for number, (motion, _) in enumerate(poses, 1))
    text = f"{head} {cells}{last}"
    if len(text) > limit - MARK_LENGTH:
        raise PromptTooLong(f"A sheet of {len(poses)} start frames does not fit into a prompt of this model.")
    return Prompt(text=text, negative=_cut(_NOT_ON_A_SHEET, negative_limit))


def clip(motion: str, effect: str, backdrop: str, limit: int, negative_limit: int, loop: bool) -> Prompt:
    """Return a clip that begins with the start frame; with `loop` it ends there as well."""
    return _prompt(
        f"The character does this: {_plain(motion)}.",
        [
            *([f"Around the character: {_plain(effect)}."] if effect.strip() else []),
            f"The backdrop stays one flat plain {backdrop_words(backdrop)}.",
            "The camera does not move. The whole body stays in the frame, feet visible.",
            *(["It ends in the pose in which it began, so that the clip loops."] if loop else []),
            "The character stays in its place and keeps its design, colours and outlines.",
            "Lively cartoon timing with a clear rest, action and return.",
        ],
        f"{_NOT_MOVING}, {_NOT_THERE}",
        limit,
        negative_limit,
        "motion and effect prompts are",
    )


def redraw_frame(wish: str, backdrop: str, limit: int, negative_limit: int) -> Prompt:
    """Return one frame, changed as a person asks. The frame goes with it."""
    return _prompt(
        f"Edit this picture: {_plain(wish)}.",
        [
            "Change nothing else: same character, size, place, pose, colours and outlines.",
            f"The backdrop stays one flat plain {backdrop_words(backdrop)}.",
        ],
        _NOT_THERE,
        limit,
        negative_limit,
        "prompt is",
    )


_NEEDED = ("Around the character:", "Backdrop:", "The backdrop", "Nothing else is to be seen:")


def _prompt(first: str, rest: list[str], negative: str, limit: int, negative_limit: int, what: str) -> Prompt:
    # A person's words are in the first sentence and in the effect's; the backdrop's is what cutting out needs.
    if not negative_limit:
        rest = [*rest, _without(negative)]
    needed = 1 + sum(1 for sentence in rest if sentence.startswith(_NEEDED))
    sentences = [first, *sorted(rest, key=lambda sentence: not sentence.startswith(_NEEDED))]
    room = limit - MARK_LENGTH
    while len(sentences) > needed and len(" ".join(sentences)) > room:
        sentences.pop()
    text = " ".join(sentences)
    if len(text) > room:
        raise PromptTooLong(f"The {what} too long for this model: cut {len(text) - room} characters.")
    return Prompt(text=text, negative=_cut(negative, negative_limit))


def _behind(backdrop: str, transparent: bool) -> str:
    """Return what is behind the character. A transparent backdrop is composed on the colour afterwards, exactly."""
    if transparent:
        return "Backdrop: fully transparent, an alpha channel and nothing else."
    return f"Backdrop: one flat plain {backdrop_words(backdrop)}, nothing else."


def _without(negative: str) -> str:
    """Return what must not be there, as a sentence, for a model that takes no negative prompt."""
    return f"Nothing else is to be seen: no {negative.replace(', ', ', no ')}."


def _cut(negative: str, limit: int) -> str:
    words = negative.split(", ")
    while words and len(", ".join(words)) > limit:
        words.pop()
    return ", ".join(words)


def _shortened(text: str, length: int) -> str:
    """Return the first words of a text, whole ones, without a dangling comma."""
    if len(text) <= length:
        return text
    return text[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" ,;:")


def _plain(words: str) -> str:
    """Return one line without control characters, and without the full stop that the template adds."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    return re.sub(r"\s+", " ", printable).strip().rstrip(".")
