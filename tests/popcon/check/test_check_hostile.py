"""Hostile files: whatever the bytes, a report comes back, soon and within bounds."""

import io
import random
import struct
import time
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from popcon.check.checker import check_bytes
from popcon.check.gif_lzw import MAX_CODES
from popcon.check.report import CheckReport
from popcon.check.rulebooks import RULEBOOKS
from popcon.check.tables import lines
from tests.popcon.check.check_makers import Spec, element, make, png_chunks, png_file

TINY = [
    make(Spec("apng", 16, 12, (100,) * 3)),
    make(Spec("apng", 16, 12, (100,) * 3, colour="p")),
    make(Spec("gif", 16, 12, (100,) * 3)),
    make(Spec("webp", 16, 12, (100,) * 3)),
    make(Spec("webm", 16, 16, (100,) * 3)),
]


def pack() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(
            "contents.json", '{"sticker_packs": [{"identifier": "a", "stickers": [{"image_file": "1.webp"}]}]}'
        )
        target.writestr("1.webp", TINY[3])
    return buffer.getvalue()


SEEDS = [*TINY, pack()]
QUICK = settings(max_examples=250, deadline=5_000, suppress_health_check=list(HealthCheck), database=None)


def sane(report: CheckReport) -> None:
    assert report.findings
    for each in report.findings:
        assert len(each.found) < 2_000
        assert "\n" not in each.rule
    assert list(lines(report))


@QUICK
@given(seed=st.sampled_from(SEEDS), platform=st.sampled_from(list(RULEBOOKS)), data=st.data())
def test_flipped_bytes(seed: bytes, platform: str, data: st.DataObject) -> None:
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(seed) - 1))] = data.draw(st.integers(0, 255))
    sane(check_bytes(bytes(damaged), "a.png", platform))


@QUICK
@given(seed=st.sampled_from(SEEDS), platform=st.sampled_from(list(RULEBOOKS)), data=st.data())
def test_cut_and_spliced(seed: bytes, platform: str, data: st.DataObject) -> None:
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(seed)), st.integers(0, len(seed)))))
    filling = data.draw(st.binary(max_size=20))
    sane(check_bytes(seed[:start] + filling + seed[stop:], "a.webm", platform))


@QUICK
@given(seed=st.sampled_from(SEEDS), tail=st.binary(max_size=200))
def test_noise_behind_a_signature(seed: bytes, tail: bytes) -> None:
    sane(check_bytes(seed[:12] + tail, "a.gif", "gif"))


def test_flipped_pngs_with_right_checksums() -> None:
    """Chunks are put together again after the damage, so that it gets past the CRC."""
    choose = random.Random(7)
    for _ in range(150):
        chunks = [(name, bytearray(body)) for name, body in png_chunks(TINY[choose.randrange(2)])]
        body = choose.choice([content for _, content in chunks if content])
        body[choose.randrange(len(body))] = choose.randrange(256)
        if choose.random() < 0.3:
            choose.shuffle(chunks)
        sane(check_bytes(png_file([(each, bytes(content)) for each, content in chunks]), "a.png", "line-emoji"))


def png_of(width: int, height: int, body: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return png_file([(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")])


def apng_bomb() -> bytes:
    """Forty frames of 4000x4000, each 64 MB of zeros in 64 KB."""
    picture = zlib.compress(bytes(4_000 * (1 + 4 * 4_000)), 9)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 4_000, 4_000, 8, 6, 0, 0, 0)), (b"acTL", struct.pack(">II", 40, 1))]
    for index in range(40):
        control = struct.pack(">IIIIIHHBB", max(0, 2 * index - 1), 4_000, 4_000, 0, 0, 1, 10, 0, 0)
        data = (b"fdAT", struct.pack(">I", 2 * index) + picture) if index else (b"IDAT", picture)
        chunks += [(b"fcTL", control), data]
    return png_file([*chunks, (b"IEND", b"")])


def gif_bomb() -> bytes:
    """A frame whose every code is a single pixel: code 0 again and again."""
    block = b"\xff" + bytes(255)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 4_000, 4_000, 0) + b"\x02" + block * 24_000 + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", 4_000, 4_000, 0x80, 0, 0) + bytes(6) + frame + b"\x3b"


def nested(levels: int) -> bytes:
    """Groups in groups in groups."""
    body = b""
    for _ in range(levels):
        body = element(0xA0, body)
    return element(0x1A45DFA3, element(0x4282, "webm")) + element(0x18538067, element(0x1F43B675, body))


BOMBS: dict[str, bytes] = {
    "one large picture": png_of(30_000, 30_000, zlib.compress(bytes(30_000_000), 9)),
    "a picture of any size": png_of(2**31 - 1, 2**31 - 1, zlib.compress(b"")),
    "more pixels than stated": png_of(4, 4, zlib.compress(bytes(30_000_000), 9)),
    "many large frames": apng_bomb(),
    "many tiny chunks": png_file([(b"IHDR", bytes(13)), *[(b"teXt", b"")] * 200_000]),
    "many codes": gif_bomb(),
    "many gif blocks": b"GIF89a" + bytes(7) + b"\x21\xfe\x00" * 1_000_000,
    "many webp chunks": b"RIFF" + struct.pack("<I", 8_000_004) + b"WEBP" + (b"PADD" + bytes(4)) * 1_000_000,
    "a large canvas": b"RIFF"
    + struct.pack("<I", 22)
    + b"WEBPVP8X"
    + struct.pack("<I", 10)
    + b"\x12\0\0\0"
    + b"\xff" * 6,
    "nested elements": nested(20_000),
    "many elements": nested(1) + element(0x18538067, element(0xEC, b"") * 1_000_000),
    "only zeros": bytes(40_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_soon(name: str) -> None:
    data = BOMBS[name]
    start = time.process_time()
    platform = {b"\x89PNG": "line-emoji", b"GIF8": "gif", b"RIFF": "webp"}.get(data[:4], "telegram-emoji")
    report = check_bytes(data, "bomb", platform)
    assert time.process_time() - start < 8
    assert not report.ok
    sane(report)
    if name == "many codes":
        found = {each.rule: each.found for each in report.findings}
        assert found["gif.data"] == "frame 1: longer than what is followed here"


def test_the_code_limit_is_far_above_real_stickers() -> None:
    # 2 MB, the largest GIF that any platform takes, at the 9 bits that a 256-colour GIF begins with
    assert MAX_CODES > 2_000_000 * 8 / 9
