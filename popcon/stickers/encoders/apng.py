"""Encodes APNG: truecolour, truecolour in steps, or one palette."""

from collections.abc import Callable, Sequence
from functools import partial

from popcon.pixels import Rgba
from popcon.stickers import apng, palette
from popcon.stickers.encoders.base import EncodedFile
from popcon.stickers.pixels import in_steps
from popcon.stickers.quality_search import Part, first_fit
from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


class ApngEncoder:
    """Truecolour without loss if that fits; else truecolour in coarser steps or one palette, whichever is truer."""

    _STEPS = (
        (256, 0.004), (208, 0.005), (160, 0.006), (128, 0.008), (96, 0.010), (64, 0.013), (48, 0.016), (32, 0.02),
        (24, 0.03), (16, 0.04), (8, 0.06), (4, 0.10),
    )  # fmt: skip
    """Colours, and how much an entry may be missed to keep the one of the frame before."""

    def __init__(self, frames: Sequence[Rgba], indexed: bool) -> None:
        self._frames, self._indexed = frames, indexed
        self._colours: palette.Colours | None = None
        self.trials: list[Trial] = []

    def encode(self, schedule: Schedule, limit: int | None) -> EncodedFile | None:
        shown = [self._frames[i] for i in schedule.frames]
        if limit is None:
            return EncodedFile(apng.encode_truecolour(shown, schedule.durations_ms, schedule.plays), "truecolour")
        if self._colours is None:
            self._colours = palette.colours_of(self._frames)
        found = self._colours.of(schedule.frames)
        made: dict[int, tuple[bytes, int]] = {}

        def size(step: int) -> int:
            made[step] = self._reduced(found, step, schedule, limit)
            self._note(self._name(step), shown, made[step][0], limit)
            return len(made[step][0])

        part = Part(schedule, shown[0].shape[0] * shown[0].shape[1])

        def estimate(step: int) -> float:
            return part.estimate(lambda few: len(self._reduced(found.of(few.frames), step, few, limit)[0]))

        step = first_fit(len(self._STEPS), size, limit, estimate if part.worth_it else None)
        if step is None:
            return None
        data, entries = made[step]
        name, comfortable = self._name(step), self._STEPS[step][0] >= 96
        true = self._truecolour(shown, schedule, len(data), limit) if step == 0 else None
        return true or EncodedFile(data, name, entries, comfortable)

    def _name(self, step: int) -> str:
        return f"{self._STEPS[step][0]} colours" + ("" if self._indexed else ", truecolour")

    def _note(self, setting: str, shown: Sequence[Rgba], data: bytes, limit: int) -> None:
        self.trials.append(Trial(setting=setting, frames=len(shown), bytes=len(data), fits=len(data) <= limit))

    def _reduced(self, found: palette.Colours, step: int, schedule: Schedule, limit: int) -> tuple[bytes, int]:
        size, slack = self._STEPS[step]
        entries = palette.make_palette(found, size)
        numbers = palette.steady(found, entries, palette.apply_palette(found, entries), slack)
        encode = apng.encode_indexed if self._indexed else apng.encode_flattened
        data = _smallest(partial(encode, numbers, entries, schedule.durations_ms, schedule.plays), limit)
        return data, len(entries)

    def _truecolour(self, shown: Sequence[Rgba], schedule: Schedule, reduced: int, limit: int) -> EncodedFile | None:
        """Whole pixels, if there is room for them: without loss, else in steps that are finer than a palette's."""
        # In the finest steps they take at least 1.7 times the bytes of palette numbers.
        if self._indexed and reduced * 1.7 > limit:
            return None
        # Without loss they take at least 2.2 times as many.
        if not self._indexed or reduced * 2.2 <= limit:
            data = apng.encode_truecolour(shown, schedule.durations_ms, schedule.plays, best=False)
            # What is squeezed quickly is at most a quarter too large.
            if limit < len(data) < 1.27 * limit:
                data = apng.encode_truecolour(shown, schedule.durations_ms, schedule.plays)
            self._note("truecolour", shown, data, limit)
            if len(data) <= limit:
                return EncodedFile(data, "truecolour")
        for coarse in (4, 7):
            stepped = [in_steps(frame, coarse) for frame in shown]
            encode = partial(apng.encode_truecolour, stepped, schedule.durations_ms, schedule.plays, repeats=True)
            data = _smallest(encode, limit)
            self._note(f"truecolour in steps of {coarse}", shown, data, limit)
            if len(data) <= limit:
                return EncodedFile(data, f"truecolour in steps of {coarse}")
            if len(data) > limit * 1.2:
                return None
        return None


def _smallest(encode: Callable[..., bytes], limit: int) -> bytes:
    """Compress quickly, and as well as can be (at five times the time) only where that decides whether it fits."""
    data = encode(best=False)
    return encode(best=True) if limit < len(data) <= 1.04 * limit else data
