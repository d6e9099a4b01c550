"""The embedded segment engine: regions, minimum cuts, and a small prior that comes with them."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import cv2
import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from popcon.engines.segment.board import Board, Spot, contour_quality
from popcon.engines.segment.clicks import checked_clicks
from popcon.engines.segment.contour import around, seen_nearby, sharpened, told_by
from popcon.engines.segment.cut import Flags
from popcon.engines.segment.evidence import evidence_of
from popcon.engines.segment.informed import after_click, subject_odds
from popcon.engines.segment.prior_features import maps_of
from popcon.engines.segment.prompts import Prompts, checked_mask, checked_prompts
from popcon.engines.segment.regions import darkness_of_lines, regions_of, to_lab
from popcon.engines.segment.tracking import carried
from popcon.errors import BadInput
from popcon.media.pictures.soft_mask import decide_by_colours
from popcon.models.engine import EngineFingerprint
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb

Floats = NDArray[np.float32]

LARGEST_SIDE = 512
"""Pictures are looked at no larger than this, px; their masks are made exact at full size."""
SMALLEST_SIDE = 8
REMEMBERED = 64
"""Choices kept per picture, so that one more click costs one more cut."""
Told = tuple[tuple[Spot, bool], ...]
"""Clicks, and whether the mask that they mend says otherwise."""


@dataclass
class GraphEmbedding:
    """A picture prepared for clicks: about 25 bytes a pixel, and what earlier clicks chose.

    Arguments:
        width, height: of the picture, px.
        scale: of the picture that was looked at, to the picture.
        lab, lines: CIELAB and dark lines of the picture at full size.
        seen: what a subject engine's mask says at full size, see `seen_nearby`; None: nothing.
    """

    width: int
    height: int
    scale: float
    board: Board
    lab: Floats
    lines: Floats
    seen: Floats | None = None
    chosen: MutableMapping[tuple[Spot, ...], Flags] = field(default_factory=lambda: LRUCache(REMEMBERED))
    mended: MutableMapping[tuple[bytes, Told], Flags] = field(default_factory=lambda: LRUCache(REMEMBERED))
    lock: Lock = field(default_factory=Lock)


def prepared(picture: Rgb, largest_side: int = LARGEST_SIDE) -> GraphEmbedding:
    """Cut a picture into regions and look at its edges and its border.

    Raises:
        BadInput: not an RGB picture, or one of a few pixels.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise BadInput(f"A picture to segment has three 8-bit channels; this one is {picture.shape} {picture.dtype}.")
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise BadInput(f"The picture is {width} x {height} px; at least {SMALLEST_SIDE} x {SMALLEST_SIDE} are needed.")
    lab = to_lab(picture)
    scale = min(1.0, largest_side / max(height, width))
    small = picture
    if scale < 1:
        size = max(SMALLEST_SIDE, round(width * scale)), max(SMALLEST_SIDE, round(height * scale))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    regions = regions_of(small)
    board = Board(regions, evidence_of(regions), np.ascontiguousarray(regions.labels[::2, ::2]), maps_of(small))
    gap = (board.regions.ink > board.evidence.ink)[regions.labels].astype(np.uint8)
    lines = darkness_of_lines(lab)
    lines[cv2.resize(gap, (width, height), interpolation=cv2.INTER_NEAREST) > 0] = 0
    return GraphEmbedding(width, height, scale, board, lab, lines)


class GraphEngine:
    """Clicks to masks by minimum cuts of a graph of regions. See `SegmentEngine`."""

    fingerprint = EngineFingerprint(name="graph", version="4")

    def encode(self, picture: Rgb) -> GraphEmbedding:
        """Prepare a picture for clicks; about 0.1 s for 480 x 480 px."""
        return prepared(picture)

    def encode_with_prior(self, picture: Rgb, likely: Mask | None) -> GraphEmbedding:
        """Prepare a picture for clicks, of which the first selects what a subject engine sees there.

        Arguments:
            likely: (h, w), how likely each pixel belongs to the character, 0 to 255; None: as `encode`.
        """
        made = prepared(picture)
        if likely is not None:
            decided = decide_by_colours(picture, likely)
            made.board = replace(made.board, subject=subject_odds(made.board, decided))
            made.seen = seen_nearby(decided)
        return made

    def predict(
        self, embedding: GraphEmbedding, clicks: Sequence[Click], previous: Mask | None = None
    ) -> tuple[Mask, float]:
        """Return the mask that the clicks ask for, 0 or 255.

        The pixel of a click is always on the side that the click says. Without `previous`, the first positive click
        finds an object and the others mend it in their order, so the same clicks always give the same mask. With
        it, that mask is mended where clicks contradict it, and stays as it is elsewhere. Negative clicks alone take
        away from everything that does not belong to the picture's border.

        Raises:
            BadInput: no clicks, a click outside the picture, contradictory clicks, a previous mask of another size.
        """
        clicks = checked_clicks(clicks, embedding.width, embedding.height)
        spots = _spots(embedding, clicks)
        if previous is None:
            inside = self._chosen(embedding, spots)
            mask = _full_size(embedding, inside)
            return _finished(embedding, mask, clicks), _score(embedding, inside)
        old = checked_mask(previous, embedding.width, embedding.height, "previous mask", "the picture") > 127
        before = _by_region(embedding, old)
        told = tuple(
            (spot, bool(old[int(click.y), int(click.x)]) != click.positive)
            for spot, click in zip(spots, clicks, strict=True)
        )
        inside = self._mended(embedding, before, told)
        changed = _full_size(embedding, inside != before)
        # Elsewhere the person's mask stays as it was, to the pixel.
        near = cv2.dilate(changed.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
        near |= told_by(embedding.lab, clicks) != 0
        window = around(near)
        mask = np.where(changed, _full_size(embedding, inside), old)
        mask[window] = np.where(near[window], _finished(embedding, mask, clicks, window) > 127, old[window])
        return np.where(mask, 255, 0).astype(np.uint8), _score(embedding, inside)

    def track(
        self, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        """Carry clicks or masks to all frames. See `SegmentEngine.track`; prompted frames come first.

        Raises:
            BadInput: see `checked_prompts`, or a clicked frame is not a picture that can be encoded.
        """
        masks = _prompted(self, frames, checked_prompts(frames, prompts))
        return carried(frames, masks)

    def _chosen(self, embedding: GraphEmbedding, spots: Sequence[Spot]) -> Flags:
        """Return the regions that clicks ask for, from the longest beginning of them that is remembered."""
        first = next((n for n, spot in enumerate(spots) if spot.positive), None)
        order = tuple(spots) if first is None else (spots[first], *spots[:first], *spots[first + 1 :])
        inside: Flags | None = None
        known = 0
        with embedding.lock:
            for count in range(len(order), 0, -1):
                inside = embedding.chosen.get(order[:count])
                if inside is not None:
                    known = count
                    break
        for count in range(known + 1, len(order) + 1):
            inside = after_click(embedding.board, inside, order[:count])
            with embedding.lock:
                embedding.chosen[order[:count]] = inside
        assert inside is not None
        return inside

    def _mended(self, embedding: GraphEmbedding, before: Flags, told: Told) -> Flags:
        """`before`, mended by each click that contradicts it, from the longest beginning that is remembered."""
        start = np.packbits(before).tobytes()
        inside, known = before, 0
        with embedding.lock:
            for count in range(len(told), 0, -1):
                found = embedding.mended.get((start, told[:count]))
                if found is not None:
                    inside, known = found, count
                    break
        for count in range(known + 1, len(told) + 1):
            if told[count - 1][1]:
                inside = after_click(embedding.board, inside, [spot for spot, _ in told[:count]], nearby=True)
            with embedding.lock:
                embedding.mended[start, told[:count]] = inside
        return inside


def _spots(embedding: GraphEmbedding, clicks: Sequence[Click]) -> list[Spot]:
    labels = embedding.board.regions.labels
    height, width = labels.shape
    spots = []
    for click in clicks:
        x = min(int(click.x * width / embedding.width), width - 1)
        y = min(int(click.y * height / embedding.height), height - 1)
        spots.append(Spot(int(labels[y, x]), click.positive, x, y))
    return spots


def _by_region(embedding: GraphEmbedding, mask: Flags) -> Flags:
    regions = embedding.board.regions
    share = mask.astype(np.float32)
    if share.shape != regions.labels.shape:
        share = np.asarray(cv2.resize(share, regions.labels.shape[::-1], interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray(np.bincount(regions.labels.ravel(), share.ravel(), regions.count) > 0.5 * regions.area)


def _full_size(embedding: GraphEmbedding, inside: Flags) -> Flags:
    mask = inside[embedding.board.regions.labels]
    if mask.shape == (embedding.height, embedding.width):
        return mask
    size = embedding.width, embedding.height
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5)


def _finished(
    embedding: GraphEmbedding,
    mask: Flags,
    clicks: Sequence[Click],
    window: tuple[slice, slice] = (slice(None), slice(None)),
) -> Mask:
    """Return the part of a mask in a window, exact to the pixel."""
    told = told_by(embedding.lab, clicks)
    seen = None if embedding.seen is None else embedding.seen[window]
    exact = sharpened(mask[window], embedding.lab[window], embedding.lines[window], told[window], seen)
    return np.where(exact, 255, 0).astype(np.uint8)


def _score(embedding: GraphEmbedding, inside: Flags) -> float:
    if not inside.any():
        return 0.0
    return float(np.clip(contour_quality(embedding.board, inside), 0, 1))


def _prompted(engine: GraphEngine, frames: Sequence[Rgb], prompts: Prompts) -> dict[int, tuple[Mask, float]]:
    """Return the masks of the prompted frames, with their scores."""
    return {
        number: (prompt, 1.0)
        if isinstance(prompt, np.ndarray)
        else engine.predict(engine.encode(frames[number]), prompt)
        for number, prompt in prompts.items()
    }
