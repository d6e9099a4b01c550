"""Unmixing of one frame on a known backdrop into alpha and foreground colour."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte import rim
from popcon.engines.matte import trimap as trimaps
from popcon.engines.matte.backdrop import Backdrop
from popcon.engines.matte.morphology import Window, to_pixels
from popcon.engines.matte.planes import FROM_CC

FloatArray = NDArray[np.float32]
Bytes = NDArray[np.uint8]

BOOST = 1.7
"""Exponent by which transparency falls inside small things: the codec swallows part of every spark and line."""

SURE = 0.02
"""Alpha this near to 0 or 1 is 0 or 1."""


@dataclass(frozen=True)
class Scene:
    """The constants of a clip at the size of a padded frame: backdrop, grid, drift, threshold and rim model.

    `uniform` says whether the backdrop has one colour all over, within a level.
    """

    backdrop: Backdrop
    grid: trimaps.Grid
    backdrop_colour: trimaps.BackdropColour
    empty: Bytes
    drift: FloatArray | None
    threshold: int
    layers: tuple[FloatArray, ...]
    uniform: bool

    @classmethod
    def of(cls, backdrop: Backdrop, height: int, width: int) -> "Scene":
        grid = trimaps.Grid(backdrop.dx, backdrop.dy, backdrop.shared)
        empty, _, _ = grid.pad(backdrop.picture(height, width))
        drift = None
        if np.any(empty != empty[0, 0]):
            drift = np.asarray(empty[::2, ::2] - np.round(backdrop.level), np.float32)
        threshold = int(np.clip(round(backdrop.noise + 3), 7, 16))
        layers = rim.load("saturated" if backdrop.saturated else "neutral")
        uniform = drift is None or float(np.abs(drift[::4, ::4]).max()) <= 1
        return cls(backdrop, grid, trimaps.BackdropColour.of(backdrop.level), empty, drift, threshold, layers, uniform)

    def within(self, blocks: Window, pixels: Window) -> "Scene":
        """The same of a window, given in blocks and in pixels."""
        drift = None if self.drift is None else self.drift[blocks]
        return replace(self, empty=self.empty[pixels], drift=drift)


def unmix(padded: Bytes, scene: Scene, trimap: trimaps.Trimap, small: Bytes) -> Bytes:
    """Compute alpha and colours of a padded frame, (h, w, 4) uint8, straight alpha; colour is kept where alpha is 0.

    Full blocks keep their pixels; those of the band get the rim model's alpha and the colour that is left when the
    backdrop's share is taken out. `small`, (bh, bw), is not 0 at sparks and other small things.
    """
    seen = trimaps.observe(padded, trimap, scene.backdrop_colour, scene.grid.shared, scene.drift)
    blurred = trimap.blurred[trimap.rows, trimap.columns] > 0
    if blurred.any():
        out = np.empty((len(blurred), rim.OUTPUTS), np.float32)
        for here, layers in ((~blurred, scene.layers), (blurred, rim.load("blurred"))):
            out[here] = rim.predict(seen.features[here], layers)
    else:
        out = rim.predict(seen.features, scene.layers)
    alpha = np.clip(out[:, :4], 0, 1)
    alpha[alpha < SURE] = 0
    alpha[alpha > 1 - SURE] = 1
    change = out[:, 4:].reshape(-1, 4, 3)
    y = seen.y + change[..., 0]
    # One product of all pixels: a product for each block of four is slow.
    c = (seen.c[:, None] + change[..., 1:]).reshape(-1, 2) @ scene.backdrop_colour.turn
    behind = scene.backdrop.level / 255
    there = behind if scene.drift is None else behind + scene.drift[trimap.rows, trimap.columns][:, None] / 255
    premultiplied = (c @ FROM_CC.T).reshape(-1, 4, 3)
    premultiplied += y[..., None]
    premultiplied += alpha[..., None] * there
    premultiplied /= np.maximum(alpha, SURE)[..., None]
    colour = np.clip(premultiplied, 0, 1, out=premultiplied)
    spark = small[trimap.rows, trimap.columns] > 0
    alpha[spark] = 1 - (1 - alpha[spark]) ** BOOST
    result = cv2.cvtColor(padded, cv2.COLOR_RGB2RGBA)
    solid = to_pixels(trimap.full * np.uint8(255))
    cv2.insertChannel(solid, result, 3)
    values = np.empty((len(alpha), 4, 4), np.uint8)
    colour *= 255
    np.rint(colour, out=colour)
    values[..., :3] = colour
    values[..., 3] = np.rint(alpha * 255)
    whole_pixels = result.view(np.uint32).reshape(trimap.active.shape[0], 2, trimap.active.shape[1], 2)
    for k in range(4):
        whole_pixels[trimap.rows, k // 2, trimap.columns, k % 2] = values[:, k].view(np.uint32)[:, 0]
    return np.asarray(result, np.uint8)
