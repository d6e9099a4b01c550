"""WebP: the RIFF container, its flags, frames and the headers of their bitstreams.

Sources: WebP Container Specification (Google), WebP Lossless Bitstream Specification, RFC 6386 (VP8).
"""

import struct
from collections.abc import Iterator
from fractions import Fraction

from popcon.check.media import MAX_FRAMES, Frame, Integrity, Media, Problems
from popcon.check.report import Source

_MAX_CHUNKS = 20_000
_ALPHA, _ANIMATION = 0x10, 0x02

INTEGRITY = Integrity(
    source=Source(kind="official", page="Google, WebP Container Specification"),
    rules={
        "webp.riff": "the RIFF size is the file's",
        "webp.chunks": "chunks are whole and in their order",
        "webp.canvas": "VP8X names a valid canvas",
        "webp.animation": "ANIM, ANMF and the animation flag go together",
        "webp.regions": "frames lie inside the canvas",
        "webp.bitstreams": "every frame holds one VP8 or VP8L bitstream of the frame's own size",
        "webp.alpha": "the alpha flag is set where a frame has alpha",
    },
    harmless=frozenset({"webp.alpha"}),
)


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def read(data: bytes) -> Media:
    """Read a WebP. Broken parts end up in the result's problems; nothing is raised."""
    problems = Problems(INTEGRITY)
    media = Media(kind="webp", problems=problems, colour="truecolour")
    size = struct.unpack_from("<I", data, 4)[0] if len(data) >= 12 else 0
    if size + 8 != len(data):
        problems.add("webp.riff", f"RIFF says {size + 8} bytes, the file has {len(data)}")
    extended, flags, images, with_alpha = False, 0, 0, False
    for number, (name, body) in enumerate(_chunks(data, 12, len(data), problems)):
        if name == b"VP8X":
            if number:
                problems.add("webp.chunks", "VP8X is not the first chunk")
            if len(body) < 10:
                problems.add("webp.canvas", f"VP8X of {len(body)} bytes")
                continue
            extended, flags = True, body[0]
            media.width = int.from_bytes(body[4:7], "little") + 1
            media.height = int.from_bytes(body[7:10], "little") + 1
            if media.width * media.height >= 2**32:
                problems.add("webp.canvas", f"a canvas of {media.width}x{media.height}")
        elif name == b"ANIM":
            _anim(media, body, flags)
        elif name == b"ANMF":
            with_alpha |= _frame(media, body, flags)
        elif name == b"ALPH":
            with_alpha = True
            if not extended:
                problems.add("webp.chunks", "ALPH without VP8X")
        elif name in (b"VP8 ", b"VP8L"):
            images += 1
            with_alpha |= _still(media, name, body, extended)
    if images > 1 or (images and media.frames and flags & _ANIMATION):
        problems.add("webp.bitstreams", "more than one picture outside of ANMF")
    if not images and not media.frames:
        problems.add("webp.bitstreams", "no picture")
    _agree(media, flags, extended, with_alpha, images)
    return media


def _chunks(data: bytes, at: int, end: int, problems: Problems) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(_MAX_CHUNKS):
        if at >= end:
            return
        if at + 8 > end:
            problems.add("webp.chunks", f"{end - at} bytes left at byte {at}, less than a chunk")
            return
        name, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > end:
            shown = name.decode("ascii", "backslashreplace")
            problems.add("webp.chunks", f"{shown} at byte {at} wants {size} bytes, beyond the end")
            return
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size
        if size % 2:
            if at < end and data[at]:
                problems.add("webp.chunks", f"the padding at byte {at} is not zero")
            elif at >= end:
                problems.add("webp.chunks", "the last chunk lacks its padding")
            at += 1
    problems.add("webp.chunks", f"more than {_MAX_CHUNKS} chunks; not read further")


def _anim(media: Media, body: bytes, flags: int) -> None:
    if media.frames or media.plays is not None:
        media.problems.add("webp.animation", "ANIM comes twice, or after ANMF")
    if not flags & _ANIMATION:
        media.problems.add("webp.animation", "ANIM without the animation flag")
    if len(body) < 6:
        media.problems.add("webp.animation", f"ANIM of {len(body)} bytes instead of 6")
        return
    media.plays = struct.unpack_from("<H", body, 4)[0]


def _frame(media: Media, body: bytes, flags: int) -> bool:
    """Read an ANMF; returns whether its picture has alpha."""
    problems, number = media.problems, len(media.frames) + 1
    if media.plays is None or not flags & _ANIMATION:
        problems.add("webp.animation", f"frame {number} comes before ANIM, or without the animation flag")
    if len(body) < 16:
        problems.add("webp.chunks", f"ANMF of {len(body)} bytes")
        return False
    if number > MAX_FRAMES:
        if number == MAX_FRAMES + 1:
            problems.add("webp.animation", f"more than {MAX_FRAMES} frames; not read further")
        return False
    x, y, width, height, duration = (int.from_bytes(body[at : at + 3], "little") for at in (0, 3, 6, 9, 12))
    frame = Frame(x * 2, y * 2, width + 1, height + 1, Fraction(duration))
    media.frames.append(frame)
    if frame.x + frame.width > media.width or frame.y + frame.height > media.height:
        problems.add("webp.regions", f"frame {number} is {frame.width}x{frame.height} at {frame.x},{frame.y}")
    pictures, alpha = 0, False
    for name, inner in _chunks(body, 16, len(body), problems):
        if name == b"ALPH":
            alpha = True
        elif name in (b"VP8 ", b"VP8L"):
            pictures += 1
            size, has_alpha = _bitstream(name, inner)
            alpha |= has_alpha
            if size != (frame.width, frame.height):
                problems.add("webp.bitstreams", f"frame {number}: {_said(size)} in {frame.width}x{frame.height}")
    if pictures != 1:
        problems.add("webp.bitstreams", f"frame {number} has {pictures} pictures")
    return alpha


def _still(media: Media, name: bytes, body: bytes, extended: bool) -> bool:
    size, alpha = _bitstream(name, body)
    if size is None:
        media.problems.add("webp.bitstreams", "the picture has no valid header")
    elif not extended:
        media.width, media.height = size
    elif size != (media.width, media.height) and not media.frames:
        media.problems.add("webp.bitstreams", f"{_said(size)} on a canvas of {media.width}x{media.height}")
    return alpha


def _bitstream(name: bytes, body: bytes) -> tuple[tuple[int, int] | None, bool]:
    """(size in px, or None if the header is broken; whether it says it has alpha)."""
    if name == b"VP8L":
        if len(body) < 5 or body[0] != 0x2F:
            return None, False
        bits = struct.unpack_from("<I", body, 1)[0]
        return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bool(bits >> 28 & 1)
    if len(body) < 10 or body[0] & 1 or body[3:6] != b"\x9d\x01\x2a":
        return None, False
    width, height = struct.unpack_from("<HH", body, 6)
    return (width & 0x3FFF, height & 0x3FFF), False


def _agree(media: Media, flags: int, extended: bool, with_alpha: bool, images: int) -> None:
    problems = media.problems
    media.alpha = with_alpha
    if with_alpha:
        media.colour = "truecolour with alpha"
    if extended and with_alpha and not flags & _ALPHA:
        problems.add("webp.alpha", "a frame has alpha, the flag is not set")
    if extended and flags & _ANIMATION and not media.frames:
        problems.add("webp.animation", "the animation flag is set, there are no frames")
    if not media.frames and images:
        media.frames = [Frame(0, 0, media.width, media.height, Fraction(0))]


def _said(size: tuple[int, int] | None) -> str:
    return "a broken header" if size is None else f"{size[0]}x{size[1]}"
