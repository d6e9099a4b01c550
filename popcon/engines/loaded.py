"""Models that are in memory: loaded once a process, shared by all engine objects with the same settings, bounded."""

from collections.abc import Callable, Hashable, MutableMapping
from threading import Lock, RLock
from typing import Generic, TypeVar

from cachetools import LRUCache

Model = TypeVar("Model")


class Loaded(Generic[Model]):
    """A cache of the models used last.

    Loading one model does not hold up others; two who want the same one load it once. A failure is not remembered.

    Arguments:
        most: models to keep; a person rarely uses more than one of a kind, and each takes gigabytes.
    """

    def __init__(self, most: int = 2) -> None:
        self._models: MutableMapping[Hashable, Model] = LRUCache(most)
        self._loading: dict[Hashable, RLock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, load: Callable[[], Model]) -> Model:
        """Return the model under a key, loaded if it is not there."""
        with self._lock:
            if key in self._models:
                return self._models[key]
            mine = self._loading.setdefault(key, RLock())
        with mine:
            with self._lock:
                if key in self._models:
                    return self._models[key]
            model = load()
            with self._lock:
                self._models[key] = model
                self._loading.pop(key, None)
            return model

    def __len__(self) -> int:
        with self._lock:
            return len(self._models)

    def clear(self) -> None:
        """Forget all models."""
        with self._lock:
            self._models.clear()
