"""The caption options of an order become the words of a job, or a sentence of what is wrong."""

from pathlib import Path

import pytest

from popcon.actions import PRESETS
from popcon.errors import BadInput, UnknownName
from popcon.jobs.captions import CaptionOptions, job_captions
from popcon.media.captions.phrases import phrases
from tests.popcon.media.captions.block_font import block_font

ACTIONS = [PRESETS[name] for name in ("wave", "good-night", "ok")]


@pytest.fixture
def font(tmp_path: Path) -> str:
    path = tmp_path / "block.ttf"
    path.write_bytes(block_font("".join(phrases("en").values()) + "".join(phrases("ko").values())))
    return str(path)


def test_a_language_gives_every_preset_its_phrase(font: str) -> None:
    [(captions, data)] = job_captions(CaptionOptions(language="ko", font=font), ACTIONS, ["line-emoji"])
    assert captions.texts == {"wave": "안녕!", "good-night": "잘 자", "ok": "오케이!"}
    assert (captions.language, captions.motion, captions.font.name) == ("ko", None, "Block Bold")
    assert data == Path(font).read_bytes()


def test_own_words_go_before_a_csv_and_that_before_the_bundled(font: str, tmp_path: Path) -> None:
    table = tmp_path / "words.csv"
    table.write_text("action,text\nwave,Hello\nok,Okay\n")
    options = CaptionOptions(language="en", captions=str(table), caption=("ok=OK",), font=font, caption_motion="glow")
    [(captions, _)] = job_captions(options, ACTIONS, ["line-emoji"])
    assert captions.texts == {"wave": "Hello", "good-night": "Good night", "ok": "OK"}
    assert captions.motion == "glow"


def test_several_languages_in_one_order(font: str, tmp_path: Path) -> None:
    options = CaptionOptions(language="en, KO,en", caption=("ok=Sure",), font=font)
    made = [captions for captions, _ in job_captions(options, ACTIONS, ["line-emoji"])]
    assert [each.language for each in made] == ["en", "ko"], "own words are in the first language"
    assert [each.texts["ok"] for each in made] == ["Sure", phrases("ko")["ok"]]
    table = tmp_path / "words.csv"
    table.write_text("action,en,ko\nwave,Hey,야호!\n")
    both = CaptionOptions(language="en,ko", captions=str(table), font=font)
    assert [each.texts["wave"] for each, _ in job_captions(both, ACTIONS, ["slack"])] == ["Hey", "야호!"]
    table.write_text("action,text\nwave,Hey\n")
    with pytest.raises(BadInput, match="no column en; its heading is action,text"):
        job_captions(both, ACTIONS, ["slack"])


def test_only_own_words(font: str) -> None:
    [(captions, _)] = job_captions(CaptionOptions(caption=("wave=Hi!",), font=font), ACTIONS, ["slack"])
    assert captions.texts == {"wave": "Hi!"}
    assert job_captions(CaptionOptions(), ACTIONS, ["slack"]) == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"font": "x.ttf"}, "are about words; ask for some with --language or --caption"),
        ({"caption": ("wave=狐",)}, r"no glyph for 狐 \(U\+72D0\).*install fonts-noto-cjk"),
        ({"caption": ("wave=" + "a" * 70,)}, r"has 70 characters and would be \d+ px high on 180x180 px"),
        ({"caption": ("nod=Hi",)}, "is no action of this job"),
        ({"captions": "none.csv"}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_told(options: dict[str, object], says: str, font: str) -> None:
    given = {"font": font} | options
    with pytest.raises(BadInput, match=says):
        job_captions(CaptionOptions.model_validate(given), ACTIONS, ["line-emoji"])


def test_an_unknown_language(font: str) -> None:
    with pytest.raises(UnknownName, match="caption language named 'xx'; choose from en, ko"):
        job_captions(CaptionOptions(language="xx", font=font), ACTIONS, ["line-emoji"])
