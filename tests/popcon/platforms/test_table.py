"""The table says what the platforms ask, and cannot be changed by whoever reads it."""

import re

import pytest
from pydantic import ValidationError

from popcon.errors import UnknownName
from popcon.platforms import MEDIA_TYPES, PLATFORMS, SUFFIXES, platform


def test_every_platform_is_there_under_its_own_name() -> None:
    assert list(PLATFORMS) == [
        "line-emoji", "line-sticker", "line-still", "line-message", "line-popup", "line-effect", "telegram-sticker",
        "telegram-emoji", "whatsapp", "signal", "imessage", "kakao", "kakao-still", "wechat", "discord-sticker",
        "discord-emoji", "slack", "twitch", "google-chat", "teams", "mastodon", "misskey", "gif", "apng", "webp",
    ]  # fmt: skip
    assert all(each.name == name for name, each in PLATFORMS.items())


def test_an_unknown_name_is_told_which_there_are() -> None:
    with pytest.raises(UnknownName, match=r"'line'; choose from line-emoji, line-sticker, .*webp"):
        platform("line")


def test_nothing_can_be_changed() -> None:
    with pytest.raises(ValidationError):
        platform("slack").max_bytes = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        PLATFORMS["slack"] = platform("kakao")  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "size", "accepted"),
    [
        ("line-emoji", (180, 180), True), ("line-emoji", (180, 179), False),
        ("line-sticker", (320, 270), True), ("line-sticker", (270, 200), True), ("line-sticker", (260, 269), False),
        ("line-sticker", (321, 270), False),
        ("telegram-sticker", (512, 300), True), ("telegram-sticker", (511, 511), False),
        ("imessage", (618, 618), True), ("imessage", (300, 408), False), ("gif", (1, 999), True),
        ("line-popup", (480, 320), True), ("line-popup", (480, 319), False), ("line-popup", (200, 480), True),
        ("line-popup", (199, 480), False), ("line-popup", (470, 470), False), ("line-still", (370, 320), True),
        ("line-still", (369, 320), False), ("twitch", (28, 28), True), ("twitch", (60, 60), False),
        ("twitch", (500, 500), True), ("google-chat", (63, 63), False), ("google-chat", (128, 100), False),
    ],
)  # fmt: skip
def test_canvas(name: str, size: tuple[int, int], accepted: bool) -> None:
    assert platform(name).canvas.accepts(*size) is accepted


@pytest.mark.parametrize(
    ("name", "count", "accepted"),
    [
        ("line-emoji", 7, False), ("line-emoji", 8, True), ("line-emoji", 40, True), ("line-emoji", 41, False),
        ("line-sticker", 8, True), ("line-sticker", 12, False), ("line-sticker", 24, True), ("whatsapp", 2, False),
        ("whatsapp", 30, True), ("kakao", 23, False), ("kakao-still", 32, True), ("slack", 500, True),
        ("telegram-emoji", 201, False),
    ],
)  # fmt: skip
def test_how_many_make_a_pack(name: str, count: int, accepted: bool) -> None:
    assert platform(name).pack.accepts_count(count) is accepted


def test_file_names() -> None:
    assert platform("line-emoji").pack.file_name(3, "wave", "apng") == "003.png"
    assert platform("line-sticker").pack.file_name(12, "wave", "apng") == "12.png"
    assert platform("discord-emoji").pack.file_name(1, "thank_you", "gif") == "thank_you.gif"


def test_what_every_platform_can_be_held_to() -> None:
    for each in PLATFORMS.values():
        assert each.canvas.accepts(each.canvas.width, each.canvas.height), each.name
        assert each.default_format in MEDIA_TYPES
        assert each.default_format in SUFFIXES
        if each.pack.name_pattern:
            assert re.fullmatch(each.pack.name_pattern, "thank_you"), each.name


def test_sources_and_choices_that_matter() -> None:
    line = platform("line-emoji")
    assert (line.source("frames"), line.source("bytes"), line.source("first_frame")) == (
        "official",
        "official",
        "secondary",
    )
    assert platform("discord-emoji").default_format == "webp"
    assert not platform("signal").indexed
    assert [cover.name for cover in platform("line-sticker").pack.covers] == ["main.png", "tab.png"]


def test_kilobytes_are_1024_bytes_where_the_platform_says_so() -> None:
    kib = {"whatsapp": 500, "discord-sticker": 512, "discord-emoji": 256, "signal": 300}
    assert {name: platform(name).max_bytes for name in kib} == {name: 1024 * size for name, size in kib.items()}
    assert platform("telegram-sticker").max_bytes == 256_000


def test_kakao_takes_stills_and_animations_on_white() -> None:
    kakao = platform("kakao")
    assert kakao.still is not None
    assert (kakao.still.count, kakao.still.max_bytes, kakao.background) == (21, 150_000, "#ffffff")
    still = kakao.as_still()
    assert (still.formats, still.timing.max_frames, still.background, still.still) == (("png",), 1, None, None)
    with pytest.raises(ValueError, match="slack takes no stills"):
        platform("slack").as_still()


@pytest.mark.parametrize("name", ["line-emoji", "line-still", "line-popup", "kakao", "kakao-still"])
def test_restrictions_on_works_made_with_ai_are_told(name: str) -> None:
    assert any("made with AI" in notice for notice in platform(name).notices)
