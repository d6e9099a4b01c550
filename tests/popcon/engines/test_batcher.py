"""Chunks that are in flight at the same time fill one batch, and do not wait for each other."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from popcon.engines.batcher import Batcher, Busy
from popcon.engines.matte.modelled import AlphaMemory
from popcon.errors import EngineUnavailable

Frame = Any


class Slow:
    """A model that notes its batches; `gate` holds them up."""

    key = "slow"

    def __init__(self, most: int = 8) -> None:
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.entered = threading.Event()
        self.batcher = Batcher(self._run, most)

    def _run(self, frames: Sequence[Frame]) -> list[Frame]:
        self.entered.set()
        assert self.gate.wait(20)
        self.sizes.append(len(frames))
        return [frame[..., 0] for frame in frames]

    def check(self) -> None: ...

    def ready(self) -> None: ...

    def alphas(self, frames: Sequence[Frame]) -> list[Frame]:
        return self.batcher.alphas(frames)


def _frames(count: int, first: int = 0) -> list[Frame]:
    return [np.full((8, 8, 3), first + number, np.uint8) for number in range(count)]


def _start(work: Any, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def test_chunks_in_flight_fill_batches_and_frames_between_them_are_computed_once() -> None:
    model, memory, made = Slow(most=8), AlphaMemory(), {}
    clip = _frames(24)

    def chunk(first: int) -> None:
        row = clip[max(0, first - 1) : first + 9]
        made[first] = memory.of(model, row)

    threads = [_start(chunk, 0)]
    assert model.entered.wait(20)
    threads += [_start(chunk, 8), _start(chunk, 16)]
    until = time.monotonic() + 20
    while len(model.batcher) < 16 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(model.batcher) == 16, "two chunks wait together while the first is computed"
    model.gate.set()
    for each in threads:
        each.join(20)
    assert model.sizes == [8, 8, 8]
    for first, alphas in made.items():
        assert [int(alpha[0, 0]) for alpha in alphas] == list(range(max(0, first - 1), min(24, first + 9)))


def test_others_finish_a_batch_whose_asker_has_what_it_wants() -> None:
    model = Slow(most=2)
    model.gate.set()
    found: list[list[Frame]] = []
    threads = [_start(lambda n=n: found.append(model.alphas(_frames(3, n)))) for n in range(6)]
    for each in threads:
        each.join(20)
    assert sum(model.sizes) == 18
    assert max(model.sizes) == 2
    assert sorted([int(alpha[0, 0]) for alpha in alphas] for alphas in found) == [[n, n + 1, n + 2] for n in range(6)]


def test_a_failure_reaches_all_who_wait_and_is_not_remembered() -> None:
    class Broken(Slow):
        broken = True

        def _run(self, frames: Sequence[Frame]) -> list[Frame]:
            if self.broken:
                time.sleep(0.1)
                raise EngineUnavailable("no weights")
            return super()._run(frames)

    model, memory, said = Broken(), AlphaMemory(), []
    model.gate.set()

    def ask() -> None:
        with pytest.raises(EngineUnavailable, match="no weights") as error:
            memory.of(model, _frames(2))
        said.append(str(error.value))

    threads = [_start(ask) for _ in range(3)]
    for each in threads:
        each.join(20)
    assert len(said) == 3
    model.broken = False
    assert [int(alpha[0, 0]) for alpha in memory.of(model, _frames(2))] == [0, 1]


def test_a_model_that_gives_too_few_leaves_nobody_waiting() -> None:
    class Short(Slow):
        def alphas(self, frames: Sequence[Frame]) -> list[Frame]:
            return super().alphas(frames)[1:]

    model, memory = Short(), AlphaMemory()
    model.gate.set()
    for _ in range(2):
        with pytest.raises(ValueError, match="shorter"):
            memory.of(model, _frames(3))


def test_memory_counts_what_it_holds_and_forgets_when_told() -> None:
    model, memory = Slow(), AlphaMemory(most=5 * 64)
    model.gate.set()
    memory.of(model, _frames(9))
    memory.of(model, _frames(9))
    assert 0 < memory.nbytes <= 5 * 64
    memory.clear()
    assert memory.nbytes == 0


def test_a_closed_batcher_finishes_what_waits_and_takes_nothing() -> None:
    model = Slow(most=4)
    found: list[Frame] = []
    thread = _start(lambda: found.extend(model.alphas(_frames(4))))
    assert model.entered.wait(20)
    closing = _start(model.batcher.close)
    time.sleep(0.05)
    assert closing.is_alive(), "it waits for what is under way"
    with pytest.raises(Busy, match="shutting down"):
        model.alphas(_frames(1))
    model.gate.set()
    thread.join(20)
    closing.join(20)
    assert len(found) == 4
    assert not closing.is_alive()
