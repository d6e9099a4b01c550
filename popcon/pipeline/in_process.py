"""Task runners that do the work here and now, and keep no records: for previews and for use as a library."""

from collections.abc import Callable, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from cachetools import LRUCache, cached

from popcon.models.base import Model
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.tasks import STUDY, Task
from popcon.storage.store import Store

ValueT = TypeVar("ValueT")
InputsT = TypeVar("InputsT", bound=StepInputs)
ResultT = TypeVar("ResultT", bound=Model)


@dataclass(frozen=True)
class Finished(Generic[ResultT]):
    """A task that has its result already."""

    result: ResultT

    def wait(self) -> ResultT:
        return self.result


class InProcessRunner:
    """Runs each task in the thread that asks for it.

    Arguments:
        store: holds the artifacts that tasks read and write.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        return task.body(inputs, self.store)

    def submit(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> Finished[ResultT]:
        return Finished(self.run(task, inputs, label))


class LockedCache:
    """Cache of the values used last, for several threads; two may compute one value at the same time."""

    def __init__(self, capacity: int) -> None:
        self._cache: MutableMapping[Any, Any] = LRUCache(capacity)
        self._lock = Lock()

    def get(self, key: Any, make: Callable[[], ValueT]) -> ValueT:
        """Return the value under a key, made if it is not there."""
        value: ValueT = cached(self._cache, key=lambda: key, lock=self._lock)(make)()
        return value


class SingleFlightCache:
    """Cache of the values used last, for several threads. A value is made by one thread while others wait for it.

    What makes a value must not ask the same cache: it would wait for itself.
    """

    def __init__(self, capacity: int) -> None:
        self._cache: MutableMapping[Any, Any] = LRUCache(capacity)
        self._making: dict[Any, Future[Any]] = {}
        self._lock = Lock()

    def get(self, key: Any, make: Callable[[], ValueT]) -> ValueT:
        """Return the value under a key, made if it is not there. Whoever waits for it gets the maker's error, too."""
        with self._lock:
            if key in self._cache:
                found: ValueT = self._cache[key]
                return found
            making = self._making.get(key)
            mine = Future[ValueT]() if making is None else None
            if mine is not None:
                self._making[key] = mine
        if mine is None:
            assert making is not None
            waited: ValueT = making.result()
            return waited
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            self._cache[key] = made
            del self._making[key]
        mine.set_result(made)
        return made


class StudyCachingRunner(InProcessRunner):
    """Task runner that keeps studies: a clip is not studied again for its next frame."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._studies = LockedCache(8)

    def run(self, task: Task[InputsT, ResultT], inputs: InputsT, label: str) -> ResultT:
        if task.name != STUDY.name:
            return super().run(task, inputs, label)
        return self._studies.get(inputs.key(), lambda: task.body(inputs, self.store))
