"""The submission kit keeps to each form's limits, in every language."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from popcon.media.captions.phrases import LANGUAGES
from popcon.packs.kit import FORMS, KitSticker, Work, build_kit
from popcon.packs.kit.texts import copyright_of, fitted, tags, units
from popcon.platforms import PLATFORMS

WORK = Work(
    engines={"animation": "puppet"},
    human=({"action": "wave", "what": "decision", "at": "2026-11-01", "said": {"kind": "approve"}},),
)


def stickers() -> list[KitSticker]:
    still = np.zeros((90, 60, 4), np.uint8)
    still[10:80, 10:50] = (240, 120, 30, 255)
    names = ("wave", "laugh", "thank-you", "good-night", "spin")
    return [KitSticker(n, n.replace("-", " ").capitalize(), ("👋", "🙂"), still) for n in names]


def kit(platform: str, title: str = "Fox", work: Work = WORK) -> dict[str, bytes]:
    return dict(build_kit(platform, title, "Maker Émile 狐", stickers(), work))


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("platform", FORMS)
@pytest.mark.parametrize("title", ["Fox", "狐狸的一天" * 9, "A very long title of a pack " * 5, "Fox 🦊✨"])
def test_every_text_fits_its_form(platform: str, title: str) -> None:
    form = FORMS[platform]
    found = rows(kit(platform, title)["texts.csv"])
    assert {row["language"] for row in found if row["field"] == "title"} == set(LANGUAGES)
    for row in found:
        length = units(row["text"], form.wide_counts_two)
        assert 0 < length <= int(row["limit"]), row
        assert length == int(row["length"])
        assert not any(ord(c) >= 0x1F000 for c in row["text"]), "no emoji"


def test_every_form_is_of_a_platform_and_others_have_no_kit() -> None:
    assert set(FORMS) <= set(PLATFORMS)
    assert kit("slack") == {}


def test_full_width_characters_count_two() -> None:
    assert (units("狐 fox", True), units("狐 fox", False)) == (6, 5)
    assert fitted("狐狐狐狐", 8, True) == "狐狐狐狐"
    assert fitted("狐狐狐狐", 7, True) == "狐狐狐…"
    assert fitted("one two three", 9, False) == "one two…"


def test_tags_are_what_the_form_takes() -> None:
    found = rows(kit("line-emoji")["tags.csv"])
    assert len(found) == 5 * len(LANGUAGES)
    assert all(0 < len(row["tags"].split(" | ")) <= 9 for row in found)
    korean = next(row for row in found if row["sticker"] == "good-night" and row["language"] == "ko")
    assert korean["tags"] == "잘 자 | good night | 👋 | 🙂"
    assert tags("Hi!", "Wave", ("👋",)) == ["Hi", "wave", "👋"]
    assert all(len(row["tags"].split(" | ")) <= 3 for row in rows(kit("whatsapp")["tags.csv"]))


def test_copyright_is_letters_and_digits_where_asked() -> None:
    assert copyright_of("Maker Émile 狐", 50, True) == "Maker Emile"
    assert copyright_of("狐", 50, True) == "PopCon"


def test_how_it_was_made_is_told() -> None:
    files = kit("line-emoji")
    assert "no generative model took part" in " ".join(files["ai.txt"].decode().split())
    assert json.loads(files["process.json"])["human"][0]["said"] == {"kind": "approve"}
    made = Work(engines={"animation": "dashscope"}, generative=("animation (dashscope)",))
    assert "Yes. Generative AI took part: animation (dashscope)." in kit("kakao", work=made)["ai.txt"].decode()
    checklist = files["checklist.md"].decode()
    assert "LINE labels works made with AI" in checklist
    assert checklist.count("- [ ]") >= 6
    assert "restricted" in kit("kakao")["checklist.md"].decode()


@pytest.mark.parametrize("platform", FORMS)
def test_every_limit_tells_its_source_or_that_it_is_an_estimate(platform: str) -> None:
    form = FORMS[platform]
    for row in rows(kit(platform)["texts.csv"]):
        source = row["source of the limit"]
        assert ("estimate" in source) == (row["field"] in form.estimates)
        assert "2026" in source or "estimate" in source
    assert ("No source gives the limits" in kit(platform)["checklist.md"].decode()) == bool(form.estimates)


def test_screenshots_have_the_size_that_the_store_asks_for() -> None:
    with Image.open(io.BytesIO(kit("imessage")["screenshot-6.9-inch.png"])) as image:
        assert image.size == (1260, 2736)


def test_the_preview_is_a_square_of_stickers() -> None:
    with Image.open(io.BytesIO(kit("wechat")["preview.png"])) as image:
        assert image.size == (1024, 1024)
        shown = np.asarray(image.convert("RGB"))
    assert (shown != 255).any(axis=2).mean() > 0.1
