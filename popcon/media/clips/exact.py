"""Clips that carry their exact frames: RGBA beside the H.264 that players show.

What an engine draws itself needs no keying: its frames are known with their alpha. They travel in a top-level box of
type `uuid` at the end of the MP4 (ISO/IEC 14496-12, 11.1), which players pass over, so that a clip stays one file that
plays everywhere. The box holds, after its 16 bytes of name: the number of frames, then for each the length of its
record, all as 32-bit big-endian numbers, then the records. A record is where the frame's visible part lies (left and
top, 32 bits each; width and height of the whole frame, too) and a PNG of that part.
"""

import struct
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from popcon.errors import BadClip
from popcon.pixels import Rgba

_NAME = bytes.fromhex("8f0a6d2e5b1c4c47a3c2706f70636f6e")
"""Of the box: fifteen arbitrary bytes would do as well."""
_PLACE = struct.Struct(">IIII")
_QUICK = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def with_exact_frames(mp4: bytes, frames: Iterable[Rgba]) -> bytes:
    """The clip with its exact frames; the same bytes for the same frames.

    Arguments:
        mp4: an MP4 file.
        frames: (h, w, 4) uint8 each, straight alpha, one for each frame of the clip.
    """
    records = [_packed(frame) for frame in frames]
    lengths = struct.pack(f">I{len(records)}I", len(records), *(len(record) for record in records))
    body = _NAME + lengths + b"".join(records)
    return mp4 + struct.pack(">I", len(body) + 8) + b"uuid" + body


def has_exact_frames(clip: bytes) -> bool:
    """Whether a clip carries exact frames."""
    return _box(clip) is not None


def exact_frames_at(clip: bytes, indices: Sequence[int]) -> list[Rgba]:
    """The exact frames with these numbers, (h, w, 4) uint8 straight alpha, in the order asked for.

    Raises:
        BadClip: the clip carries none, or has no such frame.
    """
    start = _box(clip)
    if start is None:
        raise BadClip("The clip carries no exact frames.")
    count = struct.unpack_from(">I", clip, start)[0]
    lengths = struct.unpack_from(f">{count}I", clip, start + 4)
    begins = start + 4 + 4 * count + np.concatenate([[0], np.cumsum(lengths)])
    for index in indices:
        if not 0 <= index < count:
            raise BadClip(f"The clip has no frame {index}; it has {count}, numbered from 0.")
    return [_unpacked(clip[int(begins[index]) : int(begins[index + 1])]) for index in indices]


def _box(clip: bytes) -> int | None:
    """Where the content of the box of exact frames begins."""
    at = 0
    while at + 24 <= len(clip):
        length, kind = struct.unpack_from(">I4s", clip, at)
        if kind == b"uuid" and clip[at + 8 : at + 24] == _NAME and at + length <= len(clip):
            return at + 24
        if length == 1:
            length = struct.unpack_from(">Q", clip, at + 8)[0]
        if length < 8:
            return None
        at += length
    return None


def _packed(frame: Rgba) -> bytes:
    seen = frame[..., 3] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        rows = columns = np.zeros(1, np.intp)
    top, left = int(rows[0]), int(columns[0])
    part = frame[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    ok, data = cv2.imencode(".png", cv2.cvtColor(part, cv2.COLOR_RGBA2BGRA), _QUICK)
    assert ok
    return _PLACE.pack(left, top, frame.shape[1], frame.shape[0]) + data.tobytes()


def _unpacked(record: bytes) -> Rgba:
    left, top, width, height = _PLACE.unpack_from(record)
    part = cv2.imdecode(np.frombuffer(record, np.uint8, offset=_PLACE.size), cv2.IMREAD_UNCHANGED)
    if part is None or part.ndim != 3 or part.shape[2] != 4:
        raise BadClip("The clip's exact frames are damaged; make the take again.")
    frame = np.zeros((height, width, 4), np.uint8)
    frame[top : top + part.shape[0], left : left + part.shape[1]] = cv2.cvtColor(part, cv2.COLOR_BGRA2RGBA)
    return frame
