"""A real `popcon up` for tests: its own home, store and ports; jobs handed to it, its processes found and killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from popcon.actions import action
from popcon.jobs.archive import Archive, Job
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.verdict import Status
from popcon.storage.store import Store, open_store
from tests.prefect_server import give_database

ROOT = Path(__file__).parents[2]
RUN_INLINE = (
    "import sys; from pathlib import Path; from flows import inline; inline.run(*sys.argv[1:3], Path(sys.argv[3]))"
)

PATIENCE_S = 300.0
"""Long, for machines that have other work: starting a Prefect process alone took 100 s on a very busy one."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spec(store: Store, **changes: Any) -> JobSpec:
    """A small order: one action, one platform."""
    picture = store.put(encode_png(draw_mascot(300)), "image/png")
    fields = {"title": "Puff", "picture": picture, "actions": (action("wave"),), "platforms": ("line-emoji",)}
    return JobSpec.model_validate({**fields, "side": 240, **changes})


class Stack:
    """`popcon up` as a process, and what a person can do with it.

    Arguments:
        folder: for its home, and for its store where no other is given.
        store_url: another store.
        settings: environment variables of its own.
        options: of `popcon up`.
    """

    def __init__(
        self,
        folder: Path,
        store_url: str = "",
        settings: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.home, self.store_path, self.port = folder / "home", folder / "store", free_port()
        self.store = open_store(store_url or str(self.store_path))
        self.archive = Archive(self.store)
        self.api_url = f"http://127.0.0.1:{self.port}/api"
        self.web_port = free_port()
        self.settings, self._options = dict(settings or {}), tuple(options)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        cleaned = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "POPCON_"))}
        return (
            cleaned
            | self.settings
            | {"POPCON_HOME": str(self.home), "POPCON_STORE": self.store.url, "DO_NOT_TRACK": "1"}
        )

    @property
    def note(self) -> dict[str, str]:
        """What `popcon up` says of itself."""
        found: dict[str, str] = json.loads((self.home / "up.json").read_text())
        return found

    @property
    def client_environment(self) -> dict[str, str]:
        """The environment of a process that asks this stack's Prefect server."""
        return self.environment | {"PREFECT_API_URL": self.api_url, "PREFECT_API_AUTH_STRING": self.note["auth"]}

    @contextmanager
    def client(self) -> Iterator[None]:
        """Have Prefect's clients in this process ask this stack's server."""
        with temporary_settings({PREFECT_API_URL: self.api_url, PREFECT_API_AUTH_STRING: self.note["auth"]}):
            yield

    def start(self, fresh: bool = False) -> None:
        """Start it, and wait until it works.

        Arguments:
            fresh: let it make its server's database itself, as on a machine that never had one.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        if not fresh:
            give_database(self.home / "up")
        ports = ["--port", str(self.port), "--web-port", str(self.web_port)]
        with (self.home / "up.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ui.cli", "up", *ports, *self._options],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        try:
            self.wait("popcon up", lambda: (self.home / "up.json").exists())
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=60)

    def place(self, **changes: Any) -> Job:
        return self.archive.place(spec(self.store, **changes))

    def status(self, job: Job) -> Status:
        return self.archive.summary(job.id, job.spec.actions[0].name).status

    def wait(self, what: str, condition: Callable[[], Any], patience: float = PATIENCE_S) -> Any:
        """What `condition` gives as soon as it gives something."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(f"popcon up ended: {(self.home / 'up.log').read_text()[-2000:]}")
            if found := condition():
                return found
            time.sleep(0.1)
        logs = "".join(
            f"\n--- {path.name}\n{path.read_text()[-3000:]}" for path in (self.home / "up/logs").glob("*.log")
        )
        raise AssertionError(f"{what}: nothing for {patience:.0f} s{logs}")

    def wait_packed(self, job: Job) -> bytes:
        """The bytes of the job's pack."""
        self.wait(f"the pack of {job.id}", lambda: self.archive.is_packed(job))
        return self.store.get(self.archive.job_summary(job.id).packs[0].file)

    def processes(self, words: str) -> list[int]:
        """Processes of this stack whose command line holds `words`."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (folder / "environ").read_bytes()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if words in line and state != "Z" and f"POPCON_HOME={self.home}\0".encode() in environment:
                found.append(int(folder.name))
        return found

    def flow_processes(self) -> list[int]:
        """Processes in which flows run: forks of the worker's forkserver, and cold ones."""
        forkservers = self.processes("multiprocessing.forkserver")
        forks = [number for number in forkservers if _parent(number) in forkservers]
        return forks + self.processes("prefect.engine") + self.processes("prefect.flow_engine")

    def kill(self, words: str) -> None:
        found = self.wait(f"a process of {words}", lambda: self.processes(words))
        for number in found:
            os.kill(number, signal.SIGKILL)


def _parent(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def inline_pack(folder: Path) -> bytes:
    """What the same order gives in one undisturbed process."""
    stack = Stack(folder)
    job = stack.place()
    arguments = [job.id, str(stack.store_path), str(folder / "prefect")]
    subprocess.run(
        [sys.executable, "-c", RUN_INLINE, *arguments],
        env=stack.environment,
        cwd=ROOT,
        check=True,
        timeout=PATIENCE_S,
    )
    return stack.store.get(stack.archive.job_summary(job.id).packs[0].file)


def verdict_record(stack: Stack, job: Job, question: str) -> dict[str, Any]:
    from popcon import naming

    path = stack.store_path / naming.verdict(job.id, job.spec.actions[0].name, question)
    found: dict[str, Any] = json.loads(path.read_text())
    return found
