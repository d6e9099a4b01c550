"""Finds the mask of a limb from its joint and its tip.

The way between them is the cheapest path inside of the silhouette that keeps clear of lines and edges; a ribbon around
it (see `limb_ribbon`) takes in the patches of colour that are mostly its own, and leaves those that it only touches.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from popcon.engines.puppet.limb_ribbon import Art, Floats, ribbon
from popcon.pixels import Mask, Rgba

WORKING = 256
"""The longer side of the picture while it is looked at, px."""
SOLID = 110
"""Alpha from which a pixel is the character's."""
SHORTEST = 0.03
"""The least distance of a tip from its joint, in the character's longer side."""
EDGE = 5.0, 14.0
"""Difference of CIELAB colours across a px that counts as a full edge: in flat art, and in art with grain."""
BESIDE = 0.8
"""What is the limb's lies at most this far beside the ribbon, in half-widths of it."""
CALM = 0.18
"""The strongest edge within a patch of colour."""
OWN, OTHER = 0.55, 0.3
"""A patch of colour is the limb's from the first share of it that lies within, and not up to the second."""

At = tuple[float, float]


def limb_mask(character: Rgba, joint: At, tip: At) -> Mask | None:
    """Return where a limb is.

    Arguments:
        character: (h, w, 4) uint8, straight alpha.
        joint, tip: (x, y), px.

    Returns:
        (h, w) uint8, 0 or 255; None where no way inside of the character leads from the joint to the tip.
    """
    height, width = character.shape[:2]
    scale = WORKING / max(height, width)
    columns, rows = max(8, round(width * scale)), max(8, round(height * scale))
    art = _looked_at(character, columns, rows)
    ends = [_inside(art.solid, x * columns / width, y * rows / height) for x, y in (joint, tip)]
    if math.dist(*ends) < SHORTEST * WORKING:
        return None
    way = _way(art, *ends)
    if way is None:
        return None
    part = _with_loose_ends(art.solid, _by_patches(art, ribbon(art, way), way))
    grown = cv2.resize(part * np.uint8(255), (width, height), interpolation=cv2.INTER_LINEAR)
    grown = cv2.GaussianBlur(grown, (0, 0), max(0.5, 0.9 / scale))
    return np.where((np.asarray(grown) > 127) & (character[..., 3] > 8), 255, 0).astype(np.uint8)


def _looked_at(character: Rgba, columns: int, rows: int) -> Art:
    soft = character.astype(np.float32)
    soft[..., :3] *= soft[..., 3:] / 255
    small = np.asarray(cv2.resize(soft, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    alpha = small[..., 3]
    solid = alpha > SOLID
    colours = np.where(solid[..., None], small[..., :3] / np.maximum(alpha, 1)[..., None], 1.0).astype(np.float32)
    # Colours go on beyond the silhouette, which is an edge by itself.
    unknown = np.asarray(cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0, np.uint8)
    spread = np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8)
    if not unknown.all():
        spread = np.asarray(cv2.inpaint(spread, unknown, 3, cv2.INPAINT_NS), np.uint8)
    lab = cv2.cvtColor(spread.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    smooth = np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.8), np.float32)
    across, down = (cv2.Scharr(smooth, cv2.CV_32F, *axis) / 32 for axis in ((1, 0), (0, 1)))
    strong = np.sqrt((np.asarray(across) ** 2 + np.asarray(down) ** 2).sum(axis=2))
    light = np.ascontiguousarray(lab[..., 0])
    size = 2 * max(2, round(0.02 * max(columns, rows))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    valley = np.asarray(cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc), np.float64)
    grain = float(np.percentile(strong[solid], 60)) if solid.any() else 0.0
    full = float(np.clip(12 * grain, *EDGE))
    return Art(solid, np.clip(np.asarray(strong, np.float64) / full, 0, 1), np.clip(valley / 25, 0, 1))


def _inside(solid: NDArray[np.bool_], x: float, y: float) -> tuple[int, int]:
    """Return the pixel of the character nearest to a place: (column, row)."""
    ys, xs = np.nonzero(solid)
    nearest = int(np.hypot(xs + 0.5 - x, ys + 0.5 - y).argmin())
    return int(xs[nearest]), int(ys[nearest])


def _way(art: Art, start: tuple[int, int], end: tuple[int, int]) -> Floats | None:
    """Return the cheapest path between two pixels, (n, 2) x and y, about a px apart; None where there is none."""
    rows, columns = art.solid.shape
    clear = cv2.distanceTransform((art.solid & (art.edge < 0.5)).astype(np.uint8), cv2.DIST_L2, 5)
    straight = math.hypot(end[0] - start[0], end[1] - start[1])
    cost = 1 + 8.0 * art.edge + 2.0 * np.exp(-np.asarray(clear, np.float64) / max(2.0, 0.06 * straight))
    numbers = np.arange(rows * columns).reshape(rows, columns)
    pairs, costs = [], []
    for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1)):
        here = np.s_[: rows - dy, max(0, -dx) : columns - max(0, dx)]
        there = np.s_[dy:, max(0, dx) : columns + min(0, dx)]
        both = art.solid[here] & art.solid[there]
        pairs.append(np.stack([numbers[here][both], numbers[there][both]]))
        costs.append((cost[here][both] + cost[there][both]) / 2 * math.hypot(dx, dy))
    (a, b), weights = np.concatenate(pairs, axis=1), np.concatenate(costs)
    graph = coo_matrix((weights, (a, b)), shape=(rows * columns,) * 2).tocsr()
    source, target = start[1] * columns + start[0], end[1] * columns + end[0]
    far, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
    if not math.isfinite(far[target]):
        return None
    passed = [target]
    while passed[-1] != source:
        passed.append(int(before[passed[-1]]))
    path = np.array([(n % columns, n // columns) for n in reversed(passed)], np.float64) + 0.5
    return _smooth(path, max(2.0, 0.05 * straight))


def _smooth(path: Floats, by: float) -> Floats:
    """Return a path evened out, its ends held, in steps of about a px."""
    count = max(4, round(float(np.hypot(*np.diff(path, axis=0).T).sum())))
    at = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    even = np.stack([np.interp(np.linspace(0, at[-1], count + 1), at, path[:, n]) for n in (0, 1)], axis=1)
    reach = math.ceil(3 * by)
    padded = np.concatenate([2 * even[0] - even[reach:0:-1], even, 2 * even[-1] - even[-2 : -reach - 2 : -1]])
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / by) ** 2)
    kernel /= kernel.sum()
    if len(padded) != len(even) + 2 * reach:
        return even
    return np.stack([np.convolve(padded[:, n], kernel, mode="valid") for n in (0, 1)], axis=1)


def _by_patches(art: Art, part: Mask, way: Floats) -> Mask:
    """Return a limb with patches of colour that are mostly its own as wholes, and without those that it only touches.

    A patch is what edges part from what is around it.
    """
    calm = (art.solid & (art.edge < CALM) & (art.line < 0.3)).astype(np.uint8)
    count, labels = cv2.connectedComponents(calm, connectivity=4)
    areas = np.bincount(labels.ravel(), minlength=count).astype(np.float64)
    within = np.bincount(labels[part > 0], minlength=count)
    core = np.unique(labels[tuple(way.astype(int).T[::-1])])
    share = within / np.maximum(areas, 1)
    large = areas > 0.02 * float(part.sum())
    deepest = float(cv2.distanceTransform(np.pad(part, 1), cv2.DIST_L2, 5).max())
    near = cv2.distanceTransform(1 - part, cv2.DIST_L2, 5) < BESIDE * deepest
    beside = np.bincount(labels[near], minlength=count) / np.maximum(areas, 1)
    own = (share > OWN) & (beside > 0.9) & large
    other = (share < OTHER) & large & ~np.isin(np.arange(count), core)
    own[0] = other[0] = False
    kernel = np.ones((3, 3), np.uint8)
    gained = np.asarray(cv2.dilate(own[labels].astype(np.uint8), kernel, iterations=2), np.uint8)
    gained &= (own[labels] | (calm == 0)).astype(np.uint8) & art.solid.astype(np.uint8)
    lost = np.asarray(cv2.dilate(other[labels].astype(np.uint8), kernel), np.uint8) & (gained == 0)
    kept = (part | gained) & (lost == 0).astype(np.uint8)
    _, pieces = cv2.connectedComponents(kept, connectivity=4)
    on = pieces[tuple(way.astype(int).T[::-1])]
    on = on[on > 0]
    return (pieces == np.bincount(on).argmax()).astype(np.uint8) if on.size else part


def _with_loose_ends(solid: NDArray[np.bool_], part: Mask) -> Mask:
    """Return a limb with what comes off the character with it: fingers, cuffs, crumbs."""
    rest = (solid & (part == 0)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=4)
    if count < 3:
        return part
    trunk = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    touching = np.unique(labels[np.asarray(cv2.dilate(part, np.ones((3, 3), np.uint8))) > 0])
    loose = [n for n in touching if n not in (0, trunk) and stats[n, cv2.CC_STAT_AREA] < 0.3 * float(part.sum())]
    return part | np.isin(labels, loose).astype(np.uint8)
