"""What DashScope gives back: reports read, and downloads looked at before they are believed."""

import io
from collections.abc import Mapping
from typing import Any

from popcon.errors import DamagedResult
from popcon.ledger.vendor import Report

_STATES = {
    "PENDING": "waiting",
    "RUNNING": "waiting",
    "SUCCEEDED": "done",
    "FAILED": "failed",
    "CANCELED": "canceled",
    "UNKNOWN": "unknown",
}

_PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_MOST_PIXELS = 64_000_000


def report_of(output: Mapping[str, Any], usage: Mapping[str, Any] | None) -> Report:
    """Return a task's output in any of its shapes: a clip, pictures of a task, or a conversation's answer."""
    usage = usage or {}
    billed = next(
        (usage[name] for name in ("output_video_duration", "video_duration", "duration") if usage.get(name)), 0
    )
    urls = [output.get("video_url")]
    urls += [result.get("url") for result in output.get("results") or []]
    for choice in output.get("choices") or []:
        urls += [part.get("image") for part in choice["message"]["content"]]
    return Report.model_validate(
        {
            "state": _STATES.get(str(output.get("task_status")), "waiting"),
            "urls": [url for url in urls if url],
            "seconds": float(billed) or None,
            "code": str(output.get("code") or ""),
            "message": str(output.get("message") or ""),
        }
    )


def check_clip(data: bytes) -> str:
    """video/mp4, if these bytes are a whole MP4 whose pictures can be decoded.

    Raises:
        DamagedResult: they are not.
    """
    import av

    if data[4:8] != b"ftyp":
        raise DamagedResult(f"What was downloaded is not a clip: it begins with {data[:8]!r}.")
    try:
        with av.open(io.BytesIO(data), "r") as clip:
            stream = clip.streams.video[0]
            wanted, seen = stream.frames, 0
            for packet in clip.demux(stream):
                if packet.size:
                    seen += 1
                    if seen == 1 or (wanted and seen == wanted):
                        packet.decode()
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise DamagedResult(f"The clip that was downloaded cannot be read: {type(error).__name__}.") from None
    if seen == 0 or seen < wanted:
        raise DamagedResult(f"The clip that was downloaded ends after {seen} of {wanted} frames.")
    return "video/mp4"


def check_picture(data: bytes) -> str:
    """Return the media type of these bytes, if they are a whole PNG, JPEG or WebP.

    Raises:
        DamagedResult: they are not.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=tuple(_PICTURES)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise DamagedResult(f"The picture that was downloaded is too large: {picture.width}x{picture.height}.")
            picture.load()
            return _PICTURES[str(picture.format)]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DamagedResult(f"What was downloaded is not a whole picture: {type(error).__name__}.") from None
