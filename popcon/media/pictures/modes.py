"""Brings every colour model that a picture file may have to upright sRGB with straight alpha."""

import io
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps

from popcon.pixels import Rgba

_SRGB = ImageCms.createProfile("sRGB")
_LAB = ImageCms.createProfile("LAB")
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")


_STRIP = 1_000_000
"""Pixels that are converted at a time: everything on the way takes several times its size."""


def upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF orientation says; a damaged EXIF block turns nothing."""
    try:
        if picture.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            return picture  # `exif_transpose` copies also what it does not turn
        return ImageOps.exif_transpose(picture)
    except Exception:  # the parser raises anything on damaged blocks, and a picture is not its EXIF
        return picture


def to_rgba(picture: Image.Image, shrink: int = 1) -> Rgba:
    """Convert a decoded picture of any mode, by strips.

    Depths over eight bits are scaled, not clipped, which is what Pillow's own conversion does. An embedded ICC
    profile is applied; a damaged one, or one for another colour model, is passed over.

    Arguments:
        picture: of any mode.
        shrink: side of the blocks of pixels that are averaged to one, colours weighted by alpha.

    Returns:
        (ceil(h / shrink), ceil(w / shrink), 4) uint8, straight alpha, contiguous.

    Raises:
        ValueError: a mode that Pillow cannot convert.
    """
    width, height = picture.size
    if picture.mode == "RGBA" and shrink == 1 and not picture.info.get("icc_profile"):
        return np.array(picture)
    done = np.empty((-(-height // shrink), -(-width // shrink), 4), np.uint8)
    levels = _levels(picture) if picture.mode in _DEEP else None
    rows = max(1, _STRIP // (width * shrink)) * shrink
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(height, top + rows)))
        pixels = _converted(strip) if levels is None else _from_deep(strip, levels)
        if shrink > 1:
            pixels = np.asarray(Image.fromarray(pixels).reduce(shrink))
        done[top // shrink : top // shrink + len(pixels)] = pixels
    return done


def _converted(picture: Image.Image) -> Rgba:
    """Return a picture of eight bits."""
    if picture.has_transparency_data:
        # Palettes keep alpha in a table, and RGB may name one transparent colour: this resolves both.
        rgba = picture.convert("RGBA")
        alpha = np.asarray(rgba.getchannel("A"))
        colours = _to_srgb(rgba.convert("RGB"), picture)
    else:
        opaque = picture.convert("RGB") if picture.mode in ("P", "1", "PA", "YCbCr") else picture
        colours = _to_srgb(opaque, picture)
        alpha = np.full(colours.shape[:2], 255, np.uint8)
    return np.dstack([colours, alpha])


def _to_srgb(pixels: Image.Image, source: Image.Image) -> NDArray[np.uint8]:
    """(h, w, 3): through the ICC profile of `source` where it fits these pixels, else as Pillow converts."""
    profile = source.info.get("icc_profile")
    if pixels.mode == "LAB":
        return np.asarray(ImageCms.profileToProfile(pixels, _LAB, _SRGB, outputMode="RGB"))
    if profile:
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            # The exact pixels are worth more than a detour that ends where it began.
            if "srgb" not in ImageCms.getProfileDescription(embedded).lower():
                converted = ImageCms.profileToProfile(pixels, embedded, _SRGB, outputMode="RGB")
                return np.asarray(cast(Image.Image, converted))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return np.asarray(pixels.convert("RGB"))


def _levels(picture: Image.Image) -> tuple[float, float]:
    """Lowest and highest value of a deep grey picture, 0 among them; what is not finite counts as 0."""
    width, height = picture.size
    rows, lowest, highest = max(1, _STRIP // width), 0.0, 0.0
    for top in range(0, height, rows):
        values = _finite(picture.crop((0, top, width, min(height, top + rows))))
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    return lowest, highest


def _finite(picture: Image.Image) -> NDArray[np.float64]:
    return np.nan_to_num(np.asarray(picture).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _from_deep(picture: Image.Image, levels: tuple[float, float]) -> Rgba:
    """Grey of 16 bits, 32 bits or floating point; `levels` are those of the whole picture."""
    values = _finite(picture)
    bottom, top = levels
    if picture.mode == "F" and bottom >= 0 and top <= 1:
        scaled = values * 255
    elif picture.mode == "F" and bottom >= 0 and top <= 255:
        scaled = values
    elif bottom >= 0 and top <= 65535:
        scaled = values / 257
    else:
        scaled = (values - bottom) * (255 / max(1e-12, top - bottom))
    grey = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    key = picture.info.get("transparency")
    alpha = np.full(grey.shape, 255, np.uint8)
    if isinstance(key, int):
        alpha[values == key] = 0
    return np.dstack([grey, grey, grey, alpha])
