"""`popcon make`, `plan`, `jobs`, `show`, `redo`: what is refused, with which words, and that nothing changes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from popcon.actions import PRESETS
from popcon.images.png import encode_png
from popcon.mascot import draw_mascot
from popcon.settings import settings
from ui.cli.app import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("POPCON_STORE", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "puff.png"
    path.write_bytes(encode_png(draw_mascot(128)))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = 0
    try:
        main([str(each) for each in arguments])
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one sentence with which a command was refused."""
    code, out, err = run(capsys, *arguments)
    assert code == 2, err
    assert out == ""
    assert err.startswith("popcon: ")
    assert err.count("\n") == 1, "one sentence"
    return err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--actions", "sing"], "no action named 'sing'; choose from wave, laugh"),
        (["--platforms", "myspace"], "no platform named 'myspace'; choose from line-emoji"),
        (["--platforms", ","], "at least one platform"),
        (["--engine", "magic"], "--engine"),
        (["--matte", "scissors"], "no matte engine named 'scissors'"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "many"], "valid integer"),
        (["--budget", "-5"], "--budget"),
        (["--keep-background", "--remove-background"], "not both"),
        (["--custom", "no prompt"], "name=motion prompt"),
        (["--describe", "a cat"], "either a picture or a description"),
        (["--frobnicate"], "frobnicate"),
    ],
)
def test_bad_orders_are_refused_in_one_sentence_and_change_nothing(
    arguments: list[str], says: str, picture: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says in refused(capsys, "make", picture, *arguments)
    assert not (home / "store").exists()


def test_no_picture_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "give a picture, or describe one" in refused(capsys, "make")


@pytest.mark.parametrize("kind", ["missing", "folder", "text", "empty", "truncated", "small", "transparent"])
def test_bad_pictures_are_refused_and_change_nothing(
    kind: str, picture: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.png"
    match kind:
        case "folder":
            bad.mkdir()
        case "text":
            bad.write_text("not a picture")
        case "empty":
            bad.touch()
        case "truncated":
            bad.write_bytes(picture.read_bytes()[:600])
        case "small":
            Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(bad)
        case "transparent":
            Image.new("RGBA", (128, 128)).save(bad)
    refused(capsys, "make", bad)
    assert not (home / "store").exists()


def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert "is a file" in refused(capsys, "make", picture, "--out", tmp_path / "file")
    assert "cannot be written" in refused(capsys, "make", picture, "--out", "/proc/nowhere/pack")


def test_errors_are_json_on_request(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "make", picture, "--actions", "sing", "--json")
    assert code == 2
    assert json.loads(out)["exit_code"] == 2


def test_a_plan_counts_everything_and_makes_nothing(
    picture: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "plan", picture, "--actions", "all", "--json")
    planned: dict[str, Any] = json.loads(out)
    assert code == 0
    assert planned["hits"] == 0
    assert {step["label"] for step in planned["steps"]} >= {f"draw {name}" for name in PRESETS} | {"pack line-emoji"}
    assert planned["total_cny"] == "0"
    assert not (home / "store").exists()


def test_an_empty_archive_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "jobs")
    assert code == 0
    assert "popcon make PICTURE" in out


@pytest.mark.parametrize("command", ["show", "redo"])
@pytest.mark.parametrize("name", ["fox-00000000", "../../etc", "x/y"])
def test_unknown_jobs_are_named(command: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no job named" in refused(capsys, command, name)


@pytest.mark.parametrize(
    "command", ["demo", "make", "plan", "jobs", "show", "redo", "cutout", "segment", "export", "check"]
)
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"popcon {command}" in out
    assert "Examples" in out


def test_the_command_line_loads_neither_prefect_nor_torch() -> None:
    heavy = ("prefect", "torch", "transformers", "fastapi")
    script = f"import sys, ui.cli.app; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
