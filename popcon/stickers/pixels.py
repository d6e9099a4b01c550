"""Small operations on straight RGBA that encoders share."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.pixels import Rgb, Rgba


def fill_transparent(frame: Rgba) -> Rgba:
    """Give transparent and nearly transparent pixels the colour of the pixels around that show.

    A lossy codec spreads colour over whole blocks; what lies under the transparency must not bleed into the rim. The
    holes are filled from ever coarser averages of what shows (push-pull: Gortler, Grzeszczuk, Szeliski, Cohen, "The
    lumigraph", 1996), so they are smooth and cost few bytes.

    Returns:
        (h, w, 4) uint8; alpha is unchanged, and so are the colours of pixels that show.
    """
    weight = frame[..., 3].astype(np.float32) / 255
    levels = [np.dstack([frame[..., :3].astype(np.float32) * weight[..., None], weight])]
    while max(levels[-1].shape[:2]) > 1:
        height, width = levels[-1].shape[:2]
        half = ((width + 1) // 2, (height + 1) // 2)
        levels.append(np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.float32))
    filled = levels[-1][..., :3] / np.maximum(levels[-1][..., 3:], 1e-6)
    for level in reversed(levels[:-1]):
        height, width = level.shape[:2]
        coarse = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, 3)
        known = np.minimum(level[..., 3:] * 10, 1)
        own = level[..., :3] / np.maximum(level[..., 3:], 1e-6)
        filled = np.asarray(own * known + coarse * (1 - known), np.float32)
    colour = np.clip(np.rint(filled), 0, 255).astype(np.uint8)
    return np.dstack([np.where(frame[..., 3:] >= 26, frame[..., :3], colour), frame[..., 3]])


def in_steps(frame: Rgba, step: int) -> Rgba:
    """Round colour and alpha to multiples of `step`; what is fully opaque or transparent stays so.

    Colours under little alpha are rounded more coarsely, in proportion to how little they show.
    """
    colours, alphas = _step_tables(step)
    out = np.empty_like(frame)
    alpha = frame[..., 3]
    out[..., :3] = colours.take((alpha.astype(np.intp) << 8)[..., None] | frame[..., :3])
    out[..., 3] = alphas.take(alpha)
    return out


@lru_cache(maxsize=8)
def _step_tables(step: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what `in_steps` makes of a colour value, by (alpha << 8 | colour), and of an alpha value."""
    alpha, colour = np.arange(256)[:, None], np.arange(256)[None]
    wide = np.clip(step * 255 // np.maximum(alpha, 1), step, 64)
    colours = np.minimum((colour + wide // 2) // wide * wide, 255)
    colours[:3] = 0
    alphas = np.clip((alpha[:, 0] + step // 2) // step * step, 1, 254)
    alphas[255], alphas[:3] = 255, 0
    return colours.astype(np.uint8).reshape(-1), alphas.astype(np.uint8)


def stroked(frame: Rgba, width: int) -> Rgba:
    """Draw a white stroke around what shows in a frame.

    Arguments:
        width: of the stroke, px.

    Returns:
        (h, w, 4) uint8; what showed is unchanged, the stroke lies behind it.
    """
    if width == 0:
        return frame
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    # half-seen glows and shadows get no stroke of their own
    solid = np.where(frame[..., 3] >= 128, 255, 0).astype(np.uint8)
    behind = np.asarray(cv2.GaussianBlur(cv2.dilate(solid, disc), (0, 0), 1.0), np.float32)[..., None] / 255
    own = frame[..., 3:].astype(np.float32) / 255
    alpha = own + behind * (1 - own)
    colour = (frame[..., :3] * own + 255 * behind * (1 - own)) / np.maximum(alpha, 1e-6)
    out = np.rint(np.dstack([colour, 255 * alpha])).astype(np.uint8)
    out[out[..., 3] == 0] = 0
    return out


def parse_colour(text: str) -> NDArray[np.uint8]:
    """#rrggbb to (3,) uint8."""
    return np.frombuffer(bytes.fromhex(text.lstrip("#")), np.uint8)


def flattened(frame: Rgba, colour: str) -> Rgba:
    """Composite over a flat colour #rrggbb: (h, w, 4) uint8, opaque."""
    return np.dstack([on_colour(frame, parse_colour(colour)), np.full(frame.shape[:2], 255, np.uint8)])


def on_colour(frame: Rgba, colour: NDArray[np.uint8]) -> Rgb:
    """Composite over a flat colour: (h, w, 3) uint8."""
    alpha = frame[..., 3:].astype(np.float32) / 255
    return np.rint(frame[..., :3] * alpha + colour.astype(np.float32) * (1 - alpha)).astype(np.uint8)
