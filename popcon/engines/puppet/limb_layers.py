"""Cuts limbs off a picture as layers: what was behind them is filled in, and their ends go on under the joint."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.limbs import Limb
from popcon.engines.puppet.spots import Texture
from popcon.engines.puppet.warp import Points
from popcon.models.rig import LimbName
from popcon.pixels import Mask

RIM = 10
"""Pixels this near to a limb can be its soft rim, texture px."""
EVEN = 2.0
"""Tears of a cut that are finer than this are evened out, texture px."""
CRUMB = 0.002
"""Smaller islands beside a cut, as a share of the texture, are crumbs of the limb."""
OUTLINE = 0.016
"""About how wide the outlines of drawings are, of their height."""


@dataclass(frozen=True)
class LimbLayer:
    """A limb as a layer.

    Attributes:
        name: which limb, as in `popcon.models.rig.RigLimb`.
        layer: premultiplied pixels of the limb, carried on behind the joint, so that no gap opens.
        corner: (x, y) of the layer's top left pixel in the texture.
        joint: what it turns about, in the texture, px.
        along: from the joint to its tip, px, y downwards.
        hull: (n, 2) points around the layer's visible part, layer px.
        behind: it is behind the body at rest.
        inside: it lies over the body, most of it or where they touch.
        half: half its mean width, px.
    """

    name: LimbName
    layer: Texture
    corner: tuple[int, int]
    joint: tuple[float, float]
    along: tuple[float, float]
    hull: Points
    behind: bool
    inside: bool = False
    half: float = 0.0

    @property
    def side(self) -> int:
        """-1 for the viewer's left, 1 for the right, 0 for a tail and the like."""
        return -1 if self.name.endswith("_left") else 1 if self.name.endswith("_right") else 0

    @property
    def length(self) -> float:
        return math.hypot(*self.along)


def cut_limb(texture: Texture, margin: tuple[int, int], limb: Limb) -> tuple[LimbLayer, NDArray[np.float32]]:
    """Separate a limb from a texture.

    Arguments:
        texture: (h, w, 4) uint8 premultiplied, with `margin` transparent (columns, rows) on each side.
        limb: as found in the picture without the margin.

    Returns:
        The limb, and (h, w) float32, 0-1: how much of each texture pixel belongs to it alone.
    """
    rows, columns = texture.shape[:2]
    wide, tall = columns - 2 * margin[0], rows - 2 * margin[1]
    arm, rest = (_away_from(mask, wide, tall, margin) for mask in (limb.mask, limb.rest))
    # Every pixel, soft rims included, belongs to what it is nearer to.
    alone = np.clip((rest - arm) * 0.5 + 0.5, 0, 1) * (arm < RIM)
    joint = limb.joint[0] * wide + margin[0], limb.joint[1] * tall + margin[1]
    tip = limb.tip[0] * wide + margin[0], limb.tip[1] * tall + margin[1]
    if limb.straight:
        alone = _divided(texture[..., 3], np.maximum(alone, _specks(texture[..., 3] * (1 - alone), alone)))
    else:
        alone = _without_remains(texture, alone, joint, limb.thickness * tall, OUTLINE * tall)
    ys, xs = np.mgrid[0:rows, 0:columns]
    away = np.hypot(xs + 0.5 - joint[0], ys + 0.5 - joint[1]).astype(np.float32)
    radius = max(2.0, 0.55 * limb.thickness * tall)
    if limb.straight:
        pixels, kept = texture, np.maximum(alone, np.clip(radius - away + 0.5, 0, 1))
    else:
        pixels, kept = _rounded_end(texture, alone, away, radius, limb.inside)
    on = np.argwhere(kept > 0)
    (top, left), (bottom, right) = on.min(axis=0), on.max(axis=0) + 1
    window = np.s_[top:bottom, left:right]
    layer = np.rint(pixels[window] * kept[window][..., None]).astype(np.uint8)
    along = tip[0] - joint[0], tip[1] - joint[1]
    half = float((layer[..., 3] > 127).sum()) / (2 * max(1.0, math.hypot(*along)))
    corner = int(left), int(top)
    part = LimbLayer(limb.name, layer, corner, joint, along, _hull(layer), limb.behind, limb.inside, half)
    return part, alone


def _without_remains(
    texture: Texture, alone: NDArray[np.float32], joint: tuple[float, float], thickness: float, line: float
) -> NDArray[np.float32]:
    """Return how much of each pixel is the limb's, 0-1, so that nothing torn stays beside the cut.

    Arguments:
        alone: a first share.
        joint, thickness: of the limb, px.
        line: width of outlines, px.
    """
    alpha = texture[..., 3]
    alone = np.maximum(alone, _same_colour(texture, alone, joint, thickness))
    alone = np.maximum(alone, _stub(alpha * (1 - alone), alone, joint, thickness))
    alone = np.maximum(alone, _nibs(alpha * (1 - alone), alone, line))
    alone = np.maximum(alone, _specks(alpha * (1 - alone), alone))
    return _divided(alpha, alone)


def _away_from(mask: Mask, wide: int, tall: int, margin: tuple[int, int]) -> NDArray[np.float32]:
    """Return how far each pixel of a texture is from a mask given at another size, px."""
    big = cv2.resize(mask, (wide, tall), interpolation=cv2.INTER_CUBIC)
    big = np.pad(np.asarray(big), ((margin[1], margin[1]), (margin[0], margin[0])))
    outside = cv2.distanceTransform((big < 128).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform((big >= 128).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(outside - inside, dtype=np.float32)


def _divided(alpha: Mask, alone: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share of each pixel that is the limb's, with an even border: every pixel is of what it is nearer to.

    Arguments:
        alpha: of the whole texture, 0 to 255.
        alone: a first share, whose border may be torn.
    """
    solid = (alpha > 24).astype(np.float32)
    limb = (alone > 0.5).astype(np.float32) * solid
    density = cv2.GaussianBlur(solid, (0, 0), EVEN)
    even = (cv2.GaussianBlur(limb, (0, 0), EVEN) > 0.5 * density) & (solid > 0)
    rest = ((solid > 0) & ~even).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    crumbs = stats[:, cv2.CC_STAT_AREA] < CRUMB * rest.size
    touching = np.zeros(count, bool)
    touching[np.unique(labels[cv2.dilate(even.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0])] = True
    crumbs[0] = False
    even |= (crumbs & touching)[labels]
    rest[even] = 0
    to_limb, to_rest = (
        cv2.distanceTransform(np.asarray(1 - each, np.uint8), cv2.DIST_L2, 5) for each in (even.astype(np.uint8), rest)
    )
    return np.asarray(np.clip((to_rest - to_limb) * 0.5 + 0.5, 0, 1) * (to_limb < RIM), dtype=np.float32)


def _stub(
    left: NDArray[np.float32], gone: NDArray[np.float32], joint: tuple[float, float], thickness: float
) -> NDArray[np.float32]:
    """1 where a piece of a cut-off arm sticks out of the trunk: what an opening wider than the arm removes there.

    Arguments:
        left: alpha of the rest, 0 to 255; `gone`: how much of each pixel was cut off, 0 to 1.
        thickness: of the arm at its joint, px.
    """
    reach = math.ceil(1.6 * thickness) + 4
    rows, columns = left.shape
    x0, x1 = max(0, round(joint[0]) - 2 * reach), min(columns, round(joint[0]) + 2 * reach)
    y0, y1 = max(0, round(joint[1]) - 2 * reach), min(rows, round(joint[1]) + 2 * reach)
    solid = (left[y0:y1, x0:x1] > 24).astype(np.uint8)
    size = 2 * max(2, round(0.62 * thickness)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    # The trunk goes on where it leaves the window.
    padded = cv2.copyMakeBorder(solid, size, size, size, size, cv2.BORDER_REPLICATE)
    opened = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc))[size:-size, size:-size]
    ys, xs = np.mgrid[y0:y1, x0:x1]
    near = np.hypot(xs + 0.5 - joint[0], ys + 0.5 - joint[1]) < reach
    sticking = ((solid > 0) & (opened == 0) & near).astype(np.uint8)
    _, labels = cv2.connectedComponents(sticking, connectivity=8)
    touched = np.asarray(cv2.dilate((gone[y0:y1, x0:x1] > 0.3).astype(np.uint8), np.ones((5, 5), np.uint8))) > 0
    on = np.isin(labels, np.setdiff1d(np.unique(labels[touched]), [0]))
    found = np.zeros(left.shape, np.float32)
    found[y0:y1, x0:x1] = on
    return found


def _specks(left: NDArray[np.float32], gone: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 where crumbs of a cut-off arm stayed behind: tiny islands that touch where it was."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((left > 0.5).astype(np.uint8), connectivity=8)
    tiny = stats[:, cv2.CC_STAT_AREA] < CRUMB * left.size
    touching = np.zeros(count, bool)
    touching[np.unique(labels[cv2.dilate(gone, np.ones((9, 9), np.uint8)) > 0])] = True
    tiny[0] = False
    return np.asarray((tiny & touching)[labels], dtype=np.float32)


def _rounded_end(
    texture: Texture, alone: NDArray[np.float32], away: NDArray[np.float32], radius: float, inside: bool
) -> tuple[Texture, NDArray[np.float32]]:
    """Return a limb carried on into the trunk: a round end in its colour, rimmed as the limb is.

    Arguments:
        away: of each pixel from the joint, px.
        radius: of the end, px.
        inside: what lies over the body keeps all of its pixels; what sticks out loses the corners of its cut.

    Returns:
        The texture with the end painted, and (h, w) float32, 0-1: how much of each pixel is the limb's.
    """
    arm = (alone > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(arm, cv2.DIST_L2, 5)
    deepest = float(depth.max())
    local = float(depth[away < 1.2 * radius].max(initial=2.0))
    kept = np.maximum(alone, np.clip((min(radius, local) if inside else radius) - away + 0.5, 0, 1))
    if deepest < 3:
        return texture, kept
    line = max(1.5, OUTLINE * texture.shape[0])
    solid = texture[..., 3] > 250
    core = np.median(texture[depth > 0.6 * deepest], axis=0)
    rimmed = (depth > 0) & (depth < min(line + 2, 0.5 * deepest)) & solid
    edge = np.median(texture[rimmed], axis=0) if rimmed.any() else core
    joint = away < 2.2 * radius
    if not inside:
        shape = ((kept > 0.5) & (texture[..., 3] > 24)).astype(np.uint8)
        size = 2 * max(1, round(0.6 * local)) + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        opened = cv2.morphologyEx(shape, cv2.MORPH_OPEN, disc)
        soft = np.clip((cv2.GaussianBlur(np.asarray(opened, np.float32), (0, 0), EVEN) - 0.5) * 3 + 0.5, 0, 1)
        kept = np.where(joint, np.minimum(kept, soft), kept)
    inward = cv2.distanceTransform((kept > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    rim = np.clip(line + 0.5 - inward, 0, 1)[..., None]
    end = core * (1 - rim) + edge * rim
    # The limb's own sides keep their pixels; its end is where the cut went through the picture.
    rest = cv2.distanceTransform(((alone > 0.5) | ~solid).astype(np.uint8), cv2.DIST_L2, 5)
    new = joint & solid & ((alone < 0.5) | ((rest < line) & (not inside)))
    return np.asarray(np.where(new[..., None], np.rint(end), texture), dtype=np.uint8), kept


def _same_colour(
    texture: Texture, alone: NDArray[np.float32], joint: tuple[float, float], thickness: float
) -> NDArray[np.float32]:
    """1 where the limb goes on beyond its cut: colours near the joint that it has and the body around has not."""
    reach = 1.3 * thickness + 4
    rows, columns = alone.shape
    ys, xs = np.mgrid[0:rows, 0:columns]
    away = np.hypot(xs + 0.5 - joint[0], ys + 0.5 - joint[1])
    near, around = away < reach, (away >= reach) & (away < 2.6 * reach)
    cells = (texture[..., :3].astype(np.int32) >> 4) @ np.array([256, 16, 1])
    solid = texture[..., 3] > 250
    depth = cv2.distanceTransform((alone > 0.9).astype(np.uint8), cv2.DIST_L2, 5)
    own, other = cells[(depth > 0.4 * float(depth.max())) & solid], cells[(alone < 0.1) & solid & around]
    if own.size < 16 or other.size < 16:
        return np.zeros_like(alone)
    share_own, share_other = (np.bincount(each, minlength=4096) / each.size for each in (own, other))
    of_the_limb = (share_own > 0.02) & (share_other < 0.25 * share_own)
    like = (of_the_limb[cells] & near & solid & (alone < 0.9)).astype(np.uint8)
    touching = ((alone > 0.3) & near).astype(np.uint8)
    _, labels = cv2.connectedComponents(like | touching, connectivity=8)
    on = np.isin(labels, np.setdiff1d(np.unique(labels[touching > 0]), [0])) & (like > 0)
    if not on.any():
        return np.zeros_like(alone)
    # Its soft rim as well, but not the body's outline.
    return np.asarray(cv2.dilate(on.astype(np.float32), np.ones((3, 3), np.uint8)), dtype=np.float32)


def _nibs(left: NDArray[np.float32], gone: NDArray[np.float32], line: float) -> NDArray[np.float32]:
    """1 where torn ends of outlines stick out beside what was cut off.

    Arguments:
        left: alpha of the rest, 0 to 255; `gone`: how much of each pixel was cut off, 0 to 1.
        line: width of outlines, px.
    """
    on = np.argwhere(gone > 0.3)
    if not on.size:
        return np.zeros_like(gone)
    size = 2 * max(2, round(1.1 * line)) + 1
    (top, bottom), (start, stop) = ((int(on[:, n].min()), int(on[:, n].max()) + 1) for n in (0, 1))
    top, start = max(0, top - 3 * size), max(0, start - 3 * size)
    window = np.s_[top : bottom + 3 * size, start : stop + 3 * size]
    solid = (left[window] > 24).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    padded = cv2.copyMakeBorder(solid, size, size, size, size, cv2.BORDER_REPLICATE)
    whole: Mask = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, disc), dtype=np.uint8)
    opened = whole[size:-size, size:-size]
    beside = np.asarray(cv2.dilate((gone[window] > 0.3).astype(np.uint8), np.ones((5, 5), np.uint8)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid & (1 - opened), connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < (2.2 * size) ** 2
    touched = np.zeros(count, bool)
    touched[np.unique(labels[beside > 0])] = True
    small[0] = False
    found = np.zeros_like(gone)
    found[window] = (small & touched)[labels]
    return found


def _hull(layer: Texture) -> Points:
    points = cv2.findNonZero((layer[..., 3] > 8).astype(np.uint8))
    if points is None:
        return np.zeros((1, 2))
    return np.asarray(cv2.convexHull(points).reshape(-1, 2), dtype=np.float64)


def limb_length(limb: Limb, wide: int, tall: int) -> float:
    """From shoulder to tip in a picture of this width and height, px."""
    return math.hypot((limb.tip[0] - limb.joint[0]) * wide, (limb.tip[1] - limb.joint[1]) * tall)
