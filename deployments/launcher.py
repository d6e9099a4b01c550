"""Flow runs without their start-up: one process that has imported everything, and forks itself for each run.

    python -m deployments.launcher SOCKET

A process that imports Prefect and the flows takes 2 s of CPU before its first line, and a job of 8 actions that a
person reviews starts 26 of them. A fork of a process that has done so takes a few milliseconds and shares its memory.
The launcher has one thread, opens no connection and reads no setting before it forks, so a fork is as good as a fresh
process: it gets the environment, the working directory and the output of its `deployments.launch`, and runs what a
worker would run. Code that is changed meanwhile is seen by the next launcher.

Forks die with the launcher, so what it tells of is all that lives. They send no heartbeats: `popcon up` asks the
launcher, which is sooner and surer, and a server on SQLite that has to count heartbeats loses other events over it.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

from deployments.launch import ENGINE
from deployments.supervise import die_with_parent

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would be lost in a fork

_PRELOADED = (
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.task_runners",
    "prefect._internal.metrics",
    "flows.make_pack",
    "flows.make_sticker",
    "flows.cut_out",
    "flows.assemble_pack",
    "flows.order_pack",
    "flows.upkeep",
    "flows.inline",
    ENGINE,
    # What Prefect, the store and the embedded engines import when they first need it:
    "fastapi",
    "graphviz",
    "s3fs",
    "av",
    "PIL.Image",
    "popcon.engines.puppet.engine",
    "popcon.engines.matte.keyed",
)
_ANSWER_S = 10.0


class Launcher:
    """Forks a flow run for each connection.

    Arguments:
        path: the socket to listen on; only this user may connect. A request of length 0 is answered with the ids of
            the flow runs that live.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._listening = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            self._listening.bind(str(path))
        finally:
            os.umask(before)
        self._listening.listen(128)
        self._runs: dict[int, tuple[str, socket.socket]] = {}
        self._woken, waking = socket.socketpair()
        waking.setblocking(False)
        signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        self._waking = waking
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def serve(self) -> bool:
        """Fork for whoever asks, until SIGTERM or SIGINT; True in a fork, which then runs its flow run."""
        stop = False

        def note_stop(*_: object) -> None:
            nonlocal stop
            stop = True

        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, note_stop)
        while not stop:
            for key, _ in self._selector.select():
                if key.fileobj is self._listening:
                    if self._start():
                        return True
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                    self._reap()
                else:
                    self._abandoned(key.data)
        for run in self._runs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(run, signal.SIGTERM)
        return False

    def _start(self) -> bool:
        connection, _ = self._listening.accept()
        connection.settimeout(_ANSWER_S)
        outputs: list[int] = []
        try:
            request = _read(connection, outputs)
            if request is None:
                connection.sendall((" ".join(name for name, _ in self._runs.values()) + "\n").encode())
        except (OSError, ValueError):
            request = None
        if request is None:
            _close(outputs)
            connection.close()
            return False
        launcher, run = os.getpid(), os.fork()
        if run == 0:
            self._leave(launcher)
            connection.close()
            _become(request["cwd"], request["environment"], outputs)
            return True
        _close(outputs)
        try:
            connection.sendall(f"{run}\n".encode())
        except OSError:
            os.kill(run, signal.SIGKILL)
        self._runs[run] = request["environment"].get("PREFECT__FLOW_RUN_ID", ""), connection
        self._selector.register(connection, selectors.EVENT_READ, run)
        return False

    def _reap(self) -> None:
        while self._runs:
            run, status = os.waitpid(-1, os.WNOHANG)
            if run == 0:
                return
            known = self._runs.pop(run, None)
            if known is not None:
                connection = known[1]
                with contextlib.suppress(KeyError):
                    self._selector.unregister(connection)
                with contextlib.suppress(OSError):
                    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
                connection.close()

    def _abandoned(self, run: int) -> None:
        """Whoever stood for this run is gone: so is the run."""
        if run not in self._runs:  # it ended at the same moment
            return
        self._selector.unregister(self._runs[run][1])
        with contextlib.suppress(ProcessLookupError):
            os.kill(run, signal.SIGKILL)

    def _leave(self, launcher: int) -> None:
        """In a fork: let go of everything that is the launcher's, but its life."""
        die_with_parent(signal.SIGKILL)
        if os.getppid() != launcher:  # it died before that
            os._exit(1)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for each in (
            self._listening,
            self._woken,
            self._waking,
            *(connection for _, connection in self._runs.values()),
        ):
            each.close()


def _close(files: list[int]) -> None:
    for each in files:
        os.close(each)


def _read(connection: socket.socket, outputs: list[int]) -> dict[str, Any] | None:
    """What is to be run; None: only what runs is asked. Where its output goes is added to `outputs`."""
    head, given, _, _ = socket.recv_fds(connection, 8, 2)
    outputs += given
    size, body = int.from_bytes(head, "big"), bytearray()
    if len(head) == 8 and size == 0:
        return None
    while len(body) < size:
        part = connection.recv(min(1 << 20, size - len(body)))
        if not part:
            raise ValueError("The request ended early.")
        body += part
    request = json.loads(body)
    if not isinstance(request, dict) or not {"cwd", "environment"} <= set(request):
        raise ValueError("The request names no folder and environment.")
    return request


def _become(folder: str, environment: dict[str, str], outputs: list[int]) -> None:
    """Take over what makes one process differ from another."""
    for number, each in enumerate(outputs, 1):
        os.dup2(each, number)
        os.close(each)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from prefect.context import refresh_global_settings_context

    from popcon.settings import settings

    settings.cache_clear()
    refresh_global_settings_context()


def _run() -> int:
    """What `python -m prefect.engine` does; its exit code."""
    from flows.inline import without_heartbeats

    sys.argv = [ENGINE]
    sys.modules.pop(ENGINE, None)  # it is to be run, not to be found
    try:
        with without_heartbeats():
            runpy.run_module(ENGINE, run_name="__main__")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> int:
    """Import, listen, fork."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _PRELOADED:
            with contextlib.suppress(ImportError):  # of an extra that is not installed; a fork says so if it is needed
                importlib.import_module(name)
    if threading.active_count() > 1:
        sys.exit(f"Something that was imported has started threads: {threading.enumerate()}; forks would lack them.")
    launcher = Launcher(Path(sys.argv[1]))
    gc.collect()
    gc.freeze()  # what is never collected is never copied
    return _run() if launcher.serve() else 0


if __name__ == "__main__":
    sys.exit(main())
