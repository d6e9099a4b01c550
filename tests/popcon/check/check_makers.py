"""Makes stickers for tests of the check: small writers of its own, so that any part can be broken on purpose."""

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Chunk = tuple[bytes, bytes]
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Spec:
    """A sticker to make: a disc that wanders to and fro."""

    kind: str
    width: int = 180
    height: int = 180
    delays: tuple[int, ...] = (100,) * 10
    plays: int = 2
    filled: bool = False
    alike: bool = False
    empty_first: bool = False
    returns: bool = False
    jumps: bool = False
    opaque: bool = False
    spread: float = 0.25
    colour: str = "rgba"
    hidden: bool = False
    dpi: int | None = None
    codec: str = "V_VP9"
    audio: bool = False
    padding: int = 0


def pictures(spec: Spec) -> list[Picture]:
    """The frames: (h, w, 4) uint8."""
    made, count = [], len(spec.delays)
    for index in range(count):
        angle = 2 * np.pi * index / max(1, count - 1 if spec.returns else count)
        shift = 0.0 if spec.alike else (0.3 * index / count if spec.jumps else 0.12 * np.sin(angle + 0.4))
        side = min(spec.width, spec.height)
        columns = np.arange(spec.width, dtype=np.float32)[None] - spec.width / 2 - shift * side
        rows = np.arange(spec.height, dtype=np.float32)[:, None] - spec.height / 2
        away = np.sqrt(columns**2 + rows**2) / side
        picture = np.zeros((spec.height, spec.width, 4), np.uint8)
        if spec.filled:
            picture[:] = (40, 80, 160, 255)
            picture[spec.height // 2, spec.width // 2 :] = 0
        picture[away < spec.spread] = (230, 120, 40, 255)
        picture[away < 0.1] = (60, 30, 10, 255)
        if spec.empty_first and index == 0:
            picture[:] = 0
        made.append(picture)
    return made


def make(spec: Spec) -> bytes:
    """The sticker's file."""
    return _make(spec)


@cache
def _make(spec: Spec) -> bytes:
    if spec.kind in ("apng", "png"):
        return PNG + b"".join(chunk(*each) for each in apng_chunks(spec))
    return {"gif": _gif, "webp": _webp, "webm": _webm}[spec.kind](spec)


# PNG


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_chunks(data: bytes) -> list[Chunk]:
    """Take a PNG apart."""
    at, found = 8, []
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        found.append((name, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def png_file(chunks: Iterable[Chunk]) -> bytes:
    return PNG + b"".join(chunk(*each) for each in chunks)


def _packed(picture: Picture, colour: str) -> bytes:
    grey = picture[..., :3].mean(axis=2).astype(np.uint8)
    if colour == "rgba":
        body = picture
    elif colour == "rgb":
        body = picture[..., :3]
    elif colour == "la":
        body = np.dstack([grey, picture[..., 3]])
    else:
        body = np.where(picture[..., 3:] > 0, 1 + (grey[..., None] > 60), 0).astype(np.uint8)
    rows = body.reshape(body.shape[0], -1)
    return zlib.compress(np.hstack([np.zeros((len(rows), 1), np.uint8), rows]).tobytes(), 1)


def apng_chunks(spec: Spec) -> list[Chunk]:
    """An APNG (or, of one frame without acTL, a PNG) as its chunks."""
    colour = "rgb" if spec.opaque else spec.colour
    kind = {"rgba": 6, "rgb": 2, "la": 4, "p": 3}[colour]
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", spec.width, spec.height, 8, kind, 0, 0, 0))]
    if spec.dpi is not None:
        chunks.append((b"pHYs", struct.pack(">IIB", *[round(spec.dpi / 0.0254)] * 2, 1)))
    if spec.padding:
        chunks.append((b"paDd", bytes(spec.padding)))
    frames = pictures(spec)
    if spec.kind == "apng":
        chunks.append((b"acTL", struct.pack(">II", len(frames), spec.plays)))
    if kind == 3:
        chunks += [(b"PLTE", bytes([0, 0, 0, 60, 30, 10, 230, 120, 40])), (b"tRNS", b"\0")]
    number = 0
    if spec.hidden:
        chunks.append((b"IDAT", _packed(frames[0], colour)))
    for index, (frame, delay) in enumerate(zip(frames, spec.delays, strict=True)):
        if spec.kind == "apng":
            control = struct.pack(">IIIIIHHBB", number, spec.width, spec.height, 0, 0, delay, 1000, 0, 0)
            chunks.append((b"fcTL", control))
            number += 1
        if index == 0 and not spec.hidden:
            chunks.append((b"IDAT", _packed(frame, colour)))
        else:
            chunks.append((b"fdAT", struct.pack(">I", number) + _packed(frame, colour)))
            number += 1
    return [*chunks, (b"IEND", b"")]


# GIF


def _gif(spec: Spec) -> bytes:
    frames = []
    for picture in pictures(spec):
        index = np.where(picture[..., 3] > 0, 1 + (picture[..., 0] > 100), 0).astype(np.uint8)
        image = Image.fromarray(index, "P")
        image.putpalette([255, 255, 255, 60, 30, 10, 230, 120, 40])
        frames.append(image)
    options = {} if spec.opaque else {"transparency": 0}
    # Pillow joins frames that are alike; their delays stay apart only where they differ
    buffer = io.BytesIO()
    loop = {} if spec.plays == 1 else {"loop": max(0, spec.plays - 1)}
    comment = {"comment": bytes(spec.padding)} if spec.padding else {}
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=list(spec.delays),
        disposal=2,
        optimize=False,
        **options,
        **loop,
        **comment,
    )
    return buffer.getvalue()


# WebP


def riff_chunks(data: bytes) -> list[Chunk]:
    """Take a WebP apart."""
    at, found = 12, []
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def riff_body(chunks: Iterable[Chunk]) -> bytes:
    return b"".join(name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in chunks)


def riff_file(chunks: Iterable[Chunk]) -> bytes:
    body = riff_body(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _webp(spec: Spec) -> bytes:
    frames = [Image.fromarray(picture[..., :3] if spec.opaque else picture) for picture in pictures(spec)]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=list(spec.delays),
        loop=spec.plays,
        lossless=True,
        quality=0,
        method=0,
        exact=True,
        allow_mixed=False,
    )
    data = buffer.getvalue()
    return riff_file([*riff_chunks(data), (b"PADD", bytes(spec.padding))]) if spec.padding else data


# WebM


def element(name: int, *parts: bytes | int | str | float) -> bytes:
    """An EBML element; integers, texts and floats are written as such."""
    body = b""
    for part in parts:
        if isinstance(part, bytes):
            body += part
        elif isinstance(part, str):
            body += part.encode()
        elif isinstance(part, float):
            body += struct.pack(">d", part)
        else:
            body += part.to_bytes(max(1, (part.bit_length() + 7) // 8), "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + struct.pack(">I", 0x10000000 | len(body)) + body


@cache
def vp9(spec: Spec, alpha: bool) -> tuple[bytes, ...]:
    """The pictures, or their alpha, as VP9 frames."""
    codec = av.CodecContext.create("libvpx-vp9", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = spec.width, spec.height, "yuv420p"
    codec.time_base = Fraction(1, 1000)
    codec.thread_count = 1
    codec.options = {"crf": "20", "b": "0", "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    made: list[bytes] = []
    for index, picture in enumerate(pictures(spec)):
        shown = np.repeat(picture[..., 3:], 3, axis=2) if alpha else picture[..., :3]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), "rgb24")
        if alpha:
            frame = frame.reformat(format="yuv420p", dst_color_range="JPEG")
        frame.pts = index * 40
        made += [bytes(packet) for packet in codec.encode(frame)]
    return (*made, *(bytes(packet) for packet in codec.encode(None)))


def webm_tracks(spec: Spec, **changes: int) -> bytes:
    """The Tracks element."""
    width, height = changes.get("width", spec.width), changes.get("height", spec.height)
    video = element(0xB0, width) + element(0xBA, height)
    if changes.get("alpha_mode", not spec.opaque):
        video += element(0x53C0, 1)
    if "shown" in changes:
        video += element(0x54B0, changes["shown"])
    entry = element(0xD7, 1) + element(0x83, 1) + element(0x86, spec.codec) + element(0xE0, video)
    tracks = element(0xAE, entry) * changes.get("videos", 1)
    if spec.audio:
        tracks += element(0xAE, element(0xD7, 2), element(0x83, 2), element(0x86, "A_OPUS"))
    return element(0x1654AE6B, tracks)


def webm_blocks(
    spec: Spec, colour: Sequence[bytes], alpha: Sequence[bytes | None], flags: int = 0, times: Sequence[int] = ()
) -> bytes:
    """One cluster with a BlockGroup for each picture."""
    at, groups = 0, b""
    for index, (body, mask) in enumerate(zip(colour, alpha, strict=True)):
        time = times[index] if times else at
        block = element(0xA1, b"\x81" + struct.pack(">h", time) + bytes([flags]) + body)
        if mask is not None:
            block += element(0x75A1, element(0xA6, element(0xEE, 1) + element(0xA5, mask)))
        groups += element(0xA0, block + element(0x9B, spec.delays[index]))
        at += spec.delays[index]
    return element(0x1F43B675, element(0xE7, 0) + groups)


def webm_file(spec: Spec, tracks: bytes, cluster: bytes, doctype: str = "webm", stated: float | None = None) -> bytes:
    head = element(0x1A45DFA3, element(0x4282, doctype))
    stated = float(sum(spec.delays)) if stated is None else stated
    info = element(0x1549A966, element(0x2AD7B1, 1_000_000) + element(0x4489, stated))
    padding = element(0xEC, bytes(spec.padding)) if spec.padding else b""
    return head + element(0x18538067, info + tracks + padding + cluster)


def _webm(spec: Spec) -> bytes:
    colour = vp9(spec, False)
    alpha: Sequence[bytes | None] = [None] * len(colour) if spec.opaque else vp9(spec, True)
    return webm_file(spec, webm_tracks(spec), webm_blocks(spec, colour, alpha))
