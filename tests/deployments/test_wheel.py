"""PopCon as people install it: a wheel, in an environment of its own, used from an empty folder."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from popcon import __version__
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png

ROOT = Path(__file__).parents[2]
DATA = {".html", ".js", ".css", ".svg", ".npz", ".json", ".yaml"}
PACKAGES = ("popcon", "blocks", "tasks", "flows", "deployments", "ui")

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: building writes beside the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    made = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        ".",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(made),
    ]
    done = subprocess.run(build, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = made.glob("popcon-*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what the wheel needs is found where these tests run."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (site,) = (folder / "lib").glob("python*/site-packages")
    (site / "needs.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PREFECT_", "POPCON_"))}
    return kept | {"POPCON_HOME": str(tmp_path / "home"), "POPCON_STORE": str(tmp_path / "store")}


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_the_wheel_holds_what_is_no_python(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.startswith(f"popcon-{__version__}-")
    assert "deployments/prefect.yaml" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "tools/"))]
    for folder in ("popcon", "ui", "deployments"):
        for file in (ROOT / folder).rglob("*"):
            if (
                file.suffix in {".html", ".js", ".css", ".svg", ".npz", ".json", ".yaml"}
                and "node_modules" not in file.parts
            ):
                assert str(file.relative_to(ROOT)) in names


def test_commands_are_found_and_come_from_the_wheel(installed: Path, environment: dict[str, str], empty: Path) -> None:
    where = "import popcon, flows, ui; print(popcon.__file__, flows.__file__, ui.__file__)"
    done = subprocess.run(
        [installed / "python", "-c", where], env=environment, cwd=empty, capture_output=True, text=True
    )
    assert all(str(installed.parent) in place for place in done.stdout.split()), done
    for command in ("--help", "demo", "make", "up", "deploy", "web"):
        asked = [installed / "popcon", command, *([] if command == "--help" else ["--help"])]
        done = subprocess.run(asked, env=environment, cwd=empty, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "popcon" in done.stdout


def test_deployments_are_read_from_the_package(installed: Path, environment: dict[str, str], empty: Path) -> None:
    script = "from deployments.register import MANIFEST; print(MANIFEST.read_text())"
    done = subprocess.run(
        [installed / "python", "-c", script], env=environment, cwd=empty, capture_output=True, text=True
    )
    assert "entrypoint: flows.make_pack.make_pack" in done.stdout, done.stderr
    assert "entrypoint: flows.make_sticker.make_sticker" in done.stdout


def test_deploy_without_a_server_says_what_to_do(installed: Path, environment: dict[str, str], empty: Path) -> None:
    done = subprocess.run([installed / "popcon", "deploy"], env=environment, cwd=empty, capture_output=True, text=True)
    assert done.returncode == 2
    assert "set PREFECT_API_URL, or start one with `popcon up`" in done.stderr


def test_a_job_is_made(installed: Path, environment: dict[str, str], empty: Path) -> None:
    (empty / "puff.png").write_bytes(encode_png(draw_mascot(240)))
    asked = [installed / "popcon", "make", "puff.png", "--actions", "wave", "--platforms", "gif", "--json"]
    done = subprocess.run(asked, env=environment, cwd=empty, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["accepted"] == {"gif": True}
    assert (empty / said["packs"]["gif"]).is_file()
    assert {each.name for each in empty.iterdir()} == {"puff.png", "puff-pack"}


def test_the_web_app_answers(installed: Path, environment: dict[str, str], empty: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([installed / "popcon", "web", "--port", str(port)], env=environment, cwd=empty)
    try:
        until = time.monotonic() + 300
        page = None
        while page is None:
            assert process.poll() is None
            assert time.monotonic() < until
            with contextlib.suppress(httpx.TransportError):
                page = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, follow_redirects=True)
            time.sleep(0.2)
        assert page.status_code == 200
        assert "PopCon" in page.text
    finally:
        process.terminate()
        process.wait(60)
