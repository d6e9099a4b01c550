"""Batches what concurrent callers ask of one model, behind a bounded queue."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread

from popcon.engines.base import Mask, Rgb
from popcon.errors import Fault


class Busy(Fault):
    """More is waiting than the host takes; ask again soon."""


class Batcher:
    """One thread runs the model; frames of one size that wait at the same time go in one batch.

    Arguments:
        run: alpha of frames of one size.
        most: frames in a batch.
        waiting: frames that may wait; more are refused.
        linger: seconds to wait for company when the model is idle.
    """

    def __init__(
        self, run: Callable[[Sequence[Rgb]], list[Mask]], most: int = 8, waiting: int = 128, linger: float = 0.003
    ) -> None:
        self._run, self._most, self._waiting, self._linger = run, most, waiting, linger
        self._queue: deque[tuple[Rgb, Future[Mask]]] = deque()
        self._change = Condition()
        self._closed = False
        self.batches = self.frames = 0
        self._thread = Thread(target=self._work, name="popcon-batcher", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._queue)

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Alpha of frames, computed together with what others ask for.

        Raises:
            Busy: too much is waiting already.
        """
        futures: list[Future[Mask]] = [Future() for _ in frames]
        with self._change:
            if self._closed:
                raise Busy("The host is shutting down.")
            if len(self._queue) + len(frames) > self._waiting:
                raise Busy(f"{len(self._queue)} frames are waiting for this model; ask again soon.")
            self._queue.extend(zip(frames, futures, strict=True))
            self._change.notify()
        return [future.result() for future in futures]

    def close(self) -> None:
        """Refuse what comes and finish what waits."""
        with self._change:
            self._closed = True
            self._change.notify()
        self._thread.join(timeout=60)

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._queue and not self._closed:
                    self._change.wait()
                if not self._queue:
                    return
                if len(self._queue) < self._most and not self._closed:
                    self._change.wait(self._linger)
                batch = self._next()
            try:
                made = self._run([frame for frame, _ in batch])
                for (_, future), alpha in zip(batch, made, strict=True):
                    future.set_result(alpha)
            except BaseException as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            self.batches += 1
            self.frames += len(batch)

    def _next(self) -> list[tuple[Rgb, "Future[Mask]"]]:
        """The frames at the head of the queue that have the first one's size; others keep their order."""
        shape = self._queue[0][0].shape
        batch: list[tuple[Rgb, Future[Mask]]] = []
        rest: deque[tuple[Rgb, Future[Mask]]] = deque()
        while self._queue:
            item = self._queue.popleft()
            (batch if item[0].shape == shape and len(batch) < self._most else rest).append(item)
        self._queue = rest
        return batch
