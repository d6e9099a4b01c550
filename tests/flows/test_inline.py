"""Whole jobs in one process: the same bytes each time, whatever died on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from popcon import naming
from popcon.actions.choose import action
from popcon.actions.presets import PRESETS
from popcon.check.checker import check_path
from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.storage.store import Store
from tests.flows.runner import run_forked

pytestmark = pytest.mark.alone

ACTIONS = "wave,cry"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "puff.png"
    path.write_bytes(encode_png(draw_mascot(300)))
    return path


def popcon(
    home: Path, store: Path, *arguments: str | Path, die: tuple[str, int] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"POPCON_HOME": str(home), "POPCON_STORE": str(store)}
    environment.pop("PREFECT_API_URL", None)
    return run_forked([str(each) for each in arguments], environment, die)


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def when_written(store: Path) -> dict[str, int]:
    """Each finished step, and when its result was written."""
    return {path.name: path.stat().st_mtime_ns for path in (store / naming.STEPS).glob("*.json")}


@pytest.fixture(scope="session")
def undisturbed(prefect_home: Path, picture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a job that nothing disturbed; its store is beside it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    made = answer(
        popcon(prefect_home, folder / "store", "make", picture, "--actions", ACTIONS, "--out", folder / "out", "--json")
    )
    assert made["missing"] == {}
    assert made["stickers"] == 2
    (folder / "job").write_text(made["job"])
    return folder


@pytest.fixture
def copied(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of its store."""
    return Path(shutil.copytree(undisturbed / "store", tmp_path / "store"))


def pack_of(folder: Path) -> bytes:
    return next(folder.glob("*.zip")).read_bytes()


def test_what_a_person_gets(undisturbed: Path) -> None:
    out = undisturbed / "out"
    with zipfile.ZipFile(next(out.glob("*.zip"))) as pack:
        assert sorted(pack.namelist()) == ["001.png", "002.png", "tab.png"]
        assert pack.read("001.png") == (out / "stickers/line-emoji/wave.png").read_bytes()
    assert (out / "contact-sheet.png").stat().st_size > 10_000
    report = (out / "report.html").read_text()
    assert "stickers/line-emoji/cry.png" in report
    assert "cut" in report
    broken = {finding.rule for finding in check_path(next(out.glob("*.zip")), "line-emoji").failures}
    assert broken == {"pack.count"}, "two stickers are fewer than LINE's eight, and nothing else is wrong"


@pytest.mark.parametrize("action", ["wave", "cry"])
def test_the_golden_pack(action: str, undisturbed: Path) -> None:
    made = strip(undisturbed / "out/stickers/line-emoji" / f"{action}.png")
    golden = np.array(Image.open(ROOT / "tests/data/golden" / f"{action}.png"))
    apart = np.abs(made.astype(int) - golden).mean(axis=(0, 2))
    assert made.shape == golden.shape
    assert apart.mean() < 1.5, "levels of 255; another machine's arithmetic stays well under one"
    assert apart.max() < 12, "no part of any frame has moved"


def strip(sticker: Path) -> NDArray[np.uint8]:
    """Every fourth frame of a sticker, side by side on grey, small."""
    frames = []
    with Image.open(sticker) as picture:
        for number in range(0, picture.n_frames, 4):
            picture.seek(number)
            flat = Image.new("RGBA", picture.size, (128, 128, 128, 255))
            flat.alpha_composite(picture.convert("RGBA"))
            frames.append(np.array(flat.convert("RGB").resize((90, 90), Image.Resampling.BOX)))
    return np.hstack(frames)


def test_the_same_again_is_all_cached(undisturbed: Path, prefect_home: Path, picture: Path) -> None:
    before = pack_of(undisturbed / "out")
    again = answer(
        popcon(
            prefect_home,
            undisturbed / "store",
            *("make", picture, "--actions", ACTIONS, "--out", undisturbed / "again", "--json"),
        )
    )
    assert again["cached"] == again["steps"]
    assert pack_of(undisturbed / "again") == before


def test_killed_in_every_step_and_left_without_summaries_the_same_command_loses_nothing(
    undisturbed: Path, prefect_home: Path, picture: Path, tmp_path: Path
) -> None:
    """A step that is killed before its result is kept leaves its action all later steps, so each death is reached."""
    store, order = tmp_path / "store", ("make", picture, "--actions", ACTIONS, "--out", tmp_path / "out", "--json")
    deaths = (("character", 1), ("start_frame", 1), ("take", 1), ("frames", 1), ("cutouts", 5), ("sticker", 1))
    written: dict[str, int] = {}
    for death in (*deaths, ("pack", 1)):
        died = popcon(prefect_home, store, *order, die=death)
        assert died.returncode == -signal.SIGKILL, (death, died.stderr)
        assert when_written(store).items() >= written.items(), f"made again after {death}"
        written = when_written(store)
        if death == ("take", 1):
            for summary in store.rglob("summary.json"):
                summary.unlink()
    went_on = answer(popcon(prefect_home, store, *order))
    assert pack_of(tmp_path / "out") == pack_of(undisturbed / "out")
    assert when_written(store).items() >= written.items()
    assert went_on["cached"] == len(written), "every step that was finished is found, none is made again"


def test_a_run_needs_no_server_and_sends_no_request(prefect_home: Path, picture: Path, tmp_path: Path) -> None:
    script = (
        "import os, sys, httpx\n"
        "def send(*given, **more):\n"
        "    sys.stderr.write(f'a request: {given[1].url}')\n"
        "    sys.stderr.flush()\n"
        "    os._exit(9)\n"
        "httpx.Client.send = httpx.AsyncClient.send = send\n"
        "from ui.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    environment = os.environ | {"POPCON_HOME": str(prefect_home), "POPCON_STORE": str(tmp_path / "store")}
    environment.pop("PREFECT_API_URL", None)
    order = ("make", str(picture), "--actions", "bow", "--out", str(tmp_path / "out"), "--json")
    done = subprocess.run(
        [sys.executable, "-c", script, *order], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer(done)["stickers"] == 1
    assert not list(prefect_home.rglob("*.db")), "no database was made"


@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_a_damaged_artifact_is_made_again(
    damage: str, undisturbed: Path, copied: Path, prefect_home: Path, picture: Path, tmp_path: Path
) -> None:
    order = ("make", picture, "--actions", ACTIONS, "--out", tmp_path / "out", "--json")
    clips = [
        path for path in (copied / naming.ARTIFACTS).rglob("*") if path.is_file() and path.read_bytes()[4:8] == b"ftyp"
    ]
    assert len(clips) == 2
    data = clips[0].read_bytes()
    clips[0].write_bytes(data[:-1] + bytes([data[-1] ^ 1])) if damage == "flip" else clips[0].unlink()
    again = answer(popcon(prefect_home, copied, *order))
    assert again["cached"] < again["steps"]
    assert clips[0].read_bytes() == data
    assert pack_of(tmp_path / "out") == pack_of(undisturbed / "out")


def test_redo_of_a_take_gives_another_one_for_that_action_only(
    undisturbed: Path, copied: Path, prefect_home: Path, tmp_path: Path
) -> None:
    job = (undisturbed / "job").read_text()
    again = ("redo", job, "--from", "take", "--action", "wave", "--out", tmp_path / "out", "--json")
    answer(popcon(prefect_home, copied, *again))
    before, after = (folder / "stickers/line-emoji" for folder in (undisturbed / "out", tmp_path / "out"))
    assert (before / "cry.png").read_bytes() == (after / "cry.png").read_bytes()
    assert (before / "wave.png").read_bytes() != (after / "wave.png").read_bytes()


def test_an_action_that_cannot_be_made_does_not_stop_the_others(
    prefect_home: Path, picture: Path, tmp_path: Path
) -> None:
    script = (
        "import popcon.media.clips.clip as clips, sys\n"
        "from popcon.errors import BadClip\n"
        "probe = clips.probe\n"
        "def broken(clip):\n"
        "    info = probe(clip)\n"
        "    if not hasattr(clips, 'seen'):\n"
        "        clips.seen = True\n"
        "        raise BadClip('The clip is broken; try again.')\n"
        "    return info\n"
        "clips.probe = broken\n"
        "from ui.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    environment = os.environ | {"POPCON_HOME": str(prefect_home), "POPCON_STORE": str(tmp_path / "store")}
    order = ("make", str(picture), "--actions", ACTIONS, "--out", str(tmp_path / "out"), "--json")
    failed = subprocess.run(
        [sys.executable, "-c", script, *order], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    made = json.loads(failed.stdout)
    assert made["stickers"] == 1
    assert list(made["missing"].values()) == ["The clip is broken; try again."]
    whole = answer(popcon(prefect_home, tmp_path / "store", *order))
    assert whole["stickers"] == 2


def test_all_start_frames_are_asked_about_at_once(prefect_home: Path, picture: Path, tmp_path: Path) -> None:
    """An action that waits for a person keeps no other one from computing."""
    archive = Archive(Store(str(tmp_path / "store")))
    stored = archive.store.put(picture.read_bytes(), "image/png")
    actions = tuple(action(name) for name in list(PRESETS)[: (os.cpu_count() or 1) + 3])
    spec = JobSpec(title="All", picture=stored, actions=actions, platforms=("line-emoji",), side=240, review="ask")
    placed = archive.place(spec)
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.web.job_process", placed.id, archive.store.url],
        env=os.environ | {"POPCON_HOME": str(prefect_home)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
    )
    try:
        while not all(archive.summary(placed.id, each.name).question for each in actions):
            assert process.poll() is None
            time.sleep(0.2)
    finally:
        process.communicate()  # it exits when its input is closed
