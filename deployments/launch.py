"""What a process worker starts for a flow run: asks the launcher for a process, and stands in for it until it ends.

    python -m deployments.launch

Signals go on to the flow run, its exit status becomes this process's own, and when this process is killed the launcher
kills the flow run. A launcher that died is waited for; where none answers, this process becomes the flow run itself, as
without one. Standard library only: starting this costs a twentieth of starting Prefect.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

SOCKET = "POPCON_LAUNCHER"
"""Environment variable: the launcher's socket."""

ENGINE = "prefect.engine"
_LOOK_S = 0.2
_PATIENCE_S = 40.0
"""For a launcher that is being started again: longer than its supervisor waits when it died several times."""


def main() -> NoReturn:
    """Run the flow run that the environment names, to its end."""
    path, until = os.environ.get(SOCKET, ""), time.monotonic() + _PATIENCE_S
    while path and time.monotonic() < until:
        _stand_in(path)
        time.sleep(_LOOK_S)
    os.execv(sys.executable, [sys.executable, "-m", ENGINE])


def _stand_in(path: str) -> None:
    """Have the launcher run it, and end as it ends. Returns where no launcher answers, or it died before it began."""
    connection = _connect(path)
    if connection is None:
        return
    body = json.dumps({"cwd": str(Path.cwd()), "environment": dict(os.environ)}).encode()
    with connection, connection.makefile("r") as answers:
        try:
            socket.send_fds(connection, [len(body).to_bytes(8, "big")], [sys.stdout.fileno(), sys.stderr.fileno()])
            connection.sendall(body)
            first = answers.readline()
        except OSError:
            return
        if not first:
            return
        run = int(first)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _pass_on(run))
        last = ""
        with contextlib.suppress(OSError):
            last = answers.readline()
    # Without a last word the launcher died, and all that it started with it.
    _end_as(int(last) if last else -signal.SIGKILL)


def alive(path: str) -> set[str] | None:
    """Ids of the flow runs that a launcher's forks run; None: it does not answer."""
    connection = _connect(path)
    if connection is None:
        return None
    with connection, connection.makefile("r") as answers:
        try:
            connection.sendall((0).to_bytes(8, "big"))
            answer = answers.readline()
        except OSError:
            return None
    return set(answer.split()) if answer else None  # it died before it answered, which is not: no runs


def _connect(path: str) -> socket.socket | None:
    if not path:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection


def _pass_on(run: int) -> "signal._HANDLER":
    def handler(number: int, _: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(run, number)

    return handler


def _end_as(status: int) -> NoReturn:
    """End with an exit code, or by a signal (negative), as `subprocess` counts them."""
    if status < 0:
        with contextlib.suppress(OSError, ValueError):  # SIGKILL has no handler to take off
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(abs(status))


if __name__ == "__main__":
    main()
