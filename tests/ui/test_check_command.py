"""`popcon check`, through the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from popcon.platforms import PLATFORMS
from ui.cli.app import main

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "check"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = 0
    try:
        main([str(each) for each in arguments])
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    said = capsys.readouterr()
    return code, said.out, said.err


def test_an_accepted_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, complaint = run(capsys, "check", DATA / "gifsicle.gif", "--platform", "gif", "--json")
    report = json.loads(out)
    assert (code, complaint, report["ok"], report["platform"]) == (0, "", True, "gif")
    assert {"rule", "says", "found", "verdict", "source"} <= report["findings"][0].keys()
    assert {each["source"]["kind"] for each in report["findings"]} <= {"official", "secondary", "ours"}
    assert all(each["source"]["page"] for each in report["findings"])


def test_a_broken_rule_is_named_and_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", DATA / "ffmpeg-endless.png", "--platform", "line-emoji")
    assert code == 2
    broken = [line for line in out.splitlines() if line.startswith("broken: ")]
    assert any("it plays 1 to 4 times" in line and "for ever" in line for line in broken)
    code, out, _ = run(capsys, "check", DATA / "ffmpeg-endless.png", "--platform", "line-emoji", "--json")
    report = json.loads(out)
    assert (code, report["ok"]) == (2, False)
    assert sum(each["verdict"] == "fail" for each in report["findings"]) == len(broken)


@pytest.mark.parametrize(
    ("path", "platform", "says"),
    [
        (DATA / "nothing.png", "line-emoji", "There is nothing at"),
        (DATA / "ffmpeg.png", "myspace", f"choose from {', '.join(PLATFORMS)}."),
        (ROOT / "tests" / "ui", "slack", "holds no stickers; expected files ending in"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], path: Path, platform: str, says: str) -> None:
    code, out, complaint = run(capsys, "check", path, "--platform", platform)
    assert (code, out) == (2, "")
    assert says in complaint
    assert complaint.count("\n") == 1
    code, out, _ = run(capsys, "check", path, "--platform", platform, "--json")
    assert (code, json.loads(out)["exit_code"]) == (2, 2)


def test_as_a_program() -> None:
    asked = [sys.executable, "-m", "ui.cli", "check", str(DATA / "gifsicle.gif"), "--platform", "gif", "--json"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)["ok"]
    asked[asked.index("gif")] = "whatsapp"
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (2, False)
