"""The table says what the platforms ask, and cannot be changed by whoever reads it."""

import re

import pytest
from pydantic import ValidationError

from popcon.errors import UnknownName
from popcon.platforms import MEDIA_TYPES, PLATFORMS, SUFFIXES, platform


def test_every_platform_is_there_under_its_own_name() -> None:
    assert list(PLATFORMS) == [
        "line-emoji", "line-sticker", "telegram-sticker", "telegram-emoji", "whatsapp", "discord-sticker",
        "discord-emoji", "slack", "signal", "imessage", "kakao", "gif", "apng", "webp",
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
    ],
)  # fmt: skip
def test_canvas(name: str, size: tuple[int, int], accepted: bool) -> None:
    assert platform(name).canvas.accepts(*size) is accepted


@pytest.mark.parametrize(
    ("name", "count", "accepted"),
    [
        ("line-emoji", 7, False), ("line-emoji", 8, True), ("line-emoji", 40, True), ("line-emoji", 41, False),
        ("line-sticker", 8, True), ("line-sticker", 12, False), ("line-sticker", 24, True), ("whatsapp", 2, False),
        ("whatsapp", 30, True), ("kakao", 23, False), ("slack", 500, True), ("telegram-emoji", 201, False),
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
        assert each.max_bytes is None or each.max_bytes % 1000 == 0, "1 KB is 1000 B"
        if each.pack.name_pattern:
            assert re.fullmatch(each.pack.name_pattern, "thank_you"), each.name


def test_sources_and_choices_that_matter() -> None:
    line = platform("line-emoji")
    assert (line.source("frames"), line.source("bytes"), line.source("first_frame")) == (
        "official",
        "secondary",
        "secondary",
    )
    assert platform("discord-emoji").default_format == "webp"
    assert not platform("signal").indexed
    assert [cover.name for cover in platform("line-sticker").pack.covers] == ["main.png", "tab.png"]
