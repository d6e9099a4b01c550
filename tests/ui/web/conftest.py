"""A finished job to look at, made once, and apps that serve copies of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from popcon.editing import verdicts
from popcon.jobs.archive import Archive, Job
from popcon.jobs.spec_builder import chosen_actions
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.storage.store import Store, open_store
from tests.ui.web.browsing import App

HERE = "http://127.0.0.1"


def carry_out(job: Job, archive: Archive, home: Path) -> None:
    """Run a job as the app does: in a process of its own, which ends when its standard input does."""
    environment = os.environ | {"POPCON_HOME": str(home)}
    environment.pop("PREFECT_API_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.web.job_process", job.id, archive.store.url],
        cwd=Path(__file__).parents[3],
        env=environment,
        stdin=subprocess.PIPE,
    )
    assert process.wait(timeout=300) == 0
    assert process.stdin is not None
    process.stdin.close()


@pytest.fixture(scope="session")
def finished_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a job of two actions that ran through, made once for all processes that share the tests."""
    beside = "PYTEST_XDIST_WORKER" in os.environ
    folder = tmp_path_factory.getbasetemp().parent / "web" if beside else tmp_path_factory.mktemp("web")
    with FileLock(f"{folder}.lock"):
        if not (folder / "finished").exists():
            _finish_job(folder)
            (folder / "finished").touch()
    return folder / "store"


def _finish_job(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # of a process that failed to
    archive = Archive(Store(str(folder / "store")))
    picture = archive.store.put(encode_png(draw_mascot(300)), "image/png")
    actions = tuple(chosen_actions("wave,cry", ()))
    job = archive.place(JobSpec(title="Puff", picture=picture, actions=actions, platforms=("line-emoji",), side=240))
    carry_out(job, archive, folder / "home")
    assert archive.missing(job) == {}


@pytest.fixture
def store(finished_store: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished_store, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def archive(store: Path) -> Archive:
    return Archive(open_store(str(store)))


@pytest.fixture
def job(archive: Archive) -> Job:
    return archive.jobs()[0]


class Idle:
    """A runner that only notes what it was asked to do."""

    kind = "inline"

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.started: list[str] = []
        self.stopped: list[str] = []

    def start(self, job: Job) -> None:
        self.started.append(job.id)

    def resume(self, job: Job) -> None:
        self.start(job)

    def state(self, job_id: str) -> str:
        return "stopped"

    def problem(self, job_id: str) -> str:
        return ""

    def answer(self, job: Job, action: str, gate: Any, verdict: Any, by: str, question: str) -> Any:
        kept = verdicts.record_verdict(self._archive, job, action, gate, self._read(gate, verdict), by, question)
        return kept

    def _read(self, gate: Any, verdict: Any) -> Any:
        return verdicts.read_verdict(gate, verdict, self._archive.store)

    def redo(self, job: Job, step: Any, action: str | None) -> None:
        self.started.append(f"{job.id}:{step}:{action}")

    def stop(self, job_id: str) -> None:
        self.stopped.append(job_id)

    def close(self) -> None:
        pass


@pytest.fixture
def client(store: Path, tmp_path: Path) -> Iterator[TestClient]:
    from ui.web.app import create_app

    app = create_app(str(store), home=tmp_path)
    app.state.app_state.runner.close()
    app.state.app_state.runner = Idle(app.state.app_state.archive)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("given") / "puff.png"
    path.write_bytes(encode_png(draw_mascot(300)))
    return path


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app without any jobs."""
    app = App(tmp_path_factory.mktemp("fresh")).start()
    yield app
    app.stop()


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory, finished_store: Path) -> Iterator[App]:
    """An app with a finished job."""
    home = tmp_path_factory.mktemp("stocked")
    shutil.copytree(finished_store, home / "store")
    app = App(home).start()
    yield app
    app.stop()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What pages complained about, or asked of others: nothing."""
    noted: list[str] = []
    yield noted
    assert noted == []
