"""The help of every command in the language of the environment."""

import re

import pytest

from ui.cli.app import main
from ui.cli.commands import COMMANDS
from ui.cli.models import models

PAGES = [[], *([name] for name in COMMANDS), *(["models", name] for name in ("list", "get", "check", "remove"))]


@pytest.fixture(autouse=True)
def _help_of_models_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the one application that lives in a module: Cyclopts gives it the help of the list of commands."""
    monkeypatch.setattr(models, "help", models.help)


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_help_has_no_english_sentence(
    page: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POPCON_LANG", "ja")
    monkeypatch.setenv("COLUMNS", "400")  # no line is broken
    with pytest.raises(SystemExit) as left:
        main([*page, "--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert told.startswith("使い方: popcon")
    lines = [line for line in told.splitlines() if not re.match(r" (PREFECT_API_URL=\S+ )?popcon ", line)]
    lines = [re.sub(r"popcon models \w+|PopCon publishing account", "", line) for line in lines]
    assert [line for line in lines if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", line)] == []


def test_help_keeps_names_and_defaults_that_say_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POPCON_LANG", "ko")
    monkeypatch.setenv("COLUMNS", "120")
    with pytest.raises(SystemExit):
        main(["make", "--help"])
    told = capsys.readouterr().out
    assert "--keep-background" in told
    assert "[선택: auto, ask]" in told
    assert "[기본값: line-emoji]" in told
    assert '""' not in told
    assert "False" not in told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["make", "--unknown"], "알 수 없는 옵션: --unknown."),
        (["show"], '명령 "show"의 JOB에 값이 필요합니다.'),
        (["nonsense"], '알 수 없는 명령 "nonsense"입니다.'),
        (["make", "fox.png", "--review", "foo"], "--review: 'auto' 또는 'ask'이어야 합니다."),
        (["make", "fox.png", "--seed", "-1"], "--seed: 0 이상이어야 합니다."),
    ],
)
def test_complaints_about_arguments_are_translated(
    given: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POPCON_LANG", "ko")
    with pytest.raises(SystemExit) as left:
        main(given)
    assert left.value.code == 2
    assert said in capsys.readouterr().err
