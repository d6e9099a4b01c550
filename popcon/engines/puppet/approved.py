"""A start frame that the puppet did not draw, taken as the character at its place, without its backdrop."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.figure import Figure, figure
from popcon.errors import BadPicture
from popcon.media.pictures.staging import premultiplied, resized
from popcon.models.stage import Body
from popcon.pixels import Rgb, Rgba

COARSE = 4
"""Start frames are compared at a quarter of their size, where rims that video smears do not count."""
NEAR, FAR = 14.0, 54.0
"""Distance from the backdrop, in the most different channel: up to NEAR it is backdrop, from FAR on it is not."""


def differs(start_frame: Rgb, own: Rgb) -> bool:
    """Return whether a start frame is clearly another picture than the puppet's own; noise of coding does not count."""
    if start_frame.shape != own.shape:
        return True
    size = max(8, own.shape[1] // COARSE), max(8, own.shape[0] // COARSE)
    theirs, ours = (
        cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_AREA) for picture in (start_frame, own)
    )
    apart = np.asarray(cv2.absdiff(theirs, ours)).max(axis=2)
    return bool((apart > 40).mean() > 0.004 or apart.mean() > 6.0)


def as_figure(start_frame: Rgb, side: int, alone: Rgba | None = None) -> tuple[Figure, str]:
    """Stand what a start frame shows where it was, without its backdrop.

    Arguments:
        start_frame: (h, w, 3) uint8, on one colour; the colour at its border is taken for it.
        alone: the same without its backdrop, where its alpha is known; None: the backdrop is keyed out.

    Returns:
        The figure, without floating hands, and the backdrop as "#rrggbb".

    Raises:
        BadPicture: nothing stands on the backdrop.
    """
    picture = np.ascontiguousarray(start_frame)
    if picture.shape[:2] != (side, side):
        shrinks = side < min(picture.shape[:2])
        method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        picture = np.asarray(cv2.resize(picture, (side, side), interpolation=method), dtype=np.uint8)
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    backdrop = np.median(border, axis=0).astype(np.float32)
    rgba = _keyed(picture, backdrop) if alone is None else _fitted(alone, side)
    if (rgba[..., 3] > 127).sum() < 16:
        raise BadPicture("The start frame shows nothing but its backdrop; a frame with the character in it is needed.")
    seen = rgba[..., 3] > 8
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    body = Body(
        left=columns[0] / side, top=rows[0] / side, right=(columns[-1] + 1) / side, bottom=(rows[-1] + 1) / side
    )
    red, green, blue = (int(c) for c in backdrop)
    return replace(figure(rgba, side, body), colours=None), f"#{red:02x}{green:02x}{blue:02x}"


def _keyed(picture: Rgb, backdrop: NDArray[np.float32]) -> Rgba:
    colours = picture.astype(np.float32)
    distance = np.abs(colours - backdrop).max(axis=2)
    solid = np.clip((distance - NEAR) / (FAR - NEAR), 0, 1)[..., None]
    straight = np.where(solid > 0, (colours - (1 - solid) * backdrop) / np.maximum(solid, 1e-3), 0)
    return np.dstack([np.clip(straight, 0, 255), solid * 255]).round().astype(np.uint8)


def _fitted(alone: Rgba, side: int) -> Rgba:
    if alone.shape[:2] == (side, side):
        return alone
    small = resized(premultiplied(alone), (side, side))
    alpha = small[..., 3:].clip(0, 255)
    straight = np.where(alpha > 0.5, small[..., :3] * 255 / np.maximum(alpha, 0.5), 0)
    return np.concatenate([straight.clip(0, 255), alpha], axis=2).round().astype(np.uint8)
