"""A Prefect server for the time of one inline run, on a free loopback port. It dies with the process that asked.

Why not Prefect's own ephemeral server: when its client is killed it stays behind, with its port and its hold on the
database. This one reads its client's pipe and leaves when that closes, however the client ended. While its client
lives, one that ends (the system takes its memory, somebody kills it) is started again.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from filelock import FileLock
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flows.server_guard import CLIENT_AUTH, new_auth, private_folder, server_access
from popcon.errors import Fault

_START_S = 1800.0
"""A busy machine slows a run and never fails it: as long as the server's process lives, it is waited for."""
_TELL_S = 60.0
_STEADY_S = 60.0
_MOST_DEATHS = 4
"""A server that ended so often, each time within a minute, is not started again."""

# What an inline run does not need of a server, which then starts sooner and leaves more of two cores.
_ENVIRONMENT = {
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "false",
}


class _Supervised:
    """A server that is started again, on the same port and database, when its process ends.

    The listening socket is this process's. While no server reads from it, connections wait in its queue; Prefect's
    clients take a refused one for the end of a run.

    Attributes:
        deaths: of its processes, one after the other, that lived for less than a minute each.
    """

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._home, self._environment = home, dict(environment)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._closing = threading.Event()
        self._turn = threading.Lock()
        self.api_url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/api"
        self.deaths, self.gave_up = 0, threading.Event()
        (home / "server.log").write_bytes(b"")
        self.process = self._start()
        self._watcher = threading.Thread(target=self._watch, name="popcon-server", daemon=True)
        self._watcher.start()

    def sentence(self) -> str:
        """What to tell once it has given up."""
        return (
            f"Prefect's server ended {self.deaths} times in a row (the last time with code {self.process.returncode}; "
            f"{self._home / 'server.log'} may say why). What is finished is kept: run the same command again to go on."
        )

    def close(self) -> None:
        """End the server; its process is gone when this returns."""
        with self._turn:
            self._closing.set()
            self._let_go(self.process)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._watcher.join()
        self._listening.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        number = self._listening.fileno()
        with (self._home / "server.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "flows.server", str(self._home), str(number)],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parent.parent,
                pass_fds=(number,),
                umask=0o077,  # its database holds blocks, and the key that they are encrypted with
                start_new_session=True,  # Ctrl+C in a terminal is for the run, which ends its server last
            )

    def _watch(self) -> None:
        while True:
            began = time.monotonic()
            code = self.process.wait()
            with self._turn:
                if self._closing.is_set():
                    return
                self.deaths = self.deaths + 1 if time.monotonic() - began < _STEADY_S else 1
                self._let_go(self.process)
                if self.deaths >= _MOST_DEATHS:
                    self.gave_up.set()
                    self._listening.close()
                    return
                sys.stderr.write(f"Prefect's server ended (code {code}); it is started again, and the run goes on.\n")
                self.process = self._start()

    @staticmethod
    def _let_go(process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()


@contextlib.contextmanager
def server(home: Path) -> Iterator[str]:
    """Run a server until the context ends. Meanwhile its password is in PREFECT_API_AUTH_STRING of this process.

    Arguments:
        home: folder for its database; servers that share it start one after the other.

    Yields:
        The URL of its API, which may not answer yet: see `wait_until_healthy`.

    Raises:
        Fault: it ended again and again; how far the run came without it is not known here.
    """
    private_folder(home)
    auth, before = new_auth(), os.environ.get(CLIENT_AUTH)
    environment = os.environ | _ENVIRONMENT | {"PREFECT_HOME": str(home), CLIENT_AUTH: auth}
    environment.pop("PREFECT_API_URL", None)
    running = _Supervised(home, environment)
    _running[running.api_url] = running
    os.environ[CLIENT_AUTH] = auth
    failed: Exception | None = None
    try:
        try:
            yield running.api_url
        except Exception as error:
            failed = error
        if running.gave_up.is_set():
            raise Fault(running.sentence()) from failed
        if failed is not None:
            raise failed
    finally:
        os.environ.pop(CLIENT_AUTH, None)
        if before is not None:
            os.environ[CLIENT_AUTH] = before
        del _running[running.api_url]
        running.close()


_running: dict[str, _Supervised] = {}
"""The servers of this process, by their API's URL."""


def wait_until_healthy(api_url: str) -> None:
    """Wait until the server answers.

    Raises:
        Fault: its process ends again and again, or it does not answer within half an hour.
    """
    server = _running.get(api_url)
    told: list[float] = []

    def ask() -> None:
        if server is not None and server.gave_up.is_set():
            raise Fault(server.sentence())
        client.get(f"{api_url}/health", timeout=5).raise_for_status()

    def tell(state: RetryCallState) -> None:
        if not told and (state.seconds_since_start or 0.0) > _TELL_S:
            told.append(_TELL_S)
            sys.stderr.write("The machine is busy: Prefect's server is still starting, and is waited for.\n")

    tries = Retrying(
        retry=retry_if_exception_type((httpx.TransportError, httpx.HTTPStatusError)),
        wait=wait_fixed(0.05),
        stop=stop_after_delay(_START_S),
        before_sleep=tell,
    )
    with httpx.Client(trust_env=False) as client:
        try:
            tries(ask)
        except RetryError as error:
            raise Fault(f"Prefect's server at {api_url} did not answer within {_START_S / 60:.0f} minutes.") from error


def _serve(home: Path, listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    os.environ.update(server_access(os.environ[CLIENT_AUTH], f"http://127.0.0.1:{port}"))
    threading.Thread(target=_leave_with_client, daemon=True).start()
    lock = FileLock(home / "starting.lock")
    with lock:  # two servers must not migrate one database at the same time
        import uvicorn

        from flows.server_database import patch_server
        from flows.server_guard import guard

        patch_server()
        guard()
        from prefect.server.api.server import create_app

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                lock.release()

        config = uvicorn.Config(create_app(), log_level="error", lifespan="on", access_log=False)
        Server(config).run(sockets=[listening])


def _leave_with_client() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
