"""The host as a process."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from popcon.engines.remote.client import HostedAlpha
from popcon.engines.remote.connection import Address, report
from popcon.errors import EngineUnavailable
from popcon.inference.__main__ import choice_of, main
from popcon.inference.service import configured_engines
from popcon.models.job import EngineChoice
from tests.tiny_models import birefnet_folder, red_character

pytestmark = pytest.mark.alone


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "popcon.inference", "--port", "0", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def test_it_starts_answers_and_stops_when_told(tmp_path: Path) -> None:
    settings = {
        "path": str(birefnet_folder(tmp_path / "model")),
        "trust_remote_code": True,
        "size": 96,
        "device": "cpu",
    }
    process = _start("--serve", f"birefnet={json.dumps(settings)}")
    try:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found is not None
        address = Address(found[0])
        until = time.monotonic() + 60
        while not report(address)["ready"]:
            assert time.monotonic() < until
            time.sleep(0.1)
        model = HostedAlpha(address, EngineChoice(name="birefnet", settings=settings), None)  # type: ignore[arg-type]
        assert model.alphas(red_character(1))[0][48, 48] == 255
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_host_without_its_model_answers_says_why_and_loads_it_once_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    settings = {"path": str(folder), "trust_remote_code": True, "size": 96, "device": "cpu"}
    process = _start("--serve", f"birefnet={json.dumps(settings)}", "--again", "0.3")
    try:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert found is not None
        with urlopen(f"{found[0]}/health") as answer:
            assert json.load(answer) == {"alive": True}
        assert f"There is no file or folder {folder}" in process.stderr.readline()
        with pytest.raises(HTTPError) as refused:
            urlopen(f"{found[0]}/ready")
        assert refused.value.code == 503
        said = json.load(refused.value)
        assert said["ready"] is False
        assert "set `path` to a BiRefNet model" in said["problems"]["birefnet"]
        choice = EngineChoice(name="birefnet", settings=settings)
        model = HostedAlpha(Address(found[0]), choice, None)  # type: ignore[arg-type]
        with pytest.raises(EngineUnavailable, match="There is no file or folder"):
            model.ready()
        birefnet_folder(tmp_path / "made").rename(folder)
        assert "Ready.\n" in iter(process.stderr.readline, "")
        assert report(Address(found[0]))["problems"] == {}
        assert model.alphas(red_character(1))[0][48, 48] == 255
    finally:
        process.kill()
        process.communicate()


def test_the_environment_says_what_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_BIREFNET_PATH", "")
    monkeypatch.setenv("POPCON_SAM2_PATH", "/models/sam2")
    monkeypatch.setenv("POPCON_REMBG_SESSION", "isnet-anime")
    assert {each.name for each in configured_engines()} == {"rembg", "sam2"}


def test_bad_arguments_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert choice_of("rembg") == EngineChoice(name="rembg")
    for arguments, said in (
        (["--serve", "birefnet={"], "JSON object"),
        (["--serve", "puppet"], "puppet"),
        (["--serve", "birefnet"], "POPCON_BIREFNET_PATH"),
        (["--host", "0.0.0.0"], "token"),
        (["--configured", "--host", "0.0.0.0"], "token"),
        (["--any"], "token"),
    ):
        assert main(["--port", "0", *arguments]) == 2
        assert said in capsys.readouterr().err
