"""Cutting out where a model cannot be loaded, or has only a CPU: `popcon make` from the order to the report."""

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.results import Cutouts
from popcon.pipeline.lookup import JobLookup
from popcon.pipeline.rebuild import rebuild_summary
from popcon.settings import settings
from popcon.storage.store import open_store
from tests.tiny_models import birefnet_folder
from ui.cli.app import main

pytestmark = pytest.mark.alone

MODEL = ["--matte", "birefnet", "--matte-setting", "trust_remote_code=true", "--matte-setting", "size=96"]
MODEL += ["--matte-setting", "device=cpu"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store: what comes before the cutouts is made once."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(autouse=True)
def _home(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("POPCON_STORE", str(store))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def make(folder: Path, capsys: pytest.CaptureFixture[str], model: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, answer and report."""
    folder.mkdir(exist_ok=True)
    picture = folder / "puff.png"
    picture.write_bytes(encode_png(draw_mascot(256)))
    order = ["make", str(picture), "--actions", "wave", *MODEL, "--matte-setting", f"path={model}", *more]
    code = 0
    try:
        main([*order, "--out", str(folder / "out"), "--json"])
    except SystemExit as left:
        code = int(left.code or 0)
    report = folder / "out" / "report.html"
    return code, json.loads(capsys.readouterr().out), report.read_text() if report.exists() else ""


def cutouts(store: Path, job_id: str) -> Cutouts:
    summary = Archive(open_store(str(store))).summary(job_id, "wave")
    return Cutouts.model_validate(summary.results["cutouts"])


def test_what_is_there_when_ordered_and_cannot_be_loaded_fails_with_what_to_do(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    model = birefnet_folder(tmp_path / "model", width=4)
    other = birefnet_folder(tmp_path / "other", width=8)
    shutil.copy(other / "model.safetensors", model)
    with caplog.at_level(logging.INFO, "prefect.task_runs"):
        code, said, _ = make(tmp_path / "job", capsys, model)
    assert code == 1
    assert "These weights are not this model's" in said["missing"]["wave"]
    assert "Retry" not in caplog.text, "what is not there is not there a second later"


def test_with_fallback_the_keyed_engine_cuts_out_and_everybody_is_told(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, report = make(tmp_path / "job", capsys, tmp_path / "gone", "--fallback")
    assert code == 0
    assert said["missing"] == {}
    told = f"There is no file or folder {tmp_path / 'gone'}; set `path` to a BiRefNet model. The keyed engine cut"
    assert any(note.startswith(f"wave: {told}") for note in said["notes"])
    assert told in report
    made = cutouts(store, said["job"])
    assert len(made.notes) == 1
    assert made.notes[0].startswith(told)
    archive = Archive(open_store(str(store)))
    job = archive.job(said["job"])
    assert rebuild_summary(archive, job, job.spec.actions[0]).results["cutouts"] == made.model_dump(mode="json")
    # The model is there now: the same command does the action again, with it.
    birefnet_folder(tmp_path / "gone")
    code, again, report = make(tmp_path / "job", capsys, tmp_path / "gone", "--fallback")
    assert code == 0
    assert again["job"] == said["job"]
    assert again["cached"] < again["steps"]
    assert told not in report
    assert "keyed engine" not in str(cutouts(store, said["job"]).notes)


def test_a_cpu_as_the_last_resort_says_what_it_costs(
    tmp_path: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = birefnet_folder(tmp_path / "model")
    code, said, report = make(tmp_path / "job", capsys, model, "--seed", "3")
    assert code == 0
    made = cutouts(store, said["job"])
    frames = len(made.cutouts)
    (note,) = made.notes
    assert note.startswith("No GPU is used: birefnet cuts out on the CPU, about ")
    assert f"s for the {frames} frames of this action" in note
    assert "for a job of 1 such actions" in note
    assert note in report
    assert f"wave: {note}" in said["notes"]
    archive = Archive(open_store(str(store)))
    lookup = JobLookup(archive, archive.job(said["job"]))
    assert lookup.actions[0].results["cutouts"] == made
