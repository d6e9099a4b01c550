"""The cache that several threads share."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from popcon.pipeline.in_process import SingleFlightCache


def test_a_value_is_made_once_while_others_wait_for_it() -> None:
    cache, made, going, go_on = SingleFlightCache(2), [], threading.Event(), threading.Event()

    def slow() -> str:
        made.append(1)
        going.set()
        assert go_on.wait(60)
        return "value"

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(cache.get, "a", slow)
        assert going.wait(60)
        others = [pool.submit(cache.get, "a", slow) for _ in range(2)]
        assert cache.get("b", lambda: "other") == "other", "another value does not wait"
        go_on.set()
        assert [each.result() for each in (first, *others)] == ["value"] * 3
    assert made == [1]


def test_an_error_is_kept_by_nobody() -> None:
    cache = SingleFlightCache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: 7) == 7
