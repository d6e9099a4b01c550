"""What `popcon up` takes for alive, without starting any of it."""

import fcntl
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from deployments import up
from deployments.up import Up, UpOptions
from popcon.errors import BadInput
from popcon.settings import settings


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Up]:
    """A `popcon up` whose launcher was just started."""
    monkeypatch.setenv("POPCON_HOME", str(tmp_path))
    settings.cache_clear()
    monkeypatch.setattr(up, "_LOOK_S", 0.001)
    made = Up(UpOptions(), print)
    made._launcher()
    yield made
    settings.cache_clear()


def _answers(monkeypatch: pytest.MonkeyPatch, *answers: set[str] | None) -> list[str]:
    """Let the launcher answer this, one after another; returns who was asked."""
    asked: list[str] = []

    def alive(path: str) -> set[str] | None:
        asked.append(path)
        return answers[len(asked) - 1]

    monkeypatch.setattr(up, "alive", alive)
    return asked


def _child(code: int | None) -> Any:
    return SimpleNamespace(process=SimpleNamespace(poll=lambda: code), deaths=0)


def test_workers_wait_for_the_launcher(running: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(monkeypatch, None, None, set(), {"run"})
    running._wait_for_launcher(_child(None))
    assert len(asked) == 3
    assert running._alive() == {"run"}


def test_where_no_launcher_comes_up_no_run_is_taken_for_dead(running: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, None)
    running._wait_for_launcher(_child(1))
    assert running._alive() is None


@pytest.mark.parametrize(("answer", "runs"), [(b"", None), (b"\n", set()), (b"one two\n", {"one", "two"})])
def test_a_launcher_that_dies_while_it_is_asked_has_not_said_that_all_runs_are_dead(
    answer: bytes, runs: set[str] | None
) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{folder}/launcher")
        listening.listen()

        def launcher() -> None:
            asking, _ = listening.accept()
            with asking:
                asking.recv(8)
                asking.sendall(answer)

        thread = Thread(target=launcher)
        thread.start()
        assert up.alive(f"{folder}/launcher") == runs
        thread.join(20)


def test_two_do_not_share_a_home(running: Up, tmp_path: Path) -> None:
    with (tmp_path / "up" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="another POPCON_HOME"):
            running.run()
