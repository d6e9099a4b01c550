"""Workers that are woken when a run is due: at once, and once for several."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest

from deployments.worker.forkserver import look_when_woken
from flows.wake import socket_path, wake_workers
from popcon.settings import settings


class Looks:
    """A worker of which only its looking for runs is used."""

    def __init__(self) -> None:
        self.count = 0
        self.fails = False
        self.looked = asyncio.Event()

    async def get_and_submit_flow_runs(self) -> None:
        self.count += 1
        self.looked.set()
        if self.fails:
            raise ConnectionError("the server is away")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with TemporaryDirectory(prefix="popcon-") as folder:  # a socket's path is short
        monkeypatch.setenv("POPCON_HOME", folder)
        settings.cache_clear()
        yield Path(folder)
    settings.cache_clear()


def test_workers_look_when_woken_and_go_on_after_an_error(home: Path) -> None:
    (home / "up").mkdir()
    path = socket_path()
    assert path is not None
    path.touch()  # what a killed worker left behind

    async def woken() -> int:
        worker = Looks()
        task = asyncio.create_task(look_when_woken([cast(Any, worker)], path))
        while not path.is_socket():
            await asyncio.sleep(0.01)
        for worker.fails in (True, False):
            worker.looked.clear()
            for _ in range(3):
                wake_workers()
            await asyncio.wait_for(worker.looked.wait(), 30)
        task.cancel()
        return worker.count

    assert 2 <= asyncio.run(woken()) <= 6


def test_waking_is_silent_where_nobody_listens(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wake_workers()
    monkeypatch.setenv("POPCON_HOME", str(home / ("long" * 40)))
    settings.cache_clear()
    assert socket_path() is None
    wake_workers()
