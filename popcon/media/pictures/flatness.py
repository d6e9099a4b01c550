"""Tells whether a picture stands on one flat colour, from its border."""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from popcon.media.pictures.colour import difference, oklab, to_hex
from popcon.models.base import Model

PLAINLY_FLAT = 0.9
"""The share of the border that has to be of one colour."""


_CORNER_REACH = 2.5
"""Distance within which a corner's pixels count as of one colour, OKLab x 100."""


class Border(Model):
    """What runs along the edges of a picture."""

    colour: str = Field(pattern=r"^#[0-9a-f]{6}$", description="the most common colour")
    share: float = Field(ge=0, le=1, description="share of the border's pixels that are of this colour")
    upper: float = Field(ge=0, le=1, description="the same share of the upper and the outer sides' upper four fifths")
    corners: int = Field(ge=0, le=4, description="corners that are of this colour")
    noise: float = Field(ge=0, description="median distance of those pixels from the colour, OKLab x 100")
    reach: float = Field(ge=0, description="distance within which a pixel counts as of this colour, OKLab x 100")


def measure_border(picture: NDArray[np.uint8]) -> Border:
    """Measure the border of a picture, a fiftieth of its shorter side wide.

    Arguments:
        picture: (h, w, 3 or 4) uint8; alpha is not looked at.
    """
    height, width = picture.shape[:2]
    wide = max(2, min(height, width) // 50)
    rgb = picture[..., :3]
    ring = np.concatenate(
        [part.reshape(-1, 3) for part in (rgb[:wide], rgb[-wide:], rgb[wide:-wide, :wide], rgb[wide:-wide, -wide:])]
    )
    common = _most_common(ring)
    away = difference(ring, common)
    near = away < 8
    noise = float(np.median(away[near])) if near.any() else 0.0
    # Clean art needs a narrow reach to keep its pale parts; a JPEG's blocks need a wider one.
    reach = float(np.clip(4 * noise, 2.5, 8))
    sides = rgb[: height * 4 // 5]
    three = np.concatenate([part.reshape(-1, 3) for part in (rgb[:wide], sides[wide:, :wide], sides[wide:, -wide:])])
    corners = [rgb[:wide, :wide], rgb[:wide, -wide:], rgb[-wide:, :wide], rgb[-wide:, -wide:]]
    return Border(
        colour=to_hex(common),
        share=float((away <= reach).mean()),
        upper=float((difference(three, common) <= reach).mean()),
        corners=sum(bool(np.linalg.norm(oklab(np.median(c, axis=(0, 1))) - oklab(common)) <= reach) for c in corners),
        noise=noise,
        reach=reach,
    )


def is_flat(picture: NDArray[np.uint8]) -> bool:
    """Return whether a picture plainly stands on one flat colour.

    Nine tenths of its border are, two corners among it; or all of it but the lower edge, which cuts off a bust.
    """
    border = measure_border(picture)
    return (border.share >= PLAINLY_FLAT and border.corners >= 2) or border.upper >= 0.98


def stands_on_flat_corners(picture: NDArray[np.uint8]) -> Border | None:
    """Return the flat colour of a picture whose character covers most of its border, as its corners show it; else None.

    Three corners, or both upper ones, are of one colour without grain, and as much of the picture around them is.
    """
    height, width = picture.shape[:2]
    side = max(4, min(height, width) // 16)
    rgb = picture[..., :3]
    patches = [rgb[:side, :side], rgb[:side, -side:], rgb[-side:, :side], rgb[-side:, -side:]]
    pixels = [patch.reshape(-1, 3) for patch in patches]
    best: Border | None = None
    for start in pixels[:2]:
        common = _most_common(start)
        away = [difference(each, common) for each in pixels]
        alike = [bool((each <= _CORNER_REACH).mean() >= 0.9) for each in away]
        near = np.concatenate(
            [each for each, same in zip(away, alike, strict=True) if same] or [np.ones(1, np.float32)]
        )
        if (alike[0] and alike[1]) or sum(alike) >= 3:
            everywhere = difference(rgb, common) <= _CORNER_REACH
            if float(np.median(near)) < 0.6 and float(everywhere.mean()) >= 0.05:
                measured = measure_border(picture)
                best = measured.model_copy(
                    update={"colour": to_hex(common), "reach": _CORNER_REACH, "corners": sum(alike), "noise": 0.0}
                )
                break
    return best


def _most_common(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the median colour of the fullest cell of a coarse histogram, (3,) uint8."""
    cells = pixels.astype(np.int32) >> 4
    keys = cells[:, 0] << 8 | cells[:, 1] << 4 | cells[:, 2]
    fullest = np.bincount(keys, minlength=4096).argmax()
    # A flat colour on the edge of a cell spills over: take what is near the cell's median.
    seed = np.median(pixels[keys == fullest], axis=0)
    near = np.abs(pixels.astype(np.int32) - seed).max(axis=1) <= 16
    return np.asarray(np.rint(np.median(pixels[near], axis=0)), np.uint8)
