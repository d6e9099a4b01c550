"""PNG and APNG: chunks, their order, and what they declare.

Source: Portable Network Graphics (PNG) Specification, third edition (W3C, 2025), which includes APNG.
"""

import struct
import zlib
from dataclasses import dataclass, field
from fractions import Fraction

from popcon.check.media import MAX_FRAMES, Frame, Integrity, Media, Problems
from popcon.check.png_data import MAX_INFLATED, Inflater, Shape
from popcon.check.report import Source

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 20_000
_COLOURS = {0: "greyscale", 2: "truecolour", 3: "palette", 4: "greyscale with alpha", 6: "truecolour with alpha"}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_KNOWN_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}

INTEGRITY = Integrity(
    source=Source(kind="official", page="W3C, PNG Specification (Third Edition)"),
    rules={
        "png.chunks": "chunks are whole, known where critical, and in their order",
        "png.crc": "the CRC of every chunk is right",
        "png.header": "IHDR names a valid size, depth and colour type",
        "png.palette": "PLTE and tRNS fit the colour type",
        "png.data": "every picture's zlib stream is sound and inflates to exactly its pixels",
        "png.end": "IEND is the end of the file",
        "apng.control": "acTL comes once, before the pictures, and counts the frames rightly",
        "apng.sequence": "fcTL and fdAT are numbered 0, 1, 2 … without gaps",
        "apng.frames": "every fcTL has its picture data, and every picture of the animation its fcTL",
        "apng.regions": "frames lie inside the canvas, the first covers it",
        "apng.operations": "dispose and blend operations are defined ones",
    },
    harmless=frozenset({"png.end"}),
)


@dataclass
class _State:
    """What has been read of a file so far."""

    shape: Shape | None = None
    palette: int = 0
    transparency: bool = False
    announced: int | None = None
    plays: int = 0
    sequence: int = 0
    frames: list[Frame] = field(default_factory=list)
    still_seen: bool = False
    still_closed: bool = False
    still_in_animation: bool = False
    frame_has_data: bool = True
    inflater: Inflater | None = None
    budget: int = MAX_INFLATED
    dpi: float | None = None
    ended: bool = False


def read(data: bytes) -> Media:
    """Read a PNG or APNG. Broken parts end up in the result's problems; nothing is raised."""
    problems = Problems(INTEGRITY)
    state = _State()
    view = memoryview(data)
    at = len(SIGNATURE)
    for count in range(_MAX_CHUNKS + 1):
        if state.ended or at >= len(data):
            break
        if count == _MAX_CHUNKS:
            problems.add("png.chunks", f"more than {_MAX_CHUNKS} chunks; not read further")
            break
        if at + 12 > len(data):
            problems.add("png.chunks", f"the file ends inside a chunk at byte {at}")
            break
        length, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            problems.add(
                "png.chunks", f"the chunk {_shown(name)} at byte {at} wants {length} bytes, beyond the file's end"
            )
            break
        body = view[at + 8 : at + 8 + length]
        if zlib.crc32(view[at + 4 : at + 8 + length]) != struct.unpack_from(">I", data, at + 8 + length)[0]:
            problems.add("png.crc", f"wrong in {_shown(name)} at byte {at}")
        _chunk(state, problems, name, body)
        at += 12 + length
    _finish(state, problems, len(data) - at)
    return _media(state, problems)


def _chunk(state: _State, problems: Problems, name: bytes, body: memoryview) -> None:
    if state.shape is None and name != b"IHDR":
        problems.add("png.chunks", f"{_shown(name)} before IHDR")
    if state.still_seen and name != b"IDAT" and not state.still_closed:
        state.still_closed = True
        _close(state, problems, "the default picture")
    match name:
        case b"IHDR":
            _header(state, problems, body)
        case b"PLTE":
            _palette(state, problems, body)
        case b"tRNS":
            _transparency(state, problems, body)
        case b"IDAT":
            _still(state, problems, body)
        case b"IEND":
            state.ended = True
            if len(body):
                problems.add("png.chunks", "IEND is not empty")
        case b"acTL":
            _animation(state, problems, body)
        case b"fcTL":
            _frame(state, problems, body)
        case b"fdAT":
            _frame_data(state, problems, body)
        case b"pHYs":
            if len(body) == 9 and body[8] == 1:
                state.dpi = min(struct.unpack_from(">II", body)) * 0.0254
        case _:
            if not (name.isalpha() and name.isascii()):
                problems.add("png.chunks", f"{_shown(name)} is no chunk name")
            elif not name[0] & 0x20 and name not in _KNOWN_CRITICAL:
                problems.add("png.chunks", f"unknown critical chunk {_shown(name)}")


def _header(state: _State, problems: Problems, body: memoryview) -> None:
    if state.shape is not None:
        problems.add("png.chunks", "a second IHDR")
        return
    if len(body) != 13:
        problems.add("png.header", f"{len(body)} bytes long instead of 13")
        return
    width, height, depth, colour, method, filtering, interlace = struct.unpack(">IIBBBBB", body)
    if not (0 < width < 2**31 and 0 < height < 2**31):
        problems.add("png.header", f"a size of {width}x{height}")
    if depth not in _DEPTHS.get(colour, ()):
        problems.add("png.header", f"depth {depth} with colour type {colour}")
    if method or filtering or interlace > 1:
        problems.add("png.header", f"unknown methods (compression {method}, filter {filtering}, interlace {interlace})")
    state.shape = Shape(width, height, depth, colour, bool(interlace))


def _palette(state: _State, problems: Problems, body: memoryview) -> None:
    if state.palette or state.still_seen or state.transparency:
        problems.add("png.chunks", "PLTE comes twice, or after tRNS or IDAT")
    state.palette = len(body) // 3
    if len(body) % 3 or not 1 <= state.palette <= 256:
        problems.add("png.palette", f"PLTE of {len(body)} bytes")
    shape = state.shape
    if shape is not None and shape.colour in (0, 4):
        problems.add("png.palette", "PLTE in a greyscale picture")
    if shape is not None and shape.colour == 3 and state.palette > 1 << shape.depth:
        problems.add("png.palette", f"{state.palette} colours at {shape.depth} bits")


def _transparency(state: _State, problems: Problems, body: memoryview) -> None:
    if state.still_seen or state.transparency:
        problems.add("png.chunks", "tRNS comes twice, or after IDAT")
    state.transparency = True
    colour = state.shape.colour if state.shape else None
    wanted = {0: 2, 2: 6}.get(colour if colour is not None else -1)
    if colour in (4, 6):
        problems.add("png.palette", "tRNS in a picture with an alpha channel")
    elif wanted is not None and len(body) != wanted:
        problems.add("png.palette", f"tRNS of {len(body)} bytes instead of {wanted}")
    elif colour == 3 and not 0 < len(body) <= state.palette:
        problems.add("png.palette", f"tRNS of {len(body)} entries for {state.palette} colours")


def _still(state: _State, problems: Problems, body: memoryview) -> None:
    if state.still_closed:
        problems.add("png.chunks", "IDAT chunks are not next to each other")
        return
    if not state.still_seen:
        state.still_seen = True
        state.still_in_animation = bool(state.frames)
        state.frame_has_data = True
        if state.shape is not None:
            if state.shape.colour == 3 and not state.palette:
                problems.add("png.palette", "no PLTE before IDAT")
            state.inflater = Inflater(state.shape, state.shape.width, state.shape.height, state.budget)
    if state.inflater is not None:
        state.inflater.feed(body)


def _animation(state: _State, problems: Problems, body: memoryview) -> None:
    if state.announced is not None or state.still_seen:
        problems.add("apng.control", "acTL comes twice, or after IDAT")
    if len(body) != 8:
        problems.add("apng.control", f"acTL of {len(body)} bytes instead of 8")
        return
    state.announced, state.plays = struct.unpack(">II", body)


def _frame(state: _State, problems: Problems, body: memoryview) -> None:
    if len(body) != 26:
        problems.add("apng.frames", f"fcTL of {len(body)} bytes instead of 26")
        return
    if state.announced is None:
        problems.add("apng.control", "fcTL before acTL")
    number, width, height, x, y, over, under, dispose, blend = struct.unpack(">IIIIIHHBB", body)
    _count(state, problems, number)
    if state.inflater is not None:
        _close(state, problems, f"frame {len(state.frames)}")
    if not state.frame_has_data:
        problems.add("apng.frames", f"frame {len(state.frames)} has no data")
    if len(state.frames) >= MAX_FRAMES:
        if len(state.frames) == MAX_FRAMES:
            problems.add("apng.frames", f"more than {MAX_FRAMES} frames; not read further")
        return
    shape = state.shape
    if shape is not None:
        inside = width and height and x + width <= shape.width and y + height <= shape.height
        whole = (x, y, width, height) == (0, 0, shape.width, shape.height)
        if not inside:
            problems.add("apng.regions", f"frame {len(state.frames) + 1} is {width}x{height} at {x},{y}")
        elif not state.still_seen and not whole:
            problems.add("apng.regions", f"the first frame is {width}x{height} at {x},{y}, less than the canvas")
    if dispose > 2 or blend > 1:
        problems.add("apng.operations", f"frame {len(state.frames) + 1}: dispose {dispose}, blend {blend}")
    state.frames.append(Frame(x, y, width, height, Fraction(over * 1000, under or 100)))
    state.frame_has_data = False


def _frame_data(state: _State, problems: Problems, body: memoryview) -> None:
    if len(body) < 4:
        problems.add("apng.frames", f"fdAT of {len(body)} bytes")
        return
    _count(state, problems, struct.unpack_from(">I", body)[0])
    if not state.frames or not state.still_seen or (state.frame_has_data and state.inflater is None):
        problems.add("apng.frames", "fdAT without its fcTL, or before IDAT")
        return
    frame = state.frames[-1]
    if not state.frame_has_data and state.shape is not None:
        state.inflater = Inflater(state.shape, frame.width, frame.height, state.budget)
    state.frame_has_data = True
    if state.inflater is not None:
        state.inflater.feed(body[4:])


def _count(state: _State, problems: Problems, number: int) -> None:
    if number != state.sequence:
        problems.add("apng.sequence", f"{number} where {state.sequence} is due")
    state.sequence += 1


def _close(state: _State, problems: Problems, what: str) -> None:
    if state.inflater is not None:
        wrong = state.inflater.close()
        state.budget -= state.inflater.inflated
        if wrong:
            problems.add("png.data", f"{what}: {wrong}")
        state.inflater = None


def _finish(state: _State, problems: Problems, left: int) -> None:
    last = f"frame {len(state.frames)}" if state.still_closed and state.frames else "the default picture"
    _close(state, problems, last)
    if state.shape is None:
        problems.add("png.header", "no IHDR")
    if not state.still_seen:
        problems.add("png.data", "no IDAT")
    if not state.ended:
        problems.add("png.chunks", "no IEND")
    elif left > 0:
        problems.add("png.end", f"{left} bytes after IEND")
    if not state.frame_has_data:
        problems.add("apng.frames", f"frame {len(state.frames)} has no data")
    if state.announced is not None and state.announced != len(state.frames):
        problems.add("apng.control", f"acTL announces {state.announced} frames, there are {len(state.frames)}")
    if state.announced == 0:
        problems.add("apng.control", "acTL announces no frames")


def _media(state: _State, problems: Problems) -> Media:
    shape = state.shape
    animated = state.announced is not None
    media = Media(kind="apng" if animated else "png", problems=problems, dpi=state.dpi)
    if shape is None:
        return media
    media.width, media.height = shape.width, shape.height
    media.indexed = shape.colour == 3
    media.grey = shape.colour in (0, 4)
    media.alpha = shape.colour in (4, 6) or state.transparency
    media.colour = f"{_COLOURS.get(shape.colour, 'unknown')}, {shape.depth} bits"
    if state.transparency:
        media.colour += ", with transparency"
    if animated:
        media.frames, media.plays = state.frames, state.plays
        media.hidden_still = state.still_seen and not state.still_in_animation
    else:
        media.frames = [Frame(0, 0, shape.width, shape.height, Fraction(0))]
    return media


def _shown(name: bytes) -> str:
    return name.decode("ascii", "backslashreplace") if name.isalnum() else name.hex()
