import threading
import time
from typing import Any

import numpy as np
import pytest

from popcon.engines.segment.embedding_cache import Embeddings, Prepared
from popcon.errors import BadInput, Fault
from popcon.models.refinement import Click


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


class Masks:
    """Answers with the number of clicks, and counts."""

    fingerprint = None

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.gate = threading.Event()
        self.gate.set()

    def predict(self, embedding: Any, clicks: Any, previous: Any = None) -> tuple[Any, float]:
        self.asked.append(len(clicks))
        self.gate.wait(5)
        if len(clicks) == 9:
            raise BadInput("not these")
        return np.full((2, 2), len(clicks), np.uint8), 0.5


def _clicks(count: int) -> list[Click]:
    return [Click(x=n, y=n) for n in range(count)]


def test_the_same_clicks_asked_by_two_at_once_are_answered_once() -> None:
    engine = Masks()
    engine.gate.clear()
    prepared = Prepared(engine, None)  # type: ignore[arg-type]
    embedding, answers = object(), list[Any]()
    threads = [
        threading.Thread(target=lambda: answers.append(prepared.predict(embedding, _clicks(2))[0])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    engine.gate.set()
    for thread in threads:
        thread.join(5)
    assert engine.asked == [2]
    assert [int(each[0, 0]) for each in answers] == [2, 2, 2]
    answers[0][:] = 7
    assert prepared.predict(embedding, _clicks(2))[0][0, 0] == 2, "what one gets is one's own"


def test_other_pictures_clicks_and_masks_are_asked_anew() -> None:
    engine = Masks()
    prepared = Prepared(engine, None)  # type: ignore[arg-type]
    first, second = object(), object()
    mask = np.zeros((2, 2), np.uint8)
    for embedding, count, previous in (
        (first, 1, None),
        (first, 1, mask),
        (first, 1, mask + 1),
        (first, 2, None),
        (second, 1, None),
        (first, 1, mask),
    ):
        prepared.predict(embedding, _clicks(count), previous)
    assert engine.asked == [1, 1, 1, 2, 1]


def test_what_was_refused_is_refused_again() -> None:
    prepared = Prepared(Masks(), None)  # type: ignore[arg-type]
    embedding = object()
    for _ in range(2):
        with pytest.raises(BadInput, match="not these"):
            prepared.predict(embedding, _clicks(9))


def test_what_failed_once_is_asked_again() -> None:
    class Away(Masks):
        def predict(self, embedding: Any, clicks: Any, previous: Any = None) -> Any:
            if not self.asked:
                self.asked.append(0)
                raise Fault("the host is being restarted")
            return super().predict(embedding, clicks, previous)

    prepared = Prepared(Away(), None)  # type: ignore[arg-type]
    embedding = object()
    with pytest.raises(Fault, match="restarted"):
        prepared.predict(embedding, _clicks(2))
    assert prepared.predict(embedding, _clicks(2))[0][0, 0] == 2
