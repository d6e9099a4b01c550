"""Holds one sticker file against a platform's rules."""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar

from popcon.check import pixels
from popcon.check.limits import Ruled, StickerLimits
from popcon.check.media import Media, milliseconds
from popcon.check.pixels import Pixels
from popcon.check.report import Finding
from popcon.check.sniff import described, read_media
from popcon.check.webm import Film

T = TypeVar("T")

_NAMES = {
    "png": "a still PNG",
    "apng": "an animated PNG",
    "gif": "a GIF",
    "webp": "a WebP",
    "webm": "a WebM",
}
_CLOSE = 10.0
"""Pictures that differ by no more than this (mean over visible pixels, 0-255) look alike; lossy coding stays under."""

_MOVED = 8
"""Pixels that have to change plainly before a lossy animation counts as moving."""

_JUMP = 3.0
"""A seam this many times a typical step is seen as a jump."""


@dataclass
class Case:
    """Holds a file, what was read of it, and the findings so far."""

    name: str
    data: bytes
    media: Media | None
    pictures: Pixels
    findings: list[Finding] = field(default_factory=list)

    def judge(self, rule: str, says: str, ruled: Ruled[T] | None, held: bool | None, found: str) -> None:
        """Add a finding, where the platform has such a rule; held None: it could not be looked at, so it fails."""
        if ruled is None:
            return
        verdict = "pass" if held else ruled.level
        if held is None:
            found = f"not known: {found}"
        self.findings.append(
            Finding(rule=rule, says=says, source=ruled.source, found=found, verdict=verdict, file=self.name)
        )


def open_case(name: str, data: bytes) -> Case:
    """Read a file: its structure, then its pictures."""
    media = read_media(data)
    seen = Pixels(trouble="it is no picture") if media is None else pixels.measure(data, media)
    return Case(name, data, media, seen)


def check_sticker(case: Case, limits: StickerLimits) -> list[Finding]:
    """Hold a file against every rule that a platform has for a sticker, the ending of its name included."""
    suffixes = limits.suffixes
    found = PurePosixPath(case.name).suffix
    case.judge(
        "suffix", f"the name ends in {' or '.join(suffixes.value)}", suffixes, found.lower() in suffixes.value, found
    )
    judge(case, limits)
    return case.findings


def judge(case: Case, limits: StickerLimits) -> None:
    """Check a file by all rules but that on its name."""
    formats = limits.formats
    what = " or ".join(_NAMES[kind] for kind in formats.value)
    media = case.media
    kind = _NAMES[media.kind] if media else described(case.data)
    case.judge("format", f"it is {what}", formats, media is not None and media.kind in formats.value, kind)
    if media is not None:
        integrity(case, media)
    size = limits.bytes_max
    if size is not None:
        case.judge("bytes", f"at most {size.value} bytes", size, len(case.data) <= size.value, str(len(case.data)))
    _canvas(case, limits)
    _times(case, limits)
    _colours(case, limits)
    _content(case, limits)


def integrity(case: Case, media: Media) -> None:
    """Check a file by the rules of its format."""
    format_rules = media.problems.integrity
    for rule, says in format_rules.rules.items():
        wrong = media.problems.about(rule)
        # a picture beside an animation is no animation: its rules would only be noise
        if rule.startswith("apng.") and media.kind == "png" and not wrong:
            continue
        case.judge(rule, says, Ruled(True, format_rules.source), not wrong, wrong or "it is so")
    truth = Ruled(True, format_rules.source)
    trouble = case.pictures.trouble
    case.judge(
        "pictures", "every picture can be decoded", truth, not trouble, trouble or f"{case.pictures.count} of them"
    )


def _canvas(case: Case, limits: StickerLimits) -> None:
    media, canvas = case.media, limits.canvas
    if canvas is None:
        return
    if media is None:
        case.judge("canvas", f"{canvas.value}", canvas, None, "it is no picture")
    else:
        held = canvas.value.accepts(media.width, media.height)
        case.judge("canvas", f"{canvas.value}", canvas, held, f"{media.width}x{media.height} px")
    dpi = limits.dpi_min
    if dpi is not None:
        stated = media.dpi if media else None
        found = "none stated, which counts as 72" if stated is None else f"{stated:.0f} dpi"
        case.judge("resolution", f"at least {dpi.value} dpi", dpi, stated is None or round(stated) >= dpi.value, found)


def _times(case: Case, limits: StickerLimits) -> None:
    media = case.media
    play = media.play_ms if media else None
    shown = milliseconds(play) if play is not None else "it is no picture"
    count = len(media.frames) if media else 0
    if (frames := limits.frames) is not None:
        held = frames.value.accepts(count) if media else None
        case.judge("frames", f"{frames.value} frames", frames, held, f"{count} frames" if media else shown)
    if (longest := limits.play_ms_max) is not None:
        says = f"one play lasts at most {longest.value} ms"
        case.judge("play-time", says, longest, None if play is None else play <= longest.value, shown)
    if (whole := limits.whole_seconds) is not None:
        says = f"one play lasts exactly {', '.join(map(str, whole.value[:-1]))} or {whole.value[-1]} s"
        case.judge("whole-seconds", says, whole, None if play is None else play / 1000 in whole.value, shown)
    _loops(case, limits)
    durations = [frame.duration_ms for frame in media.frames] if media else []
    shortest = min(durations, default=None)
    if (least := limits.frame_ms_min) is not None:
        held = None if shortest is None else shortest >= least.value
        found = shown if shortest is None else f"the shortest {milliseconds(shortest)}"
        case.judge("frame-time", f"every frame shows for at least {least.value} ms", least, held, found)
    if (
        (steady := limits.steady_delays) is not None
        and media is not None
        and media.kind == "gif"
        and shortest is not None
    ):
        says = f"no delay is under {steady.value} ms, which viewers would slow down"
        held = count < 2 or shortest >= steady.value
        case.judge("delays", says, steady, held, f"the shortest {milliseconds(shortest)}")
    _rate(case, limits)


def _loops(case: Case, limits: StickerLimits) -> None:
    media, plays = case.media, limits.plays
    stated = media.plays if media else None
    for_ever = "for ever" if stated == 0 else "no statement" if stated is None else f"{stated} times"
    if plays is not None:
        endless = plays.value.high == 0
        says = "it plays for ever" if endless else f"it plays {plays.value} times"
        held = stated is not None and plays.value.accepts(stated)
        # formats without a loop count leave it to the viewer, and a still has nothing to repeat
        if endless and media is not None and (stated is None or not media.animated):
            held = True
        case.judge("loops", says, plays, held if media else None, for_ever if media else "it is no picture")
    if (total := limits.total_ms_max) is not None:
        says = f"all plays together last at most {total.value} ms"
        if media is None:
            case.judge("total-time", says, total, None, "it is no picture")
        elif not stated:
            case.judge("total-time", says, total, False, f"it plays {for_ever}")
        else:
            whole = media.play_ms * stated
            case.judge("total-time", says, total, whole <= total.value, f"{stated} x {milliseconds(media.play_ms)}")


def _rate(case: Case, limits: StickerLimits) -> None:
    fastest, media = limits.fps_max, case.media
    if fastest is None:
        return
    says = f"at most {fastest.value} frames a second"
    if media is None:
        case.judge("frame-rate", says, fastest, None, "it is no picture")
        return
    gaps = [frame.duration_ms for frame in media.frames[:-1]]
    mean = sum(gaps) / len(gaps) if gaps else None
    rate = 1000 / mean if mean else 0
    # timestamps are whole ms, so that 30 a second is written as gaps of 33 and 34 ms
    held = not gaps or (rate <= fastest.value * 1.002 and min(gaps) >= 1000 // fastest.value)
    found = f"{float(rate):.2f} a second on average, {milliseconds(min(gaps))} at the closest" if gaps else "one frame"
    case.judge("frame-rate", says, fastest, held, found)


def _colours(case: Case, limits: StickerLimits) -> None:
    media = case.media
    colour = media.colour or "unknown" if media else "it is no picture"
    known = media is not None and bool(media.colour)
    case.judge("rgb", "colours are RGB, not greyscale", limits.rgb, not media.grey if media and known else None, colour)
    says = "colours are truecolour, without a palette"
    case.judge("truecolour", says, limits.truecolour, not media.indexed if media and known else None, colour)
    # an encoder may keep an alpha channel that says "opaque" everywhere
    held = media.alpha and (case.pictures.transparent or bool(case.pictures.trouble)) if media else None
    shown = f"{colour}, but opaque everywhere" if media and media.alpha and not held else colour
    case.judge("alpha", "it has transparency", limits.alpha, held, shown)
    if (codec := limits.codec) is not None:
        name = media.codec if isinstance(media, Film) else ""
        shown = re.sub(r"[^\w/.]", "?", name) or "none"
        case.judge("codec", f"the codec is {codec.value}", codec, name == codec.value, shown)
    if limits.silent is not None:
        sound = media.audio if media else None
        quiet = None if media is None else not sound
        case.judge("silent", "there is no sound track", limits.silent, quiet, "a sound track" if sound else "none")


def _content(case: Case, limits: StickerLimits) -> None:
    seen, media = case.pictures, case.media
    known = None if seen.trouble or not seen.count else True
    held: bool | None
    held = known and seen.clear_corners >= 1 and seen.clear_edge >= 0.2
    found = (
        seen.trouble or f"{seen.clear_corners} of 4 corners and {seen.clear_edge:.0%} of the edge clear, at the least"
    )
    case.judge("background", "the background is transparent in every frame", limits.clear_background, held, found)
    lossy = media is not None and media.kind in ("webp", "webm")
    held = known and seen.distinct > 1 and (seen.moved >= _MOVED or not lossy)
    found = seen.trouble or f"{seen.distinct} different pictures, {seen.moved} pixels move"
    case.judge("moving", "frames are not all alike", limits.moving, held, found)
    held = known and not seen.transparent and seen.white_edge >= 0.5
    found = seen.trouble or f"{seen.white_edge:.0%} of the edge white" + (
        ", transparent pixels" if seen.transparent else ""
    )
    case.judge("white", "the animation stands on white, without transparency", limits.white, held, found)
    if limits.still_first is not None:
        _still_first(case, media, limits.still_first)
    held = known and seen.seen_first >= 0.005
    found = seen.trouble or f"{seen.seen_first:.1%} of it visible"
    case.judge("first-frame", "the first frame shows something", limits.first_seen, held, found)
    held = known and seen.seam <= _CLOSE
    found = seen.trouble or f"a difference of {seen.seam:.1f} of 255"
    case.judge("ends-on-first", "the last frame shows the first again", limits.ends_on_first, held, found)
    if limits.loops_well is not None:
        steps = sorted(step for step in seen.steps if step > 0)
        usual = steps[len(steps) // 2] if steps else 0.0
        held = known and seen.seam <= max(_JUMP * usual, _CLOSE)
        found = seen.trouble or f"{seen.seam:.1f} from the last frame to the first, {usual:.1f} between others"
        case.judge("seam", "the end leads back to the start without a jump", limits.loops_well, held, found)


def _still_first(case: Case, media: Media | None, ruled: Ruled[bool]) -> None:
    says = "the first frame is the still: neither hidden nor of no duration"
    if media is None or not media.frames:
        case.judge("still-first", says, ruled, None, "there is no frame")
    elif media.hidden_still:
        case.judge("still-first", says, ruled, False, "the default picture is hidden from the animation")
    else:
        first = media.frames[0].duration_ms
        case.judge("still-first", says, ruled, first > 0, f"it shows for {milliseconds(first)}")
