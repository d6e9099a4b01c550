"""Walks GIF, PNG and WebP files block by block: what of them is whole, and a copy without what is wrong at the end.

Each function takes a file's bytes and returns None where a frame is cut off or missing; else the mended bytes (None:
the file can be read as it is) and a sentence for each thing that was missing or wrong.
"""

import struct
import zlib

Walked = tuple[bytes | None, tuple[str, ...]]

_NO_END = "The file lacks its end marker; its frames are whole."
AFTER_END = "The file goes on after its end; what follows was passed over."
TOO_SMALL = "The file's header gives too small a size; its frames are whole."
TOO_LARGE = "The file's header gives too large a size; its frames are whole."
_WEBP_CHUNKS = (b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP", b"EXIF", b"XMP ")
_LONGEST_PADDING = 8
_UNKNOWN = 0xFFFFFFFF + 8
"""What writers leave who did not know the length in time."""


def gif(data: bytes) -> Walked | None:
    """Walk the blocks of a GIF (GIF89a, appendix A)."""
    if len(data) < 13:
        return None
    at = 13 + _table(data[10])
    images, whole = 0, at
    while at < len(data):
        kind = data[at]
        if kind == 0x3B:
            # Some writers pad with zeros after the trailer.
            return None if not images else (None, () if not data[at + 1 :].strip(b"\0") else (AFTER_END,))
        if kind == 0x21:
            after = _sub_blocks(data, at + 2)
        elif kind == 0x2C and at + 10 <= len(data):
            after = _sub_blocks(data, at + 11 + _table(data[at + 9]))
        elif kind == 0x2C:
            return None
        else:
            break
        if after is None:
            # A comment that is cut off takes nothing away; an image does.
            if kind == 0x2C:
                return None
            break
        images += kind == 0x2C
        at = after
        if kind == 0x2C or not images:
            whole = at
    if not images:
        return None
    return data[:whole] + b";", (_NO_END,)


def _table(packed: int) -> int:
    """Bytes of the colour table that a packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _sub_blocks(data: bytes, at: int) -> int | None:
    """Return where a row of sub-blocks ends; None: after the file."""
    while at < len(data):
        length = data[at]
        at += 1 + length
        if length == 0:
            return at
    return None


def png(data: bytes) -> Walked | None:
    """Walk the chunks of a PNG or APNG (PNG third edition, 5.3 and 11.3.6)."""
    at, images, announced = 8, 0, None
    count_at = 0
    has_pixels, waiting, ended = False, False, False
    whole = at
    while at + 8 <= len(data):
        length, kind = int(struct.unpack(">I", data[at : at + 4])[0]), data[at + 4 : at + 8]
        after = at + 12 + length
        if after > len(data):
            if kind in (b"IDAT", b"fdAT", b"IHDR", b"fcTL", b"PLTE", b"tRNS"):
                return None
            break
        if kind == b"acTL" and length >= 8:
            announced, count_at = int(struct.unpack(">I", data[at + 8 : at + 12])[0]), at
        if kind == b"fcTL":
            waiting = True
        elif kind in (b"IDAT", b"fdAT"):
            # A frame that is announced and has no pixels is none.
            images += waiting
            waiting = False
        has_pixels |= kind == b"IDAT"
        whole = at = after
        if kind == b"IEND":
            ended = True
            break
    if not has_pixels or (not ended and announced is not None and images < announced):
        return None
    notes: list[str] = []
    mended = bytearray(data[:whole])
    if not ended:
        mended += _png_chunk(b"IEND", b"")
        notes.append(_NO_END)
    elif data[whole:].strip(b"\0"):
        notes.append(AFTER_END)
    if announced is not None and images and announced != images:
        told = _png_chunk(b"acTL", struct.pack(">I", images) + data[count_at + 12 : count_at + 16])
        mended[count_at : count_at + len(told)] = told
        notes.append(f"The file's header counts {announced} frames; it holds {images}.")
    return (bytes(mended), tuple(notes)) if notes else (None, ())


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def webp(data: bytes) -> Walked | None:
    """Walk the chunks of a WebP file (RFC 9649, 2.3 to 2.7)."""
    if len(data) < 20:
        return None
    told = int(struct.unpack("<I", data[4:8])[0]) + 8
    announced = len(data) if told == _UNKNOWN else told
    at = whole = 12
    while at + 8 <= len(data):
        kind, length = data[at : at + 4], int(struct.unpack("<I", data[at + 4 : at + 8])[0])
        if kind not in _WEBP_CHUNKS and at >= min(announced, len(data)):
            break
        after = at + 8 + length + (length & 1)
        if after - (length & 1) > len(data):
            if at >= announced or kind in (b"EXIF", b"XMP "):
                break
            return None
        whole = at = min(after, len(data))
    if whole == 12 or announced > len(data) + _LONGEST_PADDING:
        return None
    if told == whole == len(data):
        return None, ()
    notes: list[str] = []
    if told != whole:
        notes.append(TOO_SMALL if told < whole else TOO_LARGE)
    if data[whole:].strip(b"\0"):
        notes.append(AFTER_END)
    padded = data[:whole] + b"\0" * (whole & 1)
    return b"RIFF" + struct.pack("<I", len(padded) - 8) + padded[8:], tuple(notes)
