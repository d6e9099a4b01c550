"""`popcon make`, `plan`, `jobs`, `show`, `redo`: what is refused, with which words, and that nothing changes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from popcon.actions import PRESETS
from popcon.engines import registry
from popcon.jobs.engine_sets import chosen_engines
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import EngineChoice, JobSpec
from popcon.settings import settings
from tests.popcon.engines.matte.test_exposure_and_shadow import GREEN, frame
from tests.tiny_models import birefnet_folder
from ui.cli import orders
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
        (["--matte", "birefnet"], "needs the setting `path`"),
        (["--matte", "birefnet", "--matte-setting", "path=/no/where"], "There is no file or folder /no/where"),
        (["--matte", "birefnet", "--matte-setting", "path"], "write it as name=value"),
        (["--matte", "birefnet", "--matte-setting", "path=x", "--matte-setting", "speed=9"], "has no setting `speed`"),
        (["--matte", "keyed", "--matte-setting", "path=x"], "has no setting `path`; it knows shadow"),
        (["--shadow", "dim"], "--shadow"),
        (["--matte", "rembg", "--matte-setting", "session=sam"], "use the segment engine `sam2`"),
        (["--segment", "sam2", "--segment-setting", "path=/no/where"], "There is no folder /no/where"),
        (["--segment", "magic"], "no segment engine named 'magic'"),
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


def test_a_soft_shadow_is_kept_by_the_matte_engine_of_the_job_that_asks_for_it(
    picture: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[JobSpec] = []
    monkeypatch.setattr(orders, "run_job", lambda archive, job, *rest: jobs.append(job.spec))
    for shadow in ([], ["--shadow", "remove"], ["--shadow", "keep"]):
        assert run(capsys, "make", picture, "--actions", "wave", *shadow)[0] == 0
    engines = [registry.matte(each.engines.matte) for each in jobs]
    clip = [frame(GREEN, shadow=0.45)]
    cut = [engine.cut_out(clip, engine.study(clip, None))[0].rgba for engine in engines]
    assert np.array_equal(cut[0], cut[1])
    darker = cut[2][..., 3].astype(int) - cut[0][..., 3]
    assert darker.min() >= 0
    assert (darker > 40).sum() > 200
    assert cut[2][darker > 40][:, :3].max() < 60, "a shadow is black"
    assert len({each.fingerprint for each in engines}) == 2, "cut-outs with and without shadows are kept apart"


def test_weights_that_the_environment_names_are_looked_for_when_something_is_ordered(
    picture: Path, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POPCON_BIREFNET_PATH", str(tmp_path / "gone"))
    assert f"no file or folder {tmp_path / 'gone'}" in refused(capsys, "plan", picture, "--matte", "birefnet")
    folder = birefnet_folder(tmp_path / "model")
    monkeypatch.setenv("POPCON_BIREFNET_PATH", str(folder))
    assert "set `trust_remote_code` to true" in refused(capsys, "plan", picture, "--matte", "birefnet")
    monkeypatch.setenv("POPCON_BIREFNET_TRUST_REMOTE_CODE", "true")
    assert run(capsys, "plan", picture, "--matte", "birefnet", "--json")[0] == 0
    named = ["--matte-setting", f"path={folder}"]
    assert "set `trust_remote_code`" in refused(capsys, "plan", picture, "--matte", "birefnet", *named), (
        "what the machine allows is allowed to its own weights only"
    )
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    assert "the file is damaged" in refused(capsys, "plan", picture, "--matte", "birefnet")
    monkeypatch.setenv("POPCON_INFERENCE_URL", "http://gpu-box:8500")
    assert run(capsys, "plan", picture, "--matte", "birefnet", "--json")[0] == 0, "the weights are with the host"
    monkeypatch.setenv("POPCON_INFERENCE_URL", "http://127.0.0.1:8500")
    assert "the file is damaged" in refused(capsys, "plan", picture, "--matte", "birefnet")
    assert not (home / "store").exists()


def test_clicks_use_the_model_that_the_machine_has(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POPCON_SAM2_PATH", str(tmp_path / "gone"))
    assert "There is no folder" in refused(capsys, "plan", picture)
    assert run(capsys, "plan", picture, "--segment", "graph", "--json")[0] == 0
    usual = chosen_engines("embedded", EngineChoice(name="keyed"), EngineChoice(name="graph"))
    assert usual.segment == EngineChoice(name="graph")
    monkeypatch.setenv("POPCON_MODELS_ELSEWHERE", "1")
    settings.cache_clear()
    found = chosen_engines("embedded", EngineChoice(name="keyed"), EngineChoice(name=""))
    assert found.segment == EngineChoice(name="sam2")


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
            Image.fromarray(np.full((12, 12, 3), 90, np.uint8)).save(bad)
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
    assert planned["total"] == "0"
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
