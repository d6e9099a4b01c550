"""The launcher: forks that are as good as fresh processes, and that end with whoever stands for them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deployments.launch import SOCKET, alive

RUN = "00000000-0000-0000-0000-00000000000{}"


@pytest.fixture(scope="module")
def silent_api() -> Iterator[str]:
    """An API that takes requests and never answers: runs that ask it live on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api"


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path fits into a socket's name."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def start_launcher(path: Path) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-m", "deployments.launcher", str(path)])
    wait(lambda: alive(str(path)) is not None)
    return process


def wait(condition: Callable[[], object], patience: float = 60) -> None:
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def launch(path: Path, api: str, number: int = 0, **more: str) -> "subprocess.Popen[str]":
    environment = os.environ | {SOCKET: str(path), "PREFECT__FLOW_RUN_ID": RUN.format(number), "PREFECT_API_URL": api}
    command = [sys.executable, "-m", "deployments.launch"]
    return subprocess.Popen(
        command, env=environment | more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def children(of: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(of)], capture_output=True, text=True, check=False).stdout
    return [int(number) for number in found.split()]


def lives(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_forks_live_and_die_with_those_who_asked(short: Path, silent_api: str) -> None:
    path = short / "launcher"
    launcher = start_launcher(path)
    try:
        asked = [launch(path, silent_api, number) for number in range(3)]
        names = {RUN.format(number) for number in range(3)}
        wait(lambda: alive(str(path)) == names)
        forks = children(launcher.pid)
        assert len(forks) == 3
        asked[0].kill()
        wait(lambda: alive(str(path)) == names - {RUN.format(0)})
        asked[1].terminate()
        assert asked[1].wait(20) == -signal.SIGTERM
        os.kill(next(number for number in forks if number in children(launcher.pid)), signal.SIGKILL)
        assert asked[2].wait(20) == -signal.SIGKILL, "as the run ended, so does who stood for it"
        wait(lambda: alive(str(path)) == set())
    finally:
        launcher.terminate()
    assert launcher.wait(20) == 0


def test_a_fork_has_the_environment_folder_and_output_of_who_asked(short: Path, tmp_path: Path) -> None:
    path = short / "launcher"
    launcher = start_launcher(path)
    try:
        # The engine refuses an id that is none: it says so where it was told to, with its exit code.
        refused = launch(path, "http://127.0.0.1:9/api", PREFECT__FLOW_RUN_ID="no id")
        output, _ = refused.communicate(timeout=60)
        assert refused.returncode == 1
        assert "Invalid flow run id" in output
        # And a server that nobody runs: the address is that of the request, not the launcher's.
        gone = launch(path, "http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES="0")
        output, _ = gone.communicate(timeout=60)
        assert gone.returncode == 1
        assert "ConnectError" in output
    finally:
        launcher.terminate()
        launcher.wait(20)


def test_runs_die_with_a_killed_launcher_and_the_next_one_is_waited_for(short: Path, silent_api: str) -> None:
    path = short / "launcher"
    launcher = start_launcher(path)
    asked = launch(path, silent_api)
    wait(lambda: children(launcher.pid))
    [fork] = children(launcher.pid)
    launcher.kill()
    launcher.wait(20)
    assert asked.wait(20) == -signal.SIGKILL
    wait(lambda: not lives(fork))
    assert alive(str(path)) is None
    early = launch(path, silent_api, number=4)
    time.sleep(0.5)
    second = start_launcher(path)
    try:
        wait(lambda: alive(str(path)) == {RUN.format(4)})
        early.kill()
    finally:
        second.terminate()
        second.wait(20)


def test_without_a_launcher_a_run_starts_itself(short: Path) -> None:
    by_itself = launch(short / "nobody", "http://127.0.0.1:9/api", PREFECT__FLOW_RUN_ID="no id")
    output, _ = by_itself.communicate(timeout=90)
    assert by_itself.returncode == 1
    assert "Invalid flow run id" in output


def test_nonsense_is_not_run(short: Path) -> None:
    path = short / "launcher"
    launcher = start_launcher(path)
    try:
        for nonsense in (
            b"",
            b"\0\0",
            (10).to_bytes(8, "big") + b"{",
            (2).to_bytes(8, "big") + b"no",
            (2).to_bytes(8, "big") + b"{}",
        ):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
                connection.sendall(nonsense)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(100) == b""
        assert alive(str(path)) == set()
        assert (path.stat().st_mode & 0o077) == 0, "others cannot connect"
    finally:
        launcher.terminate()
        launcher.wait(20)
