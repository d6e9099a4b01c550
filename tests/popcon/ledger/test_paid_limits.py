"""Tasks at once and submits a second, within a process and across processes."""

import multiprocessing
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from popcon.errors import Fault
from popcon.ledger.limits import Allowance, Limits, MachineLimits, ProcessLimits
from popcon.settings import settings as home_settings


def allowance(model: str) -> Allowance:
    return Allowance(at_once=2, per_second=2)


@pytest.fixture(params=["process", "machine"])
def limits(request: pytest.FixtureRequest, tmp_path: Path) -> Limits:
    return ProcessLimits(allowance) if request.param == "process" else MachineLimits(tmp_path, allowance)


def test_no_more_than_two_slots(limits: Limits) -> None:
    inside, most, turn = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with limits.slot("wan"):
            with turn:
                inside += 1
                most = max(most, inside)
            time.sleep(0.05)
            with turn:
                inside -= 1

    crowd = [threading.Thread(target=work) for _ in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert most == 2


def test_no_more_than_two_submits_in_any_second_and_models_apart(limits: Limits) -> None:
    times: list[float] = []

    def work() -> None:
        limits.submit("wan")
        times.append(time.monotonic())

    crowd = [threading.Thread(target=work) for _ in range(5)]
    for thread in crowd:
        thread.start()
    begun = time.monotonic()
    limits.submit("qwen")
    assert time.monotonic() - begun < 0.3
    for thread in crowd:
        thread.join()
    times.sort()
    assert all(later - earlier > 1.0 for earlier, later in zip(times, times[2:], strict=False))
    assert times[-1] - times[0] < 4


def _hold(folder: str, ready: "multiprocessing.Queue[int]") -> None:
    limits = MachineLimits(Path(folder), allowance)
    with limits.slot("wan"), limits.slot("wan"):
        ready.put(os.getpid())
        time.sleep(60)


def test_slots_are_shared_by_processes_and_a_killed_one_gives_them_back(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_hold, args=(str(tmp_path), ready))
    process.start()
    holder, got = ready.get(timeout=20), threading.Event()

    def work() -> None:
        with MachineLimits(tmp_path, allowance).slot("wan"):
            got.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert not got.wait(0.3)
    os.kill(holder, signal.SIGKILL)
    process.join()
    assert got.wait(5)
    thread.join()


def test_the_locks_of_an_engine_lie_in_the_home_and_follow_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path / "home"))
    home_settings.cache_clear()
    try:
        folder = home_settings().private_home("locks", "dashscope")
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "home", folder.parent, folder)} == {0o700}
        limits = MachineLimits(folder, lambda model: Allowance(at_once=1, per_second=5))
        with limits.slot("m"):
            limits.submit("m")
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
        victim = tmp_path / "victim"
        victim.write_text("untouched")
        (folder / "n.submits").symlink_to(victim)
        with pytest.raises(OSError, match=r"n\.submits"):
            limits.submit("n")
        assert victim.read_text() == "untouched"
        shutil.rmtree(folder)
        folder.symlink_to(tmp_path)
        with pytest.raises(Fault, match="POPCON_HOME"):
            home_settings().private_home("locks", "dashscope")
    finally:
        home_settings.cache_clear()
