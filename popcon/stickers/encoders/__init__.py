"""One encoder per format: given what is shown when, the truest file that keeps to a number of bytes."""

from collections.abc import Sequence

from popcon.pixels import Rgba
from popcon.platforms.model import Format, Platform
from popcon.stickers.encoders.apng import ApngEncoder
from popcon.stickers.encoders.base import EncodedFile, Encoder
from popcon.stickers.encoders.gif import GifEncoder
from popcon.stickers.encoders.png import PngEncoder
from popcon.stickers.encoders.webp import WebpEncoder

__all__ = ["EncodedFile", "Encoder", "encoder_for"]


def encoder_for(format: Format, frames: Sequence[Rgba], platform: Platform, matte: str | None) -> Encoder:
    """Returns the encoder of a format, for frames at canvas size."""
    match format:
        case "png":
            return PngEncoder(frames, platform.indexed)
        case "apng":
            return ApngEncoder(frames, platform.indexed)
        case "gif":
            return GifEncoder(frames, matte, platform.gif_edges == "dithered" and matte is None)
        case "webp":
            return WebpEncoder(frames)
        case "webm":
            from popcon.stickers.encoders.webm import WebmEncoder  # only here: loading ffmpeg takes a while

            return WebmEncoder(frames)
