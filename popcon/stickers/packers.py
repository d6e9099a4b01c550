"""One packer a format: given what is shown when, the truest file that keeps to a number of bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from popcon.engines.base import Rgba
from popcon.platforms.model import Format
from popcon.stickers import apng, gif, palette, webm, webp
from popcon.stickers.ladder import Part, first_fit
from popcon.stickers.pixels import fill_transparent, in_steps
from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


@dataclass(frozen=True)
class Packed:
    """A file that keeps to its limit."""

    data: bytes
    setting: str
    colours: int | None = None
    comfortable: bool = True
    """Whether more bytes a frame would hardly show, so that showing fewer frames cannot pay."""


class Packer(Protocol):
    """Packs one sticker. `trials` grows with every file that was made."""

    trials: list[Trial]

    def pack(self, schedule: Schedule, limit: int | None) -> Packed | None:
        """The truest file of at most `limit` bytes (None: no limit); None if even the smallest is larger."""
        ...


class ApngPacker:
    """Truecolour without loss if that fits; else truecolour in coarser steps or one palette, whichever is truer."""

    _LADDER = (
        (256, 0.004), (208, 0.005), (160, 0.006), (128, 0.008), (96, 0.010), (64, 0.013), (48, 0.016), (32, 0.02),
        (24, 0.03), (16, 0.04), (8, 0.06), (4, 0.10),
    )  # fmt: skip
    """Colours, and how much an entry may be missed to keep the one of the frame before."""

    def __init__(self, frames: Sequence[Rgba], indexed: bool) -> None:
        self._frames, self._indexed = frames, indexed
        self._colours: palette.Colours | None = None
        self.trials: list[Trial] = []

    def pack(self, schedule: Schedule, limit: int | None) -> Packed | None:
        shown = [self._frames[i] for i in schedule.frames]
        if limit is None:
            return Packed(apng.encode_truecolour(shown, schedule.durations_ms, schedule.plays), "truecolour")
        if self._colours is None:
            self._colours = palette.colours_of(self._frames)
        found = self._colours.of(schedule.frames)
        made: dict[int, tuple[bytes, int]] = {}

        def size(step: int) -> int:
            made[step] = self._reduced(found, step, schedule)
            self._note(self._name(step), shown, made[step][0], limit)
            return len(made[step][0])

        part = Part(schedule, shown[0].shape[0] * shown[0].shape[1])

        def estimate(step: int) -> float:
            return part.estimate(lambda few: len(self._reduced(found.of(few.frames), step, few)[0]))

        step = first_fit(len(self._LADDER), size, limit, estimate if part.worth_it else None)
        if step is None:
            return None
        data, entries = made[step]
        name, comfortable = self._name(step), self._LADDER[step][0] >= 96
        true = self._truecolour(shown, schedule, len(data), limit) if step == 0 else None
        return true or Packed(data, name, entries, comfortable)

    def _name(self, step: int) -> str:
        return f"{self._LADDER[step][0]} colours" + ("" if self._indexed else ", truecolour")

    def _note(self, setting: str, shown: Sequence[Rgba], data: bytes, limit: int) -> None:
        self.trials.append(Trial(setting=setting, frames=len(shown), bytes=len(data), fits=len(data) <= limit))

    def _reduced(self, found: palette.Colours, step: int, schedule: Schedule) -> tuple[bytes, int]:
        size, slack = self._LADDER[step]
        entries = palette.make_palette(found, size)
        numbers = palette.steady(found, entries, palette.apply_palette(found, entries), slack)
        encode = apng.encode_indexed if self._indexed else apng.encode_flattened
        return encode(numbers, entries, schedule.durations_ms, schedule.plays), len(entries)

    def _truecolour(self, shown: Sequence[Rgba], schedule: Schedule, reduced: int, limit: int) -> Packed | None:
        """Whole pixels, if there is room for them: without loss, else in steps that are finer than a palette's."""
        # In the finest steps they take at least 1.7 times the bytes of palette numbers.
        if self._indexed and reduced * 1.7 > limit:
            return None
        data = apng.encode_truecolour(shown, schedule.durations_ms, schedule.plays, best=False)
        # What is squeezed quickly is at most a quarter too large.
        if limit < len(data) < 1.27 * limit:
            data = apng.encode_truecolour(shown, schedule.durations_ms, schedule.plays)
        self._note("truecolour", shown, data, limit)
        if len(data) <= limit:
            return Packed(data, "truecolour")
        for coarse in (4, 7):
            stepped = [in_steps(frame, coarse) for frame in shown]
            data = apng.encode_truecolour(stepped, schedule.durations_ms, schedule.plays, repeats=True)
            self._note(f"truecolour in steps of {coarse}", shown, data, limit)
            if len(data) <= limit:
                return Packed(data, f"truecolour in steps of {coarse}")
            if len(data) > limit * 1.2:
                return None
        return None


class GifPacker:
    """One-bit alpha; a palette for all frames, or one for each where that shows and there is room."""

    _LADDER = (256, 192, 128, 96, 64, 48, 32, 24, 16, 8, 4)
    _VISIBLE = 0.012

    def __init__(self, frames: Sequence[Rgba], matte: str | None) -> None:
        self._hard = [gif.harden(frame, matte) for frame in frames]
        self._colours = palette.colours_of(self._hard)
        self.trials: list[Trial] = []

    def pack(self, schedule: Schedule, limit: int | None) -> Packed | None:
        shown = [self._hard[i] for i in schedule.frames]
        found = self._colours.of(schedule.frames)
        if palette.palette_error(found, palette.make_palette(found, 256)) > self._VISIBLE:
            own = gif.encode(gif.reduce_colours(shown, 256), schedule.durations_ms, schedule.plays, False)
            self._note("256 colours a frame", shown, own, limit)
            if limit is None or len(own) <= limit:
                return Packed(own, "256 colours a frame")
        made: dict[int, tuple[bytes, int]] = {}

        def size(step: int) -> int:
            made[step] = self._reduced(found, step, schedule)
            self._note(f"{self._LADDER[step]} colours", shown, made[step][0], limit)
            return len(made[step][0])

        part = Part(schedule, shown[0].shape[0] * shown[0].shape[1])

        def estimate(step: int) -> float:
            return part.estimate(lambda few: len(self._reduced(found.of(few.frames), step, few)[0]))

        step = first_fit(len(self._LADDER), size, limit, estimate if part.worth_it else None)
        if step is None:
            return None
        return Packed(made[step][0], f"{self._LADDER[step]} colours", made[step][1], self._LADDER[step] >= 64)

    def _reduced(self, found: palette.Colours, step: int, schedule: Schedule) -> tuple[bytes, int]:
        entries = palette.make_palette(found, self._LADDER[step])
        numbers = palette.steady(found, entries, palette.apply_palette(found, entries), 0.004 + 0.001 * step)
        return gif.encode([entries[n] for n in numbers], schedule.durations_ms, schedule.plays, True), len(entries)

    def _note(self, setting: str, shown: Sequence[Rgba], data: bytes, limit: int | None) -> None:
        fits = limit is None or len(data) <= limit
        self.trials.append(Trial(setting=setting, frames=len(shown), bytes=len(data), fits=fits))


class WebpPacker:
    """Climbs down a ladder of qualities, guided by a few frames; the last bytes are spent frame by frame."""

    _FIRST, _SAMPLES = 6, 4

    def __init__(self, frames: Sequence[Rgba]) -> None:
        self._frames = frames
        self.trials: list[Trial] = []

    def pack(self, schedule: Schedule, limit: int | None) -> Packed | None:
        shown = [self._frames[i] for i in schedule.frames]
        ends_on_first = len(shown) > 1 and schedule.frames[-1] == schedule.frames[0]
        body = shown[:-1] if ends_on_first else shown
        ladder = webp.Ladder(body)
        step = 0 if limit is None else self._guess(ladder, len(body), limit)
        steps = [step] * len(body)
        while True:
            order = [*range(len(body)), 0] if ends_on_first else list(range(len(body)))
            sizes = [len(ladder.still(i, steps[i])) for i in range(len(body))]
            total = webp.OVERHEAD + sum(webp.OVERHEAD_PER_FRAME + sizes[i] for i in order)
            rung = webp.LADDER[max(steps)]
            name = "lossless" if rung.lossless else f"quality {rung.quality}, alpha {rung.alpha_quality}"
            if len(set(steps)) == 1 or limit is None or total <= limit:
                fits = limit is None or total <= limit
                self.trials.append(Trial(setting=name, frames=len(order), bytes=total, fits=fits))
            if limit is None or total <= limit:
                stills = [(ladder.parts[i], ladder.still(i, steps[i])) for i in order]
                height, width = shown[0].shape[:2]
                data = webp.assemble((width, height), stills, schedule.durations_ms, schedule.plays)
                return Packed(data, name, comfortable=max(steps) <= webp.COMFORTABLE)
            # Too large: a few of the largest frames go one step down; half of what is over at a time, at least one.
            behind = [i for i in range(len(body)) if steps[i] == min(steps)]
            if steps[behind[0]] == len(webp.LADDER) - 1:
                return None
            over = total - limit
            if over > 0.06 * limit:
                chosen = behind
            else:
                chosen = sorted(behind, key=lambda i: (-sizes[i], i))
                chosen = chosen[: max(1, round(over / (0.05 * total) * len(behind)))]
            for i in chosen:
                steps[i] += 1

    def _guess(self, ladder: webp.Ladder, count: int, limit: int) -> int:
        """The step whose estimated size is just under the limit: gallop from a middle one, then halve."""
        sample = sorted({round(k * (count - 1) / max(1, self._SAMPLES - 1)) for k in range(min(self._SAMPLES, count))})
        areas = [part.pixels.shape[0] * part.pixels.shape[1] for part in ladder.parts]
        share = sum(areas) / sum(areas[i] for i in sample)

        def fits(step: int) -> bool:
            size = sum(len(ladder.still(i, step)) for i in sample) * share
            return bool(webp.OVERHEAD + webp.OVERHEAD_PER_FRAME * (count + 1) + size <= 0.99 * limit)

        last = len(webp.LADDER) - 1
        low, high, stride = -1, last, 2  # low does not fit, high is taken to
        step = self._FIRST
        while high - low > 1:
            if fits(step):
                high = step
                step = max(low + 1, step - stride) if stride else (low + high) // 2
            else:
                low = step
                step = min(high - 1, step + stride) if stride else (low + high) // 2
            stride = 0 if low >= 0 and high < last else stride * 2
            step = min(max(step, low + 1), high - 1) if high - low > 1 else step
        return high


class WebmPacker:
    """Constant quality. A coding at half the size tells where to begin."""

    _WORST, _BEST = 63, 4
    _SLOPE = 0.05
    """A step of quality changes the size by about this, in natural logarithms; measured from 24 to 34."""
    _FULL_TO_HALF = 2.0
    """Bytes at full size and usual effort to bytes at half the size and lower effort; measured, within 0.15."""

    def __init__(self, frames: Sequence[Rgba]) -> None:
        self._filled: dict[int, Rgba] = {}
        self._frames = frames
        self.trials: list[Trial] = []

    def pack(self, schedule: Schedule, limit: int | None) -> Packed | None:
        for i in schedule.frames:
            if i not in self._filled:
                self._filled[i] = fill_transparent(self._frames[i])
        shown = [self._filled[i] for i in schedule.frames]
        if limit is None:
            return Packed(webm.encode(shown, schedule.durations_ms, 12), "crf 12")
        crf = self._begin(shown, schedule, limit)
        best: tuple[int, bytes] | None = None
        too_large = self._BEST - 1
        for _ in range(6):
            data = webm.encode(shown, schedule.durations_ms, crf)
            fits = len(data) <= limit
            self.trials.append(Trial(setting=f"crf {crf}", frames=len(shown), bytes=len(data), fits=fits))
            room = math.log(limit / len(data))
            if fits and (best is None or crf < best[0]):
                best = (crf, data)
            # More bytes show little from here on, and another coding is the dearest thing of all.
            if fits and (room < 0.3 or crf <= 12 or too_large >= self._BEST):
                break
            if not fits and best is not None:
                break
            if not fits and crf == self._WORST:
                return None
            if not fits:
                too_large = max(too_large, crf)
            # Aim a little under the limit: another coding is dearer than what these last bytes show.
            step = -room / self._SLOPE + 1.2
            crf = crf + (math.ceil(step) if step > 0 else math.floor(step))
            crf = min(self._WORST, max(self._BEST, too_large + 1, crf))
        if best is None:
            return None
        return Packed(best[1], f"crf {best[0]}", comfortable=best[0] <= 44)

    def _begin(self, shown: Sequence[Rgba], schedule: Schedule, limit: int) -> int:
        if shown[0].shape[0] * shown[0].shape[1] < 200 * 200:
            return self._BEST  # so small that a coding costs no more than the estimate
        half = [_half(frame) for frame in shown]
        size = len(webm.encode(half, schedule.durations_ms, 24, effort=4)) * self._FULL_TO_HALF
        # Below 12 little is gained, and sizes rise faster than the slope says.
        return min(self._WORST, max(12, round(24 + math.log(size / (0.92 * limit)) / self._SLOPE)))


def _half(frame: Rgba) -> Rgba:
    height, width = (side // 2 * 2 for side in frame.shape[:2])
    small = cv2.resize(frame[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def packer(format: Format, frames: Sequence[Rgba], indexed: bool, matte: str | None) -> Packer:
    """The packer of a format, for frames at canvas size."""
    match format:
        case "apng":
            return ApngPacker(frames, indexed)
        case "gif":
            return GifPacker(frames, matte)
        case "webp":
            return WebpPacker(frames)
        case "webm":
            return WebmPacker(frames)
