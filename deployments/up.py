"""One machine: a Prefect server, workers for both pools, the web app. On 127.0.0.1, supervised, stopped together."""

import importlib.util
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import Field

from deployments.recovery_loop import RecoveryLoop
from deployments.supervisor import SupervisedProcess
from deployments.up_state import UpState, is_healthy, remove_state, state_path, write_state
from flows.server_guard import CLIENT_AUTH, SERVER_AUTH, login_url, new_auth, private_folder, server_access
from flows.wake import socket_path
from popcon.engines.download import check_address
from popcon.errors import BadInput, Fault
from popcon.models.base import Model
from popcon.settings import settings

_HOST = "127.0.0.1"
_START_S = 1800.0
"""A server that lives is waited for: a busy machine starts one slowly, and ending it would not help."""

_LOOK_S = 0.2

_ROOT = Path(__file__).parents[1]


class UpOptions(Model):
    """What runs on this machine."""

    port: int = Field(default=4200, ge=1, le=65535, description="port of the Prefect server and its UI")
    web_port: int = Field(default=4280, ge=1, le=65535, description="port of the web app")
    cpu: int | None = Field(default=None, ge=1, description="flow runs at once on the pool cpu [default: cores + 2]")
    gpu: int | None = Field(
        default=None,
        ge=1,
        description="flow runs at once on the pool gpu [default: 1; 3 where an inference host fills batches from them]",
    )
    webhook: str | None = Field(default=None, description="an address that is told when a job waits for a person")
    cold: bool = Field(default=False, description="start Python anew for each flow run, instead of forking it")


class Up:
    """Everything that `popcon up` runs.

    Arguments:
        options: ports and sizes.
        tell: called with a line for a person.
    """

    def __init__(self, options: UpOptions, tell: Callable[[str], None]) -> None:
        if options.webhook is not None:
            check_address(options.webhook)
        self._options, self._tell = options, tell
        self._stop = threading.Event()
        self._origin = f"http://{_HOST}:{options.port}"
        self.api_url = f"{self._origin}/api"
        self.web_url = f"http://{_HOST}:{options.web_port}"
        self._auth = os.environ.get(SERVER_AUTH) or new_auth()
        home = settings().private_home() / "up"
        private_folder(home)
        private_folder(home / "logs")
        self._home, self._logs = home, home / "logs"
        self._cold = options.cold or sys.platform != "linux"  # what macOS loads does not survive a fork
        self._environment = os.environ | {
            "PREFECT_HOME": str(home),
            "PREFECT_API_URL": self.api_url,
            CLIENT_AUTH: self._auth,
            "PREFECT_SERVER_API_HOST": _HOST,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_CLIENT_MAX_RETRIES": "10",  # runs outlive a server that is started again
            # Turns at a GPU or a vendor outlive the server's process, as their number in its database does.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            # A run that waits for its turn is not late. On SQLite each try to mark one fights with the others: 100 that
            # wait take half a core and slow down everything else.
            "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",  # all of it is one installation
            "DO_NOT_TRACK": "1",
            "POPCON_STORE": settings().store_url,
            "POPCON_HOME": str(settings().home.expanduser().absolute()),
            "POPCON_WEB_URL": self.web_url,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")])),
        }

    def run(self) -> None:
        """Run until `stop` is called or the process gets SIGINT or SIGTERM.

        Raises:
            BadInput: a port is taken, or another `popcon up` has the same home.
            Fault: the server did not start.
        """
        lock = FileLock(self._home / "lock", blocking=False)
        try:
            lock.acquire()
        except Timeout as error:  # each would take the other's runs for dead
            sentence = f"`popcon up` runs already in {self._home}; give this one another POPCON_HOME."
            raise BadInput(sentence) from error
        try:
            self._run()
        finally:
            lock.release()

    def _run(self) -> None:
        for port, flag in ((self._options.port, "--port"), (self._options.web_port, "--web-port")):
            _refuse_taken(port, flag)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: self.stop())
        children = [self._server()]
        try:
            children[0].start()
            self._wait_for_server(children[0])
            if self._stop.is_set():
                return
            # Before anything imports Prefect, which would start a server of its own beside this one.
            os.environ.update(
                {name: self._environment[name] for name in ("PREFECT_API_URL", CLIENT_AUTH, "PREFECT_HOME")}
            )
            inference = self._inference()
            self._register(self._options.gpu or (3 if inference else 1))
            children += inference
            workers = self._workers()
            children += [*self._web(), *workers]
            recovery = RecoveryLoop(self.api_url, self._stop, self._tell)
            recovery.worker_died()  # what the last `popcon up` left behind
            for child in children[1:]:
                child.start()
            note = UpState(
                pid=os.getpid(),
                api_url=self.api_url,
                web_url=self.web_url,
                store_url=settings().store_url,
                auth=self._auth,
                login_url=login_url(self._origin, self._auth),
            )
            write_state(note)
            # The password is for the person at the terminal, not for a service's log.
            prefect = note.login_url if sys.stderr.isatty() else f"`login_url` in {state_path()}"
            self._tell(f"PopCon: {self.web_url}   Prefect: {prefect}   Ctrl-C stops both.")
            threading.Thread(target=recovery.run, name="recovery", daemon=True).start()
            while not self._stop.wait(_LOOK_S):
                died = [child for child in children if child.restart_if_dead(self._tell)]
                if any(child in workers for child in died):
                    recovery.worker_died()
        finally:
            remove_state(os.getpid())
            for child in reversed(children):  # the server last: workers tell it what became of their runs
                child.stop()

    def stop(self) -> None:
        self._stop.set()

    def _child(self, name: str, *arguments: str, umask: int = -1, **variables: str) -> SupervisedProcess:
        environment = self._environment | variables
        return SupervisedProcess(
            name, [sys.executable, "-m", *arguments], environment, self._logs / f"{name}.log", umask
        )

    def _server(self) -> SupervisedProcess:
        place = ("--host", _HOST, "--port", str(self._options.port))
        # Each connection to SQLite has a thread, and glibc would give each thread memory of its own to keep.
        access = server_access(self._auth, self._origin)
        variables = {**access, "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true", "MALLOC_ARENA_MAX": "2"}
        # Its database holds blocks, and the key that they are encrypted with. Workers keep the user's umask: a store
        # may be shared.
        return self._child("server", "deployments.server", *place, umask=0o077, **variables)

    def _inference(self) -> list[SupervisedProcess]:
        """Return the host of the models that are configured. What is started after it is told where it is."""
        from deployments.inference import inference_host, with_blocks

        self._environment = with_blocks(self._environment)
        host = inference_host(self._environment, self._tell)
        if host is None:
            return []
        self._environment |= host.for_clients()
        log = self._logs / "inference.log"
        self._tell(f"Inference host: {host.url} for {', '.join(host.engines)}; {log} says when it is ready.")
        return [SupervisedProcess("inference", [sys.executable, "-m", *host.arguments], host.environment, log)]

    def _workers(self) -> list[SupervisedProcess]:
        if not self._cold:
            wake = socket_path()
            listen = ("--wake", str(wake)) if wake is not None else ()
            pools = ("--pool", "cpu", "--pool", "gpu")
            return [self._child("worker", "deployments.worker", *pools, "--name", "up", *listen)]
        # Recovery does not know the processes of such a worker: their heartbeats tell (see automations.py).
        return [
            self._child(
                f"worker-{pool}",
                *("prefect", "worker", "start", "--pool", pool, "--type", "process", "--name", f"up-{pool}"),
                PREFECT_FLOWS_HEARTBEAT_FREQUENCY="30",
            )
            for pool in ("cpu", "gpu")
        ]

    def _web(self) -> list[SupervisedProcess]:
        if importlib.util.find_spec("ui.web") is None or importlib.util.find_spec("ui.web.app") is None:
            return []
        port = str(self._options.web_port)
        return [self._child("web", "uvicorn", "ui.web.app:create_app", "--factory", "--host", _HOST, "--port", port)]

    def _wait_for_server(self, server: SupervisedProcess) -> None:
        until = time.monotonic() + _START_S
        while not self._stop.is_set() and not is_healthy(self.api_url):
            if time.monotonic() > until or server.process is None or server.process.poll() is not None:
                raise Fault(f"The Prefect server did not start; {self._logs / 'server.log'} says why.")
            time.sleep(_LOOK_S)

    def _register(self, gpu: int) -> None:
        from deployments.pools import pools
        from deployments.register import register
        from tasks.limits import set_gpu_limit

        sized = pools("process" if self._cold else "forkserver", self._options.cpu, gpu)
        register(settings().store_url, sized, self._options.webhook, own=True)
        set_gpu_limit(gpu)


def _refuse_taken(port: int, flag: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise BadInput(f"Port {port} is taken; give another one with {flag}.") from error
