"""Decodes stickers with programs that share nothing with the encoders, and with nothing in common among them."""

import io
import subprocess

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pictures = list[NDArray[np.uint8]]
"""(h, w, 4) uint8 straight alpha each, colour zero where alpha is zero."""


def decoded_by(data: bytes, suffix: str) -> dict[str, Pictures]:
    """Return the pictures of a file as each decoder that knows its format shows them.

    Arguments:
        suffix: of the file's name, such as .gif.

    Raises:
        AssertionError: a decoder warns about the file.
    """
    found: dict[str, Pictures] = {}
    if suffix != ".webm":
        found["pillow"] = by_pillow(data)
    if suffix != ".webp":  # ffmpeg knows no animated WebP
        found["ffmpeg"] = by_ffmpeg(data, alpha="libvpx-vp9" if suffix == ".webm" else "")
    if suffix == ".gif":
        found["gifsicle"] = by_pillow(through_gifsicle(data))
    return found


def by_pillow(data: bytes) -> Pictures:
    with Image.open(io.BytesIO(data)) as image:
        return [_at(image, number) for number in range(getattr(image, "n_frames", 1))]


def by_ffmpeg(data: bytes, alpha: str = "") -> Pictures:
    """Decode with ffmpeg.

    Arguments:
        alpha: the decoder to use; ffmpeg's own of VP9 leaves alpha away.
    """
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        if not alpha:
            return [_bare(frame.to_ndarray(format="rgba")) for frame in container.decode(stream)]
        codec = av.CodecContext.create(alpha, "r")
        codec.extradata = stream.codec_context.extradata
        packets = [*container.demux(stream)]
        return [_bare(frame.to_ndarray(format="rgba")) for packet in packets for frame in codec.decode(packet)]


def through_gifsicle(data: bytes) -> bytes:
    """Return a GIF as gifsicle writes it after it decoded and optimised all pictures."""
    command = ["gifsicle", "-O2", "--careful"]
    done = subprocess.run(command, input=data, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.decode(errors="replace")) == (0, "")
    return done.stdout


def _at(image: Image.Image, number: int) -> NDArray[np.uint8]:
    image.seek(number)
    return _bare(np.array(image.convert("RGBA")))


def _bare(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture[picture[..., 3] == 0] = 0
    return picture
