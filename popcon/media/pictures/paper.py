"""Cuts a drawing out of a photograph or scan of its paper.

The paper's shade is estimated at every place, so that uneven light and shadows do not count as drawn: a morphological
closing (the brightest, then the darkest of a neighbourhood) fills strokes with the paper around them and keeps the
edges of shadows, which are wider than strokes. What is darker than the paper in any channel is ink. The character is
the ink with what it encloses; gaps in outlines are closed where what lies behind is much wider than the gap.

The margin of paper around the outermost strokes follows the masks that come with AnimatedDrawings (H. J. Smith et al.,
"A Method for Animating Children's Drawings of the Human Figure", ACM TOG 2023), which are dilated likewise.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.media.pictures.colour import oklab
from popcon.pixels import Mask, Rgb

Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]

LONGEST = 1000
"""Drawings are looked at no larger than this, px."""
_REACH = 0.05
"""Half the width of the neighbourhood in which there is paper somewhere, as a share of the longest side."""
_MARGIN = 0.004
"""Paper left around the outermost strokes, as a share of the longest side."""
_GAPS = (1, 2, 3, 4, 6, 8, 11, 14)
"""Half the widths of gaps that are tried, in 600ths of the longest side."""
_THIN = 0.035
"""Half the width of strokes at most, nearly all of them, as a share of the longest side."""
_WIDER = 3.0
"""How many times wider than a gap is what lies behind, where the gap is a flaw in an outline and no notch."""
_NARROW = 6
"""Gaps up to which less is asked, half their width in 600ths of the longest side."""
_WIDER_BEHIND_NARROW = 1.8
_OPEN = 0.06
"""Share of its contour that is open at most, of what lies behind a narrow gap and is less wide than `_WIDER` asks."""

_ONE_HUE = 2.8
"""Spread of the paper's hue at most, OKLab x 100; of seven photographed drawings 0.1 to 2.2."""


class Paper(NamedTuple):
    """A drawing apart from its paper.

    Attributes:
        alpha: (h, w), 255 in the character.
        shade: (h, w, 3), what the paper would look like without the drawing, 0 to 255.
        gaps_closed: whether an outline was open and what is behind it was kept.
    """

    alpha: Mask
    shade: Floats
    gaps_closed: bool


def find_drawing(picture: Rgb, likely: Mask | None = None) -> Paper | None:
    """Cut out a drawing on paper; None where the picture is no such thing.

    Arguments:
        picture: (h, w, 3), upright.
        likely: where a subject engine sees a character, 0 to 255; of several drawings on the paper it tells which.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    small = picture
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    shade, dark = _darkness(small)
    ink = _ink(dark)
    if not _is_paper(small, shade, dark, ink):
        return None
    guide = None
    if likely is not None:
        seen = cv2.resize(likely, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_AREA)
        guide = np.asarray(np.asarray(seen) / 255, np.float32)
    ink = _of_character(ink, dark, guide)
    if not _is_thin(ink):
        return None
    inside, gaps_closed = _enclosed(ink)
    margin = max(2, round(_MARGIN * max(small.shape[:2])))
    grown = cv2.dilate(inside.astype(np.uint8), _disc(margin)).astype(np.float32)
    # The finer of two steps: half a pixel of softness at this size, stretched to the picture's.
    soft = cv2.resize(cv2.GaussianBlur(grown, (0, 0), 0.6), (width, height), interpolation=cv2.INTER_LINEAR)
    full_shade = shade if scale == 1 else cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)
    sharp = np.clip((np.asarray(soft, np.float32) - 0.5) / scale + 0.5, 0, 1) if scale < 1 else soft
    alpha = np.clip(np.rint(np.asarray(sharp) * 255), 0, 255).astype(np.uint8)
    return Paper(alpha, np.asarray(full_shade, np.float32), gaps_closed)


def whitened(picture: Rgb, paper: Paper) -> Rgb:
    """Return the picture as if its paper were white and evenly lit, (h, w, 3)."""
    even = picture.astype(np.float32) * (255 / np.maximum(paper.shade, 16))
    return np.clip(np.rint(even * 1.02), 0, 255).astype(np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def _darkness(picture: Rgb) -> tuple[Floats, Floats]:
    """Return the paper's shade, (h, w, 3) from 0 to 255, and how much darker than it each pixel is, (h, w) from 0 to
    1."""
    calm = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 1.0)
    reach = max(8, round(_REACH * max(picture.shape[:2])))
    shade = cv2.morphologyEx(calm, cv2.MORPH_CLOSE, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    shade = cv2.GaussianBlur(np.asarray(shade, np.float32), (0, 0), reach / 3)
    return np.asarray(shade, np.float32), np.asarray(1 - ((calm + 4) / (shade + 4)).min(axis=2), np.float32)


def _ink(dark: Floats) -> Flags:
    """Return what is drawn: connected parts that are somewhere surely darker than the paper's grain (two
    thresholds)."""
    middle = float(np.median(dark))
    noise = middle + 6 * 1.48 * float(np.median(np.abs(dark - middle)))
    seen = dark[dark > max(noise, 0.04)]
    if not len(seen):
        return np.zeros(dark.shape, bool)
    levels = np.asarray(np.clip(seen, 0, 1) * 255, np.uint8)[None]
    between = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[0] / 255
    low, high = max(noise, 0.04, 0.45 * between), max(1.3 * noise, 0.06, 0.6 * between)
    count, labels = cv2.connectedComponents((dark > low).astype(np.uint8), connectivity=8)
    sure = np.zeros(count, bool)
    sure[np.unique(labels[dark > high])] = True
    sure[0] = False
    return np.asarray(sure[labels])


def _is_paper(picture: Rgb, shade: Floats, dark: Floats, ink: Flags) -> bool:
    """Return whether a picture is a drawing on paper: light, pale, calm between the strokes, and the strokes thin."""
    share = float(ink.mean())
    if not 0.001 < share < 0.4 or float(np.median(dark)) > 0.06 or float((dark < 0.1).mean()) < 0.6:
        return False
    lightness, a, b = np.median(oklab(picture[~ink]), axis=0)
    if lightness < 45 or np.hypot(a, b) > 9:
        return False
    # Under any light, paper is of one hue; a sky over trees is not.
    hues = oklab(np.clip(shade[::4, ::4], 0, 255).astype(np.uint8))[..., 1:]
    if float(np.sqrt(hues.var(axis=(0, 1)).sum())) > _ONE_HUE:
        return False
    # Where light falls off, neighbouring places still have about the same shade.
    steps = np.abs(np.diff(shade.mean(axis=2), axis=1)).mean() + np.abs(np.diff(shade.mean(axis=2), axis=0)).mean()
    return bool(float(steps) * max(picture.shape[:2]) / 1000 < 0.3)


def _is_thin(ink: Flags) -> bool:
    """Return whether there is ink, nearly all of it in strokes."""
    if not ink.any():
        return False
    thick = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    return bool(np.percentile(thick[ink], 90) < _THIN * max(ink.shape))


def _of_character(ink: Flags, dark: Floats, guide: Floats | None) -> Flags:
    """Return the ink of the character, without the paper's edge, the table, specks and other drawings."""
    height, width = ink.shape
    side = max(ink.shape)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    if count == 1:
        return ink
    area = stats[:count, cv2.CC_STAT_AREA].astype(np.float32)
    frame = np.zeros(ink.shape, bool)
    frame[:2], frame[-2:], frame[:, :2], frame[:, -2:] = True, True, True, True
    on_frame = np.bincount(labels[frame & ink], minlength=count).astype(np.float32) / 2
    strongest = np.zeros(count, np.float32)
    np.maximum.at(strongest, labels.ravel().astype(np.intp), dark.ravel())
    usual = float(np.percentile(strongest[1:][area[1:] >= area[1:].max() * 0.05], 50))
    kept = (area > (0.004 * side) ** 2) & (strongest > 0.4 * usual)
    # A drawing leaves the picture with a small part of its length; a table or the paper's edge runs along it.
    longest = np.maximum(stats[:count, cv2.CC_STAT_WIDTH], stats[:count, cv2.CC_STAT_HEIGHT])
    kept &= (on_frame < 0.06 * side) | (on_frame < 0.5 * longest)
    narrow = np.minimum(stats[:count, cv2.CC_STAT_WIDTH], stats[:count, cv2.CC_STAT_HEIGHT]) < 0.12 * side
    through = (stats[:count, cv2.CC_STAT_WIDTH] >= width) | (stats[:count, cv2.CC_STAT_HEIGHT] >= height)
    kept &= ~(narrow & through)
    if guide is not None and float((guide > 0.5).mean()) > 0.005:
        near = cv2.dilate((guide > 0.3).astype(np.uint8), _disc(max(1, round(0.02 * side)))).astype(bool)
        share = np.bincount(labels[near], minlength=count) / np.maximum(area, 1)
        guided = kept & (share > 0.25)
        if area[1:][guided[1:]].sum() > 0.3 * area[1:][kept[1:]].sum():
            kept = guided
    # What reaches the frame and is much thicker than the strokes is a shadow's tip or a thing beside the paper.
    thick = np.asarray(cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    thickest = np.zeros(count, np.float32)
    np.maximum.at(thickest, labels.ravel().astype(np.intp), thick.ravel())
    inner = kept & (on_frame == 0) & (area > 0.2 * area[1:].max())
    if inner[1:].any():
        kept &= (on_frame == 0) | (thickest < 2 * thickest[1:][inner[1:]].max())
    kept[0] = False
    if not kept.any():
        return np.zeros(ink.shape, bool)
    # Parts hang together where they nearly touch; only the largest group, and what lies in it, is the character.
    reach = _disc(max(2, round(0.02 * side)))
    _, groups = cv2.connectedComponents(cv2.dilate(kept[labels].astype(np.uint8), reach), connectivity=8)
    weight = np.bincount(groups[kept[labels]])
    large = weight >= 0.15 * weight.max()
    large[0] = False
    return np.asarray(kept[labels] & large[groups])


def _enclosed(ink: Flags) -> tuple[Flags, bool]:
    """Return the ink and what it encloses, gaps in outlines closed; and whether there were any."""
    inside, closed = _filled(ink, 0), False
    for gap in _GAPS:
        radius = max(1, round(gap * max(ink.shape) / 600))
        behind = _filled(ink, radius) & ~inside
        count, areas = cv2.connectedComponents(behind.astype(np.uint8), connectivity=4)
        labels = np.asarray(areas, np.int32)
        depth = cv2.distanceTransform(behind.astype(np.uint8), cv2.DIST_L2, 3)
        deepest = np.zeros(count, np.float32)
        np.maximum.at(deepest, labels.ravel().astype(np.intp), np.asarray(depth, np.float32).ravel())
        wide = deepest > _WIDER * radius
        if gap <= _NARROW:
            wide |= (deepest > _WIDER_BEHIND_NARROW * radius) & (_open_share(behind, labels, inside) < _OPEN)
        wide &= deepest > 0.012 * max(ink.shape)
        wide[0] = False
        inside |= wide[labels]
        closed |= bool(wide.any())
    return inside, closed


def _open_share(behind: Flags, labels: NDArray[np.int32], inside: Flags) -> Floats:
    """Return the share of each area's contour that neither ink nor the inside closes, by label.

    Arguments:
        behind: (h, w), the areas.
        labels: (h, w), their numbers from 1.
        inside: (h, w), ink and what it encloses.
    """
    square = np.ones((3, 3), np.uint8)
    contour = behind & (cv2.erode(behind.astype(np.uint8), square) == 0)
    opening = contour & (cv2.dilate((~inside & ~behind).astype(np.uint8), square) > 0)
    count = int(labels.max()) + 1
    length = np.bincount(labels[contour], minlength=count)
    return np.asarray(np.bincount(labels[opening], minlength=count) / np.maximum(length, 1), np.float32)


def _filled(ink: Flags, radius: int) -> Flags:
    """Return what cannot be reached from the picture's border by a disc of a radius without touching ink."""
    walls = cv2.dilate(ink.astype(np.uint8), _disc(radius)) if radius else ink.astype(np.uint8)
    framed = cv2.copyMakeBorder(1 - walls, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(1.0,))
    _, labels = cv2.connectedComponents(framed, connectivity=4)
    outside = np.asarray(labels == labels[0, 0])
    if radius:
        outside = cv2.dilate(outside.astype(np.uint8), _disc(radius)).astype(bool)
    return np.asarray(~outside[1:-1, 1:-1] | ink)
