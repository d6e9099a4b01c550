"""Recognises clip files by their first bytes, and finds where the whole part of a file ends.

Only what is recognised here is ever handed to a demuxer, and to that one by name. A text file that calls itself a
playlist can therefore not make ffmpeg open other files or addresses.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from popcon.media.clips import animation_files

Kind = Literal["mov", "matroska", "avi", "gif", "png", "webp"]
ACCEPTED = "MP4, MOV, WebM, MKV, AVI, GIF, APNG or animated WebP"

_MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_MP4_WITHOUT_FRAMES = (b"free", b"skip", b"wide", b"uuid", b"udta", b"meta", b"mfra")
_MP4_KNOWN = (*_MP4_FIRST_BOXES, *_MP4_WITHOUT_FRAMES, b"moof", b"sidx", b"styp", b"emsg", b"prft")
_MP4_TABLES = (b"trak", b"mdia", b"minf", b"stbl")
_MATROSKA_SEGMENT = 0x18538067


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
    if kind == "matroska":
        return Extent(_elements_end(file, size) > size)
    if kind == "avi":
        file.seek(4)
        return Extent(_number(file.read(4), "<I") + 8 > size)
    if kind == "mov":
        return _boxes(file, size)
    file.seek(0)
    walked = {"gif": animation_files.gif, "png": animation_files.png, "webp": animation_files.webp}[kind](file.read())
    return Extent(walked is None, *(walked or (None, ())))


def _number(raw: bytes, form: str) -> int:
    return int(struct.unpack(form, raw)[0]) if len(raw) == struct.calcsize(form) else 1 << 62


def _boxes(file: BinaryIO, size: int) -> Extent:
    """Walk the top-level boxes of an MP4 file (ISO/IEC 14496-12, 4.2).

    A last box that is longer than the file matters only where it holds frames: a `free` box does not, and what comes
    after `moov` and `mdat` under a name that no box has is data that does not belong to the clip.
    """
    seen: set[bytes] = set()
    notes: tuple[str, ...] = ()
    whole = 0
    for at, kind, end in _walk_boxes(file, size):
        if end > size:
            holds_all = {b"moov", b"mdat"} <= seen
            if holds_all and (kind in _MP4_WITHOUT_FRAMES or kind not in _MP4_KNOWN):
                file.seek(0)
                what = "data that is no part of the clip" if kind not in _MP4_KNOWN else "a box without frames, cut off"
                return Extent(False, file.read(at), (f"The file ends with {what}; its frames are whole.",))
            return Extent(True)
        seen.add(kind)
        if kind == b"moov":
            notes += _miscounted(file, at + 8, end)
        whole = end
    if whole < size and _holds_data(file, whole):
        notes += ("The file goes on after its end; what follows was passed over.",)
    return Extent(False, None, notes)


def _holds_data(file: BinaryIO, at: int) -> bool:
    """Whether anything but zeros follows."""
    file.seek(at)
    return bool(file.read().strip(b"\0"))


def _miscounted(file: BinaryIO, start: int, end: int, depth: int = 0) -> tuple[str, ...]:
    """Say where the tables of a film track in a `moov` box count different numbers of frames (14496-12, 8.6.1, 8.7.3).

    Arguments:
        start, end: of what a box holds; `_MP4_TABLES[depth]` is the box in it that leads to the tables.
    """
    counts: dict[bytes, int] = {}
    for at, kind, after in _walk_boxes(file, end, start):
        if depth < len(_MP4_TABLES) and kind == _MP4_TABLES[depth]:
            if told := _miscounted(file, at + 8, min(after, end), depth + 1):
                return told
        elif kind == b"hdlr":
            file.seek(at + 16)
            if file.read(4) != b"vide":
                return ()
        elif kind in (b"stts", b"stsz") and after <= end:
            file.seek(at + 12)
            table = file.read(after - at - 12)
            counts[kind] = _timed(table) if kind == b"stts" else _number(table[4:8], ">I")
    if len(counts) < 2 or counts[b"stts"] == counts[b"stsz"]:
        return ()
    sizes, times = counts[b"stsz"], counts[b"stts"]
    return (f"The file's header counts {sizes} frames in one table and {times} in another; what both tell was read.",)


def _timed(table: bytes) -> int:
    """Frames that a table of times (`stts`) counts."""
    rows = table[4 : 4 + 8 * _number(table[:4], ">I")]
    return sum(frames for frames, _ in struct.iter_unpack(">II", rows[: len(rows) // 8 * 8]))


def _walk_boxes(file: BinaryIO, size: int, at: int = 0) -> Iterator[tuple[int, bytes, int]]:
    """Start, name and end of each box from a place on; ends at what is no box."""
    while at < size:
        file.seek(at)
        length = _number(file.read(4), ">I")
        kind = file.read(4)
        if length == 1:
            length = _number(file.read(8), ">Q")
        elif length == 0:
            length = size - at  # to the end
        if length < 8 or len(kind) < 4:
            # Trailing rubbish after whole boxes is harmless.
            return
        yield at, kind, at + length
        at += length


def _elements_end(file: BinaryIO, size: int) -> int:
    """Return where the last top-level EBML element ends (RFC 8794, 4-6); an element of unknown length ends with the
    file."""
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
