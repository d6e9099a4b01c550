"""Opacity of flat effects whose colour is near the backdrop's.

The rim model takes a blue spark on blue for a mixture with the backdrop. But flat art is opaque inside: where a small
thing by itself has one colour and a sharp edge, that colour is its own, and its pixels mix nothing but that colour
and the backdrop.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte.morphology import SQUARE, dilate, to_pixels
from popcon.engines.matte.planes import FROM_CC, TO_YCC
from popcon.engines.matte.stabilise import SPARK, Components
from popcon.engines.matte.trimap import COLOURLESS, BackdropColour
from popcon.engines.matte.unmix import Scene

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

CORE = 0.7
"""Share of the way from the backdrop to a thing's colour from which a pixel is well inside."""

EDGE = 0.25, 0.75
"""Shares of that way, by brightness above all, between which alpha rises from 0 to 1: the codec blunts small things."""

DARK, TINT = 110, 16
"""Brightness, and size of the colour difference, in levels, under which a small thing is dark grey."""

NEAR = 130
"""Distance of a colour from the backdrop's, in levels, under which EDGE counts."""

MIDDLE = 0.85
"""That share from which the rim model's alpha is judged."""

SHARP = 0.2
"""Least share of the pixels of a thing that are well inside: below, its edge is soft, as that of steam is."""

STEP = 0.4
"""Least share of a thing's height that its steepest edge rises within two pixels."""

ONE_COLOUR = 0.3
"""Distance from the line between backdrop and thing, as a share of its length, that pixels keep to on average."""

OPAQUE = 0.98
"""Alpha well inside from which a thing is left to the rim model."""

FAINTEST = 0.25
"""Alpha well inside up to which the rim model is believed that there is nothing but noise."""

_WEIGHTS: FloatArray = np.array([[1], [0.15], [0.15]], np.float32) * TO_YCC  # of brightness and colour differences
_PURE = 0.25  # share of a thing's pixels, those farthest from the backdrop, that show its colour
_STRONG = 2  # thresholds by which a thing differs from the backdrop at least: the codec's ringing is weaker
_MARGIN = 2  # blocks around a thing


def find_things(gap: Bytes, threshold: int) -> Components:
    """Find the connected components that the codec's ringing, which is weaker than they, does not join.

    Arguments:
        gap: as `trimap.block_difference`, 0 where a thing was dropped.
        threshold: levels by which a block must differ from the backdrop to count.
    """
    return Components(gap, _STRONG * threshold)


def make_dark_effects_neutral(rgba: Bytes, backdrop_colour: BackdropColour, things: Components) -> None:
    """Take the tint opposite to the backdrop's colour off small dark grey things, in place.

    Of thin dark lines the codec keeps too little colour, so that unmixing takes out more of the backdrop's than is in
    them: grey becomes olive on blue and green on magenta.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha.
        backdrop_colour: of the frame.
        things: from `find_things`.
    """
    if backdrop_colour.size < COLOURLESS:
        return
    axis = backdrop_colour.turn[0]
    for label in things.up_to(SPARK):
        x0, y0, x1, y1 = things.box(label)
        window = rgba[2 * y0 : 2 * y1, 2 * x0 : 2 * x1]
        own = to_pixels((things.labels[y0:y1, x0:x1] == label).astype(np.uint8)) > 0
        values = window[own]
        weight = values[:, 3].astype(np.float32)
        y, *c = TO_YCC @ (weight @ values[:, :3]) / max(float(weight.sum()), 1.0)
        along, across = backdrop_colour.turn @ np.asarray(c, np.float32)
        if y < DARK and -TINT < along < 0 and abs(across) < TINT / 2:
            shift = FROM_CC @ (along * axis)
            values[:, :3] = np.clip(np.rint(values[:, :3] - shift), 0, 255)
            window[own] = values


def make_flat_effects_opaque(rgba: Bytes, padded: Bytes, scene: Scene, things: Components) -> None:
    """Raise the alpha of small flat things to 1 inside, and their rims with it, in place.

    Arguments:
        rgba: (h, w, 4) uint8, straight alpha, the cutout of the padded frame.
        padded: (h, w, 3) uint8, the frame.
        scene: its backdrop.
        things: from `find_things`.
    """
    for label in things.up_to(SPARK):
        x0, y0, x1, y1 = things.box(label)
        if not _is_pale(rgba, padded, scene, things, label):
            continue
        top, left = max(0, y0 - _MARGIN), max(0, x0 - _MARGIN)
        blocks = np.s_[top : y1 + _MARGIN, left : x1 + _MARGIN]
        labels = things.labels[blocks]
        own = dilate((labels == label).astype(np.uint8), SQUARE) & ((labels == label) | (labels == 0))
        window = np.s_[2 * top : 2 * (y1 + _MARGIN), 2 * left : 2 * (x1 + _MARGIN)]
        _make_opaque(rgba[window], padded[window], scene.empty[window], to_pixels(own) > 0, scene.threshold)


def _is_pale(rgba: Bytes, padded: Bytes, scene: Scene, things: Components, label: int) -> bool:
    """Return whether a thing that stands out has less alpha than an opaque one where it is farthest from the backdrop.

    Few have: most need no closer look.
    """
    x0, y0, x1, y1 = things.box(label)
    pixels = np.s_[2 * y0 : 2 * y1, 2 * x0 : 2 * x1]
    red, green, blue = cv2.split(cv2.absdiff(padded[pixels], scene.empty[pixels]))
    own = to_pixels((things.labels[y0:y1, x0:x1] == label) * np.uint8(255))
    levels = cv2.bitwise_and(cv2.max(cv2.max(red, green), blue), own)
    most = int(levels.max())
    if most < _STRONG * scene.threshold:
        return False
    return bool(rgba[pixels][..., 3][levels > MIDDLE * most].mean() < 255 * OPAQUE)


def _has_edge(levels: Bytes, own: NDArray[np.bool_]) -> bool:
    """Return whether a thing rises from the backdrop within two pixels by a good part of its height, as steam does not.

    Arguments:
        levels: (h, w) uint8, difference from the backdrop.
        own: (h, w), pixels of the thing.
    """
    there = np.where(own, levels, 0).astype(np.int16)
    least = STEP * int(there.max())
    across = np.abs(there[:, 2:] - there[:, :-2])[own[:, 2:] & own[:, :-2]]
    down = np.abs(there[2:] - there[:-2])[own[2:] & own[:-2]]
    return bool(max(across.max(initial=0), down.max(initial=0)) >= least)


def _make_opaque(rgba: Bytes, seen: Bytes, empty: Bytes, own: NDArray[np.bool_], threshold: int) -> None:
    """Make one thing opaque if it is flat and sharp.

    Arguments:
        rgba, seen, empty: windows of the cutout, the frame and the backdrop.
        own: pixels of the thing, and a block around them.
        threshold: levels over which a pixel differs from the backdrop.
    """
    levels = cv2.absdiff(seen, empty).max(2)
    if not _has_edge(levels, own):
        return
    size, alpha = levels[own].astype(np.float32), rgba[..., 3][own]
    apart = seen[own].astype(np.float32) - empty[own]
    there = size > threshold
    strong = np.sort(size[there])
    line = np.median(apart[size >= strong[int(len(strong) * (1 - _PURE))]], axis=0)
    length = float(line @ line)
    if length < 1:
        return
    share = apart @ line / length
    core = share > CORE
    middle = share > MIDDLE
    if not middle.any():
        return
    inside = float(alpha[middle].mean()) / 255
    if core.sum() < SHARP * (share > 0.2).sum() or not FAINTEST < inside < OPAQUE:
        return
    off = np.sqrt(((apart - share[:, None] * line) ** 2).sum(1) / length)
    if off[share > 0.5].mean() > ONE_COLOUR:
        return
    # The rim model knows where the edge is; only its scale is wrong.
    raised = alpha / inside
    if length < NEAR**2:
        # Nearer colours it does not know so well; brightness, which the codec keeps at full resolution, tells it.
        way = _WEIGHTS @ line
        share = (apart @ _WEIGHTS.T) @ way / float(way @ way)
        core = share > CORE
        raised = np.maximum(raised, 255 * (share - EDGE[0]) / (EDGE[1] - EDGE[0]))
    raised = np.clip(np.rint(raised), 0, 255)
    raised[core] = 255
    more = raised > alpha
    values = rgba[own]
    colour = np.where(core[:, None], seen[own], np.clip(np.rint(empty[own] + line), 0, 255))
    values[more, :3] = colour[more]
    values[more, 3] = raised[more]
    rgba[own] = values
