"""Looks at a drawn picture as a person would before paying for a clip of it. Needs no vendor."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from popcon.media.pictures.backdrop import measure_border
from popcon.media.pictures.colour import oklab, parse_hex
from popcon.models.base import Model
from popcon.models.stage import Body
from popcon.pixels import Rgb

REDRAWS = 2
"""How often a picture that fails the check is drawn again without asking."""

_STRAY = 0.1
_COVERED = 0.45
_SHADED = 0.02
_FAR = 25.0
_SOLID = 10.0
_TWIN = 0.25


class Framing(Model):
    """What the check found."""

    problems: tuple[str, ...] = Field(description="a sentence each; none: the picture will do")
    body: Body | None = Field(description="the box around the figure, without what floats around it")
    backdrop: str = Field(description="the backdrop's colour as it came out")


def check_framing(picture: Rgb, backdrop: str) -> Framing:
    """Exactly one figure, not cut by the border, feet inside, on a flat backdrop.

    Arguments:
        picture: (h, w, 3) uint8.
        backdrop: the colour that was asked for.
    """
    border = measure_border(picture)
    away = np.linalg.norm(oklab(picture) - oklab(parse_hex(border.colour)), axis=-1)
    problems = []
    figures = _figures(np.asarray(away > _SOLID))
    if not _stands_on_one_colour(np.asarray(away > max(border.reach, _SOLID / 2)), figures):
        problems.append("The backdrop is not one flat colour along the border.")
    if float(np.linalg.norm(oklab(parse_hex(border.colour)) - oklab(parse_hex(backdrop)))) > _FAR:
        problems.append(f"The backdrop came out as {border.colour} instead of {backdrop}.")
    if not figures:
        return Framing(problems=(*problems, "There is no figure to be seen."), body=None, backdrop=border.colour)
    figure = figures[0]
    if len(figures) > 1:
        problems.append(f"There are {len(figures)} figures instead of one.")
    problems += _cuts(figure)
    if _shaded(away, border.reach, np.logical_or.reduce(figures)):
        problems.append("The backdrop is shaded: a shadow, a floor or a gradient.")
    return Framing(problems=tuple(problems), body=_box(_core(away > _SOLID, figure)), backdrop=border.colour)


def _figures(solid: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Masks of what is large enough to be a character, largest first. Sparks and notes are not."""
    closing = np.ones((max(3, min(solid.shape) // 100),) * 2, np.uint8)
    joined = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, closing)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    order = sorted(range(1, count), key=lambda label: -int(stats[label, cv2.CC_STAT_AREA]))
    if not order or stats[order[0], cv2.CC_STAT_AREA] < 0.02 * solid.size:
        return []
    first = stats[order[0]]
    return [
        np.asarray(labels == label)
        for label in order
        if stats[label, cv2.CC_STAT_AREA] >= _TWIN * first[cv2.CC_STAT_AREA]
        and stats[label, cv2.CC_STAT_HEIGHT] >= 0.4 * first[cv2.CC_STAT_HEIGHT]
    ]


def _stands_on_one_colour(other: NDArray[np.bool_], figures: list[NDArray[np.bool_]]) -> bool:
    """Return whether the border is of one colour where no figure is cut by it; one all around is no figure."""
    ring = np.ones(other.shape, bool)
    wide = max(2, min(other.shape) // 50)
    ring[wide:-wide, wide:-wide] = False
    covered = np.logical_or.reduce([np.zeros(other.shape, bool), *figures])
    return bool((other & ~covered)[ring].mean() <= _STRAY and covered[ring].mean() <= _COVERED)


def _cuts(figure: NDArray[np.bool_]) -> Sequence[str]:
    height, width = figure.shape
    edge, run = max(1, min(height, width) // 250), max(2, min(height, width) // 100)
    sides = {"left": figure[:, :edge], "right": figure[:, -edge:], "upper": figure[:edge]}
    cuts = [f"The figure is cut by the {name} border." for name, side in sides.items() if _touches(side, run)]
    if _touches(figure[-edge:], run):
        cuts.append("The figure is cut by the lower border: its feet are not in the picture.")
    return cuts


def _touches(side: NDArray[np.bool_], run: int) -> bool:
    return int(side.any(axis=int(np.argmin(side.shape))).sum()) >= run


def _shaded(away: NDArray[np.float32], reach: float, figures: NDArray[np.bool_]) -> bool:
    """Return whether much of what is neither figure nor backdrop lies apart from the figure's soft edge."""
    wide = max(3, min(away.shape) // 40)
    near = cv2.dilate(figures.astype(np.uint8), np.ones((wide, wide), np.uint8)).astype(bool)
    between = (away > reach) & (away <= _SOLID) & ~near
    return float(between.mean()) > _SHADED


def _core(solid: NDArray[np.bool_], figure: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the figure without what hangs on it by a thread: effects that touch it, hair, strings."""
    size = max(3, min(figure.shape) // 24)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    opened = cv2.morphologyEx((solid & figure).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return figure
    return np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _box(figure: NDArray[np.bool_]) -> Body:
    height, width = figure.shape
    rows, columns = np.flatnonzero(figure.any(axis=1)), np.flatnonzero(figure.any(axis=0))
    return Body(
        left=float(columns[0]) / width,
        top=float(rows[0]) / height,
        right=float(columns[-1] + 1) / width,
        bottom=float(rows[-1] + 1) / height,
    )
