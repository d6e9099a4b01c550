"""Changes colours of a picture and leaves its shading and its soft rims."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from popcon.media.pictures.colour import Floats, from_oklab, oklab, parse_hex, to_hex
from popcon.models.adjustment import Recolour
from popcon.pixels import Rgba

_GRID = 65
"""Colours a channel in the lookup table: the most that Pillow takes; between them it interpolates in integers."""
_COLOURFUL = 4.0
"""OKLab chroma, times 100, from which a colour has a hue that can be followed."""


def recoloured(frame: Rgba, recolours: Sequence[Recolour]) -> Rgba:
    """Change colours of a frame: each source becomes its target, its shades become shades of the target.

    Every recolour reads the colours as they were, so that two colours may be swapped.

    Returns:
        (h, w, 4) uint8; alpha is unchanged.
    """
    if not recolours:
        return frame
    table = _table(tuple(recolours))
    changed = np.array(Image.fromarray(np.ascontiguousarray(frame[..., :3]), "RGB").filter(table))
    changed[frame[..., 3] == 0] = 0
    return np.dstack([changed, frame[..., 3]])


@lru_cache(maxsize=8)
def _table(recolours: tuple[Recolour, ...]) -> ImageFilter.Color3DLUT:
    steps = np.linspace(0, 255, _GRID)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    places = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    known = np.rint(places).astype(np.uint8)
    colours = oklab(known)
    moves = [_moved(colours, oklab(parse_hex(r.source)), oklab(parse_hex(r.target)), r.reach) for r in recolours]
    weights = np.maximum(sum(weight for _, weight in moves), 1)
    changed = from_oklab(colours + sum(move for move, _ in moves) / weights)
    # The difference is rounded: a colour that nothing moves stays itself, and all machines make the same table.
    values = places + np.rint(changed - known)
    return ImageFilter.Color3DLUT(_GRID, (np.clip(values, 0, 255) / 255).reshape(-1).tolist())


def _moved(colours: Floats, source: Floats, target: Floats, reach: float) -> tuple[Floats, Floats]:
    """Return by how much each colour moves, OKLab (n, 3), and how surely it is a shade of the source, (n, 1) 0-1.

    A colour with a hue is followed along its hue: a mixture of the source with black, white or grey, which is what
    shading and soft rims are, moves by the share of the source in it. A grey is followed by its lightness.
    """
    lightness, chroma = colours[:, :1], np.hypot(colours[:, 1:2], colours[:, 2:])
    strength = float(np.hypot(*source[1:]))
    if strength >= _COLOURFUL:
        along = colours[:, 1:2] * source[1] + colours[:, 2:] * source[2]
        across = np.abs(colours[:, 1:2] * source[2] - colours[:, 2:] * source[1])
        share = along / strength**2
        turn = np.degrees(np.arctan2(across, along))
        weight = _falling(turn, 16 * reach, 32 * reach) * _falling(share, 1.6, 2.2)
        share = np.clip(share, 0, 1.25)
        shade = np.clip(lightness / max(float(source[0]), 5), 0, share)
        by = np.concatenate([shade, share, share], axis=1)
    else:
        weight = _falling(chroma, 3.5 * reach, 8 * reach)
        weight = weight * _falling(np.abs(lightness - source[0]), 18 * reach, 42 * reach)
        by = np.ones_like(colours)
    return np.asarray(by * weight * (target - source), np.float32), weight


def _falling(values: Floats, full: float, none: float) -> Floats:
    """1 up to `full`, 0 from `none`, smooth between."""
    t = np.clip((none - values) / (none - full), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def main_colours(frames: Sequence[Rgba], most: int = 8) -> list[str]:
    """Return the colours that fill the most of some frames, as #rrggbb, the largest first; similar ones once."""
    seen = np.concatenate([frame[frame[..., 3] > 250][:, :3] for frame in frames])
    if not len(seen):
        return []
    bins = (seen >> 4).astype(np.int64) @ np.array([256, 16, 1])
    counts = np.bincount(bins, minlength=4096)
    sums = np.stack([np.bincount(bins, seen[:, c], 4096) for c in range(3)], axis=1)
    order = [int(each) for each in np.argsort(-counts, kind="stable") if counts[each] >= max(8, len(seen) // 400)]
    found: list[NDArray[np.float64]] = []
    for each in order:
        colour = sums[each] / counts[each]
        if all(np.linalg.norm(oklab(np.rint(colour)) - oklab(np.rint(other))) > 9 for other in found):
            found.append(colour)
    return [to_hex(colour) for colour in found[:most]]
