"""Files that are broken in their format: at least one for every rule of PNG, APNG, GIF, WebP and WebM."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from popcon.check import gif, png, webm, webp
from popcon.check.checker import check_bytes
from popcon.check.sniff import read_media
from tests.popcon.check.check_makers import (
    Chunk,
    Spec,
    apng_chunks,
    element,
    make,
    png_file,
    riff_body,
    riff_chunks,
    riff_file,
    vp9,
    webm_blocks,
    webm_file,
    webm_tracks,
)

APNG = Spec("apng", 40, 32, (100,) * 4)
INDEXED = replace(APNG, colour="p")
GIF = Spec("gif", 40, 32, (100,) * 4)
WEBP = Spec("webp", 40, 32, (100,) * 4)
WEBM = Spec("webm", 64, 48, (100,) * 4)


def changed(name: bytes, change: Callable[[bytes], bytes], spec: Spec = APNG, nth: int = 0) -> bytes:
    """The APNG with the body of its nth chunk of a name changed; CRCs stay right."""
    chunks, seen = apng_chunks(spec), 0
    for index, (each, body) in enumerate(chunks):
        if each == name:
            if seen == nth:
                chunks[index] = (each, change(body))
            seen += 1
    return png_file(chunks)


def moved(name: bytes, to: int, spec: Spec = APNG) -> bytes:
    chunks = apng_chunks(spec)
    chunk = next(each for each in chunks if each[0] == name)
    chunks.remove(chunk)
    chunks.insert(to, chunk)
    return png_file(chunks)


def without(name: bytes, spec: Spec = APNG, nth: int = 0) -> bytes:
    chunks = apng_chunks(spec)
    chunks.remove([each for each in chunks if each[0] == name][nth])
    return png_file(chunks)


def at(body: bytes, offset: int, piece: bytes) -> bytes:
    return body[:offset] + piece + body[offset + len(piece) :]


def flipped(data: bytes, offset: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 0xFF]) + data[offset + 1 :]


def frame_control(**changes: int) -> Callable[[bytes], bytes]:
    names = ("number", "width", "height", "x", "y", "over", "under", "dispose", "blend")

    def change(body: bytes) -> bytes:
        values = dict(zip(names, struct.unpack(">IIIIIHHBB", body), strict=True)) | changes
        return struct.pack(">IIIIIHHBB", *values.values())

    return change


def reinflated(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda body: zlib.compress(change(zlib.decompress(body)))


GOOD_APNG, GOOD_GIF, GOOD_WEBP, GOOD_WEBM = map(make, (APNG, GIF, WEBP, WEBM))
IDAT_AT = GOOD_APNG.index(b"IDAT")

BROKEN_PNG: list[tuple[str, bytes]] = [
    ("png.chunks", without(b"IEND")),
    ("png.chunks", GOOD_APNG[:-5]),
    ("png.chunks", GOOD_APNG[: IDAT_AT + 40]),
    ("png.chunks", moved(b"IHDR", 2)),
    ("png.chunks", png_file([*apng_chunks(APNG)[:1], (b"ABCD", b""), *apng_chunks(APNG)[1:]])),
    ("png.chunks", png_file([*apng_chunks(APNG)[:1], *apng_chunks(APNG)])),
    ("png.chunks", png_file([*apng_chunks(APNG)[:-1], (b"IDAT", b""), (b"IEND", b"")])),
    ("png.chunks", moved(b"PLTE", 6, INDEXED)),
    ("png.crc", flipped(GOOD_APNG, len(GOOD_APNG) - 1)),
    ("png.crc", flipped(GOOD_APNG, IDAT_AT - 6)),
    ("png.header", changed(b"IHDR", lambda body: at(body, 0, bytes(4)))),
    ("png.header", changed(b"IHDR", lambda body: at(body, 8, b"\3"))),
    ("png.header", changed(b"IHDR", lambda body: at(body, 10, b"\1"))),
    ("png.header", changed(b"IHDR", lambda body: body + b"\0")),
    ("png.header", png_file([(b"IEND", b"")])),
    ("png.palette", without(b"PLTE", INDEXED)),
    ("png.palette", changed(b"PLTE", lambda body: body + b"\0", INDEXED)),
    ("png.palette", changed(b"tRNS", lambda body: bytes(9), INDEXED)),
    ("png.palette", png_file([*apng_chunks(APNG)[:1], (b"tRNS", bytes(6)), *apng_chunks(APNG)[1:]])),
    ("png.data", changed(b"IDAT", lambda body: body[:-1])),
    ("png.data", changed(b"IDAT", lambda body: flipped(body, 12))),
    ("png.data", changed(b"IDAT", lambda body: body + b"\0")),
    ("png.data", changed(b"IDAT", reinflated(lambda pixels: pixels[:-1]))),
    ("png.data", changed(b"IDAT", reinflated(lambda pixels: pixels + b"\0"))),
    ("png.data", changed(b"IDAT", reinflated(lambda pixels: b"\5" + pixels[1:]))),
    ("png.data", changed(b"fdAT", lambda body: body[:4] + zlib.compress(b"short"), nth=2)),
    ("png.data", without(b"IDAT")),
    ("png.end", GOOD_APNG + b"trailing"),
    ("apng.control", changed(b"acTL", lambda body: struct.pack(">II", 5, 2))),
    ("apng.control", changed(b"acTL", lambda body: struct.pack(">II", 0, 2))),
    ("apng.control", changed(b"acTL", lambda body: body[:4])),
    ("apng.control", moved(b"acTL", 4)),
    ("apng.sequence", changed(b"fcTL", frame_control(number=9), nth=1)),
    ("apng.sequence", changed(b"fdAT", lambda body: bytes(4) + body[4:], nth=1)),
    ("apng.sequence", without(b"fcTL", nth=2)),
    ("apng.frames", without(b"fdAT", nth=1)),
    ("apng.frames", without(b"fdAT", nth=2)),
    ("apng.frames", changed(b"fcTL", lambda body: body[:20])),
    ("apng.frames", changed(b"fdAT", lambda body: body[:3])),
    ("apng.regions", changed(b"fcTL", frame_control(x=1), nth=1)),
    ("apng.regions", changed(b"fcTL", frame_control(height=0), nth=1)),
    ("apng.regions", changed(b"fcTL", frame_control(width=39))),
    ("apng.regions", changed(b"fcTL", frame_control(width=2**32 - 1, x=2**32 - 1), nth=1)),
    ("apng.operations", changed(b"fcTL", frame_control(dispose=3), nth=1)),
    ("apng.operations", changed(b"fcTL", frame_control(blend=2), nth=1)),
]

DESCRIPTOR = GOOD_GIF.index(b"\x2c\0\0\0\0\x28\0")
SECOND_DESCRIPTOR = GOOD_GIF.index(b"\x2c", DESCRIPTOR + 20)
CONTROL = GOOD_GIF.index(b"\x21\xf9\x04")


def gif_with(offset: int, piece: bytes) -> bytes:
    return at(GOOD_GIF, offset, piece)


def one_frame(packed: bytes, depth: int = 2, palette: bool = True, size: tuple[int, int] = (4, 2)) -> bytes:
    """A tiny GIF around LZW bytes of one's own."""
    flags = 0x80 if palette else 0
    colours = bytes(6) if palette else b""
    blocks = b"".join(bytes([len(packed[i : i + 255])]) + packed[i : i + 255] for i in range(0, len(packed), 255))
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0) + bytes([depth]) + blocks + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", *size, flags, 0, 0) + colours + frame + b"\x3b"


def codes(*values: int, width: int = 3) -> bytes:
    number = sum(value << width * index for index, value in enumerate(values))
    return number.to_bytes((width * len(values) + 7) // 8, "little")


# clear = 4, stop = 5: a run of eight pixels as 0, 6 (two), 7 (three) at 3 bits, then at 4 bits 2 more singles
SOUND = one_frame(codes(4, 0, 0, 4, 0, 0, 4, 0, 0, 4, 0, 0, 5))

BROKEN_GIF: list[tuple[str, bytes]] = [
    ("gif.blocks", GOOD_GIF[:-1]),
    ("gif.blocks", GOOD_GIF[:10]),
    ("gif.blocks", GOOD_GIF[:20]),
    ("gif.blocks", GOOD_GIF[: DESCRIPTOR + 30]),
    ("gif.blocks", gif_with(CONTROL, b"\x99")),
    ("gif.blocks", GOOD_GIF[: GOOD_GIF.index(b"\x21\xff")] + b"\x3b"),
    ("gif.screen", gif_with(6, bytes(2))),
    ("gif.regions", gif_with(DESCRIPTOR + 1, b"\1\0")),
    ("gif.regions", gif_with(DESCRIPTOR + 5, b"\0\0")),
    ("gif.palette", one_frame(codes(4, 0, 0, 4, 0, 0, 4, 0, 0, 4, 0, 0, 5), palette=False)),
    ("gif.data", one_frame(codes(4, 0, 0, 5))),
    ("gif.data", one_frame(codes(4, 0, 0, 4, 0, 0, 4, 0, 0, 4, 0, 0, 4, 0, 5))),
    ("gif.data", one_frame(codes(4, 7, 0, 5))),
    ("gif.data", one_frame(codes(4, 6, 5))),
    ("gif.data", one_frame(codes(4, 0, 0, 4, 0, 0, 4, 0, 0, 4, 0, 0))),
    ("gif.data", one_frame(b"", depth=12)),
    ("gif.data", one_frame(b"")),
    ("gif.disposal", gif_with(CONTROL + 3, b"\x1c")),
    ("gif.end", GOOD_GIF + b"trailing"),
]

WEBP_CHUNKS = riff_chunks(GOOD_WEBP)
FRAME = next(index for index, each in enumerate(WEBP_CHUNKS) if each[0] == b"ANMF")


def webp_with(name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    chunks = list(WEBP_CHUNKS)
    index = next(index for index, each in enumerate(chunks) if each[0] == name)
    chunks[index] = (name, change(chunks[index][1]))
    return riff_file(chunks)


def webp_of(*keep: bytes) -> bytes:
    return riff_file([each for each in WEBP_CHUNKS if each[0] in keep])


def inner(change: Callable[[list[Chunk]], list[Chunk]]) -> Callable[[bytes], bytes]:
    return lambda body: body[:16] + riff_body(change(riff_chunks(bytes(12) + body[16:])))


BROKEN_WEBP: list[tuple[str, bytes]] = [
    ("webp.riff", GOOD_WEBP + b"trailing"),
    ("webp.riff", at(GOOD_WEBP, 4, b"\1\0\0\0")),
    ("webp.chunks", GOOD_WEBP[:-9]),
    ("webp.chunks", riff_file([WEBP_CHUNKS[1], WEBP_CHUNKS[0], *WEBP_CHUNKS[2:]])),
    ("webp.chunks", riff_file([*WEBP_CHUNKS, (b"ANMF", bytes(8))])),
    ("webp.canvas", webp_with(b"VP8X", lambda body: body[:4] + b"\xff" * 6)),
    ("webp.canvas", webp_with(b"VP8X", lambda body: body[:6])),
    ("webp.animation", webp_of(b"VP8X", b"ANMF")),
    ("webp.animation", webp_of(b"VP8X", b"ANIM")),
    ("webp.animation", webp_with(b"VP8X", lambda body: bytes([body[0] & ~2]) + body[1:])),
    ("webp.animation", webp_with(b"ANIM", lambda body: body[:4])),
    ("webp.regions", webp_with(b"ANMF", lambda body: at(body, 0, b"\x14\0\0"))),
    ("webp.regions", webp_with(b"VP8X", lambda body: body[:4] + b"\x10\0\0\x10\0\0")),
    ("webp.bitstreams", webp_with(b"ANMF", lambda body: body[:16])),
    ("webp.bitstreams", webp_with(b"ANMF", inner(lambda chunks: chunks * 2))),
    ("webp.bitstreams", webp_with(b"ANMF", inner(lambda chunks: [(b"VP8L", b"\0" + chunks[0][1][1:])]))),
    ("webp.bitstreams", webp_with(b"ANMF", inner(lambda chunks: [(b"VP8 ", chunks[0][1])]))),
    ("webp.bitstreams", webp_with(b"ANMF", lambda body: at(body, 6, b"\x08\0\0"))),
    ("webp.bitstreams", webp_of(b"VP8X")),
    ("webp.alpha", webp_with(b"VP8X", lambda body: bytes([body[0] & ~0x10]) + body[1:])),
]

COLOUR, ALPHA = vp9(WEBM, False), vp9(WEBM, True)
BLOCKS = webm_blocks(WEBM, COLOUR, ALPHA)


def film(tracks: bytes | None = None, blocks: bytes = BLOCKS, doctype: str = "webm", stated: float = 400.0) -> bytes:
    return webm_file(WEBM, webm_tracks(WEBM) if tracks is None else tracks, blocks, doctype, stated)


BROKEN_WEBM: list[tuple[str, bytes]] = [
    ("webm.elements", GOOD_WEBM[:-20]),
    ("webm.elements", GOOD_WEBM[:40]),
    ("webm.elements", GOOD_WEBM + b"\0\0\0\0"),
    ("webm.elements", element(0x1A45DFA3, element(0x4282, "webm"))),
    ("webm.elements", GOOD_WEBM + element(0x18538067, b"")),
    ("webm.doctype", film(doctype="matroska")),
    ("webm.tracks", film(webm_tracks(WEBM, videos=2))),
    ("webm.tracks", film(element(0x1654AE6B, b""))),
    ("webm.display", film(webm_tracks(WEBM, shown=65))),
    ("webm.blocks", film(blocks=b"")),
    ("webm.blocks", film(blocks=webm_blocks(WEBM, COLOUR, ALPHA, flags=2))),
    ("webm.blocks", film(blocks=element(0x1F43B675, element(0xA3, b"\x85\0\0\x80" + COLOUR[0])))),
    ("webm.blocks", film(blocks=element(0x1F43B675, element(0xA3, b"\x81\0")))),
    ("webm.times", film(blocks=webm_blocks(WEBM, COLOUR, ALPHA, times=(0, 100, 100, 200)))),
    ("webm.times", film(blocks=webm_blocks(WEBM, COLOUR, ALPHA, times=(0, 100, 50, 200)))),
    ("webm.duration", film(stated=900.0)),
    ("webm.duration", film(stated=float("nan"))),
    ("webm.frames", film(webm_tracks(WEBM, width=66))),
    ("webm.frames", film(blocks=webm_blocks(WEBM, COLOUR[::-1], ALPHA))),
    ("webm.frames", film(blocks=webm_blocks(WEBM, COLOUR, [b"\0", *ALPHA[1:]]))),
    ("webm.alpha", film(webm_tracks(WEBM, alpha_mode=0))),
    ("webm.alpha", film(blocks=webm_blocks(WEBM, COLOUR, [*ALPHA[:3], None]))),
    ("webm.alpha", film(blocks=webm_blocks(WEBM, COLOUR, [None] * 4))),
]

BROKEN = [
    *(("apng", *each) for each in BROKEN_PNG),
    *(("gif", *each) for each in BROKEN_GIF),
    *(("webp", *each) for each in BROKEN_WEBP),
    *(("telegram-emoji", *each) for each in BROKEN_WEBM),
]


@pytest.mark.parametrize(("platform", "rule", "data"), BROKEN, ids=[f"{r}-{i}" for i, (_, r, _) in enumerate(BROKEN)])
def test_a_broken_format_is_told(platform: str, rule: str, data: bytes) -> None:
    report = check_bytes(data, "sticker", platform)
    found = [each for each in report.findings if each.rule == rule]
    assert [each.verdict for each in found] == ["fail"]
    assert found[0].source.kind == "official"
    assert found[0].found != "it is so"
    assert not report.ok


def test_every_format_rule_is_broken_above() -> None:
    rules = {rule for reader in (png, gif, webp, webm) for rule in reader.INTEGRITY.rules}
    assert {rule for _, rule, _ in BROKEN} == rules


@pytest.mark.parametrize("data", [GOOD_APNG, GOOD_GIF, GOOD_WEBP, GOOD_WEBM, SOUND, make(INDEXED)])
def test_sound_files_have_no_problems(data: bytes) -> None:
    media = read_media(data)
    assert media is not None
    rules = media.problems.integrity.rules
    assert {rule: media.problems.about(rule) for rule in rules} == dict.fromkeys(rules, "")


def test_pictures_that_do_not_decode_are_told() -> None:
    # the header stays, what follows is noise: only a decoder can know
    noise = film(blocks=webm_blocks(WEBM, [COLOUR[0][:40], *COLOUR[1:]], ALPHA))
    found = {each.rule: each for each in check_bytes(noise, "a.webm", "telegram-emoji").findings}
    assert found["webm.frames"].verdict == "pass"
    assert found["pictures"].verdict == "fail"
    assert found["moving"].found.startswith("not known")


def test_what_is_read_of_an_apng() -> None:
    media = read_media(changed(b"fcTL", frame_control(over=1, under=0), nth=1))
    assert media is not None
    assert media.kind == "apng"
    assert (media.width, media.height, media.plays, media.alpha, media.indexed) == (40, 32, 2, True, False)
    # a denominator of 0 means hundredths of a second
    assert [float(frame.duration_ms) for frame in media.frames] == [100, 10, 100, 100]


def test_interlaced_pngs_are_measured_pass_by_pass() -> None:
    # 3x3 px, 1 byte each: passes of Adam7 with any pixel in them, a filter byte before every row
    sizes = [(1, 1), (1, 1), (1, 2), (2, 1), (1, 3)]
    pixels = b"".join((b"\0" + bytes(wide)) * tall for tall, wide in sizes)
    head = struct.pack(">IIBBBBB", 3, 3, 8, 0, 0, 0, 1)
    for body, wrong in ((pixels, ""), (pixels[:-1], f"inflates to {len(pixels) - 1} of {len(pixels)} bytes")):
        media = read_media(png_file([(b"IHDR", head), (b"IDAT", zlib.compress(body)), (b"IEND", b"")]))
        assert media is not None
        assert wrong in media.problems.about("png.data")
        assert bool(wrong) == bool(media.problems.about("png.data"))


def test_a_hidden_first_picture_is_no_frame() -> None:
    media = read_media(make(replace(APNG, hidden=True)))
    assert media is not None
    assert media.hidden_still
    assert len(media.frames) == 4


def test_clusters_of_open_size_are_read() -> None:
    """Live muxers leave sizes open: the cluster ends where the next begins."""
    first = webm_blocks(replace(WEBM, delays=(100, 100)), COLOUR[:2], ALPHA[:2])
    second = webm_blocks(replace(WEBM, delays=(100, 100)), COLOUR[2:], ALPHA[2:], times=(200, 300))
    opened = [part[:4] + b"\x01" + b"\xff" * 7 + part[8:] for part in (first, second)]
    tracks = webm_tracks(WEBM)
    segment = b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + tracks + b"".join(opened)
    media = read_media(element(0x1A45DFA3, element(0x4282, "webm")) + segment)
    assert isinstance(media, webm.Film)
    assert [int(block.at_ms) for block in media.blocks] == [0, 100, 200, 300]
    assert not media.problems.about("webm.elements")
