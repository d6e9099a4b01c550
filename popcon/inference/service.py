"""What a host serves: models by name and settings, each loaded once."""

import json
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from popcon.engines import table
from popcon.engines.abilities import LoadsModel
from popcon.engines.base import Click, SegmentEngine
from popcon.engines.batcher import Batcher
from popcon.engines.engine_settings import from_environment, read
from popcon.engines.matte.modelled import AlphaModel
from popcon.engines.segment.embedding_cache import Embeddings
from popcon.errors import PopconError, UnknownName
from popcon.models.base import Model
from popcon.models.job import EngineChoice
from popcon.pixels import Mask, Rgb


def served_names(kind: table.Kind) -> tuple[str, ...]:
    """Return the engines of a kind that an inference host can serve."""
    return tuple(row.name for row in table.rows(kind) if row.local)


def configured_engines() -> list[EngineChoice]:
    """Return the engines whose weights the environment names."""
    return [
        EngineChoice(name=row.name)
        for row in table.rows()
        if row.local and {"path", "session"} & set(from_environment(table.settings_model(row), row.name))
    ]


class NotServed(UnknownName):
    """This host does not serve that engine with those settings; a worker loads it by itself."""


@dataclass(frozen=True)
class _Matte:
    model: AlphaModel
    batcher: Batcher


@dataclass(frozen=True)
class _Segment:
    engine: SegmentEngine
    embeddings: Embeddings


class Service:
    """Models that are served.

    Arguments:
        served: engines with their settings, in order; the first of a kind answers the plain JSON.
        anything: whether others may be asked for too. A setting may name code to run: only for callers with a token.
        waiting: frames that may wait for one model.
    """

    def __init__(self, served: Sequence[EngineChoice] = (), anything: bool = False, waiting: int = 128) -> None:
        for choice in served:
            _known(choice.name)
        self._keys = {_key(choice): choice for choice in served}
        self.served, self.anything, self._waiting = tuple(served), anything, waiting
        self.problems: dict[str, str] = {}
        self._mattes: dict[str, _Matte] = {}
        self._segments: dict[str, _Segment] = {}
        self._lock = Lock()
        self.loaded = False

    def load(self) -> bool:
        """Load what is served from the start; whether everything is there. `problems` says what is not, and why."""
        problems: dict[str, str] = {}
        for choice in self.served:
            try:
                if _known(choice.name).kind == "matte":
                    self._matte(choice).model.ready()
                else:
                    engine = self._segment(choice).engine
                    if isinstance(engine, LoadsModel):
                        engine.model()
            except PopconError as error:
                problems[choice.name] = str(error)
            except Exception as error:  # code that a person brought may fail in any way
                problems[choice.name] = f"{type(error).__name__}: {error}"
        self.problems = problems
        self.loaded = not problems
        return self.loaded

    def first(self, names: Sequence[str]) -> EngineChoice:
        """Return the first served engine of these names.

        Raises:
            NotServed: there is none.
        """
        for choice in self.served:
            if choice.name in names:
                return choice
        raise NotServed("engine on this host", " or ".join(names), [choice.name for choice in self.served])

    def cost(self, choice: EngineChoice) -> float | None:
        """Load a matte engine; the seconds that a frame takes where only a CPU computes, else None.

        Raises:
            NotServed: not on this host.
            EngineUnavailable: it cannot be loaded here.
        """
        return self._matte(choice).model.ready()

    def alphas(self, choice: EngineChoice, frames: Sequence[Rgb]) -> list[Mask]:
        """Return alpha of frames of one size, batched with what others ask for.

        Raises:
            NotServed: not on this host.
            Busy: too much is waiting.
        """
        return self._matte(choice).batcher.alphas(frames)

    def predict(
        self, choice: EngineChoice, picture: Rgb, clicks: Sequence[Click], previous: Mask | None
    ) -> tuple[Mask, float]:
        """Return a mask for clicks; the picture's embedding is kept for the next click."""
        segment = self._segment(choice)
        return segment.engine.predict(segment.embeddings.of(picture), clicks, previous)

    def ahead(self, choice: EngineChoice, pictures: Sequence[Rgb]) -> None:
        """Encode pictures that will be clicked on soon."""
        self._segment(choice).embeddings.ahead(pictures)

    def track(
        self, choice: EngineChoice, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        """Masks for all frames; closing the iterator cancels."""
        return self._segment(choice).engine.track(frames, prompts)

    def report(self) -> dict[str, Any]:
        """Return what is loaded, what waits, and memory in bytes."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        memory: dict[str, int] = {"peak_process": peak}
        torch: Any = sys.modules.get("torch")
        # While a model is being loaded, torch itself may be half imported.
        if self.loaded and torch is not None and torch.cuda.is_available():
            free, total = torch.cuda.mem_get_info()
            memory.update(gpu_used=total - free, gpu_total=total, gpu_peak=torch.cuda.max_memory_allocated())
        with self._lock:
            mattes = {
                key: {"waiting": len(m.batcher), "batches": m.batcher.batches, "frames": m.batcher.frames}
                for key, m in self._mattes.items()
            }
            segments = {key: {"embeddings": len(s.embeddings)} for key, s in self._segments.items()}
        return {
            "ready": self.loaded,
            "problems": self.problems,
            "mattes": mattes,
            "segments": segments,
            "memory": memory,
        }

    def close(self) -> None:
        for matte in self._mattes.values():
            matte.batcher.close()
        for segment in self._segments.values():
            segment.embeddings.close()

    def _allowed(self, choice: EngineChoice) -> str:
        _known(choice.name)
        key = _key(choice)
        if not self.anything and key not in self._keys:
            raise NotServed("engine with these settings on this host", choice.name, [each.name for each in self.served])
        return key

    def _matte(self, choice: EngineChoice) -> _Matte:
        key = self._allowed(choice)
        with self._lock:
            if key not in self._mattes:
                model: AlphaModel = _local(choice)
                batch = _settings(choice).model_dump().get("batch", 1)
                self._mattes[key] = _Matte(model, Batcher(model.alphas, batch, self._waiting))
            return self._mattes[key]

    def _segment(self, choice: EngineChoice) -> _Segment:
        key = self._allowed(choice)
        with self._lock:
            if key not in self._segments:
                engine: SegmentEngine = _local(choice)
                self._segments[key] = _Segment(engine, Embeddings(engine))
            return self._segments[key]


def _known(name: str) -> table.EngineRow:
    """Return the row of an engine that a host can serve.

    Raises:
        NotServed: no such engine can be served.
    """
    for kind in ("matte", "segment"):
        if name in served_names(kind):
            return table.row(kind, name)
    raise NotServed("engine for an inference host", name, (*served_names("matte"), *served_names("segment")))


def _key(choice: EngineChoice) -> str:
    """Name and settings, but not how many frames are in a batch, nor what the caller does after the model."""
    settings = _settings(choice).model_dump(exclude={"rescue_effects", "batch"})
    return f"{choice.name} {json.dumps(settings, sort_keys=True)}"


def _settings(choice: EngineChoice) -> Model:
    return read(table.settings_model(_known(choice.name)), choice.name, choice.settings)


def _local(choice: EngineChoice) -> Any:
    """Return the model (an `AlphaModel` or a `SegmentEngine`) in this process, not loaded yet."""
    row = _known(choice.name)
    return table.load(row, row.local)(_settings(choice))
