"""Opens any picture safely, as upright sRGB with straight alpha.

Whatever a person drags in ends here first, so nothing is decoded before its size is known and every failure
is one sentence. Pillow is told the six formats by name: its other decoders never see a stranger's bytes.
"""

import io
import stat
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from popcon.errors import BadPicture
from popcon.media.clips.container import ends_early, recognise
from popcon.media.pictures.modes import to_rgba, upright
from popcon.media.pictures.pixel_art import SMALLEST, is_pixel_art
from popcon.pixels import Rgba

__all__ = ["ACCEPTED", "MAX_BYTES", "MAX_PIXELS", "MIN_SIDE", "load_picture", "read_picture"]

ACCEPTED = "PNG, JPEG, WebP, GIF, BMP or TIFF"
MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000
MIN_SIDE = 64
_FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]

# Kept, since ultralytics replaces it by one that installs a plug-in for files that Pillow does not know.
_open = Image.open


def read_picture(path: Path, is_frame: bool = False) -> Rgba:
    """Load a picture from a file; see `load_picture`.

    Raises:
        BadPicture: the path is missing, a folder or unreadable, or what is there is refused by `load_picture`.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise BadPicture(f"{path} is a folder; give one picture: {ACCEPTED}.")
        if not stat.S_ISREG(found.st_mode):
            raise BadPicture(f"{path} is not a file; give one picture: {ACCEPTED}.")
        _check_bytes(found.st_size, str(path))
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadPicture(f"There is no picture at {path}; give the path of a {ACCEPTED} file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadPicture(f"{path} cannot be read ({reason}); make it readable and try again.") from error
    return load_picture(data, str(path), is_frame)


def load_picture(data: bytes, name: str = "The picture", is_frame: bool = False) -> Rgba:
    """Decode a picture: the first frame of an animation, turned upright, in sRGB.

    Arguments:
        data: the file's bytes: PNG, JPEG, WebP, GIF, BMP or TIFF of any depth and colour model.
        name: what the person calls it; messages begin with it.
        is_frame: one frame of an animation, which may be small or show nothing.

    Returns:
        (h, w, 4) uint8, straight alpha; 255 where the file has none.

    Raises:
        BadPicture: empty, not a picture, cut off or damaged, over 30 MB or 50 megapixels (found before decoding),
            under 64 px (under 16 px where it is pixel art), or fully transparent.
    """
    _check_bytes(len(data), name)
    try:
        with warnings.catch_warnings():
            # Pillow warns on stderr about what is refused below in a sentence.
            warnings.simplefilter("ignore")
            picture = _open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise BadPicture(f"{name} is larger than {MAX_PIXELS // 1_000_000} megapixels; make it smaller.") from error
    except Exception as error:  # Pillow's plugins let anything out on hostile bytes
        raise _unreadable(data, name, error) from error
    with picture:
        _check_size(*picture.size, name, 1 if is_frame else SMALLEST)
        try:
            pixels = _decode(picture)
        except MemoryError:
            raise
        except Exception as error:  # as above
            raise _unreadable(data, name, error) from error
    if not is_frame and min(pixels.shape[:2]) < MIN_SIDE and not is_pixel_art(pixels):
        raise _too_small(pixels.shape[1], pixels.shape[0], name)
    if not is_frame and not pixels[..., 3].any():
        raise BadPicture(f"{name} is fully transparent; give a picture that shows a character.")
    return pixels


def _decode(picture: ImageFile.ImageFile | Image.Image) -> Rgba:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        picture.load()
        # A header may lie: a GIF's frame can be larger than its screen.
        if picture.size[0] * picture.size[1] > MAX_PIXELS:
            raise ValueError("larger than its header says")
        return np.ascontiguousarray(to_rgba(upright(picture)))


def _check_bytes(size: int, name: str) -> None:
    if size == 0:
        raise BadPicture(f"{name} is empty; give a {ACCEPTED} file.")
    if size > MAX_BYTES:
        raise BadPicture(f"{name} has {size / 1e6:.0f} MB; pictures of up to {MAX_BYTES // 1_000_000} MB are accepted.")


def _check_size(width: int, height: int, name: str, least: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadPicture(
            f"{name} is {width}x{height}; pictures of up to {MAX_PIXELS // 1_000_000} megapixels are accepted."
        )
    if min(width, height) < least:
        raise _too_small(width, height, name)


def _too_small(width: int, height: int, name: str) -> BadPicture:
    return BadPicture(
        f"{name} is {width}x{height}; a character needs at least {MIN_SIDE} px a side, {SMALLEST} if it is pixel art."
    )


def _unreadable(data: bytes, name: str, error: Exception) -> BadPicture:
    kind = recognise(data[:12])
    cut_off = kind in ("png", "gif", "webp") and ends_early(io.BytesIO(data), kind, len(data))
    if cut_off or "truncated" in str(error).lower():
        return BadPicture(f"{name} ends early, as if it had not been copied to the end; copy or export it again.")
    if isinstance(error, UnidentifiedImageError):
        return BadPicture(f"{name} is not a picture that can be opened; {ACCEPTED} are accepted.")
    return BadPicture(f"{name} is damaged; export it again as {ACCEPTED}.")
