"""Keep the embeddings of the pictures that are being clicked on, and prepare their neighbours before they are."""

import hashlib
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

from cachetools import LRUCache

from popcon.engines.base import SegmentEngine
from popcon.models.refinement import Click
from popcon.pixels import Mask, Rgb

RECENT_MASKS = 16


class Embeddings:
    """A bounded store of one engine's embeddings, usable from several threads.

    A picture is encoded once, also when it is asked for while it is being encoded. The one used longest ago goes
    first. One thread prepares pictures ahead; what a person waits for is encoded by whoever asks.

    Arguments:
        engine: encodes the pictures.
        capacity: embeddings kept. One of `graph` at 480 x 480 px takes about 6 MB.
    """

    def __init__(self, engine: SegmentEngine, capacity: int = 24) -> None:
        if capacity < 1:
            raise ValueError("capacity has to be at least 1")
        self._engine, self._capacity = engine, capacity
        self._kept: MutableMapping[str, Future[Any]] = LRUCache(capacity)
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode-ahead")

    def of(self, picture: Rgb) -> Any:
        """Return the embedding of a picture. Errors of the engine come through, and are not kept."""
        future, mine = self._place(picture)
        if mine:
            self._encode(picture, future)
        return future.result()

    def ahead(self, pictures: Sequence[Rgb]) -> None:
        """Start to encode pictures that will be wanted soon, in this order; returns at once.

        At most as many as fit beside the one in use are taken.
        """
        for picture in list(pictures)[: self._capacity - 1]:
            self._pool.submit(self._prepare, picture)

    def close(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __len__(self) -> int:
        return len(self._kept)

    def _place(self, picture: Rgb) -> tuple["Future[Any]", bool]:
        """Return the future of a picture's embedding, and whether the caller has to encode it."""
        digest = hashlib.sha256(repr((picture.shape, picture.dtype.str)).encode() + picture.tobytes()).hexdigest()
        with self._lock:
            known = self._kept.get(digest)
            if known is not None and not (known.done() and known.exception() is not None):
                return known, False
            future: Future[Any] = Future()
            self._kept[digest] = future
            return future, True

    def _encode(self, picture: Rgb, future: "Future[Any]") -> None:
        try:
            future.set_result(self._engine.encode(picture))
        except BaseException as error:
            future.set_exception(error)

    def _prepare(self, picture: Rgb) -> None:
        future, mine = self._place(picture)
        if mine:
            self._encode(picture, future)


class Prepared:
    """An engine that finds what was encoded before, and the masks that were just asked for. See `SegmentEngine`.

    A click is shown and saved at the same time, by two requests: the second waits for the first one's mask.

    Arguments:
        engine: does the work.
        embeddings: of this engine.
    """

    def __init__(self, engine: SegmentEngine, embeddings: Embeddings) -> None:
        self._engine, self._embeddings = engine, embeddings
        self.fingerprint = engine.fingerprint
        self._masks: MutableMapping[tuple[Any, ...], tuple[Any, Future[tuple[Mask, float]]]] = LRUCache(RECENT_MASKS)
        self._lock = Lock()

    def encode(self, picture: Rgb) -> Any:
        return self._embeddings.of(picture)

    def predict(self, embedding: Any, clicks: Sequence[Click], previous: Mask | None = None) -> tuple[Mask, float]:
        given = None if previous is None else hashlib.sha256(previous.tobytes()).digest()
        key = (id(embedding), tuple(clicks), given)
        with self._lock:
            known = self._masks.get(key)
            if known is None:
                future: Future[tuple[Mask, float]] = Future()
                self._masks[key] = (embedding, future)  # the embedding too: while it is kept, its id is its own
        if known is not None:
            mask, score = known[1].result()
            return mask.copy(), score
        try:
            mask, score = self._engine.predict(embedding, clicks, previous)
        except BaseException as error:
            with self._lock:  # a failure is not remembered: a host that was gone may be there for the next click
                self._masks.pop(key, None)
            future.set_exception(error)
            raise
        future.set_result((mask, score))
        return mask.copy(), score

    def track(
        self, frames: Sequence[Rgb], prompts: Mapping[int, Sequence[Click] | Mask]
    ) -> Iterator[tuple[int, Mask, float]]:
        return self._engine.track(frames, prompts)
