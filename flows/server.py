"""A Prefect server for the time of one inline run, on a free loopback port. It dies with the process that asked.

Why not Prefect's own ephemeral server: when its client is killed it stays behind, with its port and its hold on the
database. This one reads its client's pipe and leaves when that closes, however the client ended.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock
from tenacity import RetryCallState, RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flows.server_guard import CLIENT_AUTH, new_auth, private_folder, server_access
from popcon.errors import Fault

_START_S = 1800.0
"""A busy machine slows a run and never fails it: as long as the server's process lives, it is waited for."""
_TELL_S = 60.0
_processes: dict[str, subprocess.Popen[bytes]] = {}
"""The servers of this process, by their API's URL."""

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


@contextmanager
def server(home: Path) -> Iterator[str]:
    """Run a server until the context ends. Meanwhile its password is in PREFECT_API_AUTH_STRING of this process.

    Arguments:
        home: folder for its database; servers that share it start one after the other.

    Yields:
        The URL of its API, which may not answer yet: see `wait_until_healthy`.

    Raises:
        Fault: it did not start.
    """
    private_folder(home)
    auth, before = new_auth(), os.environ.get(CLIENT_AUTH)
    environment = os.environ | _ENVIRONMENT | {"PREFECT_HOME": str(home), CLIENT_AUTH: auth}
    environment.pop("PREFECT_API_URL", None)
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server", str(home)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=Path(__file__).parent.parent,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        if not told:
            raise Fault(f"Prefect's server did not start; {home / 'server.log'} says why.")
        os.environ[CLIENT_AUTH] = auth
        api_url = f"http://127.0.0.1:{json.loads(told)['port']}/api"
        _processes[api_url] = process
        yield api_url
    finally:
        os.environ.pop(CLIENT_AUTH, None)
        if before is not None:
            os.environ[CLIENT_AUTH] = before
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def wait_until_healthy(api_url: str) -> None:
    """Wait until the server answers.

    Raises:
        Fault: its process has ended, or it does not answer within half an hour.
    """
    process = _processes.get(api_url)
    told: list[float] = []

    def ask() -> None:
        if process is not None and process.poll() is not None:
            raise Fault("Prefect's server has ended before it answered; server.log in its home says why.")
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


def _serve(home: Path) -> None:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    os.environ.update(server_access(os.environ[CLIENT_AUTH], f"http://127.0.0.1:{port}"))
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()
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
    _serve(Path(sys.argv[1]))
