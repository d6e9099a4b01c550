"""Encodes still PNG: without loss, else as many colours as fit."""

from collections.abc import Sequence

from popcon.pixels import Rgba
from popcon.stickers import apng, palette
from popcon.stickers.encoders.base import EncodedFile
from popcon.stickers.report import Trial
from popcon.stickers.timing import Schedule


class PngEncoder:
    """Encodes one still: whole pixels where there is room for them, else a palette."""

    _COLOURS = (256, 128, 64, 32, 16, 8)

    def __init__(self, frames: Sequence[Rgba], indexed: bool) -> None:
        self._frame, self._indexed = frames[0], indexed
        self.trials: list[Trial] = []

    def encode(self, schedule: Schedule, limit: int | None) -> EncodedFile | None:
        data = apng.encode_still_truecolour(self._frame)
        if self._fits("truecolour", data, limit):
            return EncodedFile(data, "truecolour")
        if not self._indexed:
            return None
        found = palette.colours_of([self._frame])
        for colours in self._COLOURS:
            entries = palette.make_palette(found, colours)
            data = apng.encode_still_indexed(palette.apply_palette(found, entries)[0], entries)
            if self._fits(f"{colours} colours", data, limit):
                return EncodedFile(data, f"{colours} colours", len(entries))
        return None

    def _fits(self, setting: str, data: bytes, limit: int | None) -> bool:
        fits = limit is None or len(data) <= limit
        self.trials.append(Trial(setting=setting, frames=1, bytes=len(data), fits=fits))
        return fits
