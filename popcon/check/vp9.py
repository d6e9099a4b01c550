"""The first bits of a VP9 frame: its kind and size.

Source: VP9 Bitstream & Decoding Process Specification, version 0.6, section 6.2.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vp9Header:
    """What a frame's uncompressed header says. width and height (px) are None except on key frames."""

    profile: int
    key: bool
    shown: bool
    width: int | None = None
    height: int | None = None


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data[:16].ljust(16, b"\0"), "big"), 128

    def take(self, count: int) -> int:
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)


def header(frame: bytes) -> Vp9Header | None:
    """Read the header of a frame; None if it is not one."""
    if len(frame) < 1:
        return None
    bits = _Bits(frame)
    if bits.take(2) != 2:
        return None
    profile = bits.take(1) | bits.take(1) << 1
    if profile == 3 and bits.take(1):
        return None
    if bits.take(1):
        return Vp9Header(profile, key=False, shown=True)
    key = not bits.take(1)
    shown = bool(bits.take(1))
    bits.take(1)
    if not key:
        return Vp9Header(profile, key=False, shown=shown)
    if bits.take(24) != 0x498342 or len(frame) < 10:
        return None
    if profile >= 2:
        bits.take(1)
    if bits.take(3) != 7:
        bits.take(1)
        if profile in (1, 3):
            bits.take(3)
    elif profile in (1, 3):
        bits.take(1)
    else:
        return None
    width, height = bits.take(16) + 1, bits.take(16) + 1
    return Vp9Header(profile, True, shown, width, height)
