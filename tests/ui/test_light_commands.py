"""What the command line loads: for `--help` next to nothing, for a command what its work needs."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import App

from ui.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "check"
HEAVY = ("prefect", "scipy", "av", "cv2", "torch", "transformers", "fastapi", "dashscope", "PIL", "numpy")
_SCRIPT = """
import json, sys
from ui.cli.app import main
try:
    main(sys.argv[2:])
except SystemExit as left:
    print(left.code, file=sys.stderr)
open(sys.argv[1], "w").write(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(listing: Path, *arguments: str) -> set[str]:
    """Top-level packages that a process has loaded after a command."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(listing), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert listing.is_file(), done.stderr
    return set(json.loads(listing.read_text()))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_nothing_heavy(command: str, tmp_path: Path) -> None:
    given = ("--help",) if not command else (command, "--help")
    assert loaded(tmp_path / "modules.json", *given) & set(HEAVY) == set()


@pytest.mark.parametrize(
    ("file", "platform", "absent"),
    [
        ("gifsicle.gif", "gif", {"prefect", "scipy", "av", "torch", "fsspec"}),
        ("apngasm.png", "apng", {"prefect", "scipy", "av", "torch", "fsspec"}),
        ("ffmpeg.webm", "telegram-emoji", {"prefect", "scipy", "torch", "fsspec"}),
    ],
)
def test_check_loads_what_its_file_needs(file: str, platform: str, absent: set[str], tmp_path: Path) -> None:
    found = loaded(tmp_path / "modules.json", "check", str(DATA / file), "--platform", platform)
    assert found & absent == set()
    assert "cv2" in found
    assert ("av" in found) == file.endswith(".webm")


def test_check_of_nothing_loads_no_decoder_of_clips(tmp_path: Path) -> None:
    found = loaded(tmp_path / "modules.json", "check", str(tmp_path / "none.png"), "--platform", "gif")
    assert found & {"prefect", "scipy", "av", "torch"} == set()


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [(["--help"], 0.6), (["check", str(DATA / "ffmpeg.webm"), "--platform", "telegram-emoji"], 1.2)],
)
@pytest.mark.alone
def test_a_command_starts_at_once(arguments: list[str], limit: float) -> None:
    """CPU seconds, the best of five: other work on the machine slows all, but not all alike."""
    taken = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "ui.cli", *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OPENCV_FOR_THREADS_NUM": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) <= limit, taken


def test_the_list_of_commands_says_what_their_own_help_says() -> None:
    import importlib

    for name, command in COMMANDS.items():
        module, _, function = command.place.partition(":")
        found = getattr(importlib.import_module(module), function)
        described = found.help if isinstance(found, App) else found.__doc__
        assert " ".join(described.split("\n\n")[0].split()) == command.summary, name
