"""Opens any picture safely, as upright sRGB with straight alpha.

Whatever a person drags in ends here first, so nothing is decoded before its size is known and every failure
is one sentence. Pillow is told the six formats by name: its other decoders never see a stranger's bytes.

A picture of 50 megapixels takes 200 MB where it is decoded. So two pictures at a time are decoded in a process, one
where it is large; the rest of the way goes by strips of rows, and what needs fewer pixels says so beforehand.
"""

import io
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from PIL import Image, ImageFile, UnidentifiedImageError

from popcon.errors import BadPicture
from popcon.media.clips.container import ends_early, recognise
from popcon.media.pictures.modes import to_rgba, upright
from popcon.media.pictures.pixel_art import SMALLEST, is_pixel_art
from popcon.pixels import Rgba

__all__ = ["ACCEPTED", "CHECK_PX", "MAX_BYTES", "MAX_PIXELS", "MIN_SIDE", "load_picture", "read_picture", "reduction"]

ACCEPTED = "PNG, JPEG, WebP, GIF, BMP or TIFF"
MAX_BYTES = 30_000_000
MAX_PIXELS = 50_000_000
MIN_SIDE = 64
CHECK_PX = 512
"""`enough_px` where a picture is only looked through for damage."""
_LARGE = 8_000_000
"""Pixels from which a picture is decoded alone, and its file has to be as large as a picture's."""
_MOST_PIXELS_A_BYTE = 3000
"""Of a flat drawing deflate makes a byte of 1000, and LZW one of 2700; what claims more shows nothing."""
_TURNS, _LARGE_TURN = threading.BoundedSemaphore(2), threading.Lock()
_FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]

# Kept, since ultralytics replaces it by one that installs a plug-in for files that Pillow does not know.
_open = Image.open


def read_picture(path: Path, is_frame: bool = False, enough_px: int | None = None, draft: bool = False) -> Rgba:
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
    return load_picture(data, str(path), is_frame, enough_px, draft)


def load_picture(
    data: bytes,
    name: str = "The picture",
    is_frame: bool = False,
    enough_px: int | None = None,
    draft: bool = False,
) -> Rgba:
    """Decode a picture: the first frame of an animation, turned upright, in sRGB.

    Arguments:
        data: the file's bytes: PNG, JPEG, WebP, GIF, BMP or TIFF of any depth and colour model.
        name: what the person calls it; messages begin with it.
        is_frame: one frame of an animation, which may be small or show nothing.
        enough_px: longest side that is needed: a larger picture is averaged over blocks of the largest whole number of
            pixels that leaves as much (see `reduction`); None: all pixels.
        draft: with `enough_px`, let JPEG's own coarser scales do a part of it: less work, not the same pixels.

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
        _check_size(*picture.size, name, 1 if is_frame else SMALLEST, len(data))
        width, height = picture.size
        try:
            with _turn(width, height):
                pixels = _decode(picture, enough_px, draft)
                picture.close()  # its memory is free before the next one's turn
        except MemoryError:
            raise
        except Exception as error:  # as above
            raise _unreadable(data, name, error) from error
    if not is_frame and min(width, height) < MIN_SIDE and not is_pixel_art(pixels):
        raise _too_small(width, height, name)
    if not is_frame and not pixels[..., 3].any():
        raise BadPicture(f"{name} is fully transparent; give a picture that shows a character.")
    return pixels


def reduction(data: bytes, enough_px: int) -> int:
    """By how much `load_picture` reduces a picture that it accepts, by its header; 1: not at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _open(io.BytesIO(data), formats=_FORMATS) as picture:
            return max(1, max(picture.size) // enough_px)


@contextmanager
def _turn(width: int, height: int) -> Iterator[None]:
    """Wait until a picture of this size may be decoded."""
    with _TURNS, _LARGE_TURN if width * height > _LARGE else nullcontext():
        yield


def _decode(picture: ImageFile.ImageFile | Image.Image, enough_px: int | None, draft: bool) -> Rgba:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if draft and enough_px is not None and (shrink := max(picture.size) // enough_px) > 1:
            picture.draft(None, (picture.size[0] // shrink, picture.size[1] // shrink))
        picture.load()
        # A header may lie: a GIF's frame can be larger than its screen.
        if picture.size[0] * picture.size[1] > MAX_PIXELS:
            raise ValueError("larger than its header says")
        shrink = 1 if enough_px is None else max(1, max(picture.size) // enough_px)
        return to_rgba(upright(picture), shrink)


def _check_bytes(size: int, name: str) -> None:
    if size == 0:
        raise BadPicture(f"{name} is empty; give a {ACCEPTED} file.")
    if size > MAX_BYTES:
        raise BadPicture(f"{name} has {size / 1e6:.0f} MB; pictures of up to {MAX_BYTES // 1_000_000} MB are accepted.")


def _check_size(width: int, height: int, name: str, least: int, size: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadPicture(
            f"{name} is {width}x{height}; pictures of up to {MAX_PIXELS // 1_000_000} megapixels are accepted."
        )
    if width * height > max(_LARGE, _MOST_PIXELS_A_BYTE * size):
        raise BadPicture(
            f"{name} says that it is {width}x{height}, but has only {size} bytes; make it smaller, or give a picture."
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
