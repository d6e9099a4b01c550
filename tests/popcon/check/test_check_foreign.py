"""Files that other programs made (tests/data/check): what they get right and wrong is known from their options."""

from pathlib import Path

import pytest

from popcon.check.checker import check_path

SAMPLES = Path(__file__).parents[2] / "data" / "check"

EXPECTED: list[tuple[str, str, set[str]]] = [
    ("ffmpeg.png", "line-emoji", set()),
    ("ffmpeg.png", "signal", {"canvas", "loops"}),
    ("ffmpeg-endless.png", "line-emoji", {"loops", "total-time"}),
    ("apngasm.png", "line-emoji", set()),
    ("apngasm.png", "line-sticker", {"canvas"}),
    ("apngasm.png", "signal", {"canvas", "loops", "truecolour"}),
    ("apngasm-skipped.png", "line-emoji", {"whole-seconds", "still-first"}),
    ("ffmpeg.webm", "telegram-emoji", set()),
    ("ffmpeg-live.webm", "telegram-emoji", set()),
    ("ffmpeg.webm", "telegram-sticker", {"canvas"}),
    ("ffmpeg-opaque.webm", "telegram-emoji", {"alpha", "background", "moving"}),
    ("ffmpeg-sound.webm", "telegram-emoji", {"silent"}),
    ("ffmpeg.gif", "slack", set()),
    ("gifsicle.gif", "discord-emoji", set()),
    ("gifsicle-fast.gif", "slack", {"loops", "delays"}),
    ("gifsicle.gif", "kakao", {"canvas", "white"}),
    ("img2webp.webp", "whatsapp", set()),
    ("img2webp.webp", "discord-emoji", {"canvas"}),
    ("cwebp.webp", "whatsapp", {"frames", "frame-time", "moving"}),
    ("ffmpeg.png", "apng", set()),
    ("gifsicle.gif", "gif", set()),
    ("img2webp.webp", "webp", set()),
    ("ffmpeg.webm", "gif", {"format", "suffix"}),
]


@pytest.mark.parametrize(("name", "platform", "wrong"), EXPECTED)
def test_what_other_programs_made(name: str, platform: str, wrong: set[str]) -> None:
    report = check_path(SAMPLES / name, platform)
    assert {each.rule for each in report.findings if each.verdict != "pass"} == wrong


def test_every_sample_is_looked_at() -> None:
    samples = {place.name for place in SAMPLES.iterdir()} - {"README.md"}
    assert samples == {name for name, _, _ in EXPECTED}


def test_times_and_frames_of_other_programs() -> None:
    found = {each.rule: each.found for each in check_path(SAMPLES / "apngasm.png", "line-emoji").findings}
    assert found["total-time"] == "2 x 1000 ms"
    assert found["rgb"] == "palette, 8 bits, with transparency"
    found = {each.rule: each.found for each in check_path(SAMPLES / "ffmpeg-live.webm", "telegram-emoji").findings}
    assert found["frame-rate"] == "8.00 a second on average, 125 ms at the closest"
    found = {each.rule: each.found for each in check_path(SAMPLES / "img2webp.webp", "whatsapp").findings}
    assert found["play-time"] == "900 ms"
