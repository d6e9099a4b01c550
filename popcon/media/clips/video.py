"""Decodes video files (MP4, MOV, WebM, MKV, AVI) with ffmpeg's libraries, frame by frame, in true colours."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from popcon.errors import BadClip
from popcon.media.clips.encode import SCALING

Picture = Callable[[], NDArray[np.uint8]]
"""Converts a decoded frame when it is asked to: (h, w, 3) or (h, w, 4) uint8. Most of the time of reading a clip
goes into this, so frames that are only passed over are not converted."""


class Shown(NamedTuple):
    """A decoded frame and when it appears, in seconds."""

    time: float | None
    picture: Picture


class Timing(NamedTuple):
    """When the frames of a clip appear: ascending seconds, the end of the last one, and the rate the file claims."""

    times: list[float]
    end: float
    rate: float


# ffmpeg's AVColorSpace (H.273) to swscale's matrices. 5 and 6 are both BT.601.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_FULL_RANGE = 2


class Video:
    """A video file that is open for reading, from its start, once.

    Arguments:
        file: open for reading.
        demuxer: ffmpeg's name of the container.
        name: what the person calls the file, for messages.

    Raises:
        BadClip: ffmpeg finds no video in it.
    """

    def __init__(self, file: BinaryIO, demuxer: str, name: str) -> None:
        self.name = name
        self._file: InputContainer = av.open(file, "r", format=demuxer, metadata_errors="replace")
        if not self._file.streams.video:
            raise BadClip(f"{name} holds no video; give a file with a video track.")
        self._stream: VideoStream = self._file.streams.video[0]
        if self._stream.codec_context is None:
            raise BadClip(f"{name} is coded in a way that cannot be read; export it as H.264 MP4.")

    def close(self) -> None:
        self._file.close()

    @property
    def duration(self) -> float:
        """What the file's header says, in seconds; 0 where it says nothing."""
        return (self._file.duration or 0) / av.time_base

    @property
    def size(self) -> tuple[int, int]:
        """Coded width and height, before rotation; zero where the header does not say."""
        codec = self._stream.codec_context
        return codec.width, codec.height

    @property
    def has_alpha(self) -> bool:
        return self._stream.metadata.get("alpha_mode") == "1" or _format_has_alpha(self._stream.codec_context.format)

    def timing(self, most: int) -> Timing:
        """Read when frames appear, without decoding any; gives up after `most` + 1 frames."""
        base = float(self._stream.time_base or 0)
        rate = float(self._stream.average_rate or 0)
        times: list[float] = []
        last = 0.0
        passed = 0
        for packet in self._file.demux(self._stream):
            passed += packet.size > 0
            if packet.size == 0 or packet.is_discard:
                continue
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and base > 0:
                times.append(stamp * base)
                last = (packet.duration or 0) * base
            elif rate > 0:
                times.append(len(times) / rate)
            else:
                raise BadClip(f"{self.name} has no frame rate (0 fps) and no times; export it again with a frame rate.")
            if len(times) > most:
                break
        else:
            told = self._stream.frames if self._file.format.name.startswith("mov") else 0
            if passed < told:
                # A table of sizes that leads astray ends ffmpeg's reading without a word.
                raise BadClip(
                    f"{self.name} is damaged: only {passed} of its {told} frames can be read; export it again."
                )
        if len(times) > 1 and times[0] == times[-1]:
            raise BadClip(f"{self.name} has no frame rate (0 fps) and no times; export it again with a frame rate.")
        times = sorted(set(times))
        if not last:
            last = times[-1] - times[-2] if len(times) > 1 else (1 / rate if rate > 0 else 0.0)
        return Timing(times, (times[-1] if times else 0.0) + last, rate)

    def shown(self) -> Iterator[Shown]:
        """Decode the frames in the order in which they appear.

        Raises:
            BadClip: a frame is damaged.
        """
        base = float(self._stream.time_base or 0)
        convert = _Converter(float(self._stream.sample_aspect_ratio or 1))
        codec = self._decoder()
        for number, frame in enumerate(self._decode(codec)):
            time = frame.pts * base if frame.pts is not None and base > 0 else None
            yield Shown(time, lambda frame=frame, number=number: convert(frame, f"frame {number} of {self.name}"))  # type: ignore[misc]

    def _decoder(self) -> VideoCodecContext:
        codec = self._stream.codec_context
        if self._stream.metadata.get("alpha_mode") == "1" and codec.name in ("vp8", "vp9"):
            # ffmpeg's own VP8 and VP9 decoders leave out alpha; libvpx's wrapper reads it.
            own = "libvpx" if codec.name == "vp8" else "libvpx-vp9"
            made = av.CodecContext.create(own, "r")
            assert isinstance(made, VideoCodecContext)
            made.width, made.height = codec.width, codec.height
            codec = made
        codec.thread_count = 1
        return codec

    def _decode(self, codec: VideoCodecContext) -> Iterator[av.VideoFrame]:
        for packet in self._file.demux(self._stream):
            yield from codec.decode(packet if packet.size else None)


class _Converter:
    """Turns ffmpeg's frames into upright RGB(A) arrays with square pixels."""

    def __init__(self, aspect: float) -> None:
        self._reformatter = VideoReformatter()
        self._aspect = aspect if 0.1 < aspect < 10 else 1.0

    def __call__(self, frame: av.VideoFrame, where: str) -> NDArray[np.uint8]:
        try:
            pixels = self._convert(frame)
        except (av.FFmpegError, ValueError) as error:
            raise BadClip(f"The colours of {where} are of a kind that cannot be read ({frame.format.name}).") from error
        if abs(self._aspect - 1) > 0.001:
            height, width = pixels.shape[:2]
            wide = max(1, round(width * self._aspect))
            pixels = cv2.resize(
                pixels, (wide, height), interpolation=cv2.INTER_AREA if wide < width else cv2.INTER_CUBIC
            )  # type: ignore[assignment]
        quarters = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(pixels, quarters) if quarters else pixels)

    def _convert(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        goal = "rgba" if _format_has_alpha(frame.format) else "rgb24"
        if frame.format.is_rgb or frame.format.name.startswith(("pal8", "gray", "mono")):
            done = self._reformatter.reformat(frame, format=goal, interpolation=SCALING, threads=1)
        else:
            full = frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")
            # Untagged files follow the players' rule: high definition is BT.709, the rest BT.601.
            usual = Colorspace.ITU709 if frame.height >= 720 or frame.width >= 1280 else Colorspace.ITU601
            done = self._reformatter.reformat(
                frame,
                format=goal,
                interpolation=SCALING,
                src_colorspace=_MATRICES.get(int(frame.colorspace), usual),
                src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG,
                threads=1,
            )
        return done.to_ndarray()  # type: ignore[return-value]


def _format_has_alpha(format: av.VideoFormat | None) -> bool:
    return format is not None and (format.name == "pal8" or any(part.is_alpha for part in format.components))
