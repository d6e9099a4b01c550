"""Leases: one holder at a time, taken over from the dead and never from the living."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from popcon import naming
from popcon.ledger.lease import LeaseLost, Leases
from popcon.storage.store import Store


def never() -> bool:
    return False


def test_two_never_hold_it_at_once(tmp_path: Path) -> None:
    inside, most = [], []

    def work(name: str) -> None:
        with Leases(Store(str(tmp_path)), term=5.0).hold("key", never) as lease:
            assert lease is not None
            inside.append(name)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(name)

    crowd = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(6)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert most == [1] * 6


def _hold(folder: str, ready: "multiprocessing.Queue[int]") -> None:
    with Leases(Store(folder), term=30.0).hold("key", never):
        ready.put(os.getpid())
        time.sleep(60)


def test_a_killed_holder_is_noticed_at_once_on_its_own_machine(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_hold, args=(str(tmp_path), ready))
    process.start()
    os.kill(ready.get(timeout=20), signal.SIGKILL)
    process.join()
    begun = time.monotonic()
    with Leases(Store(str(tmp_path)), term=30.0).hold("key", never) as lease:
        assert lease is not None
    assert time.monotonic() - begun < 5


def _elsewhere(store: Store, beat: int = 3) -> None:
    """A lease of a process on another machine."""
    store.write_json(
        naming.paid_lease("key", 1),
        {"owner": {"room": "other", "pid": 1, "born": "1"}, "beat": beat, "at": time.time(), "hold": "x"},
    )


def test_a_silent_holder_on_another_machine_runs_out(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    _elsewhere(store)
    begun = time.monotonic()
    with Leases(store, term=0.6).hold("key", never) as lease:
        assert lease is not None
    assert 0.6 <= time.monotonic() - begun < 3


def test_a_holder_that_shows_signs_of_life_keeps_it(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    stop = threading.Event()

    def live() -> None:
        beat = 0
        while not stop.wait(0.1):
            beat += 1
            _elsewhere(store, beat)

    _elsewhere(store)
    thread = threading.Thread(target=live)
    thread.start()
    with Leases(store, term=0.5).hold("key", never, patience=1.5) as lease:
        assert lease is None
    stop.set()
    thread.join()


def test_a_holder_beats_by_itself_and_gives_back(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with Leases(store, term=0.5).hold("key", never) as lease:
        assert lease is not None
        before = store.read_json(naming.paid_lease("key", 1))["beat"]
        time.sleep(0.5)
        assert store.read_json(naming.paid_lease("key", 1))["beat"] > before
    lease.heartbeat()  # as the thread of heartbeats may do, a moment late
    assert store.read_json(naming.paid_lease("key", 1))["free"] is True


def test_who_was_taken_over_learns_it_before_paying(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with Leases(store, term=30.0).hold("key", never) as lease:
        assert lease is not None
        lease.check()
        store.write_json(naming.paid_lease("key", 2), {"beat": 0, "at": time.time(), "hold": "y"})
        with pytest.raises(LeaseLost):
            lease.check()
    with Leases(store, term=30.0).hold("other", never) as lease:
        assert lease is not None
        store.write_json(naming.paid_lease("other", 1), {"beat": 9, "at": time.time(), "hold": "z"})
        with pytest.raises(LeaseLost):
            lease.check()


def test_waiting_ends_when_the_work_is_done(tmp_path: Path) -> None:
    store, done = Store(str(tmp_path)), threading.Event()
    _elsewhere(store)
    threading.Timer(0.2, done.set).start()
    with Leases(store, term=30.0).hold("key", done.is_set) as lease:
        assert lease is None
