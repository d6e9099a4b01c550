"""`popcon cutout`: what it prints, and what it refuses in one sentence with exit code 2."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.popcon.engines.matte.drawings import draw
from tests.popcon.engines.matte.test_exposure_and_shadow import GREEN, frame
from tests.popcon.standalone.test_cutout import write_clip
from ui.cli.app import main


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "wave.mp4", draw(count=3, width=96, height=96).frames)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = 0
    try:
        main(["cutout", *(str(each) for each in arguments)])
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    code, out, err = run(capsys, *arguments)
    lines = [line for line in err.splitlines() if line.startswith("popcon: ")]
    assert (code, out, len(lines)) == (2, "", 1), err
    assert "Traceback" not in err
    return lines[0]


def test_cuts_out_and_says_how_many(capsys: pytest.CaptureFixture[str], source: Path, tmp_path: Path) -> None:
    code, out, _ = run(capsys, source, "--out", tmp_path / "out")
    assert code == 0
    assert "3 frames in" in out
    assert "backdrop #1" in out
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["0001.png", "0002.png", "0003.png", "cutout.json"]
    assert Image.open(tmp_path / "out" / "0001.png").mode == "RGBA"


def test_json_is_one_object(capsys: pytest.CaptureFixture[str], source: Path, tmp_path: Path) -> None:
    code, out, _ = run(capsys, source, "--out", tmp_path / "out", "--backdrop", "#14DC3C", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["engine"] == "keyed"
    assert [frame["file"] for frame in told["frames"]] == ["0001.png", "0002.png", "0003.png"]


def test_a_soft_shadow_goes_or_is_kept(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "shade.mp4", np.stack([frame(GREEN, shadow=0.45)] * 2))
    for out, shadow in (("gone", ()), ("kept", ("--shadow", "keep"))):
        assert run(capsys, clip, "--out", tmp_path / out, *shadow)[0] == 0
    gone, kept = (np.asarray(Image.open(tmp_path / out / "0001.png")) for out in ("gone", "kept"))
    assert gone[260, 160, 3] == 0
    assert 70 < kept[260, 160, 3] < 160
    assert kept[260, 160, :3].max() < 16
    other = ("--engine", "rembg", "--setting", "session=a", "--shadow", "keep")
    assert "no setting `shadow`" in refused(capsys, clip, "--out", tmp_path / "x", *other)


def test_bad_arguments(capsys: pytest.CaptureFixture[str], source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "There is no clip at" in refused(capsys, tmp_path / "gone.mp4", "--out", out)
    assert "--backdrop 'green' is not a colour; write it as #rrggbb" in refused(
        capsys, source, "--out", out, "--backdrop", "green"
    )
    assert "keyed" in refused(capsys, source, "--out", out, "--engine", "magic")
    assert "#ff00ff" in refused(capsys, source, "--out", out, "--backdrop", "#ff00ff")
    assert "--out" in refused(capsys, source)
    assert not out.exists()


def test_bad_clips(capsys: pytest.CaptureFixture[str], source: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "out", tmp_path / "frames"
    folder.mkdir()
    assert "holds no frames" in refused(capsys, folder, "--out", out)
    Image.new("RGB", (40, 40), (0, 255, 0)).save(folder / "1.png")
    Image.new("RGB", (50, 40), (0, 255, 0)).save(folder / "2.png")
    assert "all frames need one size" in refused(capsys, folder, "--out", out)
    (folder / "2.png").write_bytes(b"\x89PNG\r\n\x1a\nand nothing more")
    assert "2.png" in refused(capsys, folder, "--out", out)
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(np.random.default_rng(0).bytes(5000))
    assert "noise.mp4" in refused(capsys, noise, "--out", out)
    noise.write_bytes(b"")
    assert "noise.mp4" in refused(capsys, noise, "--out", out)
    noise.write_bytes(source.read_bytes()[:-400])
    assert "noise.mp4" in refused(capsys, noise, "--out", out)
    assert not out.exists()


def test_a_clip_of_ten_minutes_is_refused_with_the_limit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    frame = np.full((16, 16, 3), (0, 255, 0), np.uint8)
    long = write_clip(tmp_path / "long.mp4", np.broadcast_to(frame, (600, 16, 16, 3)), fps=1)
    says = refused(capsys, long, "--out", tmp_path / "out")
    assert "lasts 600 seconds" in says
    assert "up to 60 seconds" in says


def test_no_flat_backdrop_says_what_to_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 96).astype(np.uint8)[None, None, :, None].repeat(96, 1).repeat(3, 3)
    source = write_clip(tmp_path / "ramp.mp4", ramp)
    assert "engine `birefnet`" in refused(capsys, source, "--out", tmp_path / "out")


def test_an_unwritable_place(capsys: pytest.CaptureFixture[str], source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    says = refused(capsys, source, "--out", tmp_path / "file" / "out")
    assert "cannot be written" in says
    assert "give another folder with --out" in says
