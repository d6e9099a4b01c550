"""What the inference host of a machine serves, and that it is brought back when it dies."""

import json
import os
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from blocks import access
from deployments import inference
from deployments.inference import inference_host
from deployments.supervisor import SupervisedProcess
from popcon.engines import device, registry
from popcon.engines.matte.modelled import ModelledMatte
from popcon.engines.remote.client import HostedAlpha
from popcon.models.job import EngineChoice
from tests.tiny_models import birefnet_folder, red_character

pytestmark = pytest.mark.alone


def test_nothing_is_served_where_nothing_is_configured_or_a_host_is_named() -> None:
    told: list[str] = []
    assert inference_host({"POPCON_BIREFNET_SIZE": "512", "PATH": "/bin"}, told.append) is None
    elsewhere = {"POPCON_BIREFNET_PATH": "/models/birefnet", "POPCON_INFERENCE_URL": "http://gpu-box:8500"}
    assert inference_host(elsewhere, told.append) is None
    assert told == []


def test_what_is_configured_is_served_from_the_environment_with_a_token_of_its_own() -> None:
    environment = {
        "POPCON_BIREFNET_PATH": "/models/birefnet",
        "POPCON_SAM2_ULTRALYTICS_PATH": "/models/sam2.1_t.pt",
        "HOME": "/nowhere",
    }
    told: list[str] = []
    host = inference_host(environment, told.append)
    other = inference_host(environment, told.append)
    assert host is not None
    assert other is not None
    assert host.engines == ("birefnet", "sam2-ultralytics")
    assert host.arguments[:3] == ("popcon.inference", "--host", "127.0.0.1")
    assert host.arguments[5:] == ("--serve", "birefnet", "--serve", "sam2-ultralytics")
    assert host.environment.items() > environment.items()
    token = host.for_clients()["POPCON_INFERENCE_TOKEN"]
    assert len(token) >= 32
    assert token != other.for_clients()["POPCON_INFERENCE_TOKEN"]
    assert token not in " ".join(host.arguments)
    assert told == []


def test_what_cannot_be_served_is_told_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = device.importlib.util.find_spec
    monkeypatch.setattr(device.importlib.util, "find_spec", lambda name: None if name == "rembg" else real(name))
    told: list[str] = []
    environment = {"POPCON_REMBG_SESSION": "isnet-anime", "POPCON_BIREFNET_PATH": "/m", "POPCON_BIREFNET_BATCH": "0"}
    assert inference_host(environment, told.append) is None
    assert len(told) == 2
    assert "birefnet" in told[0]
    assert "`batch` cannot be '0'" in told[0]
    assert "rembg is not installed; install PopCon's extra `rembg`" in told[1]


def test_blocks_fill_in_what_the_environment_leaves_open(monkeypatch: pytest.MonkeyPatch) -> None:
    block = inference.EngineSettings(environment_variables={"POPCON_SAM2_PATH": "/a", "POPCON_SAM2_SIZE": "512"})
    monkeypatch.setattr(inference.EngineSettings, "named", lambda name: block if name == "default" else None)
    assert inference.with_blocks({"POPCON_SAM2_PATH": "/b"}) == {"POPCON_SAM2_PATH": "/b", "POPCON_SAM2_SIZE": "512"}
    assert inference.with_blocks({"POPCON_SAM2_PATH": ""})["POPCON_SAM2_PATH"] == "/a", "an empty one says nothing"


def test_a_worker_takes_from_blocks_what_its_environment_leaves_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    block = inference.EngineSettings(environment_variables={"POPCON_SAM2_PATH": "/a", "POPCON_SAM2_SIZE": "512"})
    monkeypatch.setattr(inference.EngineSettings, "named", lambda name: block)
    monkeypatch.setattr(access.DashScope, "named", lambda name: None)
    monkeypatch.setenv("POPCON_SAM2_PATH", "")
    monkeypatch.setenv("POPCON_SAM2_SIZE", "1024")
    access.use_accounts()
    assert (os.environ["POPCON_SAM2_PATH"], os.environ["POPCON_SAM2_SIZE"]) == ("/a", "1024")


def test_a_host_that_is_killed_comes_back_and_the_engine_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = birefnet_folder(tmp_path / "model")
    configured = {
        "POPCON_BIREFNET_PATH": str(folder), "POPCON_BIREFNET_TRUST_REMOTE_CODE": "true",
        "POPCON_BIREFNET_SIZE": "96", "POPCON_BIREFNET_DEVICE": "cpu",
    }  # fmt: skip
    host = inference_host({**os.environ, **configured, "OMP_NUM_THREADS": "1", "HF_HOME": str(tmp_path)}, print)
    assert host is not None
    child = SupervisedProcess("inference", [sys.executable, "-m", *host.arguments], host.environment, tmp_path / "log")
    for name, value in {**configured, **host.for_clients()}.items():
        monkeypatch.setenv(name, value)
    child.start()
    try:
        engine = registry.matte(EngineChoice(name="birefnet"))
        assert isinstance(engine, ModelledMatte)
        assert isinstance(engine.model, HostedAlpha)
        assert engine.model.alphas(red_character(2))[1][48, 50] == 255
        assert child.process is not None
        first = child.process.pid
        child.process.kill()
        child.process.wait()
        told: list[str] = []
        assert child.restart_if_dead(told.append)
        assert "inference ended (-9); it is started again" in told[0]
        assert child.process.pid != first
        frame = red_character(3)[2]
        until = time.monotonic() + 60
        assert engine.model.alphas([frame])[0][48, 52] == 255
        assert time.monotonic() < until
        with urlopen(f"{host.url}/health") as answer:
            assert json.load(answer) == {"alive": True}
    finally:
        child.stop()
