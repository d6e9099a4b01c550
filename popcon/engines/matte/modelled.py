"""A matte engine around any model that gives alpha: evidence of the backdrop, effect rescue, steadiness, colours."""

import contextlib
import hashlib
from collections.abc import Hashable, Iterable, MutableMapping, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Protocol

import cv2
import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from popcon.engines.base import Cutout, MatteClip
from popcon.engines.matte.backdrop import Backdrop, estimate_backdrop
from popcon.engines.matte.difference import compare_to_backdrop
from popcon.engines.matte.fuse import fuse, with_alpha
from popcon.engines.matte.keyed import KeyedMatte
from popcon.engines.matte.rescue import Limits, Rescued, rescue, without_halo
from popcon.engines.matte.stabilise_alpha import steadied
from popcon.errors import BackdropNotFlat, BadClip
from popcon.media.pictures.foreground import clean_colours
from popcon.models.engine import EngineFingerprint
from popcon.pixels import Mask, Rgb

Bytes = NDArray[np.uint8]


class AlphaModel(Protocol):
    """What gives alpha for frames, alone: in this process or on a host."""

    @property
    def key(self) -> Hashable:
        """What it depends on; two with the same key give the same alpha."""
        ...

    def check(self) -> None:
        """See that files and packages are here, loading nothing.

        Raises:
            BadInput: a setting has to be changed first.
            EngineUnavailable: something is missing or damaged; the message says what to do.
        """
        ...

    def ready(self) -> float | None:
        """Load what is needed; the seconds that a frame takes where only a CPU computes, else None.

        Raises:
            EngineUnavailable: it cannot be had here; the message says what to do.
        """
        ...

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Return alpha of frames of one size, in batches with those that others ask for at the same time."""
        ...


class AlphaMemory:
    """Alphas computed last, so that the frames at which chunks meet are not computed for both.

    Chunks do not wait for each other: what one has begun to compute another one waits for, and the rest of both
    reaches the model at the same time, where it shares batches.

    Arguments:
        most: bytes to keep.
    """

    def __init__(self, most: int = 96_000_000) -> None:
        self._alphas: MutableMapping[Hashable, Mask] = LRUCache(most, getsizeof=lambda alpha: alpha.nbytes)
        self._computing: dict[Hashable, Future[Mask]] = {}
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """Bytes that are kept."""
        with self._lock:
            return sum(alpha.nbytes for alpha in self._alphas.values())

    def of(self, model: AlphaModel, frames: Sequence[Rgb]) -> list[Mask]:
        """Return the alphas of frames; those that nobody has begun are asked of the model at once."""
        name = model.key
        keys = [(name, frame.shape, hashlib.sha256(frame.data).digest()) for frame in map(np.ascontiguousarray, frames)]
        found: dict[Hashable, Future[Mask]] = {}
        mine: dict[Hashable, Rgb] = {}
        with self._lock:
            for key, frame in zip(keys, frames, strict=True):
                alpha = self._alphas.get(key)
                if alpha is not None:
                    found[key] = Future()
                    found[key].set_result(alpha)
                elif key not in found:
                    if key not in self._computing:
                        self._computing[key] = Future()
                        mine[key] = frame
                    found[key] = self._computing[key]
        if mine:
            self._compute(model, mine, found)
        return [found[key].result() for key in keys]

    def clear(self) -> None:
        """Forget what is finished."""
        with self._lock:
            self._alphas.clear()

    def _compute(self, model: AlphaModel, mine: dict[Hashable, Rgb], found: dict[Hashable, "Future[Mask]"]) -> None:
        try:
            made = dict(zip(mine, model.alphas(list(mine.values())), strict=True))
        except BaseException as error:
            with self._lock:  # a failure is not remembered
                for key in mine:
                    self._computing.pop(key, None)
            for key in mine:
                found[key].set_exception(error)
            raise
        with self._lock:
            for key, alpha in made.items():
                self._computing.pop(key, None)
                with contextlib.suppress(ValueError):  # larger than all that may be kept
                    self._alphas[key] = alpha
        for key, alpha in made.items():
            found[key].set_result(alpha)


_memory = AlphaMemory()
_keyed = KeyedMatte()
_WIDE = Limits(blob=0.6, stroke=1.0)
"""On a flat backdrop also larger things that the model lost are certain."""


def forget() -> None:
    """Forget all alphas, so that what is measured is computed."""
    _memory.clear()


class ModelledMatte:
    """Follows `popcon.engines.base.MatteEngine`, around a model.

    Arguments:
        fingerprint: of engine and weights.
        model: gives alpha.
        rescue_effects: whether what the model lost comes back beside a flat backdrop.
    """

    def __init__(self, fingerprint: EngineFingerprint, model: AlphaModel, rescue_effects: bool = True) -> None:
        self.fingerprint, self.model, self.rescue_effects = fingerprint, model, rescue_effects

    def check_ready(self) -> None:
        """See, without loading it, that the model can be had.

        Raises:
            BadInput: a setting has to be changed first.
            EngineUnavailable: something is missing or damaged; the message says what to do.
        """
        self.model.check()

    def seconds_on_cpu(self) -> float | None:
        """Return what a frame takes where only a CPU computes, the last resort; None: a GPU does. Loads the model."""
        return self.model.ready()

    def study(self, frames: Iterable[Rgb], backdrop: str | None) -> MatteClip:
        """Measure the backdrop, if it is flat; see that the model can be loaded.

        Raises:
            EngineUnavailable: the model cannot be had here.
            BadClip: no frames, or frames of different sizes.
        """
        self.model.ready()
        shown: list[Rgb] = []
        try:
            found = estimate_backdrop(_noting(frames, shown), backdrop)
        except BackdropNotFlat:
            r, g, b = (int(v) for v in np.median(shown[0].reshape(-1, 3), axis=0))
            middle = f"#{r:02x}{g:02x}{b:02x}"
            return MatteClip(backdrop=backdrop or middle, details={"flat": False})
        return MatteClip(backdrop=found.hexadecimal, details={"flat": True, "backdrop": found.details()})

    def cut_out(
        self, frames: Sequence[Rgb], clip: MatteClip, before: Rgb | None = None, after: Rgb | None = None
    ) -> list[Cutout]:
        """Cut out neighbouring frames of one size; the model sees them, and the frames next door, as one batch.

        Raises:
            BadClip: frames of different sizes.
            EngineUnavailable: the model cannot be had here.
        """
        if not frames:
            return []
        row = [frame for frame in (before, *frames, after) if frame is not None]
        if len({frame.shape for frame in row}) > 1:
            raise BadClip("Frames of a clip have different sizes; all must have one size.")
        raw = _memory.of(self.model, row)
        first = 0 if before is None else 1
        alphas = [steadied(row, raw, number) for number in range(len(row))]
        shown = alphas[first : first + len(frames)]
        if clip.details.get("flat"):
            known = MatteClip(backdrop=clip.backdrop, details=clip.details["backdrop"])
            keyed = _keyed.cut_out(frames, known, before, after)
            painted = self._fused(row, alphas, first, Backdrop.restore(known.details), keyed)
        else:  # what stands out of a photograph is no effect: without a known backdrop nothing is rescued
            painted = [with_alpha(clean_colours(*each), each[1]) for each in zip(frames, shown, strict=True)]
        made = []
        for rgba, said in zip(painted, raw[first:], strict=False):
            doubt, reason = _doubt(rgba[..., 3], said)
            made.append(Cutout(rgba=rgba, doubt=doubt, reason=reason))
        return made

    def _fused(
        self, row: Sequence[Rgb], alphas: Sequence[Mask], first: int, backdrop: Backdrop, keyed: Sequence[Cutout]
    ) -> list[Bytes]:
        """Fuse alphas of a model with cutouts of the keyed engine, which begin at frame `first` of the row."""
        empty = backdrop.picture(*row[0].shape[:2])
        views = [compare_to_backdrop(frame, alpha, empty) for frame, alpha in zip(row, alphas, strict=True)]
        fused = []
        for place, cut in enumerate(keyed, start=first):
            back = Rescued(without_halo(views[place]), np.zeros(0, np.intp), np.zeros((0, 3), np.uint8))
            if self.rescue_effects:
                neighbours = [*views[max(0, place - 1) : place], *views[place + 1 : place + 2]]
                back = rescue(views[place], neighbours, _WIDE)
            fused.append(fuse(row[place], alphas[place], cut.rgba, back, backdrop.saturated))
        return fused


def _noting(frames: Iterable[Rgb], shown: list[Rgb]) -> Iterable[Rgb]:
    """Pass frames on, keeping the first."""
    for frame in frames:
        if not shown:
            shown.append(frame)
        yield frame


def _doubt(alpha: Bytes, model: Bytes) -> tuple[float, str]:
    there = int(np.count_nonzero(alpha > 127))
    if there == 0:
        return 1.0, "nothing was found in this frame"
    if there > 0.98 * alpha.size:
        return 1.0, "no backdrop was found in this frame"
    # A sure model is undecided only along outlines.
    vague = cv2.countNonZero(cv2.inRange(model, 41, 214))
    score = float(np.clip((vague / there - 0.25) / 0.5, 0, 1))
    return score, "the model is not sure what belongs to the character" if score > 0 else ""
