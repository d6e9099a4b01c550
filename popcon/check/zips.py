"""ZIP archives read within bounds: names, sizes and contents, nothing written anywhere.

Source: APPNOTE.TXT, the .ZIP File Format Specification (PKWARE), without ZIP64 and multiple disks, which no pack needs.
"""

import struct
import zlib

from popcon.check.media import MAX_FILE_BYTES, Integrity, Problems
from popcon.check.report import Source

MAX_ZIP_BYTES = 128_000_000
MAX_ENTRIES = 2_000
MAX_TOTAL = 256_000_000
"""Bytes that all files together may unpack to."""

_MAX_RATIO = 200
"""Pictures hardly shrink in a ZIP; deflate's best is about 1000, which only bombs reach."""

INTEGRITY = Integrity(
    source=Source(kind="official", page="PKWARE, APPNOTE.TXT (.ZIP File Format Specification)"),
    rules={
        "zip.structure": "the directory is whole and agrees with the files",
        "zip.names": "names are relative, plain paths",
        "zip.duplicates": "no name comes twice",
        "zip.encryption": "nothing is encrypted",
        "zip.method": "files are stored or deflated",
        "zip.size": "nothing unpacks to more than a pack could hold",
        "zip.crc": "every file unpacks to its stated size and CRC",
    },
)


def is_zip(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def read(data: bytes) -> tuple[list[tuple[str, bytes]], Problems]:
    """Unpack an archive in memory.

    Returns:
        (name, content) of each sound file in the directory's order, folders left out; and what is broken.
    """
    problems = Problems(INTEGRITY)
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        problems.add("zip.structure", "no end of central directory")
        return [], problems
    disk, first_disk, here, count, size, start, comment = struct.unpack_from("<HHHHIIH", data, end + 4)
    if disk or first_disk or here != count or count == 0xFFFF:
        problems.add("zip.structure", "parts of several disks, or ZIP64")
        return [], problems
    if end + 22 + comment != len(data) or start + size != end:
        problems.add("zip.structure", "bytes before, between or after its parts")
    if start + size > end or count > MAX_ENTRIES:
        problems.add("zip.structure", f"a directory of {count} files in {size} bytes at byte {start}")
        return [], problems
    return _entries(data, start, end, count, problems), problems


def _entries(data: bytes, at: int, end: int, count: int, problems: Problems) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    names: set[str] = set()
    budget, room = MAX_TOTAL, len(data)
    for _ in range(count):
        if at + 46 > end or data[at : at + 4] != b"PK\x01\x02":
            problems.add("zip.structure", f"the directory breaks off at byte {at}")
            break
        flags, method = struct.unpack_from("<HH", data, at + 8)
        crc, packed, size, length, extra, comment = struct.unpack_from("<IIIHHH", data, at + 16)
        local = struct.unpack_from("<I", data, at + 42)[0]
        raw = data[at + 46 : at + 46 + length]
        at += 46 + length + extra + comment
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
        _name(name, raw, names, problems)
        if name.endswith("/"):
            continue
        shown = repr(name[:80])
        room -= packed
        if flags & 0x41:
            problems.add("zip.encryption", f"{shown} is encrypted")
        elif method not in (0, 8):
            problems.add("zip.method", f"{shown} uses method {method}")
        elif room < 0:
            problems.add("zip.size", f"{shown} overlaps with other files")
        elif size > min(budget, MAX_FILE_BYTES) or size > _MAX_RATIO * max(packed, 1_000):
            problems.add("zip.size", f"{shown} would unpack from {packed} to {size} bytes")
        elif (body := _packed(data, local, raw, packed, problems, shown)) is not None:
            budget -= size
            content = _unpack(body, method, size)
            if content is None or zlib.crc32(content) != crc:
                problems.add("zip.crc", f"{shown} does not")
            else:
                found.append((name, content))
    return found


def _name(name: str, raw: bytes, names: set[str], problems: Problems) -> None:
    parts = name.rstrip("/").split("/")
    control = any(ord(letter) < 32 for letter in name)
    if not name or len(raw) > 200 or "\\" in name or ":" in name or control or any(p in ("", ".", "..") for p in parts):
        problems.add("zip.names", f"{name[:80]!r} leads out of the pack or is no plain name")
    # letter case is lost on many file systems
    folded = name.casefold()
    if folded in names:
        problems.add("zip.duplicates", f"{name[:80]!r} comes twice")
    names.add(folded)


def _packed(data: bytes, at: int, raw: bytes, packed: int, problems: Problems, shown: str) -> bytes | None:
    """Return the compressed bytes of a file, found through its local header."""
    if data[at : at + 4] != b"PK\x03\x04" or at + 30 > len(data):
        problems.add("zip.structure", f"{shown} is not where the directory says")
        return None
    length, extra = struct.unpack_from("<HH", data, at + 26)
    if data[at + 30 : at + 30 + length] != raw:
        problems.add("zip.structure", f"{shown} has another name in front of its data")
        return None
    start = at + 30 + length + extra
    if start + packed > len(data):
        problems.add("zip.structure", f"{shown} wants {packed} bytes, beyond the file's end")
        return None
    return data[start : start + packed]


def _unpack(body: bytes, method: int, size: int) -> bytes | None:
    if method == 0:
        return body if len(body) == size else None
    inflate = zlib.decompressobj(-15)
    try:
        content = inflate.decompress(body, size + 1)
    except zlib.error:
        return None
    return content if len(content) == size and inflate.eof and not inflate.unused_data else None
