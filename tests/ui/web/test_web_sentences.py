"""What code says in English, told in four languages: no sentence of the listed rooms is without its translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from popcon import errors
from popcon.locales.catalogs import LANGUAGES
from popcon.locales.sentences import say, sentences
from popcon.platforms import PLATFORMS
from ui.cli.commands import COMMANDS

ROOT = Path(__file__).parents[3]
TRANSLATED = [each for each in LANGUAGES if each != "en"]
RAISE = {name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)}
ROOMS = ["actions", "check", "delivery", "editing", "jobs"]
"""Rooms whose errors are translated; engines, ledger, publish, storage, media, standalone speak English still. A new
sentence in these rooms goes into `sentences` of each `popcon/locales/LANGUAGE.json`, with {1}, {2} … for its values."""
FINDINGS = ["sticker_rules.py", "pack_rules.py", "listing.py", "limits.py", "tables.py", "review/rehearsal.py"]
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")


def text_of(node: ast.AST) -> str:
    """Return a text as it would come out, with 7 for each value; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "7" for each in node.values)  # type: ignore[misc]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    return ""


def raised(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", "") in RAISE - {"UnknownName"}:
            yield text_of(node.args[0])


def found(path: Path) -> Iterator[str]:
    """Texts of a module of the check: what is asked and found; neither documentation nor a model's descriptions."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)
        if isinstance(node, ast.keyword) and node.arg == "description":
            skipped.add(node.value)
        if isinstance(node, ast.JoinedStr):
            skipped |= set(node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in skipped:
            yield text_of(node)


def all_texts() -> list[str]:
    paths = [path for room in ROOMS for path in (ROOT / "popcon" / room).rglob("*.py")]
    texts = [text for path in [*paths, *(ROOT / "ui").rglob("*.py")] for text in raised(path)]
    texts += [text for name in FINDINGS for text in found(ROOT / "popcon/check" / name)]
    texts += [each.summary for each in COMMANDS.values()]
    texts += [text for each in PLATFORMS.values() for text in (each.title, *each.notices)]
    return sorted({text for text in texts if ENGLISH.search(text)})


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_of_these_rooms_is_left_in_english(language: str) -> None:
    assert [text for text in all_texts() if ENGLISH.search(re.sub(r"`[^`]*`|--?[\w-]+", "", say(text, language)))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_translation_has_the_values_of_its_english(language: str) -> None:
    catalogue = sentences(language)
    assert set(catalogue) == set(sentences("ko"))
    for english, translation in catalogue.items():
        assert translation.strip(), english
        assert set(re.findall(r"\{\d\}", translation)) == set(re.findall(r"\{\d\}", english)), english


def test_values_are_put_in_and_translated_themselves() -> None:
    told = say("broken: wave.png: at most 300000 bytes (found 412345)", "ko")
    assert told == "위반: wave.png: 300000바이트 이하 (실제: 412345)"
    assert (
        say("There is no platform named 'x'; choose from a, b.", "zh-Hans") == "没有名为 'x' 的平台；请从中选择：a, b。"
    )
    assert say("44 steps to do; free of charge.", "ja") == "残り 44 ステップ。無料。"


def test_what_is_not_known_stays_as_it_is() -> None:
    assert say("nobody wrote this", "ja") == "nobody wrote this"
    assert say("at most 3 bytes", "en") == "at most 3 bytes"
    assert say("at most 3 bytes" * 1000, "ko") == "at most 3 bytes" * 1000


def test_an_error_is_told_in_the_language_of_the_request(client: TestClient) -> None:
    missing = client.get("/api/jobs/none", headers={"accept-language": "ja"})
    assert missing.status_code == 404
    assert "はありません" in missing.json()["error"]
