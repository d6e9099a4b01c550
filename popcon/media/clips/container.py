"""Recognises clip files by their first bytes, and those that end before they should.

Only what is recognised here is ever handed to a demuxer, and to that one by name. A text file that calls itself a
playlist can therefore not make ffmpeg open other files or addresses.
"""

import struct
from typing import BinaryIO, Literal

Kind = Literal["mov", "matroska", "avi", "gif", "png", "webp"]
ACCEPTED = "MP4, MOV, WebM, MKV, AVI, GIF, APNG or animated WebP"

_MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_MATROSKA_SEGMENT = 0x18538067


def recognise(head: bytes) -> Kind | None:
    """Say what kind of clip starts with these bytes (12 are enough); None: not one that is accepted."""
    if head[4:8] in _MP4_FIRST_BOXES:
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
    """Whether the file's own structure says that it is longer than it is.

    ffmpeg plays what is there of a cut-off file and calls it the end, so the lengths are compared here.

    Arguments:
        file: open for reading; its position is lost.
        kind: as `recognise` said.
        size: length of the file in bytes.
    """
    if kind == "mov":
        return _boxes_end(file, size) > size
    if kind == "matroska":
        return _elements_end(file, size) > size
    if kind in ("avi", "webp"):
        file.seek(4)
        return _number(file.read(4), "<I") + 8 > size
    file.seek(max(0, size - 16))
    tail = file.read(16)
    if kind == "png":
        return b"IEND" not in tail
    # Some writers pad with zeros after the trailer.
    return not tail.rstrip(b"\0").endswith(b";")


def _number(raw: bytes, form: str) -> int:
    return int(struct.unpack(form, raw)[0]) if len(raw) == struct.calcsize(form) else 1 << 62


def _boxes_end(file: BinaryIO, size: int) -> int:
    """Where the last top-level MP4 box ends (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while at < size:
        file.seek(at)
        length = _number(file.read(4), ">I")
        kind = file.read(4)
        if length == 1:
            length = _number(file.read(8), ">Q")
        elif length == 0:
            return size
        if length < 8 or len(kind) < 4:
            # Trailing rubbish after whole boxes is harmless.
            return size
        at += length
    return at


def _elements_end(file: BinaryIO, size: int) -> int:
    """Where the last top-level EBML element ends (RFC 8794, 4-6); an element of unknown length ends with the file."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(12)
        if not head:
            break
        id_length = 9 - head[0].bit_length()
        if id_length > 4 or len(head) <= id_length:
            return size
        element = int.from_bytes(head[:id_length], "big")
        length_length = 9 - head[id_length].bit_length()
        raw = head[id_length : id_length + length_length]
        if length_length > 8 or len(raw) < length_length:
            return size
        length = int.from_bytes(raw, "big") & ((1 << 7 * length_length) - 1)
        if length == (1 << 7 * length_length) - 1:
            return size
        at += id_length + length_length + length
        if element == _MATROSKA_SEGMENT:
            break
    return at
