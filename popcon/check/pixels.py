"""What the pictures show, for the rules that structure alone cannot answer. Decoded with Pillow and, for VP9, PyAV."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from popcon.check.media import MAX_SIDE, Media
from popcon.check.webm import Film

if TYPE_CHECKING:  # PyAV is loaded for WebM alone
    import av
    from av.video.codeccontext import VideoCodecContext

_MAX_PIXELS = 160_000_000
"""Of all frames together: several times the largest sticker that any platform takes, and seconds of work."""

_PLAINLY = 32
"""Of 255: lossy coding of a picture that stands still does not change a pixel by as much, but for a few."""

_SEEN = 8
"""Alpha (0-255) over which a person sees something."""

_WHITE = 250
"""From this value (0-255) of red, green, blue and alpha on, a pixel is white."""

Picture = NDArray[np.uint8]
"""(height, width, 4) uint8, straight alpha."""

Grey = NDArray[np.uint8]

_MEAN = np.full((1, 3), 1 / 3, np.float32)


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
    """Share of the first picture that is visible, 0-1; on an opaque ground: that differs from its first corner."""
    clear_corners: int = 4
    """Of the four corners, how many are transparent in the picture with the fewest such."""
    clear_edge: float = 1.0
    """Share of the outermost pixels that is transparent, 0-1, in the picture where it is least."""
    white_edge: float = 1.0
    """Share of the outermost pixels that is opaque and white, 0-1, in the picture where it is least."""
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


@dataclass
class _Layer:
    """A picture in the form that comparisons need, without colour that nobody sees."""

    light: Grey
    """(h, w, 3) uint8, multiplied by alpha."""
    alpha: Grey
    """(h, w) uint8."""

    @classmethod
    def of(cls, picture: Picture) -> "_Layer":
        alpha = np.ascontiguousarray(picture[..., 3])
        colour = np.ascontiguousarray(picture[..., :3])
        light = cv2.multiply(colour, cv2.merge([alpha, alpha, alpha]), scale=1 / 255)
        return cls(np.asarray(light, np.uint8), alpha)

    def digest(self) -> bytes:
        return hashlib.sha256(self.light.tobytes() + self.alpha.tobytes()).digest()

    def away(self, other: "_Layer") -> Grey:
        """Difference of each pixel, the mean of its colours or that of alpha, whichever is larger: (h, w) uint8."""
        colour = cv2.transform(cv2.absdiff(self.light, other.light), _MEAN)
        return np.asarray(cv2.max(colour, cv2.absdiff(self.alpha, other.alpha)), np.uint8)

    def difference(self, other: "_Layer") -> float:
        """Mean of `away` over what is visible in either: 0-255."""
        visible = np.asarray(cv2.max(self.alpha, other.alpha) > _SEEN, np.uint8)
        return float(cv2.mean(self.away(other), mask=visible)[0])


def _measure(pictures: Iterator[Picture], media: Media, result: Pixels) -> None:
    first: _Layer | None = None
    before: _Layer | None = None
    digests: set[bytes] = set()
    for picture in pictures:
        if result.count >= len(media.frames):
            result.trouble = f"more than the {len(media.frames)} frames that it declares"
            return
        layer = _Layer.of(picture)
        digests.add(layer.digest())
        _background(layer.alpha, result)
        result.white_edge = min(result.white_edge, _white_edge(picture))
        if first is None or before is None:
            first = layer
            result.seen_first = _share_seen(picture)
        else:
            result.steps.append(before.difference(layer))
            result.moved = max(result.moved, int(np.count_nonzero(first.away(layer) > _PLAINLY)))
        before = layer
        result.count += 1
    result.distinct = len(digests)
    if first is not None and before is not None:
        result.seam = before.difference(first)


def _background(alpha: Grey, result: Pixels) -> None:
    result.transparent = result.transparent or int(alpha.min()) < 255
    edge = np.concatenate([alpha[0], alpha[-1], alpha[1:-1, 0], alpha[1:-1, -1]]) <= _SEEN
    corners = int(np.count_nonzero(alpha[[0, 0, -1, -1], [0, -1, 0, -1]] <= _SEEN))
    result.clear_corners = min(result.clear_corners, corners)
    result.clear_edge = min(result.clear_edge, float(edge.mean()))


def _share_seen(picture: Picture) -> float:
    if picture[0, 0, 3] <= _SEEN:
        return float((picture[..., 3] > _SEEN).mean())
    away = np.abs(picture.astype(np.int16) - picture[0, 0].astype(np.int16)).max(axis=2)
    return float((away > _SEEN).mean())


def _white_edge(picture: Picture) -> float:
    edge = np.concatenate([picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]])
    return float((edge.min(axis=1) >= _WHITE).mean())


def decoded(data: bytes, media: Media) -> list[Picture]:
    """Decode all pictures of a file; empty where it is damaged, too large or not decodable."""
    area = media.width * media.height
    if not media.problems.decodable or max(media.width, media.height) > MAX_SIDE:
        return []
    if area * len(media.frames) > _MAX_PIXELS:
        return []
    try:
        return list(islice(_pictures(data, media), len(media.frames)))
    except Exception:  # decoders raise anything on hostile bytes
        return []


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
    """Yield the pictures and their alpha, each an own VP9 stream, decoded side by side."""
    colour, alpha = _decoder(film), _decoder(film)
    for block in film.blocks:
        rgb = _decode(colour, block.data)
        height, width = rgb.shape[:2]
        mask = np.full((height, width), 255, np.uint8)
        if block.alpha is not None:
            mask = _luma(alpha, block.alpha)
        yield np.dstack([rgb, mask])


def _decoder(film: Film) -> "VideoCodecContext":
    import av
    from av.video.codeccontext import VideoCodecContext

    context = av.CodecContext.create("vp9", "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    # libavcodec counts pixels with its own padding
    context.options = {"max_pixels": str((film.width + 256) * (film.height + 256))}
    return context


def _frame(context: "VideoCodecContext", data: bytes) -> "av.VideoFrame":
    import av

    frames = context.decode(av.Packet(data))
    if len(frames) != 1:
        raise ValueError(f"a block gives {len(frames)} pictures")
    return frames[0]


def _decode(context: "VideoCodecContext", data: bytes) -> NDArray[np.uint8]:
    return np.asarray(_frame(context, data).to_ndarray(format="rgb24"), np.uint8)


def _luma(context: "VideoCodecContext", data: bytes) -> NDArray[np.uint8]:
    """Return the alpha stream's brightness, full range as written: (height, width)."""
    frame = _frame(context, data)
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width])
