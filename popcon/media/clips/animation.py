"""Decodes animated pictures (GIF, APNG, animated WebP) with Pillow, which composes partial frames as browsers do."""

import warnings
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from popcon.media.clips.video import Shown, Timing

_FORMATS = {"gif": "GIF", "png": "PNG", "webp": "WEBP"}
_SHORTEST_S = 0.011
_USUAL_S = 0.1


class Animation:
    """An animated picture that is open for reading, from its start, once.

    Arguments:
        file: open for reading.
        kind: gif, png or webp.

    Raises:
        OSError, SyntaxError, ValueError: Pillow cannot read it.
    """

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self._file = file
        with warnings.catch_warnings():
            # Pillow warns on stderr about sizes that are refused in a sentence.
            warnings.simplefilter("ignore")
            self._picture = Image.open(file, formats=[_FORMATS[kind]])

    def close(self) -> None:
        self._picture.close()

    @property
    def duration(self) -> float:
        """Unknown before all frames were seen: 0."""
        return 0.0

    @property
    def size(self) -> tuple[int, int]:
        return self._picture.size

    @property
    def has_alpha(self) -> bool:
        return self._picture.has_transparency_data

    def _frames(self) -> Iterator[Image.Image]:
        """Yield the frames, without the picture that an APNG has for readers that know no animation."""
        for number, frame in enumerate(ImageSequence.Iterator(self._picture)):
            frame.load()
            if number or not frame.info.get("default_image"):
                yield frame

    def timing(self, most: int) -> Timing:
        """Read when frames appear; gives up after `most` + 1 frames."""
        times: list[float] = []
        at = 0.0
        for frame in self._frames():
            times.append(at)
            at += self._seconds(frame)
            if len(times) > most:
                break
        return Timing(times, at, 0.0)

    def shown(self) -> Iterator[Shown]:
        """Decode the frames in order. Unlike a video's, each must be converted before the next is asked for."""
        at = 0.0
        for frame in self._frames():
            yield Shown(at, lambda frame=frame: _pixels(frame))  # type: ignore[misc]
            at += self._seconds(frame)

    @staticmethod
    def _seconds(frame: Image.Image) -> float:
        shown = float(frame.info.get("duration", 0)) / 1000
        # Browsers show frames of 0 and 10 ms, which nobody means, for a tenth of a second.
        return shown if shown >= _SHORTEST_S else _USUAL_S


def _pixels(frame: Image.Image) -> NDArray[np.uint8]:
    return np.array(frame.convert("RGBA" if frame.has_transparency_data else "RGB"))
