"""Weights that an image bakes in."""

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "deployments" / "images" / "fetch_weights.py"


def _main() -> Any:
    spec = importlib.util.spec_from_file_location("fetch_weights", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_only_pinned_commits_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, str, str]] = []

    def fetch(name: str, revision: str, local_dir: str, allow_patterns: list[str]) -> None:
        assert "*.safetensors" in allow_patterns
        asked.append((name, revision, local_dir))

    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=fetch))
    main, folder = _main(), str(tmp_path / "models" / "birefnet")
    assert main([folder, "", ""]) == 0
    assert Path(folder).is_dir()
    assert main([folder, "someone/model", "main"]) == 2
    assert "40 hex digits" in capsys.readouterr().err
    assert asked == []
    assert main([folder, "someone/model", "a" * 40]) == 0
    assert asked == [("someone/model", "a" * 40, folder)]


def test_the_gpu_image_passes_what_the_script_takes() -> None:
    lines = SCRIPT.with_name("gpu.Dockerfile").read_text()
    for name in ("BIREFNET", "SAM2"):
        assert f"ARG {name}=" in lines
        assert f'fetch_weights.py /models/{name.lower()} "${{{name}}}" "${{{name}_REVISION}}"' in lines
    assert lines.index("fetch_weights.py") < lines.index("HF_HUB_OFFLINE=1")
