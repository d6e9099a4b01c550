"""Clips that carry what their frames are drawn from, and clips of older versions that carry the frames themselves.

What an engine draws itself needs no keying: its frames are known with their alpha. A clip tells how to draw them in a
top-level box of type `uuid` at the end of the MP4 (ISO/IEC 14496-12, 11.1), which players pass over, so that a clip
stays one file that plays everywhere. After its 16 bytes of name the box holds what the pipeline wrote.

The older box holds after its name the number of frames, then for each the length of its record, all as 32-bit
big-endian numbers, then the records. A record is where the frame's visible part lies (left and top, 32 bits each; width
and height of the whole frame, too) and a PNG of that part.
"""

import struct
from collections.abc import Sequence

import cv2
import numpy as np

from popcon.errors import BadClip
from popcon.pixels import Rgba

FRAMES = bytes.fromhex("8f0a6d2e5b1c4c47a3c2706f70636f6e")
"""Name of the box of frames: fifteen arbitrary bytes would do as well."""
DRAWING = bytes.fromhex("8f0a6d2e5b1c4c47a3c2706f70636f6f")
"""Name of the box of what frames are drawn from."""
_PLACE = struct.Struct(">IIII")


def with_box(mp4: bytes, name: bytes, content: bytes) -> bytes:
    """Return the clip with a box behind it.

    Arguments:
        mp4: an MP4 file.
        name: FRAMES or DRAWING.
    """
    return mp4 + struct.pack(">I", len(content) + 24) + b"uuid" + name + content


def box_of(clip: bytes, name: bytes) -> bytes | None:
    """Return the content of a box; None: the clip carries none of that name."""
    at = 0
    while at + 24 <= len(clip):
        length, kind = struct.unpack_from(">I4s", clip, at)
        if kind == b"uuid" and clip[at + 8 : at + 24] == name and at + length <= len(clip):
            return clip[at + 24 : at + length]
        if length == 1:
            length = struct.unpack_from(">Q", clip, at + 8)[0]
        if length < 8:
            return None
        at += length
    return None


def exact_frames_at(clip: bytes, indices: Sequence[int]) -> list[Rgba]:
    """Return the exact frames with these numbers, (h, w, 4) uint8 straight alpha, in the order asked for.

    Raises:
        BadClip: the clip carries none, or has no such frame.
    """
    box = box_of(clip, FRAMES)
    if box is None:
        raise BadClip("The clip carries no exact frames.")
    count = struct.unpack_from(">I", box)[0]
    lengths = struct.unpack_from(f">{count}I", box, 4)
    begins = 4 + 4 * count + np.concatenate([[0], np.cumsum(lengths)])
    for index in indices:
        if not 0 <= index < count:
            raise BadClip(f"The clip has no frame {index}; it has {count}, numbered from 0.")
    return [_unpacked(box[int(begins[index]) : int(begins[index + 1])]) for index in indices]


def _unpacked(record: bytes) -> Rgba:
    left, top, width, height = _PLACE.unpack_from(record)
    part = cv2.imdecode(np.frombuffer(record, np.uint8, offset=_PLACE.size), cv2.IMREAD_UNCHANGED)
    if part is None or part.ndim != 3 or part.shape[2] != 4:
        raise BadClip("The clip's exact frames are damaged; make the take again.")
    frame = np.zeros((height, width, 4), np.uint8)
    frame[top : top + part.shape[0], left : left + part.shape[1]] = cv2.cvtColor(part, cv2.COLOR_BGRA2RGBA)
    return frame
