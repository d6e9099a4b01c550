"""`popcon edit`: adjustments from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from popcon.editing.adjustments import current_adjustments
from popcon.jobs.archive import Archive, Job
from popcon.models.adjustment import Nudge, Outline, Recolour
from popcon.pipeline.plan import make_plan
from popcon.settings import settings
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import FakeJob, place_job
from ui.cli.app import main


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    monkeypatch.setenv("POPCON_STORE", str(tmp_path))
    settings.cache_clear()
    store = Store(str(tmp_path))
    made = place_job(store, "auto", ("wave", "cry"))
    FakeJob(Archive(store), made)
    yield made
    settings.cache_clear()


def edit(job: Job, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    with pytest.raises(SystemExit) as left:
        main(["edit", job.id, *options, "--json"])
    said = capsys.readouterr().out
    assert left.value.code in (0, None), said
    found: dict[str, object] = json.loads(said)
    return found


def test_stickers_are_adjusted_and_taken_back(job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = Archive(Store(str(tmp_path)))
    edit(job, capsys, "--outline", "white", "--recolour", "#FFCE38=#3b82f6")
    edit(job, capsys, "--action", "wave", "--outline", "#102030", "--width", "5", "--first", "2")
    edit(job, capsys, "--action", "wave", "--move", "12,-4", "--turn", "5")
    edit(job, capsys, "--action", "wave", "--frame", "3", "--scale", "1.1")
    now = current_adjustments(archive.store, job.id).adjustments
    assert now.outline == Outline(colour="#ffffff", width=8)
    assert now.recolours == (Recolour(source="#ffce38", target="#3b82f6"),)
    wave = now.of("wave")
    assert wave.outline == Outline(colour="#102030", width=5)
    assert wave.nudge == Nudge(x=12, y=-4, angle=5)
    assert list(wave.frames.values()) == [Nudge(scale=1.1)]
    assert wave.first is not None
    assert now.outline_of("cry") == now.outline
    left = [each.label for each in make_plan(archive, job).steps if not each.cached]
    assert {label.split()[0] for label in left} == {"sticker", "pack"}
    edit(job, capsys, "--action", "wave", "--outline", "pack", "--first", "0")
    assert current_adjustments(archive.store, job.id).adjustments.of("wave").first is None
    assert edit(job, capsys, "--back-to", "0")["version"] == 6
    assert make_plan(archive, job).finished, "all is as it was, and found"
    assert edit(job, capsys)["version"] == 6, "showing changes nothing"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--move", "1,2"], "say which one with --action"),
        (["--action", "wave", "--move", "1"], "write X,Y"),
        (["--action", "jump", "--scale", "2"], "jump"),
        (["--action", "wave", "--scale", "9"], "less than or equal to 4"),
        (["--action", "wave", "--first", "99"], "99"),
        (["--action", "wave", "--frame", "1"], "--frame: say what"),
        (["--action", "wave", "--recolour", "#ff0000=#00ff00"], "whole pack"),
        (["--recolour", "red"], "#rrggbb=#rrggbb"),
        (["--outline", "blue"], "colour"),
        (["--outline", "pack"], "one sticker"),
        (["--back-to", "3"], "3"),
    ],
)
def test_what_cannot_be_adjusted_is_refused(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["edit", job.id, *options])
    assert left.value.code == 2
    written = capsys.readouterr()
    assert said in " ".join((written.out + written.err).split())
    assert current_adjustments(Store(str(tmp_path)), job.id).version == 0
