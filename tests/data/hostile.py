"""A corpus of hostile files, made anew from a seed: `corpus()` gives each by name.

They lie (sizes, counts, offsets), are cut off, are damaged at random, nest, repeat, or unpack to far more than their
size. Every reader of files from outside has to refuse each in a sentence, or read it, soon and in little memory.
"""

import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

SEED = 20
DAMAGED_OF_EACH = 6


def corpus() -> dict[str, bytes]:
    """Every file, by a name that says what is wrong with it."""
    return dict(_files())


def _files() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(SEED)
    sound = dict(_sound())
    for name, data in sound.items():
        yield f"sound {name}", data
        for share in (0.1, 0.5, 0.98):
            yield f"{name} cut to {share:.0%}", data[: int(len(data) * share)]
        for number in range(DAMAGED_OF_EACH):
            damaged = bytearray(data)
            for _ in range(chance.choice((1, 4, 40))):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            yield f"{name} damaged {number}", bytes(damaged)
        yield f"{name} with a tail", data + b"<script>alert(1)</script>" * 50
    yield "nothing", b""
    yield "one byte", b"\0"
    yield "noise", chance.randbytes(50_000)
    yield "text", b"PNG? no." * 100
    yield "a page", b"<!doctype html><svg onload=alert(1)>"
    yield "a program", b"\x7fELF" + chance.randbytes(2000)
    for magic in (b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\xff\xff\xffWEBPVP8X", b"\x1aE\xdf\xa3", b"PK\x03\x04"):
        yield f"only the beginning {magic[:4]!r}", magic
        yield f"noise after {magic[:4]!r}", magic + chance.randbytes(3000)
    yield from _lying_headers()
    yield from _bombs()
    yield from _json()


def _sound() -> Iterator[tuple[str, bytes]]:
    pixels = np.random.default_rng(SEED).integers(0, 256, (72, 80, 4), np.uint8)
    still = Image.fromarray(pixels)
    for kind in ("PNG", "WEBP", "TIFF"):
        yield kind.lower(), _saved(still, kind)
    for kind in ("JPEG", "BMP"):
        yield kind.lower(), _saved(still.convert("RGB"), kind)
    moving = [Image.fromarray(np.roll(pixels, shift * 9, 1)) for shift in range(4)]
    for kind, name in (("GIF", "gif"), ("PNG", "apng"), ("WEBP", "moving webp")):
        yield name, _saved(moving[0], kind, save_all=True, append_images=moving[1:], duration=80, loop=0)
    for kind in ("F", "I;16"):
        values = np.linspace(0, 1 if kind == "F" else 65535, 80 * 72).reshape(72, 80)
        yield f"deep {kind}", _saved(Image.fromarray(values.astype(np.float32 if kind == "F" else np.uint16)), "TIFF")
    yield "pack", _zipped({"1.png": _saved(still, "PNG"), "contents.json": b'{"sticker_packs": []}'})


def _lying_headers() -> Iterator[tuple[str, bytes]]:
    for width, height in ((0, 0), (2**31 - 1, 2**31 - 1), (65535, 65535), (7000, 7000), (2**31 - 1, 1)):
        size = f"{width}x{height}"
        header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
        body = _chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + _chunk(b"IEND", b"")
        yield f"png that says {size}", b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + body
        low = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
        yield (
            f"gif that says {size}",
            b"GIF89a" + low + b"\x80\0\0" + b"\0" * 6 + b",\0\0\0\0" + low + b"\0\x02\x02L\x01\0;",
        )
        bmp = struct.pack("<IiiHHIIiiII", 40, width, min(height, 2**31 - 1), 1, 24, 0, 0, 0, 0, 0, 0)
        yield f"bmp that says {size}", b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + bmp + b"\0" * 90
    frames = struct.pack(">II", 2**31 - 1, 0)
    header = struct.pack(">IIBBBBB", 64, 64, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", header), (b"acTL", frames), (b"IDAT", zlib.compress(b"\0" * (257 * 64))), (b"IEND", b"")
    yield "apng of two billion frames", b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)
    yield "png whose chunk is 2 GB long", b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31 - 1) + b"IHDR"
    yield "webp whose parts reach past its end", b"RIFF" + struct.pack("<I", 2**31) + b"WEBPVP8L" + b"\xff" * 40


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield "webp of 49 megapixels in 2 KB", _saved(Image.new("RGB", (7000, 7000), "orange"), "WEBP", lossless=True)
    yield "png of 49 megapixels", _saved(Image.new("L", (7000, 7000)), "PNG")
    yield "png whose text unpacks to 50 MB", _png_with(_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 50_000_000)))
    yield "png whose profile unpacks to 50 MB", _png_with(_chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 50_000_000)))
    yield "zip of 100 MB of zeros", _zipped({"1.png": b"\0" * 100_000_000})
    yield "zip of 20,000 files", _zipped({f"{number}.png": b"" for number in range(20_000)})
    yield "zip that leaves its folder", _zipped({"../../../../tmp/popcon-escaped.png": b"x", "/etc/popcon": b"x"})
    inner = b"x"
    for _ in range(30):
        inner = _zipped({"inner.zip": inner})
    yield "zip in 30 zips", inner


def _json() -> Iterator[tuple[str, bytes]]:
    yield "json nested 100,000 deep", b"[" * 100_000
    yield "json of a number with 5,000 digits", b"1" * 5_000
    yield "json of another shape", json.dumps({"verdict": ["approve"], "id": {"$ref": "#"}, "spec": 3}).encode()
    yield "json that says NaN", b'{"points": [{"x": NaN, "y": Infinity}]}'
    yield "json in another encoding", '{"title": "狐"}'.encode("utf-16")
    yield "json with half a character", b'{"title": "\xed\xa0\x80"}'


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_with(chunk: bytes) -> bytes:
    data = _saved(Image.new("RGBA", (64, 64), "orange"), "PNG")
    return data[:33] + chunk + data[33:]


def _zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()
