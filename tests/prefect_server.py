"""A Prefect server for tests and benchmarks, on a free loopback port: patched and guarded as that of `popcon up`."""

import contextlib
import functools
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from flows.server_guard import CLIENT_AUTH, new_auth, private_folder, server_access

_PATIENCE_S = 300.0

# What a test does not need of a server, which then starts sooner.
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


_MAKE_DATABASE = """
import asyncio
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""


@functools.cache
def _made_database() -> bytes:
    """A server's database without any runs, made once in a process: Prefect takes 6 s of CPU for all its versions."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        environment |= {"PREFECT_HOME": folder, "PREFECT_LOGGING_LEVEL": "CRITICAL"}
        subprocess.run([sys.executable, "-c", _MAKE_DATABASE], env=environment, check=True, timeout=_PATIENCE_S)
        with contextlib.closing(sqlite3.connect(Path(folder) / "prefect.db")) as made:
            return made.serialize()


def give_database(home: Path) -> None:
    """Put an empty database into a server's home, unless there is one."""
    private_folder(home)
    path = home / "prefect.db"
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(_made_database())


@contextlib.contextmanager
def server(home: Path) -> Iterator[str]:
    """Run a server until the context ends. Meanwhile its password is in PREFECT_API_AUTH_STRING of this process.

    Arguments:
        home: folder for its database.

    Yields:
        The URL of its API, which may not answer yet: see `wait_until_healthy`.
    """
    give_database(home)
    auth, before = new_auth(), os.environ.get(CLIENT_AUTH)
    environment = os.environ | _ENVIRONMENT | {"PREFECT_HOME": str(home), CLIENT_AUTH: auth}
    environment.pop("PREFECT_API_URL", None)
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    number = listening.fileno()
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.prefect_server", str(number)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parent.parent,
            pass_fds=(number,),
            umask=0o077,  # its database holds blocks, and the key that they are encrypted with
        )
    os.environ[CLIENT_AUTH] = auth
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"
    finally:
        os.environ.pop(CLIENT_AUTH, None)
        if before is not None:
            os.environ[CLIENT_AUTH] = before
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listening.close()


def wait_until_healthy(api_url: str) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + _PATIENCE_S
    with httpx.Client(trust_env=False) as client:
        while True:
            try:
                client.get(f"{api_url}/health", timeout=5).raise_for_status()
            except (httpx.TransportError, httpx.HTTPStatusError):
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            else:
                return


def _serve(listening: socket.socket) -> None:
    os.environ.update(server_access(os.environ[CLIENT_AUTH], f"http://127.0.0.1:{listening.getsockname()[1]}"))
    threading.Thread(target=_leave_with_client, daemon=True).start()
    import uvicorn

    from flows.server_database import patch_server
    from flows.server_guard import guard

    patch_server()
    guard()
    from prefect.server.api.server import create_app

    config = uvicorn.Config(create_app(), log_level="error", lifespan="on", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def _leave_with_client() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
