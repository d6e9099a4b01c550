"""Carry one mask from frame to frame: motion, colours, what stands still behind, and the prior, in one cut."""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.segment.background_plate import Plate
from popcon.engines.segment.board import Board, contour_quality
from popcon.engines.segment.confidence import MaskEvidence, mask_confidence, overlap_of
from popcon.engines.segment.contour import around, sharpened
from popcon.engines.segment.cut import minimum_cut
from popcon.engines.segment.evidence import evidence_of
from popcon.engines.segment.motion import Look, alike, at_rest, flow, stiffened, taken
from popcon.engines.segment.prior import guess_at
from popcon.engines.segment.prior_features import maps_of, maps_of_clicks
from popcon.engines.segment.regions import darkness_of_lines, regions_of, to_lab
from popcon.pixels import Mask, Rgb

Floats = NDArray[np.float32]

SIDE = 256
"""Frames are compared no larger than this, px."""
BEFORE, LEAN, GUESSED = 1.5, 0.8, 0.5
"""Weights, in shares of what motion says: whether a pixel is before the known background, whether only the character
has its colour, and what the prior makes of the moved mask."""
LEAST = (0.25, 0.6)
"""What motion says counts no less than this inside, and outside, also where it does not explain the frame: where the
character has gone from, a background comes out that nobody has seen."""
SUREST = 4.0
"""Log odds beyond which the prior is not believed to be any surer."""
CLOSE = 10
"""How far from where it is looked for a part of the character may appear, px."""
EDGES = 0.5
"""What a contour off any edge costs, in shares of what it costs when clicks choose."""
BINS = 12
"""Steps of each channel in the colour tables."""


def reduced(frame: Rgb) -> Rgb:
    """Return a frame as it is compared."""
    scale = min(1.0, SIDE / max(frame.shape[:2]))
    size = max(8, round(frame.shape[1] * scale)), max(8, round(frame.shape[0] * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def share_of(mask: Mask, small: Rgb) -> Floats:
    """Return a mask at the size of a reduced frame, 0 to 1."""
    shrunk = cv2.resize(mask, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk.astype(np.float32) / 255, np.float32)


class MaskPropagator:
    """Propagates the mask of one frame to the frames after it, in one direction.

    Arguments:
        given: the reduced frame and its mask.
        plate: what is known of the background; learns more on the way.
    """

    def __init__(self, given: Look, plate: Plate) -> None:
        self._given = self._near = given
        self._plate = plate
        self._origin = at_rest(*given.share.shape)
        self._lean = _lean_of(given)

    def next(self, frame: Rgb) -> tuple[Mask, float]:
        """Propagate to the next frame: its mask, 0 or 255, and its confidence, 0 to 1."""
        small = reduced(frame)
        prior, confidence = self._moved(small)
        if prior.sum() < 1:
            # What was not there does not come by itself; something else may have moved into the picture.
            self._near = Look(small, prior)
            return np.zeros(frame.shape[:2], np.uint8), 0.0
        before = self._before(small, prior, confidence)
        lean = self._lean[_codes(small)]
        static = maps_of(small)
        guessed = _guessed(static, small, prior, confidence)
        told = max(0.0, float((lean * prior).sum() / prior.sum()))
        by_colour = LEAN * told**2 * lean * (1.2 - confidence) * (1 - np.abs(before))
        least = np.where(prior > 0.5, LEAST[0], LEAST[1])
        gain = (2 * prior - 1) * np.maximum(confidence, least) + by_colour + BEFORE * before + GUESSED * guessed
        regions = regions_of(small)
        evidence = evidence_of(regions)
        board = Board(regions, evidence, regions.labels, static)
        unary = np.asarray(np.bincount(regions.labels.ravel(), gain.ravel(), regions.count), np.float64)
        edges = EDGES * evidence.forward, EDGES * evidence.backward
        inside = minimum_cut(unary, regions.first, regions.second, *edges)
        mask = _exact(inside[regions.labels], frame, (regions.ink > evidence.ink)[regions.labels])
        share = share_of(mask, small)
        sizes = float(share.sum()), float(self._given.share.sum())
        evidence_of_mask = MaskEvidence(
            overlap=overlap_of(share, prior),
            size=min(sizes) / max(1.0, *sizes),
            agreed=overlap_of(share, np.asarray((guessed + 1) / 2, np.float32)),
            contour=contour_quality(board, inside),
        )
        score = mask_confidence(evidence_of_mask) if share.any() else 0.0
        self._plate.learn(small, share, 0.7 * score)
        self._near = Look(small, share)
        return mask, score

    def _moved(self, small: Rgb) -> tuple[Floats, Floats]:
        """Return where the character is by its motion, and how well that explains the frame, both 0 to 1.

        It is looked for from the frame before, and from the given one: what was lost on the way comes back.
        """
        dense = flow(self._near, small, at_rest(*small.shape[:2]))
        near = stiffened(self._near, small, dense)
        self._origin = stiffened(self._given, small, flow(self._given, small, taken(self._origin, near)))
        ways = ((self._near, near), (self._given, self._origin))
        shares = [taken(look.share, origin) for look, origin in ways]
        matches = [alike(look, small, origin) for look, origin in ways]
        first, second = (match + np.float32(0.05) for match in matches)
        share = (shares[0] * first + shares[1] * second) / (first + second)
        confidence = share * np.maximum(*matches) + (1 - share) * alike(self._near, small, dense, 5)
        return np.asarray(share, np.float32), np.asarray(confidence, np.float32)

    def _before(self, small: Rgb, prior: Floats, confidence: Floats) -> Floats:
        """Return whether pixels are before the known background (1) or of it (-1)."""
        before = self._plate.lean(small, prior)
        wide = cv2.dilate(prior, np.ones((2 * CLOSE + 1, 2 * CLOSE + 1), np.uint8))
        close = cv2.GaussianBlur(wide, (0, 0), CLOSE / 3)
        # Where the character has come to, it hides a background of its own colour.
        shown = 1 - np.minimum(1, 1.2 * prior * confidence)
        return np.asarray(np.where(before > 0, before * close, before * shown), np.float32)


def _codes(picture: Rgb) -> NDArray[np.int32]:
    step = picture.astype(np.int32) * BINS // 256
    return np.asarray((step[..., 0] * BINS + step[..., 1]) * BINS + step[..., 2])


def _lean_of(given: Look) -> Floats:
    """Return how much more often each colour was inside than outside, -1 to 1, by its code."""
    codes = _codes(given.frame).ravel()
    tables = []
    for weight in (given.share, 1 - given.share):
        table = np.bincount(codes, weight.ravel(), BINS**3).reshape(BINS, BINS, BINS).astype(np.float32)
        for axis in range(3):  # Neighbouring colours count a little, too.
            padded = np.pad(table, [(1, 1) if n == axis else (0, 0) for n in range(3)])
            table = 0.5 * table + 0.25 * (
                np.take(padded, range(BINS), axis) + np.take(padded, range(2, BINS + 2), axis)
            )
        tables.append(table.ravel())
    inside, outside = tables
    known = inside + outside
    lean = (inside - outside) / np.maximum(known, 1e-6)
    return np.asarray(lean * np.minimum(known / 4, 1), np.float32)


def _guessed(static: Floats, small: Rgb, prior: Floats, confidence: Floats) -> Floats:
    """Return what the prior makes of the moved mask, with a click in its middle, -1 to 1."""
    _, rows, columns = static.shape
    before = cv2.resize(prior, (columns, rows), interpolation=cv2.INTER_AREA)
    sure = cv2.resize(prior * confidence, (columns, rows), interpolation=cv2.INTER_AREA)
    depth = cv2.distanceTransform(np.pad(sure > 0.4, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    maps = maps_of_clicks(static, [(x + 0.5, y + 0.5, True)], (before > 0.5).astype(np.float32))
    odds = guess_at(np.concatenate([static, maps]), *small.shape[:2])
    return np.asarray(np.clip(odds / SUREST, -1, 1), np.float32)


def _exact(inside: NDArray[np.bool_], frame: Rgb, gaps: NDArray[np.bool_]) -> Mask:
    """Return a mask of a reduced frame at the size of the frame, exact to the pixel.

    Arguments:
        gaps: (h, w) of the reduced frame, dark lines that are no outlines: they have a calm background's colour.
    """
    size = frame.shape[1::-1]
    large = np.asarray(cv2.resize(inside.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5)
    mask = np.zeros(large.shape, np.uint8)
    if large.any():
        window = around(large)
        lab = to_lab(frame[window])
        lines = darkness_of_lines(lab)
        lines[cv2.resize(gaps.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)[window] > 0] = 0
        mask[window] = np.where(sharpened(large[window], lab, lines), 255, 0)
    return mask
