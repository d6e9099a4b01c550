"""The scripts in examples/ run, and make what they say."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from popcon.media.pictures.png import decode_png

ROOT = Path(__file__).parents[1]


def run(name: str, out: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py"), str(out)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_tested() -> None:
    tested = {"sticker_from_frames", "animate_and_cut_out", "own_engine"}
    assert {file.stem for file in (ROOT / "examples").glob("*.py")} == tested


def test_a_sticker_from_frames_keeps_every_rule(tmp_path: Path) -> None:
    said = run("sticker_from_frames", tmp_path)
    assert "180x180, 8 frames" in said
    assert said.rstrip().endswith(", 0 broken")
    assert (tmp_path / "bounce.png").read_bytes()[37:41] == b"acTL"


def test_a_clip_is_animated_and_cut_out(tmp_path: Path) -> None:
    said = run("animate_and_cut_out", tmp_path)
    files = sorted((tmp_path / "cutouts").glob("*.png"))
    assert said.startswith(f"{len(files)} frames, ")
    assert len(files) >= 24
    first = decode_png(files[0].read_bytes(), 4)
    assert first.shape == (240, 240, 4)
    assert first[0, 0, 3] == 0
    assert first[120, 120, 3] == 255


@pytest.mark.parametrize("name", ["mirror"])
def test_an_own_engine_draws(name: str, tmp_path: Path) -> None:
    assert run("own_engine", tmp_path).startswith("puppet, dashscope")
    picture = decode_png((tmp_path / f"{name}.png").read_bytes(), 3)
    assert picture.shape == (240, 240, 3)
    assert picture[0, 0].tolist() == [0, 212, 90]
    assert np.abs(picture[120, 120].astype(int) - [0, 212, 90]).max() > 40
