"""The difference between a frame and its backdrop."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

GUARD = 3
"""Pixels around the character in which its own smeared colour stands out."""

_CHROMA_WEIGHT = 0.2
_EITHER = 0.2  # a pale thing on a bright backdrop has no contrast but colour: then colour counts nearly in full


@dataclass(frozen=True)
class BackdropDifference:
    """The difference between a frame and its backdrop, by channel and by block.

    Attributes:
        frame: (h, w, 3) uint8.
        alpha: (h, w) uint8, a model's.
        empty: (h, w, 3) uint8, the backdrop.
        gap: (h, w) uint8, largest channel difference from it.
        bright, colour: (h, w) uint8, difference in brightness, and the larger of those in Cr and Cb.
        noise: levels of `gap` that the backdrop itself stays within.
        guard: (h, w) uint8, 1 at the character and where the codec smears its colour.
        blocks: (h/2, w/2) uint8, the largest gap in each 2x2 block outside the guard; 0 where it is noise.
    """

    frame: Bytes
    alpha: Bytes
    empty: Bytes
    gap: Bytes
    bright: Bytes
    colour: Bytes
    noise: int
    guard: Bytes
    blocks: Bytes

    def share(self, at: Indices, among: Bytes | None = None) -> Floats:
        """Return how far pixels have gone from the backdrop to the strongest colour within 3 pixels, 0-1.

        Brightness is weighed more than colour, which video keeps at half the resolution and smears.

        Arguments:
            at: flat indices.
            among: (h, w) uint8, 1 where the strongest colour may be; None: anywhere.
        """
        bright, top_bright = _against_top(self.bright, at, among)
        colour, top_colour = _against_top(self.colour, at, among)
        weight = top_bright / (top_bright + _CHROMA_WEIGHT * top_colour + 1)
        either, _ = _against_top(self.gap, at, among)
        return np.asarray(np.maximum(bright * weight + colour * (1 - weight), either - _EITHER), np.float32)


def compare_to_backdrop(frame: Bytes, alpha: Bytes, empty: Bytes) -> BackdropDifference:
    """Compute the difference between a frame and its backdrop.

    Arguments:
        frame: (h, w, 3) uint8.
        alpha: (h, w) uint8, a model's.
        empty: (h, w, 3) uint8, the backdrop.
    """
    # Planes are written over when they have served: fresh memory costs as much as what is computed.
    difference = cv2.absdiff(frame, empty)
    red, green, blue = cv2.split(difference)
    gap = np.asarray(cv2.max(cv2.max(red, green, dst=red), blue, dst=red), np.uint8)
    there, nothing = cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb), cv2.cvtColor(empty, cv2.COLOR_RGB2YCrCb, dst=difference)
    bright, cr, cb = cv2.split(cv2.absdiff(there, nothing, dst=there))
    body = cv2.threshold(alpha, 127, 1, cv2.THRESH_BINARY)[1]
    guard = np.asarray(cv2.dilate(body, np.ones((2 * GUARD + 1, 2 * GUARD + 1), np.uint8)), np.uint8)
    noise = _noise(gap, guard)
    out = cv2.copyTo(gap, 1 - guard)
    odd = tuple((0, n % 2) for n in out.shape)
    even = np.pad(out, odd, mode="edge") if out.shape[0] % 2 or out.shape[1] % 2 else out
    blocks = np.maximum(np.maximum(even[::2, ::2], even[1::2, ::2]), np.maximum(even[::2, 1::2], even[1::2, 1::2]))
    return BackdropDifference(
        frame=frame,
        alpha=alpha,
        empty=empty,
        gap=gap,
        bright=np.asarray(bright, np.uint8),
        colour=np.asarray(cv2.max(cr, cb, dst=cr), np.uint8),
        noise=noise,
        guard=guard,
        blocks=np.asarray(cv2.threshold(blocks, noise, 255, cv2.THRESH_TOZERO)[1], np.uint8),
    )


def _noise(gap: Bytes, guard: Bytes) -> int:
    """Levels that nearly all of the backdrop stays within; effects are too small a share of it to count."""
    counts = cv2.calcHist([gap[::4]], [0], np.ascontiguousarray(1 - guard[::4]), [256], [0, 256]).ravel()
    total = counts.sum()
    if total == 0:
        return 8
    most = int(np.searchsorted(np.cumsum(counts), 0.9 * total))
    return int(np.clip(most + 5, 8, 18))


def _against_top(plane: Bytes, at: Indices, among: Bytes | None) -> tuple[Floats, Floats]:
    """Values of pixels as shares of the largest one close by, and that one."""
    within = plane if among is None else cv2.copyTo(plane, among)
    top = cv2.dilate(within, np.ones((7, 7), np.uint8)).ravel()[at].astype(np.float32)
    return np.minimum(plane.ravel()[at] / np.maximum(top, 1), 1).astype(np.float32), top
