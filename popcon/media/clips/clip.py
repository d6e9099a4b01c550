"""Reads clips safely, as frames at a constant rate. Clips are written by `encode_mp4`.

A clip is a video file (MP4, MOV, WebM, MKV, AVI) or an animated picture (GIF, APNG, animated WebP), given as bytes
or as a path. Frame `n` is what the clip shows `n / fps` seconds after its first frame: clips of varying rate
(phones, GIFs) are brought to a constant one by repeating frames, so that everything after this may count frames.
"""

import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from popcon.errors import BadClip
from popcon.media.clips.animation import Animation
from popcon.media.clips.container import ACCEPTED, extent_of, recognise
from popcon.media.clips.encode import encode_mp4
from popcon.media.clips.video import Timing, Video
from popcon.models.base import Model
from popcon.pixels import Rgb, Rgba

__all__ = [
    "MAX_BYTES",
    "MAX_SECONDS",
    "MAX_SIDE",
    "ClipInfo",
    "encode_mp4",
    "frames",
    "frames_at",
    "probe",
    "rgba_frames",
]

MAX_SECONDS = 60
MAX_SIDE = 4096
MAX_BYTES = 100_000_000
_MAX_FRAMES = 7200
_MAX_FPS = 60.0

Source = bytes | Path
_UNREADABLE = (av.FFmpegError, OSError, ValueError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError)


class ClipInfo(Model):
    """What a clip is, as its frames will be read."""

    width: int = Field(gt=0, description="px, upright")
    height: int = Field(gt=0, description="px, upright")
    fps: float = Field(gt=0, description="constant frames a second")
    frames: int = Field(gt=0)
    duration_s: float = Field(gt=0)
    has_alpha: bool = Field(description="whether the clip may have transparency of its own")
    resampled: bool = Field(default=False, description="whether frames are repeated because the rate varied")
    notes: tuple[str, ...] = Field(default=(), description="what was missing or wrong in the file, a sentence each")


def probe(source: Source, name: str = "") -> ClipInfo:
    """Check a clip and say what it is; decodes its first frame only.

    Arguments:
        source: the file's bytes, or its path.
        name: what the person calls it, for messages; a path's own name where empty.

    Raises:
        BadClip: missing, too long (60 s), too large (4096 px a side, 100 MB), not a clip, cut off, or without times.
    """
    with _open(source, name) as (clip, called, _):
        timing = _timing(clip, called)
    with _open(source, name) as (clip, called, notes):
        first = next(iter(clip.shown()), None)
        if first is None:
            raise BadClip(f"{called} holds no frame that can be read; export it again as MP4.")
        height, width = first.picture().shape[:2]
        _check_size(width, height, called)
        fps, count, resampled = _rate(timing, called)
        return ClipInfo(
            width=width,
            height=height,
            fps=fps,
            frames=count,
            duration_s=count / fps,
            has_alpha=clip.has_alpha,
            resampled=resampled,
            notes=notes,
        )


def frames(source: Source, over: str = "#ffffff", start: int = 0, stop: int | None = None) -> Iterator[Rgb]:
    """Stream the frames of a clip; holds two at a time.

    Arguments:
        source: the file's bytes, or its path.
        over: what transparent parts of a clip with alpha are laid over, as #rrggbb.
        start, stop: the frames wanted, as in a slice of a list without negative numbers.

    Yields:
        (h, w, 3) uint8 sRGB, upright.

    Raises:
        BadClip: as `probe`, or a frame is damaged.
    """
    for _, pixels in _numbered(source, range(start, _MAX_FRAMES if stop is None else stop)):
        yield _lay_over(pixels, over)


def rgba_frames(source: Source) -> Iterator[Rgba]:
    """Stream the frames of a clip with the transparency that it has of its own (255 where it has none)."""
    for _, pixels in _numbered(source, range(_MAX_FRAMES)):
        yield _with_alpha(pixels)


def frames_at(source: Source, indices: Sequence[int], over: str = "#ffffff") -> list[Rgb]:
    """Return the frames with these numbers, in the order asked for; a number may come twice.

    Decodes up to the highest number (clips are short) and converts only what was asked for.

    Raises:
        BadClip: as `frames`, or the clip has no such frame.
    """
    found = {number: _lay_over(pixels, over) for number, pixels in _numbered(source, frozenset(indices))}
    for index in indices:
        if index not in found:
            raise BadClip(f"The clip has no frame {index}; it has {probe(source).frames}, numbered from 0.")
    return [found[index] for index in indices]


def _numbered(source: Source, wanted: Collection[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the wanted frames at the constant rate, in order, with their numbers."""
    if not wanted:
        return
    last = max(wanted)
    with _open(source, "") as (clip, called, _):
        timing = _timing(clip, called)
    fps, count, resampled = _rate(timing, called)
    number = 0
    pixels: NDArray[np.uint8] | None = None
    size: tuple[int, ...] = ()
    with _open(source, "") as (clip, called, _):
        for index, shown in enumerate(clip.shown()):
            pixels = None
            stop = _shown_until(timing, index, fps, count) if resampled else min(count, index + 1)
            while number < stop:
                if number in wanted:
                    pixels = shown.picture() if pixels is None else pixels
                    size = size or pixels.shape
                    if pixels.shape != size:
                        raise BadClip(f"{called} changes its size in frame {number}; export it again as MP4.")
                    yield number, pixels
                number += 1
            if number > last or number == count:
                return
            # The last frame may have to stand in for swallowed ones; only it is converted for that.
            final = shown
        if number < 0.95 * count - 1 or number == 0:
            raise BadClip(f"{called} is damaged: only {number} of its {count} frames can be read; export it again.")
        pixels = final.picture() if pixels is None else pixels
        yield from ((rest, pixels) for rest in range(number, count) if rest in wanted)


def _shown_until(timing: Timing, index: int, fps: float, count: int) -> int:
    """Return one past the last tick at which the index-th frame of a clip with a varying rate is on the screen."""
    if index + 1 >= len(timing.times):
        return count
    return min(count, max(0, round((timing.times[index + 1] - timing.times[0]) * fps)))


def _rate(timing: Timing, name: str) -> tuple[float, int, bool]:
    """Constant rate, number of frames at it, and whether that repeats or drops frames."""
    times = np.array(timing.times)
    if len(times) == 1:
        if timing.rate <= 0:
            held = timing.end - times[0]
            return (1 / held if held > 0 else 1.0), 1, False
        return timing.rate, 1, False
    steps = np.diff(times)
    usual = float(np.median(steps))
    # Matroska rounds times to a millisecond.
    if float(np.abs(steps - usual).max()) <= max(0.0021, 0.1 * usual):
        return round((len(times) - 1) / float(times[-1] - times[0]), 3), len(times), False
    fps = round(min(_MAX_FPS, 1 / max(1e-6, float(np.percentile(steps, 10)))), 3)
    count = max(1, round((timing.end - float(times[0])) * fps))
    if count > _MAX_FRAMES:
        raise BadClip(f"{name} has frames that last too long to be counted; export it at a constant frame rate.")
    return fps, count, True


def _timing(clip: Video | Animation, name: str) -> Timing:
    """Return when the frames appear, once the limits were checked in the order in which they cost time."""
    _check_size(*clip.size, name)
    _check_duration(clip.duration, name)
    timing = clip.timing(_MAX_FRAMES)
    if not timing.times:
        raise BadClip(f"{name} holds no frames; export it again as MP4.")
    if len(timing.times) > _MAX_FRAMES:
        raise BadClip(
            f"{name} has over {_MAX_FRAMES} frames; give a clip of up to {MAX_SECONDS} seconds at up to 120 fps."
        )
    _check_duration(timing.end - timing.times[0], name)
    return timing


def _check_duration(seconds: float, name: str) -> None:
    if seconds > MAX_SECONDS + 0.5:
        raise BadClip(f"{name} lasts {seconds:.0f} seconds; clips of up to {MAX_SECONDS} seconds are accepted.")


def _check_size(width: int, height: int, name: str) -> None:
    if max(width, height) > MAX_SIDE:
        raise BadClip(f"{name} is {width}x{height}; clips of up to {MAX_SIDE} px a side are accepted.")


@contextmanager
def _open(source: Source, name: str) -> Iterator[tuple[Video | Animation, str, tuple[str, ...]]]:
    """Open a clip, with its name and what was wrong with its end; errors that are the file's fault become `BadClip`."""
    called = name or (source.name if isinstance(source, Path) else "The clip")
    with _bytes_of(source, called) as file:
        size = file.seek(0, io.SEEK_END)
        if size > MAX_BYTES:
            raise BadClip(f"{called} has {size / 1e6:.0f} MB; clips of up to {MAX_BYTES // 1_000_000} MB are accepted.")
        file.seek(0)
        kind = recognise(file.read(12))
        if kind is None:
            what = "is empty" if size == 0 else "is not a clip"
            raise BadClip(f"{called} {what}; {ACCEPTED} are accepted.")
        extent = extent_of(file, kind, size)
        if extent.cut:
            raise BadClip(f"{called} ends early, as if it had not been copied to the end; copy or export it again.")
        file.seek(0)
        whole = file if extent.data is None else io.BytesIO(extent.data)
        clip: Video | Animation | None = None
        try:
            clip = Animation(whole, kind) if kind in ("gif", "png", "webp") else Video(whole, kind, called)
            yield clip, called, extent.notes
        except _UNREADABLE as error:
            raise BadClip(f"{called} is damaged or of a kind that cannot be read; {ACCEPTED} are accepted.") from error
        finally:
            if clip is not None:
                clip.close()


def _bytes_of(source: Source, name: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return source.open("rb")
    except FileNotFoundError as error:
        raise BadClip(f"There is no clip at {source}; {ACCEPTED} are accepted.") from error
    except IsADirectoryError as error:
        raise BadClip(f"{source} is a folder; give one file: {ACCEPTED}.") from error
    except OSError as error:
        raise BadClip(f"{source} cannot be read ({error.strerror}); make it readable and try again.") from error


def _with_alpha(pixels: NDArray[np.uint8]) -> Rgba:
    if pixels.shape[2] == 4:
        return pixels
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def _lay_over(pixels: NDArray[np.uint8], over: str) -> Rgb:
    """Lay straight-alpha pixels over a colour; opaque pixels are passed through."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint16)
    ground = np.array([int(over[at : at + 2], 16) for at in (1, 3, 5)], np.uint16)
    return ((pixels[..., :3] * alpha + ground * (255 - alpha) + 127) // 255).astype(np.uint8)
