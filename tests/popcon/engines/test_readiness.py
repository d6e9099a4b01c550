"""What may be ordered on this machine, and where an engine's settings come from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon.engines import registry
from popcon.engines.readiness import refuse_unready, usable
from popcon.errors import BadInput
from popcon.jobs.engine_sets import chosen_engines
from popcon.models.job import EngineChoice, Engines
from popcon.settings import settings
from tests.tiny_models import birefnet_folder, sam2_folder


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("POPCON_INFERENCE_URL", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_only_what_can_be_had_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert usable("matte") == ("keyed",)
    assert usable("segment") == ("graph",)
    monkeypatch.setenv("POPCON_BIREFNET_PATH", str(tmp_path / "model"))
    monkeypatch.setenv("POPCON_SAM2_PATH", str(sam2_folder(tmp_path / "sam2")))
    assert usable("matte") == ("keyed",), "there is no such folder yet"
    assert usable("segment") == ("graph", "sam2")
    birefnet_folder(tmp_path / "model")
    assert usable("matte") == ("keyed",), "its code may not run yet"
    monkeypatch.setenv("POPCON_BIREFNET_TRUST_REMOTE_CODE", "1")
    assert usable("matte") == ("keyed", "birefnet")


def test_the_fallback_is_for_what_cannot_be_loaded_and_not_for_what_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = EngineChoice(name="birefnet", settings={"path": str(tmp_path / "gone")})
    with pytest.raises(BadInput, match="There is no file or folder"):
        refuse_unready(Engines(matte=gone))
    refuse_unready(Engines(matte=gone), fallback=True)
    assert "The keyed engine will cut out instead" in caplog.text
    wrong = EngineChoice(name="birefnet", settings={"path": str(tmp_path / "gone"), "size": 100})
    with pytest.raises(BadInput, match="`size`"):
        refuse_unready(Engines(matte=wrong), fallback=True)
    segment = EngineChoice(name="sam2", settings={"path": str(tmp_path / "gone")})
    with pytest.raises(BadInput, match="There is no folder"):
        refuse_unready(Engines(segment=segment), fallback=True)


def test_settings_of_the_machine_count_in_the_key_as_the_jobs_own_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = birefnet_folder(tmp_path / "model")
    named = EngineChoice(name="birefnet", settings={"path": str(folder), "trust_remote_code": True, "size": 96})
    monkeypatch.setenv("POPCON_BIREFNET_PATH", str(folder))
    monkeypatch.setenv("POPCON_BIREFNET_TRUST_REMOTE_CODE", "yes")
    monkeypatch.setenv("POPCON_BIREFNET_SIZE", "96")
    own = EngineChoice(name="birefnet")
    assert registry.fingerprint("matte", own) == registry.fingerprint("matte", named)
    monkeypatch.setenv("POPCON_BIREFNET_SIZE", "128")
    assert registry.fingerprint("matte", own) != registry.fingerprint("matte", named)
    monkeypatch.setenv("POPCON_BIREFNET_SIZE", "large")
    with pytest.raises(BadInput, match="POPCON_BIREFNET_SIZE of the engine birefnet cannot be 'large'"):
        registry.fingerprint("matte", own)


def test_an_engine_whose_package_is_missing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from popcon.engines import device

    real = device.importlib.util.find_spec
    monkeypatch.delitem(device.sys.modules, "ultralytics", raising=False)
    monkeypatch.setattr(device.importlib.util, "find_spec", lambda name: None if name == "ultralytics" else real(name))
    (tmp_path / "sam2.1_t.pt").write_bytes(b"weights")
    choice = EngineChoice(name="sam2-ultralytics", settings={"path": str(tmp_path / "sam2.1_t.pt")})
    with pytest.raises(BadInput, match="ultralytics is not installed; install PopCon's extra"):
        refuse_unready(Engines(segment=choice))


def test_weights_that_come_later_change_no_job_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path))
    matte, segment = EngineChoice(name="keyed"), EngineChoice(name="graph")
    assert chosen_engines("embedded", matte, segment).subject is None
    before = registry.fingerprint("subject", EngineChoice(name="u2netp"))
    file = tmp_path / "models" / "u2netp" / "u2netp.onnx"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half of it")
    settings.cache_clear()
    assert chosen_engines("embedded", matte, segment).subject is None, "damaged weights are none"
    assert registry.fingerprint("subject", EngineChoice(name="u2netp")) == before
