"""A reviewer's doubts: each is raised by a sticker that deserves it, and by none that does not."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from popcon.check.pixels import Picture
from popcon.check.review import review_files, review_path, write_pictures
from popcon.check.review.doubts import Doubt
from popcon.check.rulebooks import rulebook
from popcon.errors import BadInput

SIDE = 128


def disc(x: float, y: float = 0.5, radius: float = 0.36, colour: tuple[int, int, int] = (230, 110, 40)) -> Picture:
    """A disc with a rim that is told from every ground."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    away = np.hypot(columns - x, rows - y)
    frame = np.zeros((SIDE, SIDE, 4), np.uint8)
    frame[away < radius] = (150, 60, 20, 255)
    frame[away < radius - 0.05] = (*colour, 255)
    return frame


def good(start: float = 0.0, colour: tuple[int, int, int] = (230, 110, 40)) -> list[Picture]:
    return [disc(0.5 + 0.08 * np.sin(2 * np.pi * (n / 10 + start)), colour=colour) for n in range(10)]


def apng(frames: list[Picture], ms: int = 100) -> bytes:
    buffer = io.BytesIO()
    first, *others = [Image.fromarray(frame, "RGBA") for frame in frames]
    first.save(buffer, "PNG", save_all=True, append_images=others, duration=ms, loop=0, blend=0, disposal=1)
    return buffer.getvalue()


def doubts(*stickers: list[Picture], ms: int = 100) -> tuple[Doubt, ...]:
    files = [(f"{n:02d}.png", apng(frames, ms)) for n, frames in enumerate(stickers, 1)]
    return review_files(files, rulebook("apng"))


def kinds(*stickers: list[Picture], ms: int = 100) -> set[str]:
    return {each.kind for each in doubts(*stickers, ms=ms)}


def test_a_good_sticker_raises_no_doubt() -> None:
    assert doubts(good()) == ()
    assert doubts(good(), good(0.5, (40, 90, 220))) == ()


def flashing() -> list[Picture]:
    return [disc(0.5 + 0.004 * n, colour=(255, 255, 255) if n % 2 else (10, 10, 10)) for n in range(10)]


def still_most_of_the_time() -> list[Picture]:
    return [disc(0.5)] * 8 + [disc(0.55), disc(0.52)]


@pytest.mark.parametrize(
    ("kind", "frames"),
    [
        ("flashes", flashing()),
        ("rim", [disc(0.5 + 0.02 * np.sin(n), radius=0.4, colour=(255, 255, 255)) for n in range(6)]),
        ("margins", [disc(0.3 + 0.01 * np.sin(n), radius=0.25) for n in range(6)]),
        ("cut", [disc(0.85 + 0.02 * np.sin(n)) for n in range(6)]),
        ("small", [disc(0.5 + 0.02 * np.sin(n), radius=0.2) for n in range(6)]),
        ("jump", [disc(0.38 + 0.024 * n) for n in range(11)]),
        ("rests", still_most_of_the_time()),
    ],
)
def test_a_doubtful_sticker_is_doubted(kind: str, frames: list[Picture]) -> None:
    if kind == "rim":
        for frame in frames:
            frame[(frame[..., :3] == (150, 60, 20)).all(axis=2) & (frame[..., 3] == 255)] = (250, 250, 250, 255)
    found = [each for each in doubts(frames) if each.kind == kind]
    assert found
    assert found[0].file == "01.png"
    assert 0 <= found[0].frame < len(frames)
    with Image.open(io.BytesIO(found[0].picture)) as image:
        assert image.size == (320, 160)
        assert len(np.unique(np.asarray(image).reshape(-1, 3), axis=0)) > 2, "it shows something"


def test_room_at_one_side_is_no_needless_margin() -> None:
    """A canvas that has to be square leaves room above what is wide; nothing could be drawn larger."""
    wide = [disc(0.5 + 0.02 * np.sin(n), radius=0.3) for n in range(6)]
    assert "margins" in kinds(wide)
    for frame in wide:
        frame[60:68, 2:126] = (150, 60, 20, 255)
    assert "margins" not in kinds(wide)


def test_three_flashes_are_allowed() -> None:
    calm = [disc(0.5 + 0.004 * n, colour=(255, 255, 255) if n % 4 < 2 else (10, 10, 10)) for n in range(12)]
    assert "flashes" not in kinds(calm)
    assert "flashes" not in kinds(flashing(), ms=400)


def test_stickers_that_are_alike() -> None:
    found = [each for each in doubts(good(), good(0.004)) if each.kind == "alike"]
    assert [(each.file, each.says) for each in found] == [("02.png", "a person could take it for 01.png")]


def test_first_frames_that_say_nothing() -> None:
    other = good()[:1] + [disc(0.5, 0.5 + 0.05 * np.sin(n), colour=(40, 90, 220)) for n in range(9)]
    found = [each for each in doubts(good(), other) if each.kind == "first-frame"]
    assert len(found) == 1
    assert "could be that of 01.png" in found[0].says


def test_pictures_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "a.png").write_bytes(apng(flashing()))
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.png").write_bytes(apng(good())[:200])
    found = review_path(folder, "apng")
    assert {each.kind for each in found} >= {"flashes"}
    assert {each.file for each in found} == {"a.png"}
    written = write_pictures(found, tmp_path / "doubts")
    assert [path.read_bytes() for path in written] == [each.picture for each in found]
    with pytest.raises(BadInput, match="cannot be read"):
        review_path(tmp_path / "none", "apng")
    with pytest.raises(BadInput, match="cannot be written"):
        write_pictures(found, folder / "a.png")


def test_rims_are_held_against_the_platforms_own_chat() -> None:
    dark = [disc(0.5 + 0.02 * np.sin(n), radius=0.4) for n in range(6)]
    for frame in dark:
        frame[(frame[..., :3] == (150, 60, 20)).all(axis=2) & (frame[..., 3] == 255)] = (60, 62, 68, 255)
    found = {
        name: {each.kind for each in review_files([("wave.png", apng(dark))], rulebook(name))}
        for name in ("discord-sticker", "imessage")
    }
    assert "rim" in found["discord-sticker"]
    assert "rim" not in found["imessage"]
