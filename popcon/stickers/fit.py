"""One sticker for one platform: the truest file that its rules allow."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from popcon.errors import BadInput, DoesNotFit
from popcon.pixels import Rgba
from popcon.platforms.model import MEDIA_TYPES, Format, Platform
from popcon.stickers.decode import decode
from popcon.stickers.encoders import EncodedFile, encoder_for
from popcon.stickers.fidelity import Original, similarity
from popcon.stickers.gif import centiseconds
from popcon.stickers.pixels import flattened
from popcon.stickers.report import EncodedSticker, StickerReport
from popcon.stickers.still import telling_frame
from popcon.stickers.timing import Schedule, Scheduler

_SHORTEST_MS: dict[Format, int] = {"png": 1, "gif": 20, "apng": 1, "webp": 1, "webm": 1}
"""Players show GIF frames of 10 ms and less for 100 ms."""

_GOOD = 0.97
"""From this similarity on, fewer frames are not tried: smooth motion is worth more than the last of sharpness."""

_FEWEST_IF_IT_FITS = 0.7
"""Where something fits already, this part of the frames is the fewest that is tried for the sake of sharpness."""

_PIXELS_COMPARED = 2_500_000


def encode_sticker(
    frames: Sequence[Rgba],
    durations_ms: Sequence[int],
    platform: Platform,
    *,
    format: Format | None = None,
    matte: str | None = None,
    max_bytes: int | None = None,
) -> EncodedSticker:
    """Encode a sticker within all of a platform's limits, as near to the source as they allow.

    All frames that may be shown are shown at their own times, at the highest quality that the bytes allow. Only where
    that quality would be poor are fewer frames tried, and the file that is nearest to the source is kept.
    Of several frames, a still shows the most telling one. The same input gives the same bytes.

    Arguments:
        frames: at a size that the platform's canvas accepts (`place` or `fit_to_canvas` bring them there);
            (h, w, 4) uint8 straight alpha.
        durations_ms: how long each shows; over 0.
        format: one that the platform accepts; None: its default.
        matte: #rrggbb that soft rims of a GIF are mixed with; None: rims keep their own colour.
        max_bytes: a tighter limit than the platform's, or one where it has none.

    Raises:
        BadInput: no frames, sizes or durations that do not go together, a format or canvas that the platform does
            not take, or frames that are all alike where the platform asks for motion.
        DoesNotFit: no permitted means brings the file under its limit.
    """
    chosen = format or platform.default_format
    if chosen == "png" and len(frames) > 1:
        frames, durations_ms = [frames[telling_frame(frames)]], [sum(durations_ms)]
    _refuse(frames, durations_ms, platform, chosen)
    limits = [each for each in (platform.max_bytes, max_bytes) if each is not None]
    limit = min(limits) if limits else None
    cleaned = [_clean(frame) for frame in frames]
    if platform.background is not None:
        cleaned = [flattened(frame, platform.background) for frame in cleaned]
    scheduler = Scheduler(cleaned, durations_ms, platform.timing, _SHORTEST_MS[chosen])
    encoder = encoder_for(chosen, cleaned, platform, matte)
    original = Original(cleaned)
    # Comparing is quick, but not for free: of many large frames some are enough.
    every = max(1, round(len(cleaned) * cleaned[0].shape[0] * cleaned[0].shape[1] / _PIXELS_COMPARED))
    best: tuple[float, Schedule, EncodedFile] | None = None
    for places in _places(scheduler.most, platform.timing.min_frames):
        if best is not None and places < scheduler.most * _FEWEST_IF_IT_FITS:
            break
        schedule = scheduler.schedule(places)
        if platform.ends_on_first:
            schedule = schedule.closed(max(1, platform.timing.min_frame_ms))
        packed = encoder.encode(schedule, limit)
        if packed is None:
            continue
        times = (
            [10 * step for step in centiseconds(schedule.durations_ms)] if chosen == "gif" else schedule.durations_ms
        )
        score = similarity(original, durations_ms, decode(packed.data, chosen), times, every)
        if best is not None and score <= best[0]:
            break
        best = (score, schedule, packed)
        if packed.comfortable or score >= _GOOD:
            break
    if best is None:
        smallest = min(trial.bytes for trial in encoder.trials)
        raise DoesNotFit(
            f"The sticker does not fit {platform.title}: the limit is {limit} bytes, and the smallest of "
            f"{len(encoder.trials)} attempts takes {smallest} ({smallest - (limit or 0)} too many)."
        )
    score, schedule, packed = best
    height, width = cleaned[0].shape[:2]
    durations = tuple(10 * c for c in centiseconds(schedule.durations_ms)) if chosen == "gif" else schedule.durations_ms
    report = StickerReport(
        platform=platform.name,
        format=chosen,
        width=width,
        height=height,
        source_frames=schedule.frames,
        durations_ms=durations,
        plays=schedule.plays,
        setting=packed.setting,
        colours=packed.colours,
        bytes=len(packed.data),
        limit=limit,
        ssim=score,
        trials=tuple(encoder.trials),
    )
    return EncodedSticker(data=packed.data, media_type=MEDIA_TYPES[chosen], report=report)


def _places(most: int, least: int) -> list[int]:
    """Numbers of frames to try, falling."""
    counts = [most]
    while counts[-1] > max(least, 2):
        counts.append(max(least, 2, min(counts[-1] - 1, round(counts[-1] * 0.78))))
    return counts


def _clean(frame: Rgba) -> Rgba:
    out = np.ascontiguousarray(frame).copy()
    out[out[..., 3] == 0] = 0
    return out


def _refuse(frames: Sequence[Rgba], durations_ms: Sequence[int], platform: Platform, format: Format) -> None:
    if not frames:
        raise BadInput("There are no frames; a sticker needs at least one.")
    if len(frames) != len(durations_ms):
        raise BadInput(f"There are {len(frames)} frames but {len(durations_ms)} durations; each frame needs one.")
    if min(durations_ms) <= 0:
        raise BadInput(f"A frame lasts {min(durations_ms)} ms; every frame has to last at least 1 ms.")
    if format not in platform.formats:
        raise BadInput(f"{platform.title} does not take {format}; choose from {', '.join(platform.formats)}.")
    for number, frame in enumerate(frames):
        if frame.ndim != 3 or frame.shape[2] != 4 or frame.dtype != np.uint8:
            raise BadInput(f"Frame {number} is not 8-bit RGBA but {frame.dtype} of shape {frame.shape}.")
        if frame.shape != frames[0].shape:
            raise BadInput(
                f"Frame {number} is {frame.shape[1]}x{frame.shape[0]}, the first {frames[0].shape[1]}x"
                f"{frames[0].shape[0]}; all frames of a sticker have to be alike."
            )
    height, width = frames[0].shape[:2]
    if not platform.canvas.accepts(width, height):
        raise BadInput(f"{width}x{height} is not a canvas of {platform.title}; place the frames on one first.")
    if platform.must_move and all(np.array_equal(a, b) for a, b in pairwise(frames)):
        said = f"All {len(frames)} frames are alike" if len(frames) > 1 else "There is only one frame"
        raise BadInput(f"{said}; {platform.title} rejects stickers that do not move.")
