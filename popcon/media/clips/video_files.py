"""Walks MP4 and Matroska files box by box: what of them is whole, and a copy without what is wrong.

Each function returns None where a frame is cut off or missing; else as `animation_files` does.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from popcon.media.clips.animation_files import AFTER_END, TOO_LARGE, TOO_SMALL, Walked

MP4_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_MP4_WITHOUT_FRAMES = (b"free", b"skip", b"wide", b"uuid", b"udta", b"meta", b"mfra")
_MP4_KNOWN = (*MP4_FIRST_BOXES, *_MP4_WITHOUT_FRAMES, b"moof", b"sidx", b"styp", b"emsg", b"prft")
_MP4_NESTED = (b"trak", b"mdia", b"minf", b"stbl")
_MP4_ENTRY = {b"stts": 8, b"ctts": 8, b"stsc": 12, b"stco": 4, b"co64": 8, b"stss": 4, b"stsz": 4}
"""Bytes of an entry of each table."""
_SEGMENT, _CLUSTER, _EBML = 0x18538067, 0x1F43B675, 0x1A45DFA3
_MATROSKA_TOP = (0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, 0xEC, 0xBF)
"""What a segment holds beside clusters: nothing of it is a frame."""
_CLUSTER_PARTS = (0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0x5854, 0xAF)
_FOREIGN_END = "The file ends with data that is no part of the clip; its frames are whole."
_CUT_END = "The file ends with a box without frames, cut off; its frames are whole."


def mp4(file: BinaryIO, size: int) -> Walked | None:
    """Walk the top-level boxes of an MP4 file (ISO/IEC 14496-12, 4.2), and the tables of its film track.

    A last box that is longer than the file matters only where it holds frames: a `free` box does not, and what comes
    after `moov` and `mdat` under a name that no box has is data that does not belong to the clip. A table that counts
    more or fewer entries than its box holds is given the count of its box.
    """
    seen: set[bytes] = set()
    notes: tuple[str, ...] = ()
    patches: dict[int, bytes] = {}
    whole = 0
    for at, kind, end in _boxes(file, size):
        if end > size:
            if not {b"moov", b"mdat"} <= seen or (kind in _MP4_KNOWN and kind not in _MP4_WITHOUT_FRAMES):
                return None
            return _patched(file, at, patches), (*notes, _CUT_END if kind in _MP4_KNOWN else _FOREIGN_END)
        seen.add(kind)
        if kind == b"moov":
            notes += _mend_tables(file, at + 8, end, patches)
        whole = end
    if whole < size and _holds_data(file, whole):
        notes += (AFTER_END,)
    return (_patched(file, size, patches) if patches else None), notes


def _patched(file: BinaryIO, size: int, patches: dict[int, bytes]) -> bytes:
    file.seek(0)
    data = bytearray(file.read(size))
    for at, count in patches.items():
        data[at : at + len(count)] = count
    return bytes(data)


def _holds_data(file: BinaryIO, at: int) -> bool:
    """Whether anything but zeros follows."""
    file.seek(at)
    return bool(file.read().strip(b"\0"))


def _mend_tables(file: BinaryIO, start: int, end: int, patches: dict[int, bytes], depth: int = 0) -> tuple[str, ...]:
    """Say where tables of a film track in a `moov` box count wrong (14496-12, 8.6.1, 8.7.3), and note what mends it.

    Arguments:
        start, end: of what a box holds; `_MP4_NESTED[depth]` is the box in it that leads to the tables.
        patches: gets the counts that are right, by their place in the file.
    """
    frames: dict[bytes, int] = {}
    notes: tuple[str, ...] = ()
    only_row = 0
    for at, kind, after in _boxes(file, end, start):
        if depth < len(_MP4_NESTED) and kind == _MP4_NESTED[depth]:
            if told := _mend_tables(file, at + 8, min(after, end), patches, depth + 1):
                return told
        elif kind == b"hdlr":
            file.seek(at + 16)
            if file.read(4) != b"vide":
                return ()
        elif kind in _MP4_ENTRY and after <= end:
            file.seek(at + 12)
            table = file.read(after - at - 12)
            counted, held = _counts(table[4:] if kind == b"stsz" else table, _MP4_ENTRY[kind])
            if kind == b"stsz" and table[:4] != bytes(4):
                held = counted  # all frames have one size; there are no entries
            if counted != held:
                patches[at + (16 if kind == b"stsz" else 12)] = struct.pack(">I", held)
                notes += (f"A table of the file's header counts {counted} entries; it holds {held}.",)
            if kind in (b"stts", b"stsz"):
                frames[kind] = _timed(table, held) if kind == b"stts" else held
                only_row = at + 16 if kind == b"stts" and held == 1 else only_row
    if len(frames) == 2 and frames[b"stts"] != frames[b"stsz"]:
        sizes, times = frames[b"stsz"], frames[b"stts"]
        if only_row:
            # All frames are shown for the same time.
            patches[only_row] = struct.pack(">I", sizes)
            return (*notes, f"The file's header counts {times} frames; it holds {sizes}.")
        notes += (
            f"The file's header counts {sizes} frames in one table and {times} in another; what both tell was read.",
        )
    return notes


def _counts(table: bytes, entry: int) -> tuple[int, int]:
    """Entries that a table counts, and entries that it holds: a count that leaves only zeros over may be right."""
    counted = int.from_bytes(table[:4], "big")
    held = max(0, len(table) - 4) // entry
    padded = counted < held and not table[4 + counted * entry :].strip(b"\0")
    return counted, counted if padded else held


def _timed(table: bytes, rows: int) -> int:
    """Frames that a table of times (`stts`) counts."""
    return sum(frames for frames, _ in struct.iter_unpack(">II", table[4 : 4 + 8 * rows]))


def _boxes(file: BinaryIO, size: int, at: int = 0) -> Iterator[tuple[int, bytes, int]]:
    """Start, name and end of each box from a place on; ends at what is no box."""
    while at < size:
        file.seek(at)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:], "big") if len(head) == 16 else 1 << 62
        elif length == 0:
            length = size - at  # to the end
        if length < 8 or len(kind) < 4:
            # Trailing rubbish after whole boxes is harmless.
            return
        yield at, kind, at + length
        at += length


def matroska(file: BinaryIO, size: int) -> Walked | None:
    """Walk the elements of a Matroska or WebM file (RFC 8794, 4 to 6; RFC 9559, 5.1).

    Live recordings give no lengths: a segment or a cluster of unknown length ends before what cannot be a part of it.
    """
    whole, announced, clusters, last = 0, 0, 0, 0
    levels: tuple[int, ...] = (_SEGMENT, _EBML)
    for start, kind, body, end in _elements(file, size):
        if kind == _SEGMENT:
            announced = 0 if end is None else end
            whole = body
            levels = (_CLUSTER, *_MATROSKA_TOP)
        elif kind == _EBML and start == 0:
            whole = end or 0
        elif kind not in levels and not (clusters and kind in _CLUSTER_PARTS):
            break
        elif end is None:
            clusters += kind == _CLUSTER
            whole = body
        elif end > size:
            # A frame is cut off, unless it is the index or the tags behind all frames.
            if kind in (_CLUSTER, *_CLUSTER_PARTS) or not clusters:
                return None
            file.seek(0)
            return file.read(start), (_CUT_END,)
        else:
            clusters += kind == _CLUSTER
            whole = end
        last = kind
    if not clusters:
        return None if announced > size or whole >= size else (None, ())
    if announced > size and last in (_CLUSTER, *_CLUSTER_PARTS):
        return None  # more clusters may have followed
    notes: list[str] = []
    if announced and announced != whole:
        notes.append(TOO_SMALL if announced < whole else TOO_LARGE)
    if whole < size and _holds_data(file, whole):
        notes.append(AFTER_END)
    return None, tuple(notes)


def _elements(file: BinaryIO, size: int) -> Iterator[tuple[int, int, int, int | None]]:
    """Start, id, start of the content and end of each element, those in a segment and in clusters of unknown length
    after these; end None: unknown."""
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(12)
        id_length = 9 - head[0].bit_length()
        if id_length > 4 or len(head) <= id_length:
            return
        kind = int.from_bytes(head[:id_length], "big")
        length_length = 9 - head[id_length].bit_length()
        body = at + id_length + length_length
        raw = head[id_length : id_length + length_length]
        if length_length > 8 or len(raw) < length_length:
            return
        most = (1 << 7 * length_length) - 1
        length = int.from_bytes(raw, "big") & most
        end = None if length == most else body + length
        yield at, kind, body, end
        at = body if end is None or kind == _SEGMENT else end
