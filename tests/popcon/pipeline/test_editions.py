"""Packs in several languages from one order: one take serves all, and new words make new stickers only."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from popcon import naming
from popcon.jobs.archive import Archive, Job
from popcon.models.artifact import ArtifactRef
from popcon.models.caption import CaptionFont, Captions
from popcon.pipeline.plan import finished_actions, make_plan
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import FakeJob, place_job

FONT = CaptionFont(file=ArtifactRef(sha256="0" * 64, media_type="font/collection", size=9), name="Block Bold")


def words(language: str, text: str) -> Captions:
    return Captions(language=language, texts={"wave": text}, font=FONT)


def order(archive: Archive, *captions: Captions) -> Job:
    spec = place_job(archive.store, "auto").spec
    update = {"captions": captions[0] if captions else None, "translations": captions[1:]}
    return archive.place(type(spec).model_validate(spec.model_dump() | update))


def test_a_pack_for_each_platform_and_language_from_one_take(tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))
    job = order(archive, words("en", "Hi!"), words("ko", "안녕!"))
    editions = ("line-emoji.en", "line-emoji.ko", "telegram-emoji.en", "telegram-emoji.ko")
    assert job.spec.editions == editions
    made = FakeJob(archive, job)
    plain = FakeJob(Archive(Store(str(tmp_path / "plain"))), order(Archive(Store(str(tmp_path / "plain")))))
    late = ("sticker", "pack", "contact")
    assert [each for each in made.ran if not each.startswith(late)] == [
        each for each in plain.ran if not each.startswith(late)
    ], "drawn, animated and cut out once"
    assert [label for label in made.ran if "sticker" in label] == [f"sticker wave {each}" for each in editions]
    assert make_plan(archive, job).finished
    assert finished_actions(archive, job) == {"wave"}
    files = {archive.stickers(job, each)[0].file.sha256 for each in editions}
    assert len(files) == 4, "each has words of its own"
    assert [label for label in made.ran if label.startswith("pack")] == [f"pack {each}" for each in editions]


def test_new_words_make_new_stickers_only(tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))
    FakeJob(archive, order(archive, words("en", "Hi!"), words("ko", "안녕!")))
    again = FakeJob(archive, order(archive, words("en", "Hi!"), words("ko", "안녕하세요")))
    assert again.ran == [
        "sticker wave line-emoji.ko",
        "sticker wave telegram-emoji.ko",
        "pack line-emoji.ko",
        "contact sheet line-emoji.ko",
        "pack telegram-emoji.ko",
        "contact sheet telegram-emoji.ko",
    ]


def test_one_language_or_none_keeps_the_names(tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))
    assert order(archive).spec.editions == ("line-emoji", "telegram-emoji")
    job = order(archive, words("th", "สวัสดี"))
    assert job.spec.editions == ("line-emoji", "telegram-emoji")
    assert job.spec.words_of("") == job.spec.captions
    assert "translations" not in job.spec.model_dump(), "the same order as before is the same job"


def test_a_language_stands_once(tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))
    with pytest.raises(ValidationError, match="each language of the captions stands once"):
        order(archive, words("en", "Hi!"), words("en", "Hello"))


def test_names_of_editions() -> None:
    assert naming.edition("line-emoji") == "line-emoji"
    assert naming.edition_parts(naming.edition("line-emoji", "zh-Hant")) == ("line-emoji", "zh-Hant")
    assert naming.edition_parts("slack") == ("slack", "")
    assert naming.pack_file("Fox", "line-emoji.ko") == "fox-line-emoji.ko.zip"
    assert naming.wastickers_file("Fox", "ko") == "fox.ko.wastickers"
