"""`popcon platforms`, and what `popcon check` says of sources and doubts, through the command line."""

import json
from datetime import date
from pathlib import Path

import pytest

from popcon.actions import PRESETS
from popcon.check import sources
from popcon.check.report import Source
from popcon.check.rulebooks import RULEBOOKS
from popcon.jobs.archive import Job
from popcon.models.job import JobSpec
from popcon.pipeline.plan import Plan
from popcon.storage.store import ref_of
from tests.ui.test_check_command import DATA, run
from ui.cli.job_run import announcement


def test_all_platforms_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "platforms", "--json")
    assert code == 0
    assert [each["name"] for each in json.loads(out)["platforms"]] == list(RULEBOOKS)


@pytest.mark.parametrize("name", RULEBOOKS)
def test_every_rule_has_its_source_and_every_page_its_date(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "platforms", name, "--json")
    assert code == 0
    rules = json.loads(out)["rules"]
    assert any(rule["rule"] == "sticker: formats" for rule in rules)
    for rule in rules:
        assert rule["limit"]
        assert rule["source"]["page"]
        assert (rule["source"]["kind"] == "ours") == (rule["source"]["seen"] is None), rule


def test_limits_as_a_person_reads_them(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "platforms", "kakao", "--json")
    answer = json.loads(out)
    limits = {rule["rule"]: rule["limit"] for rule in answer["rules"]}
    assert limits["sticker: bytes, at most"] == "2000000"
    assert limits["still: bytes, at most"] == "150000"
    assert limits["pack: stills among the stickers"] == "21"
    assert any("made with AI" in notice for notice in answer["notices"])
    _, out, _ = run(capsys, "platforms", "kakao")
    assert "sources disagree" in out
    code, _, complaint = run(capsys, "platforms", "kakoa")
    assert (code, "choose from line-emoji" in complaint) == (2, True)


def test_sources_that_nobody_looked_at_for_a_year(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Source(kind="official", page="a page", seen=date(2025, 1, 31))
    assert old.outdated(date(2026, 2, 1))
    assert not old.outdated(date(2026, 1, 31))
    assert not Source(kind="ours", page="good sense").outdated(date(2999, 1, 1))

    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(2028, 1, 1)

    arguments = ("check", DATA / "ffmpeg.png", "--platform", "line-emoji")
    _, out, _ = run(capsys, *arguments)
    assert "not looked at since" not in out
    monkeypatch.setattr("ui.cli.rules.date", Later)
    _, out, _ = run(capsys, *arguments)
    assert f"not looked at since {sources.LINE_EMOJI.seen}: {sources.LINE_EMOJI.page}" in " ".join(out.split())


def test_a_review_tells_doubts_and_writes_pictures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ("check", DATA / "ffmpeg.gif", "--platform", "slack", "--review", "--pictures", tmp_path / "doubts")
    code, out, _ = run(capsys, *arguments, "--json")
    assert code == 0
    answer = json.loads(out)
    assert len(answer["doubts"]) == len(answer["pictures"]) > 0
    assert all(Path(path).read_bytes().startswith(b"\x89PNG") for path in answer["pictures"])
    assert all({"kind", "file", "frame", "says"} == each.keys() for each in answer["doubts"])
    code, _, complaint = run(capsys, *arguments[:4], "--pictures", tmp_path)
    assert (code, "--pictures goes with --review" in complaint) == (2, True)


def test_restrictions_on_works_made_with_ai_are_told_before_a_job_starts() -> None:
    picture, actions = ref_of(b"picture", "image/png"), (PRESETS["wave"],)

    def announced(*platforms: str) -> str:
        spec = JobSpec(title="Fox", picture=picture, actions=actions, platforms=platforms)
        return announcement(Job(id="fox-1", created_at="2026-11-27", spec=spec), Plan(job="fox-1", steps=()))

    told = announced("kakao", "kakao-still", "line-emoji")
    assert told.count("KakaoTalk has restricted works made with AI since 2023") == 1
    assert "LINE labels works made with AI" in told
    assert announced("slack") == "fox-1: 1 actions, 0 steps to do, 0 finished."
