"""Batches what concurrent callers ask of one model, behind a queue that may be bounded."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition

from popcon.errors import Fault
from popcon.pixels import Mask, Rgb


class Busy(Fault):
    """More is waiting than is taken; ask again soon."""


class Batcher:
    """Frames of one size that wait at the same time go through the model together, one batch at a time.

    It has no thread of its own: of the callers that wait, one runs the next batch for all whose frames are in it.

    Arguments:
        run: alpha of frames of one size.
        most: frames in a batch; may be changed at any time.
        waiting: frames that may wait, more are refused; None: any number.
        linger: seconds to wait for company before a batch that is not full.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Rgb]], list[Mask]],
        most: int = 8,
        waiting: int | None = None,
        linger: float = 0.003,
    ) -> None:
        self.most = most
        self.batches = self.frames = 0
        self._run, self._waiting, self._linger = run, waiting, linger
        self._queue: deque[tuple[Rgb, Future[Mask]]] = deque()
        self._change = Condition()
        self._running = self._closed = False

    def __len__(self) -> int:
        return len(self._queue)

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        """Return alpha of frames, computed together with what others ask for.

        Raises:
            Busy: too much is waiting already.
        """
        futures: list[Future[Mask]] = [Future() for _ in frames]
        with self._change:
            if self._closed:
                raise Busy("The host is shutting down.")
            if self._waiting is not None and len(self._queue) + len(frames) > self._waiting:
                raise Busy(f"{len(self._queue)} frames are waiting for this model; ask again soon.")
            self._queue.extend(zip(frames, futures, strict=True))
            self._change.notify_all()
        while self._is_my_turn(futures):
            self._work()
        return [future.result() for future in futures]

    def close(self) -> None:
        """Refuse what comes and wait, a minute at most, for what is under way."""
        with self._change:
            self._closed = True
            self._change.notify_all()
            self._change.wait_for(lambda: not self._queue and not self._running, timeout=60)

    def _is_my_turn(self, futures: list["Future[Mask]"]) -> bool:
        """Wait until a caller has to run the next batch (True), or others have finished all of its frames."""
        with self._change:
            self._change.wait_for(lambda: not self._running or all(future.done() for future in futures))
            if all(future.done() for future in futures):
                return False
            self._running = True
            return True

    def _work(self) -> None:
        with self._change:
            if len(self._queue) < self.most and not self._closed:
                self._change.wait_for(lambda: len(self._queue) >= self.most, timeout=self._linger)
            batch = self._next()
        try:
            made = self._run([frame for frame, _ in batch])
            for (_, future), alpha in zip(batch, made, strict=True):
                future.set_result(alpha)
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        with self._change:
            self.batches += 1
            self.frames += len(batch)
            self._running = False
            self._change.notify_all()

    def _next(self) -> list[tuple[Rgb, "Future[Mask]"]]:
        """Return the frames at the head of the queue that have the first one's size; others keep their order."""
        shape = self._queue[0][0].shape
        batch: list[tuple[Rgb, Future[Mask]]] = []
        rest: deque[tuple[Rgb, Future[Mask]]] = deque()
        while self._queue:
            item = self._queue.popleft()
            (batch if item[0].shape == shape and len(batch) < self.most else rest).append(item)
        self._queue = rest
        return batch
