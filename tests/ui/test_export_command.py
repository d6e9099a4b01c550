"""`popcon export`, through the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from popcon.check.checker import check_path
from popcon.pixels import Rgba
from popcon.platforms import PLATFORMS, SUFFIXES, platform
from popcon.standalone.export import MOST_FRAMES
from popcon.stickers.decode import decode
from tests.popcon.stickers.sticker_makers import ball
from ui.cli.app import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def popcon(capsys: pytest.CaptureFixture[str]) -> Run:
    """`popcon(*arguments)`: exit code, stdout, stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(each) for each in arguments])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def save(folder: Path, frames: list[Rgba], name: str = "{:04d}.png") -> Path:
    folder.mkdir(exist_ok=True)
    for number, frame in enumerate(frames, 1):
        Image.fromarray(frame).save(folder / name.format(number))
    return folder


@pytest.fixture(scope="module")
def rolling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight frames, 150x150."""
    return save(tmp_path_factory.mktemp("frames"), ball(150, 8))


@pytest.mark.parametrize("name", PLATFORMS)
def test_what_is_made_is_accepted(popcon: Run, rolling: Path, tmp_path: Path, name: str) -> None:
    rules = platform(name)
    out = tmp_path / f"wave{SUFFIXES[rules.default_format]}"
    code, said, complaint = popcon("export", rolling, "--platform", name, "--fps", "8", "--out", out, "--json")
    assert (code, complaint) == (0, "")
    made = json.loads(said)
    assert made["file"] == str(out)
    assert made["source_ms"] == 1000
    assert made["sticker"]["bytes"] == out.stat().st_size <= (rules.max_bytes or 10**9)
    assert made["check"]["platform"] == name
    assert check_path(out, name).ok
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    code, said, _ = popcon("check", out, "--platform", name, "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)


@pytest.mark.parametrize("name", ["gif", "apng", "webp"])
def test_free_canvases_keep_the_frames_as_they_are(popcon: Run, tmp_path: Path, name: str) -> None:
    frames = [np.pad(frame, ((0, 10), (33, 0), (0, 0))) for frame in ball(70, 3)]
    out = tmp_path / f"loop.{name}"
    code, said, _ = popcon("export", save(tmp_path / "in", frames), "--platform", name, "--fps", "10", "--out", out)
    assert code == 0
    assert "103x80, 3 frames, 0.3 s" in said
    shown = decode(out.read_bytes(), platform(name).default_format)
    assert [frame.shape for frame in shown] == [(80, 103, 4)] * 3
    for a, b in zip(shown, frames, strict=True):
        assert np.abs(a.astype(int) - b)[b[..., 3] == 255].mean() < 4


def test_frames_play_in_the_order_of_their_numbers(popcon: Run, tmp_path: Path) -> None:
    frames = [np.zeros((40, 40, 4), np.uint8) for _ in range(11)]
    for number, frame in enumerate(frames, 1):
        frame[5:30, 5:30] = (20 * number, 0, 0, 255)
    folder = save(tmp_path / "in", frames, "f{}.png")
    out = tmp_path / "loop.png"
    assert popcon("export", folder, "--platform", "apng", "--fps", "10", "--out", out)[0] == 0
    shown = decode(out.read_bytes(), "apng")
    assert [int(frame[10, 10, 0]) for frame in shown] == [20 * number for number in range(1, 12)]


def test_a_gif_on_request_takes_the_matte_colour(popcon: Run, tmp_path: Path) -> None:
    frames = [np.zeros((60, 60, 4), np.uint8) for _ in range(3)]
    for number, frame in enumerate(frames):
        frame[10:50, 5 + 3 * number : 50] = (200, 0, 0, 160)
    folder = save(tmp_path / "in", frames)
    rims = {}
    for matte in ("#ffffff", "#313338"):
        out = tmp_path / f"{matte[1:]}.gif"
        asked = ("--platform", "discord-emoji", "--fps", "8", "--format", "gif", "--matte", matte)
        assert popcon("export", folder, *asked, "--out", out)[0] == 0
        assert check_path(out, "discord-emoji").ok
        shown = decode(out.read_bytes(), "gif")[0]
        assert set(np.unique(shown[..., 3])) == {0, 255}
        rims[matte] = shown[64, 64].tolist()
    assert rims == {"#ffffff": [220, 95, 95, 255], "#313338": [143, 19, 21, 255]}


def test_a_person_is_told_what_came_out(popcon: Run, rolling: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder" / "wave.png"
    code, said, _ = popcon("export", rolling, "--platform", "line-emoji", "--fps", "6", "--out", out)
    assert code == 0
    assert said.startswith(f"{out}: 180x180, 8 frames, 1 s (the frames took 1.333 s), ")
    assert " of 300 KB, SSIM " in said
    assert said.count("\n") == 1


def test_the_same_frames_give_the_same_bytes(popcon: Run, rolling: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        popcon("export", rolling, "--platform", "line-sticker", "--fps", "8", "--out", tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def empty(folder: Path) -> None:
    """No frames."""


def texts(folder: Path) -> None:
    (folder / "0001.txt").write_text("not a picture")


def mixed(folder: Path) -> None:
    save(folder, [*ball(60, 2), *ball(50, 1)])


def cut_off(folder: Path) -> None:
    save(folder, ball(60, 3))
    whole = (folder / "0002.png").read_bytes()
    (folder / "0002.png").write_bytes(whole[: len(whole) // 2])


def flipped(folder: Path) -> None:
    save(folder, ball(60, 3))
    data = bytearray((folder / "0002.png").read_bytes())
    data[len(data) // 2] ^= 255
    (folder / "0002.png").write_bytes(data)


def renamed(folder: Path) -> None:
    save(folder, ball(60, 1))
    (folder / "0002.png").write_bytes(b"GIF89a, or so it says")


def hollow(folder: Path) -> None:
    save(folder, ball(60, 1))
    (folder / "0002.png").touch()


def invisible(folder: Path) -> None:
    save(folder, [np.zeros((20, 20, 4), np.uint8)] * 3)


def endless(folder: Path) -> None:
    for number in range(MOST_FRAMES + 1):
        (folder / f"{number}.png").touch()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (empty, "holds no frames; export wants numbered RGBA PNG files."),
        (texts, "holds no frames; export wants numbered RGBA PNG files."),
        (mixed, "0003.png is 50x50 px, 0001.png 60x60; all frames of a sticker need one size."),
        (cut_off, "0002.png ends early"),
        (flipped, "0002.png is damaged"),
        (renamed, "0002.png"),
        (hollow, "0002.png is empty"),
        (invisible, "fully transparent"),
        (endless, f"holds {MOST_FRAMES + 1} frames; a sticker is made of at most {MOST_FRAMES}."),
    ],
)
@pytest.mark.parametrize("name", ["gif", "slack"])
def test_bad_folders(popcon: Run, tmp_path: Path, name: str, make: Callable[[Path], None], says: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    make(folder)
    refused(popcon("export", folder, "--platform", name, "--fps", "8", "--out", tmp_path / "a.gif"), says)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"platform": "myspace"}, f"There is no platform named 'myspace'; choose from {', '.join(PLATFORMS)}."),
        ({"fps": "0"}, "--fps is 0; give the frames a second of the source, 0.1 to 240."),
        ({"fps": "-12"}, "--fps is -12; give"),
        ({"fps": "nan"}, "--fps is nan; give"),
        ({"fps": "inf"}, "--fps is inf; give"),
        ({"fps": "fast"}, '--fps: unable to convert "fast"'),
        ({"platform": "slack", "format": "webp"}, "Slack emoji does not take webp; choose from gif."),
        ({"format": "jpeg"}, "--format"),
        ({"format": "gif", "matte": "white"}, "--matte 'white' is not a colour; write it as #rrggbb."),
        ({"format": "gif", "matte": ""}, "--matte '' is not a colour"),
        (
            {"matte": "#ffffff"},
            "matte colour is for GIF, and this Discord emoji becomes webp; ask for it with --format",
        ),
        ({"out": "a.mp4"}, "a.mp4 is to be webp for Discord emoji; give it a name that ends in .webp."),
        ({"folder": "nowhere"}, "There is no folder"),
        ({"folder": "file.png"}, "file.png is not a folder; export wants a folder of numbered RGBA PNG files."),
        ({"out": "folder.webp"}, "folder.webp cannot be written (it is a folder)"),
        ({"out": "file.png/a.webp"}, "file.png is not a folder); give another place with --out."),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_bad_arguments(
    popcon: Run, rolling: Path, tmp_path: Path, change: dict[str, str], says: str, as_json: bool
) -> None:
    (tmp_path / "file.png").write_bytes(b"mine")
    (tmp_path / "folder.webp").mkdir()
    asked = {"platform": "discord-emoji", "fps": "8", "out": "a.webp"} | change
    folder = tmp_path / asked.pop("folder") if "folder" in asked else rolling
    asked["out"] = str(tmp_path / asked["out"])
    options = [part for name, value in asked.items() for part in (f"--{name}", value)]
    refused(popcon("export", folder, *options, *(["--json"] if as_json else [])), says, as_json)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.png", "folder.webp"]
    assert (tmp_path / "file.png").read_bytes() == b"mine"


def test_a_place_that_no_one_can_write_to(popcon: Run, rolling: Path) -> None:
    asked = ("--platform", "gif", "--fps", "8", "--out", "/proc/popcon/a.gif")
    refused(popcon("export", rolling, *asked), "/proc/popcon/a.gif cannot be written")


def test_a_sticker_does_not_go_among_its_frames(popcon: Run, tmp_path: Path) -> None:
    folder = save(tmp_path / "in", ball(60, 3))
    said = popcon("export", folder, "--platform", "apng", "--fps", "8", "--out", folder / "wave.png")
    refused(said, "would lie among the frames")
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ([np.full((60, 60, 4), 255, np.uint8)] * 6, "are opaque, and LINE animated emoji asks for a transparent"),
        (ball(60, 1), "There is only one frame; LINE animated emoji rejects stickers that do not move."),
        (ball(60, 1) * 5, "All 5 frames are alike; LINE animated emoji rejects stickers that do not move."),
    ],
)
def test_frames_that_a_platform_would_reject(popcon: Run, tmp_path: Path, frames: list[Rgba], says: str) -> None:
    folder = save(tmp_path / "in", frames)
    said = popcon("export", folder, "--platform", "line-emoji", "--fps", "8", "--out", tmp_path / "a.png")
    refused(said, says)
    assert not (tmp_path / "a.png").exists()


def test_a_file_that_would_break_a_rule_is_not_written(popcon: Run, tmp_path: Path) -> None:
    frames = ball(60, 8)
    frames[0] = np.zeros_like(frames[0])
    out = tmp_path / "a.png"
    out.write_bytes(b"mine")
    said = popcon("export", save(tmp_path / "in", frames), "--platform", "line-emoji", "--fps", "8", "--out", out)
    refused(said, "breaks the rules of LINE animated emoji: the first frame shows something (found:")
    assert out.read_bytes() == b"mine"


def refused(answer: tuple[int, str, str], says: str, as_json: bool = False) -> None:
    """Exit code 2, one sentence on stderr, and on stdout nothing but the JSON object if that was asked for."""
    code, out, complaint = answer
    assert code == 2, answer
    assert complaint.startswith("popcon: ")
    assert complaint.count("\n") == 1
    assert says in complaint
    if as_json:
        assert json.loads(out) == {"error": complaint.removeprefix("popcon: ").rstrip("\n"), "exit_code": 2}
    else:
        assert out == ""
