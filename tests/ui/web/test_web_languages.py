"""The pages in five languages: complete catalogues, no sentence in the code, and the language of a request."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from popcon.actions import PRESETS
from popcon.check.review.measures import GROUNDS
from popcon.delivery.report.page import render
from popcon.jobs.archive import Archive
from popcon.locales.catalogs import (
    LANGUAGES,
    Message,
    format_time,
    language_of_environment,
    messages,
    negotiated,
    translator,
)
from popcon.models.summary import JobSummary
from popcon.models.verdict import Status
from popcon.pipeline.plan import make_plan
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import place_job

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "ui/web/static"
TEMPLATES = sorted([*(ROOT / "ui/web/templates").glob("*.html"), *(ROOT / "popcon/delivery/report").rglob("*.html")])
SCRIPTS = sorted(STATIC.glob("*.js"))
NAMES = set(
    re.findall(
        r"\w+",
        "PopCon DashScope English WhatsApp KakaoTalk WebP AbortError Infinity Notification Ctrl Shift "
        "Escape Enter Home End Delete Backspace Space ArrowLeft ArrowRight ArrowUp ArrowDown",
    )
)
"""Literals that are names of things or keys, the same in every language."""


def texts(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def fields(message: Message) -> set[str]:
    return set(chain.from_iterable(re.findall(r"\{(\w+)\}", text) for text in texts(message)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_message_with_its_values(language: str) -> None:
    english, catalogue = messages("en"), messages(language)
    assert set(catalogue) == set(english)
    for key, message in catalogue.items():
        assert all(text.strip() for text in texts(message)), key
        assert fields(message) == fields(english[key]), key


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_nothing_is_left_in_english(language: str) -> None:
    catalogue = messages(language)
    latin = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}")
    assert [key for key, each in catalogue.items() if latin.search(" ".join(texts(each)))] == []


def literals(script: Path) -> list[str]:
    source = re.sub(r"/\*.*?\*/", "", script.read_text("utf-8"), flags=re.DOTALL)
    source = re.sub(r"(^|\s)//.*", r"\1", source)
    source = re.sub(r"console\.\w+\([^)]*\)", "", source)
    plain = re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)
    templates = [re.sub(r"\$\{[^}]*\}", "", each) for each in re.findall(r"`((?:[^`\\]|\\.)*)`", source)]
    return plain + templates


def is_said(text: str) -> bool:
    """Whether a literal is for people: a capitalised word that is no name, or a clause of three words."""
    capital = re.search(r"(?<![\w-])[A-Z][a-z]{2,}", text)
    clause = re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}[ .,]", f"{text} ")
    if capital and not set(re.findall(r"[A-Za-z]{3,}", text)) <= NAMES:
        return True
    # Class names and selectors are lower case throughout, or have their signs.
    return bool(clause) and "#" not in text and "=" not in text and not re.fullmatch(r"[a-z -]+", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_sentence_stands_in_a_script(script: Path) -> None:
    assert [each for each in literals(script) if is_said(each)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_sentence_stands_in_a_template(template: Path) -> None:
    source = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<style>.*?</style>", "", template.read_text("utf-8"), flags=re.DOTALL)
    said = re.findall(r">\s*([^<>\s][^<>]*)<", source)
    assert [each.strip() for each in said if each.strip(" ·:,\n") not in ("PopCon", "SSIM", "")] == []


def test_every_key_of_the_code_is_in_the_catalogues_and_every_message_is_used() -> None:
    code = [*SCRIPTS, *(ROOT / "ui").rglob("*.py"), *(ROOT / "popcon").rglob("*.py"), *(ROOT / "ui").rglob("*.html")]
    code += (ROOT / "popcon").rglob("*.html")
    source = "\n".join(path.read_text("utf-8") for path in code)
    catalogue = messages("en")
    used = set(re.findall(r"""\bt\(["']([\w.-]*\w)["']""", source))
    assert used <= set(catalogue)
    families = {*re.findall(r"""\bt\(f?[`"]([\w.]+)(?:\$\{|\{)""", source), "action.", "ground."}
    unused = {key for key in set(catalogue) - used if f'"{key}"' not in source}
    assert {key for key in unused if not key.startswith(tuple(families))} == set()


def test_each_status_preset_and_chat_has_its_words() -> None:
    catalogue = messages("en")
    wanted = {f"status.{each}" for each in Status} | {f"next.{each}" for each in Status}
    wanted |= {f"action.{each}" for each in PRESETS} | {f"ground.{each}" for each in GROUNDS}
    assert wanted <= set(catalogue)
    assert all(catalogue[f"action.{name}"] == each.title for name, each in PRESETS.items())


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en;q=0.5, ja", "ja"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hant"),
        ("de-DE,fr;q=0.7", "en"),
        ("ja;q=0,en;q=0.1", "en"),
        ("", "en"),
        (";;q=,,=", "en"),
    ],
)
def test_the_header_of_a_browser_chooses(accepted: str, language: str) -> None:
    assert negotiated(accepted) == language


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    monkeypatch.setenv("LANG", "zh_TW.UTF-8")
    assert language_of_environment() == "zh-Hant"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert language_of_environment() == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_written_in_each_language(language: str, tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))
    job = place_job(archive.store, "auto")
    report = render(archive, job, JobSummary(missing={"wave": "?"}), {}, make_plan(archive, job), 1.5, language)
    t = translator(language)
    assert f'<html lang="{language}">' in report
    assert f"<h2>{t('report.missing')}</h2>" in report
    assert f"<td>{t('action.wave')}<td>{t('status.queued')}" in report


def test_plural_forms_follow_the_count() -> None:
    assert translator("en")("activity.waiting", count=1) == "1 waits for you"
    assert translator("en")("activity.waiting", count=2) == "2 wait for you"
    assert translator("ja")("activity.waiting", count=1) == "1 件が確認待ち"


def test_times_are_written_as_each_language_writes_them() -> None:
    at = "2026-11-08T17:07:33.123+00:00"
    assert format_time(at, "en") == "Nov 8, 2026 17:07"
    assert format_time(at, "ko") == "2026. 11. 8. 17:07"
    assert format_time(at, "ja") == "2026/11/08 17:07"
    assert format_time(at, "zh-Hant") == format_time(at, "zh-Hans") == "2026年11月8日 17:07"
    assert format_time("junk", "en") == "junk"


def test_a_page_comes_in_the_language_of_the_browser_and_a_choice_goes_over_it(client: TestClient) -> None:
    page = client.get("/archive", headers={"accept-language": "ko"})
    assert '<html lang="ko">' in page.text
    assert page.headers["content-language"] == "ko"
    assert "cookie" in page.headers["vary"]
    catalogue = re.search(r'id="messages">(.*?)</script>', page.text, re.DOTALL)
    assert catalogue is not None
    assert json.loads(catalogue[1]) == messages("ko")
    chosen = client.get("/login", headers={"accept-language": "ko", "cookie": "popcon_language=zh-Hans"})
    assert '<html lang="zh-Hans">' in chosen.text
    assert "令牌" in chosen.text
    odd = client.get("/", headers={"cookie": "popcon_language=../../etc"})
    assert '<html lang="en">' in odd.text


def test_a_board_speaks_the_language_of_its_reader(client: TestClient) -> None:
    [card] = client.get("/api/jobs").json()["jobs"]
    said = {
        language: client.get(f"/api/jobs/{card['id']}", headers={"accept-language": language}).json()
        for language in ("en", "ja")
    }
    assert said["en"]["next"] == translator("en")("job_next.download")
    assert said["ja"]["next"] == translator("ja")("job_next.download")
    assert said["ja"]["actions"][0]["next"] == translator("ja")("next.done")
