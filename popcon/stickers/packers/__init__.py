"""One packer a format: given what is shown when, the truest file that keeps to a number of bytes."""

from collections.abc import Sequence

from popcon.pixels import Rgba
from popcon.platforms.model import Format
from popcon.stickers.packers.apng import ApngPacker
from popcon.stickers.packers.base import Packed, Packer
from popcon.stickers.packers.gif import GifPacker
from popcon.stickers.packers.webm import WebmPacker
from popcon.stickers.packers.webp import WebpPacker

__all__ = ["Packed", "Packer", "packer"]


def packer(format: Format, frames: Sequence[Rgba], indexed: bool, matte: str | None) -> Packer:
    """The packer of a format, for frames at canvas size."""
    match format:
        case "apng":
            return ApngPacker(frames, indexed)
        case "gif":
            return GifPacker(frames, matte)
        case "webp":
            return WebpPacker(frames)
        case "webm":
            return WebmPacker(frames)
