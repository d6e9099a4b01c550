"""Recognises clip files by their first bytes, and finds where the whole part of a file ends.

Only what is recognised here is ever handed to a demuxer, and to that one by name. A text file that calls itself a
playlist can therefore not make ffmpeg open other files or addresses.
"""

import struct
from typing import BinaryIO, Literal, NamedTuple

from popcon.media.clips import animation_files, video_files

Kind = Literal["mov", "matroska", "avi", "gif", "png", "webp"]
ACCEPTED = "MP4, MOV, WebM, MKV, AVI, GIF, APNG or animated WebP"


class Extent(NamedTuple):
    """The whole part of a file.

    Attributes:
        cut: whether a frame is cut off, or frames are missing.
        data: the file with its faults mended; None: it can be read as it is.
        notes: what was missing or wrong, a sentence each.
    """

    cut: bool
    data: bytes | None = None
    notes: tuple[str, ...] = ()


def recognise(head: bytes) -> Kind | None:
    """Say what kind of clip starts with these bytes (12 are enough); None: not one that is accepted."""
    if head[4:8] in video_files.MP4_FIRST_BOXES:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return None


def ends_early(file: BinaryIO, kind: Kind, size: int) -> bool:
    """Return whether a frame of the file is cut off; see `extent_of`."""
    return extent_of(file, kind, size).cut


def extent_of(file: BinaryIO, kind: Kind, size: int) -> Extent:
    """Find what is whole of a file by its own structure, and what is missing or left over at its end.

    ffmpeg plays what is there of a cut-off file and calls it the end, so the lengths are compared here. Files whose
    frames are all whole are read however their end looks: without a trailer, padded, with data after the end, or with
    a wrong count of frames.

    Arguments:
        file: open for reading; its position is lost.
        kind: as `recognise` said.
        size: length of the file in bytes.
    """
    if kind == "avi":
        file.seek(4)
        raw = file.read(4)
        return Extent(len(raw) < 4 or int(struct.unpack("<I", raw)[0]) + 8 > size)
    if kind == "mov":
        walked = video_files.mp4(file, size)
    elif kind == "matroska":
        walked = video_files.matroska(file, size)
    else:
        file.seek(0)
        walk = {"gif": animation_files.gif, "png": animation_files.png, "webp": animation_files.webp}[kind]
        walked = walk(file.read())
    return Extent(walked is None, *(walked or (None, ())))
