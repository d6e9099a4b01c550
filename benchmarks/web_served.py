"""A web app to measure: started on a free port with a store that holds many jobs, asked over HTTP, ended for sure."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import httpx

from popcon import naming
from popcon.actions import PRESETS
from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.step import Step
from popcon.models.summary import ActionSummary, StepLog
from popcon.models.verdict import Status

ROOT = Path(__file__).parents[1]
ANSWER_S, JOB_S = 60.0, 150.0
"""The most that the benchmark waits for the app to start, and for its one job."""


class NotThere(Exception):
    """Something that was waited for did not come; the message says what."""


class Served:
    """`popcon web` in a process of its own (a context manager).

    Arguments:
        home: its home folder.
        store: a folder or s3://bucket/prefix.
        more: environment variables.
    """

    def __init__(self, home: Path, store: str, more: dict[str, str] | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=ANSWER_S)
        self._environment = os.environ | {"POPCON_HOME": str(home), "POPCON_STORE": store} | (more or {})
        self._environment.pop("PREFECT_API_URL", None)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Served":
        command = [sys.executable, "-m", "ui.cli", "web", "--port", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stderr=subprocess.DEVNULL)
        until = time.monotonic() + ANSWER_S
        while self._process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                self.client.get("/static/icon.svg")
                return self
            time.sleep(0.02)
        self.__exit__(None, None, None)
        raise NotThere("the app did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self.client.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def seconds(self, path: str) -> float:
        """How long an answer takes."""
        began = time.perf_counter()
        self.client.get(path).raise_for_status()
        return time.perf_counter() - began

    def cpu_s(self) -> float:
        """What the process has computed so far, all threads together."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def ask(self, path: str) -> threading.Thread:
        """Ask for something meanwhile; whatever the answer, or none."""

        def get() -> None:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(self.url + path, trust_env=False, timeout=ANSWER_S)

        thread = threading.Thread(target=get, daemon=True)
        thread.start()
        return thread

    def unread(self) -> int:
        """How many jobs of the archive the app has not read yet."""
        return int(self.client.get("/api/jobs?limit=1").json()["reading"])


def fill(archive: Archive, jobs: int, actions: int) -> None:
    """Many settled jobs of several actions."""
    picture = archive.store.put(encode_png(draw_mascot(128)), "image/png")
    chosen = tuple(PRESETS.values())[:actions]
    log = StepLog(step=Step.STICKER, label="sticker", seconds=1, cached=False)
    for number in range(jobs):
        spec = JobSpec(title=f"Pack {number}", picture=picture, actions=chosen, platforms=("line-emoji",), seed=number)
        job = archive.place(spec)
        for each in chosen:
            failed = number % 50 == 0 and each is chosen[0]
            summary = ActionSummary(action=each.name, status=Status.FAILED if failed else Status.DONE, steps=(log,))
            record = summary.model_dump(mode="json")
            archive.store.write_json(naming.action_summary(job.id, each.name), record)  # `place` has set the mark


def ordered(app: Served) -> str:
    """One real job of one action, finished; its id."""
    form = {"actions": "wave", "platforms": "discord-emoji", "review": "auto", "title": "EditSession"}
    answer = app.client.post("/api/jobs", data=form, files={"picture": ("a.png", encode_png(draw_mascot(400)))})
    job = str(answer.raise_for_status().json()["card"]["id"])
    until = time.monotonic() + JOB_S
    while time.monotonic() < until:
        view = app.client.get(f"/api/jobs/{job}").json()
        if view["card"]["status"] == "done":
            return job
        if view["problem"] or view["card"]["status"] == "failed":
            raise NotThere(f"the job failed: {view['problem'] or view['actions'][0]['message']}")
        time.sleep(0.5)
    raise NotThere(f"the job was not done after {JOB_S:.0f} s")


@contextlib.contextmanager
def bucket_of(folder: Path, latency_s: float = 0.0) -> Iterator[dict[str, str]]:
    """Serve a folder of buckets as S3; yields the environment that reaches it.

    Arguments:
        latency_s: how long each request takes at least.
    """
    from tests.popcon.storage.s3.endpoint import KEY, SECRET, FaultProxy, rclone

    class Far(FaultProxy):
        def _choose(self) -> str:
            time.sleep(latency_s)
            return ""

    with rclone(folder) as port:
        far = Far(port) if latency_s else None
        yield {
            "AWS_ENDPOINT_URL": far.url if far else f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        if far:
            far.close()
