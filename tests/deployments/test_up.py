"""What `popcon up` does about deaths, without starting any of it."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from deployments import recovery_loop
from deployments.recovery_loop import RecoveryLoop
from deployments.up import Up, UpOptions
from flows import recovery
from flows.recovery import Recovered
from popcon.errors import BadInput
from popcon.settings import settings
from popcon.storage.store import open_store


def _recoveries(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *outcomes: Recovered | Exception
) -> list[tuple[Any, ...]]:
    """Let recoveries end like this, then stop; returns the jobs and times that they were asked for."""
    monkeypatch.setattr(recovery_loop, "_RECOVER_S", 0.001)
    monkeypatch.setattr(recovery_loop, "is_healthy", lambda _: True)
    monkeypatch.setattr("blocks.access.open_named_store", lambda _: open_store(str(folder / "store")))
    asked: list[tuple[Any, ...]] = []
    stop = threading.Event()
    loop = RecoveryLoop("http://127.0.0.1:1/api", stop, print)

    def recover(
        _: Any, job_ids: list[str] | None, *, pending_before: datetime | None, crashed_after: datetime
    ) -> Recovered:
        asked.append((job_ids, pending_before, crashed_after))
        if len(asked) == len(outcomes):
            stop.set()
        outcome = outcomes[len(asked) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(recovery, "recover", recover)
    loop.worker_died()
    loop.run()
    return asked


def test_after_a_death_every_job_is_recovered_until_that_worked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = datetime.now(UTC)
    outcomes = (OSError("busy"), Recovered(), Recovered())
    failed, whole, later = _recoveries(tmp_path, monkeypatch, *outcomes)
    assert failed[0] == whole[0] == []
    assert before <= failed[1] == whole[1] <= datetime.now(UTC)
    assert failed[2] == whole[2], "what crashed before a recovery that failed is looked for again"
    assert later[:2] == (None, None), "only the jobs of runs that have crashed, or that began never"
    assert later[2] > whole[2]


def test_two_do_not_share_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path))
    settings.cache_clear()
    running = Up(UpOptions(), print)
    with FileLock(tmp_path / "up" / "lock"), pytest.raises(BadInput, match="another POPCON_HOME"):
        running.run()
    settings.cache_clear()
