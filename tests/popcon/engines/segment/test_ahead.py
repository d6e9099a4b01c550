import threading
import time
from typing import Any

import numpy as np
import pytest

from popcon.engines.segment.ahead import Embeddings
from popcon.errors import BadInput


class Recorder:
    """Encodes to the picture's first byte, and counts."""

    def __init__(self) -> None:
        self.encoded: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def encode(self, picture: Any) -> int:
        self.gate.wait(5)
        number = int(picture[0, 0, 0])
        if number == 99:
            raise BadInput("not this one")
        self.encoded.append(number)
        return number


def _picture(number: int) -> Any:
    return np.full((8, 8, 3), number, np.uint8)


def test_a_picture_is_encoded_once_and_the_oldest_goes() -> None:
    engine = Recorder()
    kept = Embeddings(engine, capacity=2)  # type: ignore[arg-type]
    assert [kept.of(_picture(n)) for n in (1, 1, 2, 1, 3, 1, 2)] == [1, 1, 2, 1, 3, 1, 2]
    assert engine.encoded == [1, 2, 3, 2]
    assert len(kept) == 2
    kept.close()


def test_neighbours_are_there_when_they_are_asked_for() -> None:
    engine = Recorder()
    kept = Embeddings(engine, capacity=3)  # type: ignore[arg-type]
    kept.ahead([_picture(n) for n in range(9)])
    deadline = time.monotonic() + 5
    while len(engine.encoded) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    kept.close()
    assert engine.encoded == [0, 1]
    assert kept.of(_picture(1)) == 1
    assert engine.encoded == [0, 1]


def test_two_who_ask_at_once_wait_for_one_encoding() -> None:
    engine = Recorder()
    engine.gate.clear()
    kept = Embeddings(engine)  # type: ignore[arg-type]
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(kept.of(_picture(7)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    engine.gate.set()
    for thread in threads:
        thread.join(5)
    assert answers == [7, 7, 7, 7]
    assert engine.encoded == [7]


def test_an_error_comes_through_and_is_not_kept() -> None:
    engine = Recorder()
    kept = Embeddings(engine)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(BadInput, match="not this one"):
            kept.of(_picture(99))
