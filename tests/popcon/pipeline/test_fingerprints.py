"""A machine without weights asks for the same steps as the one that has them."""

from pathlib import Path

import pytest

from popcon.jobs.archive import Archive
from popcon.jobs.spec_builder import chosen_actions
from popcon.models.artifact import ArtifactRef
from popcon.models.job import EngineChoice, Engines, JobSpec
from popcon.models.results import Box, Character, Frames
from popcon.models.timeline import FrameRef, Loop, Slot, Timeline
from popcon.pipeline.fingerprints import record_weights
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.settings import settings
from popcon.storage.store import open_store
from tests.tiny_models import birefnet_folder

REF = ArtifactRef(sha256="0" * 64, size=1, media_type="image/png")
STILL = FrameRef(source=REF)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("POPCON_INFERENCE_URL", raising=False)
    monkeypatch.setenv("POPCON_BIREFNET_PATH", str(tmp_path / "model"))
    monkeypatch.setenv("POPCON_BIREFNET_TRUST_REMOTE_CODE", "1")
    return tmp_path / "model"


def _elsewhere(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("POPCON_MODELS_ELSEWHERE", value)
    settings.cache_clear()


def _key(archive: Archive, engine: str = "birefnet") -> str:
    spec = JobSpec(
        title="x", picture=REF, actions=tuple(chosen_actions("wave", ())), platforms=("line-emoji",),
        engines=Engines(matte=EngineChoice(name=engine)),
    )  # fmt: skip
    box = Box(left=0, top=0, right=9, bottom=9)
    timeline = Timeline(slots=(Slot(frame=STILL, duration_ms=100),), loop=Loop(kind="cycle", start=0, stop=1, seam=1))
    frames = Frames(timeline=timeline, width=9, height=9, crop=box)
    character = Character(picture=REF, body=box, backdrop="#00ff00")
    return StepInputsBuilder(archive, archive.preview(spec)).study(spec.actions[0], character, frames, STILL).key()


def test_what_the_gpu_machine_found_counts_where_there_are_no_weights(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(open_store(str(tmp_path / "store")))
    choice = EngineChoice(name="birefnet")
    birefnet_folder(path)
    _elsewhere(monkeypatch, "0")
    on_gpu = _key(archive)
    assert not (tmp_path / "store").exists(), "asking for a key writes nothing"
    record_weights(archive.store, "matte", choice, "default")
    # A machine without the weights, and with other settings of its own.
    path.rename(tmp_path / "moved")
    monkeypatch.setenv("POPCON_BIREFNET_SIZE", "512")
    _elsewhere(monkeypatch, "1")
    assert _key(archive) == on_gpu
    record_weights(archive.store, "matte", choice, "default")
    assert _key(archive) == on_gpu, "only a machine that cuts out may change the record"
    # The weights vanish on the machine that cuts out (it may fall back): that is known elsewhere, too.
    _elsewhere(monkeypatch, "0")
    absent = _key(archive)
    assert absent != on_gpu
    record_weights(archive.store, "matte", choice, "default")
    _elsewhere(monkeypatch, "1")
    assert _key(archive) == absent


def test_a_remote_inference_host_means_that_weights_lie_elsewhere(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(open_store(str(tmp_path / "store")))
    settings.cache_clear()
    birefnet_folder(path)
    here = _key(archive)
    record_weights(archive.store, "matte", EngineChoice(name="birefnet"), "default")
    path.rename(tmp_path / "moved")
    assert _key(archive) != here
    monkeypatch.setenv("POPCON_INFERENCE_URL", "http://127.0.0.1:8500")
    assert _key(archive) != here
    monkeypatch.setenv("POPCON_INFERENCE_URL", "http://gpu-box:8500")
    assert _key(archive) == here


def test_engines_without_weights_leave_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(open_store(str(tmp_path / "store")))
    record_weights(archive.store, "matte", EngineChoice(name="keyed"), "default")
    _elsewhere(monkeypatch, "1")
    elsewhere = _key(archive, "keyed")
    _elsewhere(monkeypatch, "0")
    assert _key(archive, "keyed") == elsewhere
    assert not (tmp_path / "store").exists()


@pytest.fixture(autouse=True)
def _fresh() -> object:
    yield
    settings.cache_clear()
