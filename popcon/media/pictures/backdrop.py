"""Chooses the flat colour that a character is drawn on, so that it can be taken away cleanly afterwards."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.colour import Floats, oklab, parse_hex, to_hex, ycc
from popcon.media.pictures.flatness import Border, is_flat, measure_border
from popcon.pixels import Rgba

__all__ = ["Border", "backdrop_words", "choose_backdrop", "is_flat", "measure_border"]

_RARE = 0.0003
"""A colour on less than this share of the character is a stray of anti-aliasing."""
_EFFECT_WEIGHT = 0.02
"""Effects are small: each of their colours counts like a fiftieth of the character."""

_NAMES = {
    "bright green": "#00d45a",
    "lime green": "#8ee000",
    "spring green": "#00e0a0",
    "turquoise": "#00d0d0",
    "sky blue": "#20a8ff",
    "bright blue": "#2060ff",
    "indigo": "#5030f0",
    "violet": "#9030ff",
    "magenta": "#f020f0",
    "hot pink": "#ff2090",
    "red": "#f02020",
    "orange": "#ff8000",
    "bright yellow": "#f8e000",
    "white": "#ffffff",
    "black": "#000000",
    "grey": "#808080",
    "beige": "#e8dcc0",
    "brown": "#805030",
    "dark green": "#106030",
    "dark blue": "#102870",
}


def choose_backdrop(character: Rgba, effect_colours: Sequence[tuple[int, int, int]] = ()) -> str:
    """Choose a flat saturated colour, as far as can be from everything that will be drawn on it.

    The distance of two colours is the smaller of how different they look (OKLab) and how well video keeps them
    apart (BT.709 luma at full size, colour differences at half).
    The colour with the greatest distance to its nearest neighbour wins, where rare colours count a little less than
    frequent ones.

    Arguments:
        character: (h, w, 4) uint8, straight alpha.
        effect_colours: sRGB of tears, hearts, sparks … that will be drawn around it.

    Returns:
        #rrggbb. The same character and effects always get the same colour.
    """
    colours, weights = _palette(character)
    if len(effect_colours):
        colours = np.vstack([colours, np.array(effect_colours, np.uint8).reshape(-1, 3)])
        weights = np.concatenate([weights, np.full(len(effect_colours), _EFFECT_WEIGHT, np.float32)])
    candidates = _candidates()
    if not len(colours):
        return to_hex(candidates[0])
    apart = np.minimum(_seen_apart(candidates, colours), _coded_apart(candidates, colours))
    # From a share of 2 % up a colour counts in full; the rarest may be nearer by two fifths.
    lenience = 1 + 0.4 * np.clip(np.log(_EFFECT_WEIGHT / weights) / np.log(_EFFECT_WEIGHT / _RARE), 0, 1)
    effective = apart * lenience
    # The nearest colour decides; the mean of all settles near-ties.
    score = effective.min(axis=1) + 0.05 * (apart * weights).sum(axis=1) / weights.sum()
    return to_hex(candidates[int(score.argmax())])


def backdrop_words(colour: str) -> str:
    """Return a colour in words and digits, as it is put into prompts: "bright green (#00d45a)".

    Raises:
        ValueError: not #rrggbb.
    """
    wanted = oklab(parse_hex(colour))
    name = min(_NAMES, key=lambda known: float(np.linalg.norm(oklab(parse_hex(_NAMES[known])) - wanted)))
    return f"{name} ({colour.lower()})"


def _palette(character: Rgba) -> tuple[NDArray[np.uint8], Floats]:
    """Mean colours of the occupied cells of a histogram, and their shares of the opaque area."""
    rgb = character[character[..., 3] >= 128][:, :3].astype(np.int64)
    if not len(rgb):
        return np.empty((0, 3), np.uint8), np.empty(0, np.float32)
    keys = (rgb[:, 0] >> 4) << 8 | (rgb[:, 1] >> 4) << 4 | rgb[:, 2] >> 4
    counts = np.bincount(keys, minlength=4096)
    # Shading spreads one colour over neighbouring cells, so a cell is kept when it and they are frequent enough.
    means = np.stack([np.bincount(keys, rgb[:, channel], 4096) for channel in range(3)], axis=1)
    kept = counts >= max(1.0, _RARE * len(rgb))
    colours = np.rint(means[kept] / counts[kept, None]).astype(np.uint8)
    return colours, (counts[kept] / len(rgb)).astype(np.float32)


def _candidates() -> NDArray[np.uint8]:
    """Saturated colours of all hues, (n, 3), the proven ones first so that they win ties.

    None touches 0 or 255 in a channel: what an encoder's noise pushes over the edge is clipped, and the backdrop
    is no longer flat. None is darker than a luma of 50, where encoders spend few bits.
    """
    made = [parse_hex("#00d45a"), parse_hex("#f020f0")]
    for hue, (low, high) in itertools.product(range(0, 360, 10), ((12, 240), (12, 212), (40, 244), (70, 244))):
        sector = hue / 60
        shares = [max(0.0, min(1.0, abs((sector + turn) % 6 - 3) - 1)) for turn in (0, 4, 2)]
        red, green, blue = (round(low + (high - low) * share) for share in shares)
        made.append((red, green, blue))
    unique = np.array(list(dict.fromkeys(made)), np.uint8)
    return unique[ycc(unique)[:, 0] >= 50]


def _seen_apart(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Floats:
    """(n, m) OKLab distances x 100."""
    return np.asarray(np.linalg.norm(oklab(first)[:, None] - oklab(second)[None], axis=-1), np.float32)


def _coded_apart(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Floats:
    """(n, m) distances in BT.709 components, scaled to be about as large as OKLab's.

    Luma counts more: 4:2:0 keeps it at full size, so it says where the rim is. Measured on emoji art: unmixing from
    bright green has a quarter less error than from violet, which is as dark as outlines are.
    """
    scale = np.array([1.0, 0.6, 0.6], np.float32) * 0.35
    return np.asarray(np.linalg.norm((ycc(first)[:, None] - ycc(second)[None]) * scale, axis=-1), np.float32)
