"""Animated WebP: every frame its own still, coded by Pillow's libwebp, put together here. WebP container
specification (Google). Stills are coded one by one, so that a search reuses them and a frame that appears twice is
coded once."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from popcon.pixels import Rgba
from popcon.stickers.regions import changed_box


@dataclass(frozen=True)
class QualityStep:
    """A step of quality, from lossless to small."""

    quality: int
    alpha_quality: int = 100
    lossless: bool = False


STEPS: tuple[QualityStep, ...] = (
    QualityStep(100, lossless=True),
    *(QualityStep(quality) for quality in (99, 97, 95, 92, 90, 88, 86, 84, 82, 80, 77, 74, 71, 68, 64, 60)),
    *(
        QualityStep(quality, alpha)
        for quality, alpha in (
            (60, 75), (52, 75), (46, 74), (40, 73), (36, 72), (32, 71), (32, 70), (26, 68), (20, 62), (15, 50),
            (10, 35), (5, 20), (0, 0),
        )
    ),
)  # fmt: skip
"""Colour falls first. Alpha of 76 to 99 is left out: libwebp then keeps so many levels that the loss saves nothing,
and often costs, because what was smooth has steps."""

COMFORTABLE = 20
"""Steps up to this one show little."""


@dataclass(frozen=True)
class Part:
    """What a frame replaces: a region, at even places as the format wants it."""

    x: int
    y: int
    pixels: Rgba


def parts(frames: Sequence[Rgba]) -> list[Part]:
    """Return the regions that change from frame to frame. The first is all that is ever seen: a player clears the
    canvas before it, and an animation that ends on its first frame can end with the very same bytes."""
    keys = [np.ascontiguousarray(frame).view(np.uint32)[..., 0] for frame in frames]
    seen = np.maximum.reduce([frame[..., 3] for frame in frames])
    found = []
    for k, frame in enumerate(frames):
        x, y, columns, rows = changed_box(seen, np.zeros_like(seen)) if k == 0 else changed_box(keys[k - 1], keys[k])
        left, top = x & ~1, y & ~1
        found.append(Part(left, top, np.ascontiguousarray(frame[top : y + rows, left : x + columns])))
    return found


def encode_still(pixels: Rgba, step: QualityStep) -> bytes:
    """Return the chunks of one still: ALPH and VP8, or VP8L."""
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    if step.lossless:
        picture.save(buffer, "WEBP", lossless=True, quality=50, method=2)
    else:
        # 6 compresses alpha exhaustively, at some fifty times the time for a twentieth of the bytes; 2 takes half the
        # time of 4 for a twentieth more.
        method = 4 if pixels.shape[0] * pixels.shape[1] < 200 * 200 else 2
        picture.save(buffer, "WEBP", quality=step.quality, alpha_quality=step.alpha_quality, method=method)
    data, at, kept = buffer.getvalue(), 12, []
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        end = at + 8 + length + (length & 1)
        if data[at : at + 4] in (b"ALPH", b"VP8 ", b"VP8L"):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def assemble(
    size: tuple[int, int], stills: Sequence[tuple[Part, bytes]], durations_ms: Sequence[int], plays: int
) -> bytes:
    """Return the file.

    Arguments:
        size: width and height of the canvas.
        stills: of each frame its region and its chunks.
        plays: 0 for endless.
    """
    width, height = size
    body = [_chunk(b"VP8X", struct.pack("<I", 0x12) + _three(width - 1) + _three(height - 1))]
    body.append(_chunk(b"ANIM", struct.pack("<IH", 0, plays)))
    for (part, chunks), duration in zip(stills, durations_ms, strict=True):
        rows, columns = part.pixels.shape[:2]
        head = b"".join(_three(v) for v in (part.x // 2, part.y // 2, columns - 1, rows - 1, duration))
        # 2: the region replaces what was there, alpha and all, and stays.
        body.append(_chunk(b"ANMF", head + b"\x02" + chunks))
    content = b"WEBP" + b"".join(body)
    return b"RIFF" + struct.pack("<I", len(content)) + content


OVERHEAD, OVERHEAD_PER_FRAME = 44, 24
"""Bytes that `assemble` adds."""


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) & 1)


class Stills:
    """Stills of a sticker at any step, each coded at most once."""

    def __init__(self, frames: Sequence[Rgba]) -> None:
        self.parts = parts(frames)
        self._coded: dict[tuple[int, int], bytes] = {}

    def still(self, frame: int, step: int) -> bytes:
        key = (frame, step)
        if key not in self._coded:
            self._coded[key] = encode_still(self.parts[frame].pixels, STEPS[step])
        return self._coded[key]
