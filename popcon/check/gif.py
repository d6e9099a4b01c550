"""GIF: its blocks, frames, delays and loops.

Source: Graphics Interchange Format, version 89a (CompuServe, 1990); the loop count is Netscape's extension.
"""

import struct
from fractions import Fraction

from popcon.check.gif_lzw import MAX_CODES, measure
from popcon.check.media import MAX_FRAMES, MAX_SIDE, Frame, Integrity, Media, Problems
from popcon.check.report import Source

SIGNATURES = (b"GIF87a", b"GIF89a")
_MAX_BLOCKS = 200_000

INTEGRITY = Integrity(
    source=Source(kind="official", page="CompuServe, GIF89a specification"),
    rules={
        "gif.blocks": "blocks are whole, known and in their order",
        "gif.screen": "the logical screen has a size",
        "gif.regions": "frames lie inside the screen",
        "gif.palette": "every frame has a palette, its own or the global one",
        "gif.data": "every frame's LZW codes are sound and give exactly its pixels",
        "gif.disposal": "disposal methods are defined ones",
        "gif.end": "the trailer is the end of the file",
    },
    harmless=frozenset({"gif.end"}),
)


class _Cursor:
    """Walks over the bytes; every read is within them or says so."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.blocks = data, 0, 0

    def take(self, count: int) -> bytes | None:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            return None
        self.at += count
        return piece

    def sub_blocks(self) -> bytes | None:
        """Return the joined data of sub-blocks up to their terminator; None if the file ends before it."""
        pieces: list[bytes] = []
        while True:
            size = self.take(1)
            if size is None:
                return None
            if size == b"\0":
                return b"".join(pieces)
            piece = self.take(size[0])
            if piece is None:
                return None
            pieces.append(piece)


def read(data: bytes) -> Media:
    """Read a GIF. Broken parts end up in the result's problems; nothing is raised."""
    problems = Problems(INTEGRITY)
    media = Media(kind="gif", problems=problems, colour="palette", indexed=True, plays=1)
    cursor = _Cursor(data)
    cursor.at = 6
    screen = cursor.take(7)
    if screen is None:
        problems.add("gif.blocks", "the file ends inside its header")
        return media
    media.width, media.height, flags = struct.unpack_from("<HHB", screen)
    if not (media.width and media.height):
        problems.add("gif.screen", f"a size of {media.width}x{media.height}")
    has_global = bool(flags & 0x80)
    if has_global and cursor.take(3 << ((flags & 7) + 1)) is None:
        problems.add("gif.blocks", "the file ends inside its palette")
        return media
    _walk(cursor, media, has_global)
    if not media.frames:
        problems.add("gif.blocks", "no frames")
    return media


def _walk(cursor: _Cursor, media: Media, has_global: bool) -> None:
    problems = media.problems
    control: tuple[int, int] | None = None
    codes_left = MAX_CODES
    for _ in range(_MAX_BLOCKS):
        start = cursor.at
        introducer = cursor.take(1)
        if introducer is None:
            problems.add("gif.blocks", "the file ends without a trailer")
            return
        if introducer == b"\x3b":
            if len(cursor.data) > cursor.at:
                problems.add("gif.end", f"{len(cursor.data) - cursor.at} bytes after the trailer")
            return
        if introducer == b"\x21":
            label = cursor.take(1)
            body = cursor.sub_blocks()
            if label is None or body is None:
                problems.add("gif.blocks", f"the file ends inside the extension at byte {start}")
                return
            if label == b"\xf9":
                control = _control(problems, body, media)
            elif label == b"\xff" and body[:11] in (b"NETSCAPE2.0", b"ANIMEXTS1.0") and len(body) >= 14:
                count = struct.unpack_from("<H", body, 12)[0]
                media.plays = count + 1 if count else 0
        elif introducer == b"\x2c":
            if len(media.frames) == MAX_FRAMES:
                problems.add("gif.blocks", f"more than {MAX_FRAMES} frames; not read further")
                return
            used = _image(cursor, media, has_global, control, codes_left)
            if used is None:
                problems.add("gif.blocks", f"the file ends inside frame {len(media.frames) + 1}")
                return
            codes_left -= used
            control = None
        else:
            problems.add("gif.blocks", f"unknown block {introducer.hex()} at byte {start}")
            return
    problems.add("gif.blocks", f"more than {_MAX_BLOCKS} blocks; not read further")


def _control(problems: Problems, body: bytes, media: Media) -> tuple[int, int] | None:
    if len(body) != 4:
        problems.add("gif.blocks", f"a graphic control of {len(body)} bytes instead of 4")
        return None
    flags, delay = struct.unpack_from("<BH", body)
    if flags >> 2 & 7 > 3:
        problems.add("gif.disposal", f"method {flags >> 2 & 7} before frame {len(media.frames) + 1}")
    return flags, delay


def _image(
    cursor: _Cursor, media: Media, has_global: bool, control: tuple[int, int] | None, codes_left: int
) -> int | None:
    """Read one frame; returns the LZW codes it took, or None where the file ends first."""
    problems, number = media.problems, len(media.frames) + 1
    descriptor = cursor.take(9)
    if descriptor is None:
        return None
    x, y, width, height, flags = struct.unpack("<HHHHB", descriptor)
    if flags & 0x80:
        if cursor.take(3 << ((flags & 7) + 1)) is None:
            return None
    elif not has_global:
        problems.add("gif.palette", f"frame {number} has none")
    depth = cursor.take(1)
    packed = cursor.sub_blocks()
    if depth is None or packed is None:
        return None
    if not (width and height) or x + width > media.width or y + height > media.height:
        problems.add("gif.regions", f"frame {number} is {width}x{height} at {x},{y}")
    used = 0
    if max(width, height) > MAX_SIDE:
        problems.add("gif.data", f"frame {number} is {width}x{height} px, which is not unpacked here")
    else:
        wrong, used = measure(packed, depth[0], width * height, codes_left)
        if wrong:
            problems.add("gif.data", f"frame {number}: {wrong}")
    delay = 0
    if control is not None:
        delay = control[1]
        media.alpha = media.alpha or bool(control[0] & 1)
    if number == 1 and (x, y, width, height) != (0, 0, media.width, media.height):
        media.alpha = True
    if media.alpha:
        media.colour = "palette with transparency"
    media.frames.append(Frame(x, y, width, height, Fraction(delay * 10)))
    return used
