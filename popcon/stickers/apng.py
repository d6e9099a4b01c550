"""Animated PNG: chunks, filters, compression. PNG specification, third edition (W3C, 2025), which holds APNG."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
import oxipng
from numpy.typing import NDArray

from popcon.pixels import Rgba
from popcon.stickers.regions import Codes, Patch, plan

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DISPOSE = {"none": 0, "background": 1}
_BLEND = {"source": 0, "over": 1}


def encode_indexed(
    frames: Sequence[NDArray[np.uint8]],
    palette: NDArray[np.uint8],
    durations_ms: Sequence[int],
    plays: int,
    best: bool = True,
) -> bytes:
    """Encode an APNG with one palette.

    Arguments:
        frames: (h, w) numbers into the palette; 0 is transparent.
        palette: (n, 4) uint8 straight RGBA, entries with alpha first.
        durations_ms: of each frame, 1 to 65535.
        plays: how often it plays; 0 for endless.
        best: compress as well as can be; False is quicker by far and up to 4 % larger.
    """
    depth = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
    full = palette[:, 3] == 255
    patches = plan(frames, lambda codes: np.asarray(full[codes]), lambda codes: _rows(_packed(codes, depth)))
    alphas = palette[:, 3][: int(np.flatnonzero(palette[:, 3] < 255)[-1]) + 1]
    head = _chunk(b"PLTE", palette[:, :3].tobytes()) + _chunk(b"tRNS", alphas.tobytes())
    streams = [_deflate(_rows(_packed(patch.codes, depth)), best) for patch in patches]
    return _assemble(frames[0].shape, depth, 3, head, patches, streams, durations_ms, plays)


def encode_truecolour(
    frames: Sequence[Rgba], durations_ms: Sequence[int], plays: int, best: bool = True, repeats: bool = False
) -> bytes:
    """Return an APNG of 8-bit RGBA, without loss.

    Arguments:
        repeats: the frames were rounded, so that whole pixels repeat and rows are best left unfiltered.
        others: as `encode_indexed`.
    """
    codes = [np.ascontiguousarray(frame).view(np.uint32)[..., 0] for frame in frames]

    def opaque(region: Codes) -> NDArray[np.bool_]:
        alpha = np.ascontiguousarray(region).view(np.uint8).reshape(*region.shape, 4)[..., 3]
        return np.asarray(alpha == 255)

    patches = plan(codes, opaque, lambda region: (_rows if repeats else _up)(_bytes_of(region)))
    raw = [_bytes_of(patch.codes) for patch in patches]
    if repeats:
        streams = [_deflate(_rows(rows), best) for rows in raw]
    else:
        streams = [_squeeze(rows) if best else zlib.compress(_adaptive(rows), 3) for rows in raw]
    return _assemble(codes[0].shape, 8, 6, b"", patches, streams, durations_ms, plays)


def encode_flattened(
    frames: Sequence[NDArray[np.uint8]],
    palette: NDArray[np.uint8],
    durations_ms: Sequence[int],
    plays: int,
    best: bool = True,
) -> bytes:
    """Return an APNG of 8-bit RGBA whose pixels all come from a palette, for those who do not read palettes.

    Rows stay unfiltered: whole pixels repeat. Arguments as `encode_indexed`.
    """
    full = palette[:, 3] == 255
    whole = np.ascontiguousarray(palette).view(np.uint32)[:, 0]
    patches = plan(frames, lambda codes: np.asarray(full[codes]), _rows)
    streams = [_deflate(_rows(_bytes_of(whole[patch.codes])), best) for patch in patches]
    return _assemble(frames[0].shape, 8, 6, b"", patches, streams, durations_ms, plays)


def encode_still_truecolour(frame: Rgba) -> bytes:
    """Encode one frame as a PNG of 8-bit RGBA, without loss."""
    return _without_animation(encode_truecolour([frame], [1], 1))


def encode_still_indexed(frame: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Encode one frame as a PNG with a palette; arguments as `encode_indexed`."""
    return _without_animation(encode_indexed([frame], palette, [1], 1))


def _without_animation(data: bytes) -> bytes:
    kept = (_chunk(kind, content) for kind, content in chunks(data) if kind not in (b"acTL", b"fcTL"))
    return _SIGNATURE + b"".join(kept)


def _bytes_of(region: Codes) -> NDArray[np.uint8]:
    return np.ascontiguousarray(region).view(np.uint8).reshape(region.shape[0], -1)


def _packed(codes: Codes, depth: int) -> NDArray[np.uint8]:
    """Rows of palette numbers, several in a byte where the depth allows it."""
    if depth == 8:
        return np.ascontiguousarray(codes)
    each = 8 // depth
    height, width = codes.shape
    padded = np.zeros((height, -(-width // each) * each), np.uint8)
    padded[:, :width] = codes
    groups = padded.reshape(height, -1, each)
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    return np.asarray((groups << shifts).sum(axis=2).astype(np.uint8))


def _rows(raw: NDArray[np.uint8]) -> bytes:
    """Unfiltered rows, each with its filter byte: the best choice for palette numbers."""
    return np.hstack([np.zeros((len(raw), 1), np.uint8), raw]).tobytes()


def _up(raw: NDArray[np.uint8]) -> bytes:
    above = np.vstack([np.zeros((1, raw.shape[1]), np.uint8), raw[:-1]])
    return np.hstack([np.full((len(raw), 1), 2, np.uint8), raw - above]).tobytes()


def _adaptive(raw: NDArray[np.uint8], step: int = 4) -> bytes:
    """Rows filtered each by what leaves the smallest sum of absolute differences (the specification's heuristic)."""
    value = raw.astype(np.int16)
    left = np.zeros_like(value)
    left[:, step:] = value[:, :-step]
    above = np.zeros_like(value)
    above[1:] = value[:-1]
    corner = np.zeros_like(value)
    corner[1:, step:] = value[:-1, :-step]
    guess = left + above - corner
    da, db, dc = np.abs(guess - left), np.abs(guess - above), np.abs(guess - corner)
    paeth = np.where((da <= db) & (da <= dc), left, np.where(db <= dc, above, corner))
    ways = np.stack([value, value - left, value - above, value - (left + above) // 2, value - paeth]).astype(np.uint8)
    size = np.minimum(ways, 256 - ways.astype(np.int16)).sum(axis=2)
    choice = size.argmin(axis=0)
    rows = ways[choice, np.arange(len(raw))]
    return np.hstack([choice.astype(np.uint8)[:, None], rows]).tobytes()


def _deflate(data: bytes, best: bool) -> bytes:
    return zlib.compress(data, 9 if best else 6)


def _squeeze(raw: NDArray[np.uint8]) -> bytes:
    """Filter and deflate 8-bit RGBA rows with oxipng; its one-frame PNG is taken apart again."""
    height, row = raw.shape
    picture = oxipng.RawImage(raw.tobytes(), row // 4, height, color_type=oxipng.ColorType.rgba())
    png = picture.create_optimized_png(
        level=2, bit_depth_reduction=False, color_type_reduction=False, palette_reduction=False,
        grayscale_reduction=False, interlace=None, optimize_alpha=False, fast_evaluation=True,
    )  # fmt: skip
    return b"".join(data for kind, data in chunks(png) if kind == b"IDAT")


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """(type, content) of every chunk of a PNG that was made here."""
    found, at = [], len(_SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _assemble(
    shape: tuple[int, ...], depth: int, colour_type: int, head: bytes,
    patches: Sequence[Patch], streams: Sequence[bytes], durations_ms: Sequence[int], plays: int,
) -> bytes:  # fmt: skip
    height, width = shape
    out = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))]
    out.append(_chunk(b"acTL", struct.pack(">II", len(patches), plays)))
    out.append(head)
    number = 0
    for k, (patch, stream, duration) in enumerate(zip(patches, streams, durations_ms, strict=True)):
        rows, columns = patch.codes.shape
        control = struct.pack(
            ">IIIIIHHBB", number, columns, rows, patch.x, patch.y, duration, 1000,
            _DISPOSE[patch.dispose], _BLEND[patch.blend],
        )  # fmt: skip
        out.append(_chunk(b"fcTL", control))
        number += 1
        if k == 0:
            out.append(_chunk(b"IDAT", stream))
        else:
            out.append(_chunk(b"fdAT", struct.pack(">I", number) + stream))
            number += 1
    out.append(_chunk(b"IEND", b""))
    return b"".join(out)
