"""Supervised processes: started again when they die, stopped with all that they started."""

import os
import sys
import time
from pathlib import Path

import pytest

from deployments.supervisor import SupervisedProcess

pytestmark = pytest.mark.alone

CODE = "import time; time.sleep(60)"
SCRIPT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {CODE!r}]); {CODE}"


def wait(condition: object) -> None:
    until = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def group(leader: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(session) == leader and state != "Z":
            found.append(int(folder.name))
    return found


def test_a_child_that_dies_is_started_again_and_a_stop_ends_its_children(tmp_path: Path) -> None:
    told: list[str] = []
    child = SupervisedProcess("worker", [sys.executable, "-c", SCRIPT], dict(os.environ), tmp_path / "log")
    child.start()
    assert child.process is not None
    first = child.process.pid
    child.process.kill()
    child.process.wait()
    child.restart_if_dead(told.append)
    assert child.process is not None
    assert child.process.pid != first
    assert told == [f"worker ended (-9); it is started again. Its output is in {tmp_path / 'log'}."]
    second = child.process.pid
    wait(lambda: len(group(second)) == 2)
    child.stop()
    wait(lambda: group(second) == [])


def test_one_that_keeps_dying_is_not_started_at_once_each_time(tmp_path: Path) -> None:
    child = SupervisedProcess(
        "broken", [sys.executable, "-c", "raise SystemExit('no')"], dict(os.environ), tmp_path / "log"
    )
    starts = 0
    until = time.monotonic() + 3
    child.start()
    while time.monotonic() < until:
        before = child.process
        child.restart_if_dead(lambda _: None)
        starts += child.process is not None and child.process is not before
        time.sleep(0.01)
    child.stop()
    assert starts <= 3
    assert "no" in (tmp_path / "log").read_text()
