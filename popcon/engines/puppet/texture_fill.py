"""Fills a hole in a pattern: a piece of the picture beside it is copied over and its colours are matched at the rim.

The piece is the one whose surroundings look most like the hole's: stripes and checks then go on through it. Darabi et
al., "Image Melding" (2012), and He and Sun, "Statistics of Patch Offsets for Image Completion" (2012), fill from few
offsets in this way; one is enough for a limb's width of a body.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Mask

Floats = NDArray[np.float32]
PLAIN = 7.0
"""A rim that differs from its own blur by less (0-255) has no pattern: smooth filling is better there."""
EXPLAINED = 0.55
"""A piece is taken where its rim is unlike the hole's by less than this share of the pattern's own strength."""
RIM = 7
"""Width of the rim that is compared, px."""
SAMPLES = 500
"""Pixels of the rim that are compared in the search, at most."""
COARSE = 3
"""The search goes over every n-th offset both ways, then over all around the best."""


def copied_over(
    part: NDArray[np.uint8], unknown: Mask, wanted: Mask, known: Mask, samples: int = SAMPLES
) -> Floats | None:
    """Return a picture whose hole is filled with a piece from beside it; None where it has no pattern or no piece fits.

    Arguments:
        part: (h, w, 3) uint8.
        unknown: (h, w), 1 where the picture is not known: the hole, and all that is not of the body.
        wanted: (h, w), 1 where it is to be filled.
        known: (h, w), 1 where pieces may be taken from.
        samples: pixels that are compared in the search, at most, of the rim and of the hole.

    Returns:
        (h, w, 3) float32, filled where `wanted`.
    """
    near = np.asarray(cv2.dilate(wanted, np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)), np.uint8)
    rim = np.argwhere((near > 0) & (unknown == 0) & (known > 0))
    if len(rim) < 40:
        return None
    colours = part.astype(np.float32)
    weight = known.astype(np.float32)
    blurred = cv2.GaussianBlur(colours * weight[..., None], (0, 0), RIM) / np.maximum(
        cv2.GaussianBlur(weight, (0, 0), RIM)[..., None], 1e-3
    )
    strength = float(np.abs(colours - blurred)[rim[:, 0], rim[:, 1]].mean())
    if strength < PLAIN:
        return None
    found = _best_offset(colours, rim, np.argwhere(wanted > 0), known, samples)
    if found is None or found[0] > EXPLAINED * strength:
        return None
    dy, dx = found[1]
    moved = np.roll(colours, (-dy, -dx), axis=(0, 1))
    # The difference at the rim is spread smoothly over the hole, so that shading goes on through it.
    lack = np.clip(np.rint(colours - moved + 128), 0, 255).astype(np.uint8)
    lack = np.asarray(cv2.GaussianBlur(lack, (0, 0), 1.0), np.uint8)
    spread = cv2.inpaint(lack, np.asarray(unknown | wanted, np.uint8), 5, cv2.INPAINT_TELEA)
    return np.asarray(np.clip(moved + cv2.GaussianBlur(spread, (0, 0), 3.0) - 128.0, 0, 255), np.float32)


def _best_offset(
    colours: Floats, rim: NDArray[np.int64], hole: NDArray[np.int64], known: Mask, samples: int
) -> tuple[float, tuple[int, int]] | None:
    """Return how far (rows, columns) away the best piece lies, and how unlike its rim is on average, 0 to 255."""
    rows, columns = known.shape
    rim, hole = rim[:: max(1, len(rim) // samples)], hole[:: max(1, len(hole) // samples)]
    spots = np.concatenate([rim, hole])
    low, high = spots.min(axis=0), spots.max(axis=0)
    own = colours[rim[:, 0], rim[:, 1]]

    def unlike(dy: int, dx: int) -> float:
        moved = spots + np.array([dy, dx])
        if known[moved[:, 0], moved[:, 1]].mean() < 0.995:
            return np.inf
        theirs = colours[moved[: len(rim), 0], moved[: len(rim), 1]]
        difference = theirs - own
        return float(np.abs(difference - difference.mean(axis=0)).mean() + 0.3 * np.abs(difference.mean(axis=0)).mean())

    best: tuple[float, tuple[int, int]] | None = None
    for dy in range(-int(low[0]), rows - int(high[0]), COARSE):
        for dx in range(-int(low[1]), columns - int(high[1]), COARSE):
            much = unlike(dy, dx)
            if best is None or much < best[0]:
                best = much, (dy, dx)
    if best is None or not np.isfinite(best[0]):
        return None
    middle = best[1]
    for dy in range(max(-int(low[0]), middle[0] - 2), min(rows - int(high[0]), middle[0] + 3)):
        for dx in range(max(-int(low[1]), middle[1] - 2), min(columns - int(high[1]), middle[1] + 3)):
            much = unlike(dy, dx)
            if much < best[0]:
                best = much, (dy, dx)
    return best
