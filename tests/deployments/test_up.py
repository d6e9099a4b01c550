"""What `popcon up` does about deaths, without starting any of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from deployments import up
from deployments.up import Up, UpOptions
from flows import recovery
from flows.recovery import Recovered
from popcon.errors import BadInput
from popcon.settings import settings
from popcon.storage.store import open_store


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Up]:
    """A `popcon up` whose server answers."""
    monkeypatch.setenv("POPCON_HOME", str(tmp_path))
    settings.cache_clear()
    monkeypatch.setattr(up, "_RECOVER_S", 0.001)
    monkeypatch.setattr(up, "is_healthy", lambda _: True)
    monkeypatch.setattr("blocks.access.open_named_store", lambda _: open_store(str(tmp_path / "store")))
    yield Up(UpOptions(), print)
    settings.cache_clear()


def _recoveries(running: Up, monkeypatch: pytest.MonkeyPatch, *outcomes: Recovered | Exception) -> list[Any]:
    """Let recoveries end like this, then stop; returns the jobs and times that they were asked for."""
    asked: list[Any] = []

    def recover(
        _: Any, job_ids: list[str] | None, *, pending_before: datetime | None, crashed_after: datetime
    ) -> Recovered:
        asked.append((job_ids, pending_before, crashed_after))
        if len(asked) == len(outcomes):
            running.stop()
        outcome = outcomes[len(asked) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(recovery, "recover", recover)
    running._keep_recovering()
    return asked


def test_after_a_death_every_job_is_recovered_until_that_worked(running: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    died_at = running._died_at = datetime.now(UTC)
    failed, whole, later = _recoveries(running, monkeypatch, OSError("busy"), Recovered(), Recovered())
    assert [failed[:2], whole[:2]] == [([], died_at)] * 2
    assert failed[2] == whole[2], "what crashed before a recovery that failed is looked for again"
    assert later[:2] == (None, None), "only the jobs of runs that have crashed, or that began never"
    assert later[2] > whole[2]


def test_two_do_not_share_a_home(running: Up, tmp_path: Path) -> None:
    with FileLock(tmp_path / "up" / "lock"), pytest.raises(BadInput, match="another POPCON_HOME"):
        running.run()
