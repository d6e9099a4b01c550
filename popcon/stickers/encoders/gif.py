"""Encodes GIF: as many colours as fit."""

from collections.abc import Sequence

from popcon.pixels import Rgba
from popcon.stickers import gif, palette
from popcon.stickers.encoders.base import EncodedFile
from popcon.stickers.quality_search import Part, first_fit
from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


class GifEncoder:
    """One-bit alpha; a palette for all frames, or one for each where that shows and there is room."""

    _STEPS = (256, 192, 128, 96, 64, 48, 32, 24, 16, 8, 4)
    _VISIBLE = 0.012

    def __init__(self, frames: Sequence[Rgba], matte: str | None, dithered: bool) -> None:
        self._hard = [gif.harden(frame, matte, dithered) for frame in frames]
        self._colours = palette.colours_of(self._hard)
        self.trials: list[Trial] = []

    def encode(self, schedule: Schedule, limit: int | None) -> EncodedFile | None:
        shown = [self._hard[i] for i in schedule.frames]
        found = self._colours.of(schedule.frames)
        if palette.palette_error(found, palette.make_palette(found, 256)) > self._VISIBLE:
            own = gif.encode(gif.reduce_colours(shown, 256), schedule.durations_ms, schedule.plays, False)
            self._note("256 colours a frame", shown, own, limit)
            if limit is None or len(own) <= limit:
                return EncodedFile(own, "256 colours a frame")
        made: dict[int, tuple[bytes, int]] = {}

        def size(step: int) -> int:
            made[step] = self._reduced(found, step, schedule)
            self._note(f"{self._STEPS[step]} colours", shown, made[step][0], limit)
            return len(made[step][0])

        part = Part(schedule, shown[0].shape[0] * shown[0].shape[1])

        def estimate(step: int) -> float:
            return part.estimate(lambda few: len(self._reduced(found.of(few.frames), step, few)[0]))

        step = first_fit(len(self._STEPS), size, limit, estimate if part.worth_it else None)
        if step is None:
            return None
        return EncodedFile(made[step][0], f"{self._STEPS[step]} colours", made[step][1], self._STEPS[step] >= 64)

    def _reduced(self, found: palette.Colours, step: int, schedule: Schedule) -> tuple[bytes, int]:
        entries = palette.make_palette(found, self._STEPS[step])
        numbers = palette.steady(found, entries, palette.apply_palette(found, entries), 0.004 + 0.001 * step)
        return gif.encode([entries[n] for n in numbers], schedule.durations_ms, schedule.plays, True), len(entries)

    def _note(self, setting: str, shown: Sequence[Rgba], data: bytes, limit: int | None) -> None:
        fits = limit is None or len(data) <= limit
        self.trials.append(Trial(setting=setting, frames=len(shown), bytes=len(data), fits=fits))
