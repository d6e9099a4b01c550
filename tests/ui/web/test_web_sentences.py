"""What code says in English, told in four languages: no sentence that reaches a person is without its translation."""

import ast
import re
from collections.abc import Iterator
from functools import cache
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
ROOMS = ["popcon", "flows", "ui", "deployments", "tasks", "blocks"]
"""Folders whose errors reach people. A new sentence in them goes into `sentences` of each
`popcon/locales/LANGUAGE.json`, with {1}, {2} … for its values."""
NOT_FOR_PEOPLE = {"ValueError", "AssertionError", "warning", "info", "debug", "exception", "getLogger"}
"""Calls whose texts are for developers or for logs."""
CODE = ("not implemented for", "Redraw this character 7 times", "The store 7 could not be 7")
"""How texts begin that are given to models, looked for in what a library says, or begin a sentence that is known."""
FINDINGS = [
    *("check/" + each for each in ("sticker_rules.py", "pack_rules.py", "listing.py", "limits.py", "tables.py")),
    *("check/review/rehearsal.py", "media/clips/animation_files.py", "media/clips/video_files.py"),
]
"""Modules whose texts are what was found in a file, told beside it."""
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


@cache
def trees() -> dict[Path, ast.Module]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {path: ast.parse(path.read_text("utf-8")) for path in paths}


@cache
def raisable() -> set[str]:
    """Return the names of all errors for people: those of `popcon.errors`, and their subclasses anywhere."""
    known = {name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)}
    classes = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {each.name for each in classes if {named(base) for base in each.bases} & known} - known:
        known |= more
    return known - {"UnknownName"}  # its first argument is a kind, not a sentence


def named(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def is_raised(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and named(node.func) in raisable() and bool(node.args)


def raised(tree: ast.Module) -> Iterator[str]:
    """Yield the sentences of errors, and the sentences that stand in constants that those fill in."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if is_raised(node):
            yield text_of(node.args[0])  # type: ignore[attr-defined]
            used = (constants.get(named(each)) for each in ast.walk(node.args[0]))  # type: ignore[attr-defined]
            yield from (text_of(each) for each in used if each is not None)


def beside(tree: ast.Module) -> Iterator[str]:
    """Yield the other texts of functions that raise errors: parts of their sentences, and reasons."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not any(map(is_raised, ast.walk(function))):
            continue
        skipped: set[ast.AST] = set()
        for node in ast.walk(function):
            is_code = isinstance(node, ast.Call) and named(node.func) in NOT_FOR_PEOPLE
            if is_code or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                skipped |= set(ast.walk(node))
            if isinstance(node, ast.JoinedStr):
                skipped |= set(node.values)
        for node in ast.walk(function):
            if isinstance(node, ast.Constant | ast.JoinedStr) and node not in skipped:
                yield text_of(node)


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


@cache
def all_texts() -> list[str]:
    texts = [text for tree in trees().values() for text in (*raised(tree), *beside(tree))]
    texts += [text for name in FINDINGS for text in found(ROOT / "popcon" / name)]
    texts += [each.summary for each in COMMANDS.values()]
    texts += [text for each in PLATFORMS.values() for text in (each.title, *each.notices)]
    return sorted({text for text in texts if ENGLISH.search(text) and not text.startswith(CODE)})


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_for_people_is_left_in_english(language: str) -> None:
    assert [text for text in all_texts() if ENGLISH.search(re.sub(r"`[^`]*`|--?[\w-]+", "", say(text, language)))] == []
    errors_said = {text for tree in trees().values() for text in raised(tree) if re.search(r"[a-z]{3,} ", text)}
    assert [text for text in sorted(errors_said) if say(text, language) == text] == []


def test_each_kind_of_name_is_translated() -> None:
    calls = [node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    kinds = {text_of(call.args[0]) for call in calls if named(call.func) == "UnknownName"} - {""}
    assert {"platform", "frame of 7"} <= kinds
    assert [kind for kind in sorted(kinds) if say(kind, "ja") == kind] == []


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


def test_what_is_wrong_with_a_request_is_one_sentence_of_its_language(client: TestClient) -> None:
    [card] = client.get("/api/jobs").json()["jobs"]
    path = f"/api/jobs/{card['id']}/actions/wave/verdict"
    answer = client.post(path, json={}, headers={"accept-language": "ja"})
    assert (answer.status_code, answer.json()) == (422, {"error": "gate: 必須です。"})


@pytest.mark.parametrize(
    ("complaint", "said"),
    [
        ("prompt: String should have at most 800 characters.", "prompt: 800 文字以下にしてください。"),
        ("slot: Input should be a valid integer, unable to parse string as an integer.", "slot: 整数にしてください。"),
        ("kind: Input should be 'approve' or 'skip'.", "kind: 'approve' または 'skip' にしてください。"),
        ("limbs: the limb arm has no area.", "limbs: 手足 arm に面積がありません。"),
    ],
)
def test_a_librarys_complaint_becomes_a_sentence(complaint: str, said: str) -> None:
    assert say(complaint, "ja") == said
