"""What the pictures show, for the rules that structure alone cannot answer. Decoded with Pillow and, for VP9, PyAV."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from PIL import Image

from popcon.check.media import MAX_SIDE, Media
from popcon.check.webm import Film

_MAX_PIXELS = 160_000_000
"""Of all frames together: several times the largest sticker that any platform takes, and seconds of work."""

_PLAINLY = 32
"""Of 255: lossy coding of a picture that stands still does not change a pixel by as much, but for a few."""

_SEEN = 8
"""Alpha (0-255) over which a person sees something."""

Picture = NDArray[np.uint8]
"""(height, width, 4) uint8, straight alpha."""


@dataclass
class Pixels:
    """Measures of an animation's pictures, each over the whole canvas as a viewer composes it."""

    count: int = 0
    """Pictures decoded."""
    distinct: int = 0
    """Different pictures; colour under full transparency does not count."""
    transparent: bool = False
    """Whether any pixel is less than opaque."""
    moved: int = 0
    """Pixels that differ plainly from the first picture, in the picture where most do."""
    seen_first: float = 0.0
    """Share of the first picture that is visible, 0-1."""
    clear_corners: int = 4
    """Of the four corners, how many are transparent in the picture with the fewest such."""
    clear_edge: float = 1.0
    """Share of the outermost pixels that is transparent, 0-1, in the picture where it is least."""
    steps: list[float] = field(default_factory=list)
    """Difference between neighbouring pictures: mean over visible pixels, 0-255."""
    seam: float = 0.0
    """The same between the last picture and the first."""
    trouble: str = ""
    """Why not everything was decoded; empty if it was."""


def measure(data: bytes, media: Media) -> Pixels:
    """Decode the pictures one after the other, holding three at most, and measure them.

    Decoders meet hostile bytes here; whatever they raise becomes `trouble`, nothing is raised.
    """
    result = Pixels()
    if not media.problems.decodable:
        result.trouble = "the file is damaged"
        return result
    area = media.width * media.height
    if max(media.width, media.height) > MAX_SIDE or area * len(media.frames) > _MAX_PIXELS:
        result.trouble = f"{len(media.frames)} frames of {media.width}x{media.height} px are not decoded here"
        return result
    try:
        _measure(_pictures(data, media), media, result)
    except Exception as error:  # decoders raise anything on hostile bytes
        result.trouble = f"the decoder says: {type(error).__name__}: {error}"[:200]
    if not result.trouble and result.count != len(media.frames):
        result.trouble = f"{result.count} of {len(media.frames)} frames could be decoded"
    return result


def _measure(pictures: Iterator[Picture], media: Media, result: Pixels) -> None:
    first: Picture | None = None
    before: Picture | None = None
    digests: set[bytes] = set()
    for picture in pictures:
        if result.count >= len(media.frames):
            result.trouble = f"more than the {len(media.frames)} frames that it declares"
            return
        alpha = picture[..., 3]
        picture[alpha == 0] = 0
        digests.add(hashlib.sha256(picture.tobytes()).digest())
        clear = alpha <= _SEEN
        result.transparent = result.transparent or bool((alpha < 255).any())
        edge = np.concatenate([clear[0], clear[-1], clear[1:-1, 0], clear[1:-1, -1]])
        corners = int(clear[0, 0]) + int(clear[0, -1]) + int(clear[-1, 0]) + int(clear[-1, -1])
        result.clear_corners = min(result.clear_corners, corners)
        result.clear_edge = min(result.clear_edge, float(edge.mean()))
        if first is None or before is None:
            first = picture
            result.seen_first = 1.0 - float(clear.mean())
        else:
            result.steps.append(_difference(before, picture))
            away = np.abs(picture.astype(np.int16) - first) > _PLAINLY
            result.moved = max(result.moved, int(away.any(axis=2).sum()))
        before = picture
        result.count += 1
    result.distinct = len(digests)
    if first is not None and before is not None:
        result.seam = _difference(before, first)


def _difference(one: Picture, other: Picture) -> float:
    """Mean absolute difference of two pictures, alpha included, over what is visible in either: 0-255."""
    visible = np.maximum(one[..., 3], other[..., 3]) > _SEEN
    count = int(visible.sum())
    if not count:
        return 0.0
    a, b = one[visible].astype(np.float32), other[visible].astype(np.float32)
    colour = np.abs(a[:, :3] * (a[:, 3:] / 255) - b[:, :3] * (b[:, 3:] / 255)).mean(axis=1)
    return float(np.maximum(colour, np.abs(a[:, 3] - b[:, 3])).mean())


def _pictures(data: bytes, media: Media) -> Iterator[Picture]:
    if isinstance(media, Film):
        return _film(media)
    return _animation(data, media)


def _animation(data: bytes, media: Media) -> Iterator[Picture]:
    formats = {"png": "PNG", "apng": "PNG", "gif": "GIF", "webp": "WEBP"}
    with Image.open(io.BytesIO(data), formats=[formats[media.kind]]) as image:
        frames = getattr(image, "n_frames", 1)
        # Pillow counts a default picture that is no part of the animation as its first frame
        for index in range(1 if media.hidden_still else 0, frames):
            image.seek(index)
            yield np.array(image.convert("RGBA"))


def _film(film: Film) -> Iterator[Picture]:
    """The pictures and their alpha, each an own VP9 stream, decoded side by side."""
    colour, alpha = _decoder(film), _decoder(film)
    for block in film.blocks:
        rgb = _decode(colour, block.data)
        height, width = rgb.shape[:2]
        mask = np.full((height, width), 255, np.uint8)
        if block.alpha is not None:
            mask = _luma(alpha, block.alpha)
        yield np.dstack([rgb, mask])


def _decoder(film: Film) -> VideoCodecContext:
    context = av.CodecContext.create("vp9", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    # libavcodec counts pixels with its own padding
    context.options = {"max_pixels": str((film.width + 256) * (film.height + 256))}
    return context


def _frame(context: VideoCodecContext, data: bytes) -> av.VideoFrame:
    frames = context.decode(av.Packet(data))
    if len(frames) != 1:
        raise ValueError(f"a block gives {len(frames)} pictures")
    return frames[0]


def _decode(context: VideoCodecContext, data: bytes) -> NDArray[np.uint8]:
    return np.asarray(_frame(context, data).to_ndarray(format="rgb24"), np.uint8)


def _luma(context: VideoCodecContext, data: bytes) -> NDArray[np.uint8]:
    """The alpha stream's brightness, full range as written: (height, width)."""
    frame = _frame(context, data)
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width])
