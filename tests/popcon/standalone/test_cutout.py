"""Cutting out loose clips and folders: the same pixels as the whole clip at once, refusals, memory."""

import json
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from popcon.engines.matte.keyed import KeyedMatte
from popcon.errors import BackdropNotFlat, BadClip, BadInput
from popcon.media.clips import clip as clips
from popcon.models.job import EngineChoice
from popcon.standalone.cutout import CHUNK, cut_out
from tests.popcon.engines.matte.drawings import draw

KEYED = EngineChoice(name="keyed")
MEMORY = 600e6


def write_clip(path: Path, frames: NDArray[np.uint8], fps: int = 24) -> Path:
    with av.open(str(path), "w") as box:
        stream = box.add_stream("libx264", rate=fps, options={"crf": "18", "threads": "1"})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            box.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        box.mux(stream.encode(None))
    return path


def read(folder: Path) -> list[NDArray[np.uint8]]:
    return [np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))]


def whole(frames: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    engine = KeyedMatte()
    return [cut.rgba for cut in engine.cut_out(frames, engine.study(iter(frames), None))]


@pytest.mark.parametrize("count", [1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_a_clip_becomes_numbered_pngs_as_if_it_were_cut_at_once(tmp_path: Path, count: int) -> None:
    source = write_clip(tmp_path / "clip.mp4", draw(count=count, width=120, height=96).frames)
    told: list[int] = []
    record = cut_out(source, tmp_path / "deep" / "out", KEYED, tell=told.append)
    names = [f"{number:04d}.png" for number in range(1, count + 1)]
    assert sorted(path.name for path in (tmp_path / "deep/out").glob("*.png")) == names
    assert [frame.file for frame in record.frames] == names
    assert told == list(range(1, count + 1))
    for got, expected in zip(read(tmp_path / "deep/out"), whole(list(clips.frames(source))), strict=True):
        assert got.shape == (96, 120, 4)
        assert np.array_equal(got, expected)
    kept = json.loads((tmp_path / "deep/out/cutout.json").read_text())
    assert kept == record.model_dump(mode="json")


def test_a_folder_plays_in_the_order_of_its_names(tmp_path: Path) -> None:
    frames = draw(count=3, width=120, height=96).frames
    folder = tmp_path / "frames"
    folder.mkdir()
    for name, frame in zip(("a10.png", "a11.PNG", "b01.png"), frames, strict=True):
        Image.fromarray(frame).save(folder / name, format="png")
    (folder / "notes.txt").write_text("not a frame")
    record = cut_out(folder, tmp_path / "out", KEYED, backdrop="#14dc3c")
    assert record.backdrop.startswith("#1")
    for got, expected in zip(read(tmp_path / "out"), whole(list(frames)), strict=True):
        assert np.array_equal(got, expected)


def test_doubtful_frames_are_counted_and_say_why(tmp_path: Path) -> None:
    frames = draw(count=2, width=96, height=96).frames.copy()
    frames[1] = frames[1, 0, 0]
    folder = tmp_path / "frames"
    folder.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{number}.png")
    record = cut_out(folder, tmp_path / "out", KEYED)
    assert record.doubtful == 1
    assert "nothing but the backdrop" in record.frames[1].reason
    assert not read(tmp_path / "out")[1].any()


def test_mixed_sizes_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for name, side in (("1.png", 64), ("2.png", 80)):
        Image.new("RGB", (side, 64), (20, 220, 60)).save(folder / name)
    with pytest.raises(BadClip, match=r"2\.png is 80x64 px, the first frame 64x64"):
        cut_out(folder, tmp_path / "out", KEYED)
    assert not (tmp_path / "out").exists()


def test_a_clip_that_ends_early_writes_nothing(tmp_path: Path) -> None:
    r = np.random.default_rng(1)
    frames = np.clip(draw(count=10, width=128, height=128).frames + r.normal(0, 9, (10, 128, 128, 3)), 0, 255)
    source = tmp_path / "clip.mkv"
    write_clip(source, frames.astype(np.uint8))
    cut = tmp_path / "short.mkv"
    cut.write_bytes(source.read_bytes()[: int(source.stat().st_size * 0.6)])
    with pytest.raises(BadClip, match=r"ends early|is damaged"):
        cut_out(cut, tmp_path / "out", KEYED)
    assert not (tmp_path / "out").exists()


def test_no_flat_backdrop_writes_nothing_and_says_what_to_use(tmp_path: Path) -> None:
    r = np.random.default_rng(2)
    rough = cv2.resize(r.integers(0, 255, (12, 12, 3)).astype(np.uint8), (128, 96), interpolation=cv2.INTER_CUBIC)
    source = write_clip(tmp_path / "clip.mp4", rough[None].repeat(3, 0))
    with pytest.raises(BackdropNotFlat, match="birefnet"):
        cut_out(source, tmp_path / "out", KEYED)
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", draw(count=1, width=64, height=64).frames)
    (tmp_path / "file").write_text("here already")
    for place in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(BadInput, match=r"file.* cannot be written .*; give another folder with --out"):
            cut_out(source, place, KEYED)
    assert (tmp_path / "file").read_text() == "here already"


def test_a_long_clip_takes_little_memory(tmp_path: Path) -> None:
    frame = np.full((720, 720, 3), (20, 220, 60), np.uint8)
    cv2.circle(frame, (360, 360), 120, (250, 210, 60), -1, cv2.LINE_AA)
    source = write_clip(tmp_path / "clip.mp4", np.broadcast_to(frame, (150, 720, 720, 3)), fps=30)
    code = (
        "import sys; from pathlib import Path; from popcon.standalone.cutout import cut_out; "
        "from popcon.models.job import EngineChoice; "
        "cut_out(Path(sys.argv[1]), Path(sys.argv[2]), EngineChoice(name='keyed')); "
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    # Asked of the process itself: what wait() tells begins at what the parent holds.
    command = [sys.executable, "-c", code, str(source), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(list((tmp_path / "out").glob("*.png"))) == 150
    assert int(done.stdout) * 1024 < MEMORY
