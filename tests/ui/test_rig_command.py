"""`popcon rig` as a person runs it."""

import json
from pathlib import Path

import pytest

from popcon.media.mascot import draw_mascot
from popcon.media.pictures.picture import read_picture
from popcon.media.pictures.png import encode_png
from ui.cli.app import main


def popcon(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    return 0


def test_it_writes_the_rig_and_a_preview(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.png").write_bytes(encode_png(draw_mascot(256)))
    out, shown = tmp_path / "rig.json", tmp_path / "rig.png"
    code = popcon("rig", str(tmp_path / "m.png"), "--out", str(out), "--preview", str(shown), "--json")
    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert said == json.loads(out.read_text())
    assert all(set(eye) >= {"x", "y", "rx", "ry"} for eye in said["eyes"])
    assert len(said["eyes"]) == 2
    assert max(read_picture(shown).shape[:2]) == 640


def test_a_bad_rig_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, rig = tmp_path / "m.png", tmp_path / "rig.json"
    picture.write_bytes(encode_png(draw_mascot(256)))
    rig.write_text("no")
    assert popcon("make", str(picture), "--rig", str(rig), "--actions", "wave", "--out", str(tmp_path / "p")) == 2
    assert "is not JSON" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()


def test_a_limb_is_marked_by_two_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.png").write_bytes(encode_png(draw_mascot(256)))
    assert popcon("rig", str(tmp_path / "m.png"), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    arm = next(limb for limb in found["limbs"] if limb["name"] == "arm_right")
    places = ",".join(str(arm[at][axis]) for at in ("pivot", "tip") for axis in ("x", "y"))
    assert popcon("rig", str(tmp_path / "m.png"), "--limb", f"ear_left={places}", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [limb["name"] for limb in said["limbs"]] == ["arm_left", "arm_right", "ear_left"]
    out = tmp_path / "rig.json"
    for wrong, says in (("trunk=1,2,3,4", "NAME=X,Y,X,Y"), ("arm_left=1,2,3", "NAME=X,Y,X,Y"),
                        ("arm_left=1,1,90,90", "is not on the character")):  # fmt: skip
        assert popcon("rig", str(tmp_path / "m.png"), "--limb", wrong, "--out", str(out)) == 2
        assert says in capsys.readouterr().err
    assert not out.exists()
