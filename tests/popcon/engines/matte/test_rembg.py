"""The rembg engine: which file, which session, and its masks as a matte. rembg itself is a stand-in here."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from popcon.engines.matte.rembg import RembgSettings, make, model_file
from popcon.errors import BadInput, EngineUnavailable
from tests.tiny_models import red_character


class RedSession:
    """Speaks as rembg's sessions do: finds red, reads its file."""

    def __init__(self, name: str, options: object, **more: Any) -> None:
        if Path(self.download_models()).read_bytes() != b"model":
            raise RuntimeError("invalid protobuf")

    @classmethod
    def name(cls) -> str:
        return "red"

    @classmethod
    def is_local(cls) -> bool:
        return True

    @classmethod
    def download_models(cls) -> str:
        raise AssertionError("would fetch a model")

    def predict(self, picture: Image.Image) -> list[Image.Image]:
        red = np.asarray(picture)[..., 0] > 150
        return [Image.fromarray((red & (np.asarray(picture)[..., 1] < 100)).astype(np.uint8) * 255)]


class RemoteSession(RedSession):
    @classmethod
    def name(cls) -> str:
        return "remote"

    @classmethod
    def is_local(cls) -> bool:
        return False


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    factory = ModuleType("rembg.session_factory")
    factory.sessions_class = [RedSession, RemoteSession]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rembg", ModuleType("rembg"))
    monkeypatch.setitem(sys.modules, "rembg.session_factory", factory)
    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace(SessionOptions=object))
    monkeypatch.delenv("U2NET_HOME", raising=False)
    monkeypatch.setenv("REMBG_HOME", str(tmp_path))
    for name in ("red", "remote", "other"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / f"{name}.onnx").write_bytes(b"model")
    return tmp_path


def test_a_session_of_rembg_is_a_matte_engine_with_rescue(home: Path) -> None:
    engine = make({"session": "red"})
    frames = red_character(2)
    cut = engine.cut_out(frames, engine.study(frames, "#14be3c"))[0]
    assert cut.rgba[48, 48].tolist() == [210, 30, 30, 255]
    assert cut.rgba[12, 12, 3] == 255
    assert cut.rgba[90, 90, 3] == 0


def test_the_file_is_found_in_old_and_new_places(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_file(RembgSettings(session="red")) == home / "models" / "red" / "red.onnx"
    assert model_file(RembgSettings(session="x", path=str(home / "models/red/red.onnx"))).name == "red.onnx"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    old = tmp_path / "data" / ".u2net" / "old.onnx"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"model")
    assert model_file(RembgSettings(session="old")) == old


def test_what_cannot_be_used_says_why(home: Path) -> None:
    frames = red_character(1)
    for settings, kind, said in (
        ({"session": "sam"}, BadInput, "needs clicks"),
        ({"session": "withoutbg"}, BadInput, "service"),
        ({}, BadInput, "`session`"),
        ({"session": "../x"}, BadInput, "`session`"),
        ({"session": "nowhere"}, EngineUnavailable, "put its file at"),
        ({"session": "other"}, EngineUnavailable, "it has red, remote"),
        ({"session": "remote"}, EngineUnavailable, "to a service"),
    ):
        with pytest.raises(kind, match=said):
            make(settings).study(frames, None)
    (home / "models" / "red" / "red.onnx").write_bytes(b"broken")
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        make({"session": "red"}).study(frames, None)


def test_without_rembg_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rembg.session_factory", None)
    with pytest.raises(EngineUnavailable, match="install rembg"):
        make({"session": "red", "rescue_effects": False}).study(red_character(1), None)


def test_the_fingerprint_is_the_files(home: Path) -> None:
    first = make({"session": "red"}).fingerprint.weights
    (home / "models" / "red" / "red.onnx").write_bytes(b"another model")
    assert make({"session": "red"}).fingerprint.weights != first
    assert make({"session": "nowhere"}).fingerprint.weights == "absent:nowhere"
