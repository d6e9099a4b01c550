"""WebM with VP9 and alpha, by PyAV's libvpx: alpha is a second stream in each block's additions."""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np

from popcon.pixels import Rgba

_MS = Fraction(1, 1000)
_BT601 = 6
"""SMPTE 170M: what players assume of small pictures when they ignore the tag."""


def encode(frames: Sequence[Rgba], durations_ms: Sequence[int], crf: int, effort: int = 3) -> bytes:
    """Return a WebM that shows each frame for its time.

    Arguments:
        frames: (h, w, 4) uint8, transparent pixels filled with the colours around (see `fill_transparent`).
        crf: constant quality, 0 (best) to 63.
        effort: libvpx's cpu-used: 0 slowest, 5 fastest.

    Returns:
        the file's bytes; one thread and no random ids, so they depend on the input alone.
    """
    buffer = io.BytesIO()
    height, width = frames[0].shape[:2]
    options = {
        "crf": str(crf), "b": "0", "deadline": "good", "cpu-used": str(effort), "lag-in-frames": "25",
        "threads": "1", "row-mt": "0", "g": "999",
    }  # fmt: skip
    with av.open(buffer, "w", format="webm", container_options={"fflags": "+bitexact"}) as out:
        rate = Fraction(len(frames) * 1000, sum(durations_ms)).limit_denominator(1001)
        stream = out.add_stream("libvpx-vp9", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuva420p"
        context = stream.codec_context
        context.thread_count = 1
        context.time_base = _MS
        context.colorspace = _BT601
        context.color_range = 1
        at = 0
        for frame, duration in zip(frames, durations_ms, strict=True):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgba")
            picture = picture.reformat(format="yuva420p", dst_colorspace="ITU601", dst_color_range="MPEG")
            _write_alpha(picture, frame)
            picture.pts, picture.time_base, picture.duration = at, _MS, duration
            at += duration
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def decode(data: bytes) -> tuple[list[Rgba], list[int]]:
    """Return frames (h, w, 4) and the times at which they begin, ms. libvpx has to do it: ffmpeg's own decoder drops
    alpha."""
    frames: list[Rgba] = []
    starts: list[int] = []
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.video[0]
        context = av.VideoCodecContext.create("libvpx-vp9", "r")
        for packet in container.demux(stream):
            for picture in context.decode(packet):
                frames.append(_read(picture))
                starts.append(round((picture.pts or 0) * (stream.time_base or _MS) * 1000))
    return frames, starts


# Alpha is copied by hand, both ways: swscale's conversion between RGBA and YUV with alpha was seen to leave garbage
# in the last columns where the width is not a multiple of eight.


def _write_alpha(picture: av.VideoFrame, frame: Rgba) -> None:
    plane = picture.planes[3]
    rows = np.zeros((plane.buffer_size // plane.line_size, plane.line_size), np.uint8)
    rows[: frame.shape[0], : frame.shape[1]] = frame[..., 3]
    plane.update(rows.tobytes())


def _read(picture: av.VideoFrame) -> Rgba:
    rgb = picture.reformat(format="rgb24", src_colorspace="ITU601").to_ndarray()
    if picture.format.name != "yuva420p":
        return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    plane = picture.planes[3]
    alpha = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]
    return np.dstack([rgb, alpha])
