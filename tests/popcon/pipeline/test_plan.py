"""Plans: which tasks of a job are finished, which are to come, what they would cost. Nothing is run."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from popcon.jobs.archive import Archive
from popcon.models.step import Step
from popcon.models.verdict import RefinementVerdict, StartFrameVerdict, Status
from popcon.pipeline import plan as plan_module
from popcon.pipeline.plan import Plan, finished_actions, make_plan
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import FakeJob, place_job


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path)))


def labels(planned: Plan, cached: bool) -> list[str]:
    return [each.label for each in planned.steps if each.cached is cached]


def of(planned: Plan, step: Step) -> Sequence[str]:
    return [each.label for each in planned.steps if each.step is step]


def test_a_new_job_has_one_task_for_each_step_and_one_sticker_and_pack_for_each_platform(archive: Archive) -> None:
    planned = make_plan(archive, place_job(archive.store, "auto", ("wave", "cry")))
    assert labels(planned, cached=True) == []
    assert [each.label for each in planned.steps] == [
        "prepare the character",
        "draw wave",
        "animate wave",
        "choose frames wave",
        "cut out wave",
        "sticker wave line-emoji",
        "sticker wave telegram-emoji",
        "draw cry",
        "animate cry",
        "choose frames cry",
        "cut out cry",
        "sticker cry line-emoji",
        "sticker cry telegram-emoji",
        "pack line-emoji",
        "pack telegram-emoji",
    ]
    assert (planned.hits, planned.finished, planned.waiting) == (0, False, ())


def test_a_job_that_waits_tells_its_gates_and_what_comes_after_them(archive: Archive) -> None:
    job = place_job(archive.store, "ask", ("wave", "cry"))
    FakeJob(archive, job)
    planned = make_plan(archive, job)
    assert planned.waiting == ("wave: start_frame_review", "cry: start_frame_review")
    assert labels(planned, cached=True) == ["prepare the character", "draw wave", "draw cry"]
    assert "animate wave" in labels(planned, cached=False)
    assert not planned.finished


def test_a_verdict_moves_its_action_on_and_no_other(archive: Archive) -> None:
    job = place_job(archive.store, "ask", ("wave", "cry"))
    FakeJob(archive, job)
    archive.decide(
        job.id, "wave", archive.summary(job.id, "wave").question, StartFrameVerdict(kind="regenerate", prompt="higher")
    )
    planned = make_plan(archive, job)
    assert planned.waiting == ("cry: start_frame_review",)
    assert [(each.label, each.cached) for each in planned.steps if each.label == "draw wave"] == [
        ("draw wave", True),
        ("draw wave", False),
    ], "the first attempt is finished, the second is to be drawn"


def test_a_finished_job_is_all_hits(archive: Archive) -> None:
    job = place_job(archive.store, "auto")
    made = FakeJob(archive, job)
    planned = make_plan(archive, job)
    assert planned.finished
    assert planned.hits == len(planned.steps) == len(made.ran)
    assert of(planned, Step.PACK) == [
        "pack line-emoji",
        "contact sheet line-emoji",
        "pack telegram-emoji",
        "contact sheet telegram-emoji",
    ]
    assert finished_actions(archive, job) == {"wave"}


def test_a_redo_plans_its_step_and_what_follows(archive: Archive) -> None:
    job = place_job(archive.store, "auto", ("wave", "cry"))
    FakeJob(archive, job)
    archive.redo(job, Step.CUTOUTS, "wave")
    planned = make_plan(archive, job)
    undone = labels(planned, cached=False)
    assert undone[0] == "study wave"
    assert all("cry" not in each and "draw" not in each and "animate" not in each for each in undone)
    assert [each for each in undone if each.startswith(("sticker", "pack"))] == [
        "sticker wave line-emoji",
        "sticker wave telegram-emoji",
        "pack line-emoji",
        "pack telegram-emoji",
    ]
    assert finished_actions(archive, job) == {"cry"}


def test_a_skipped_action_is_finished_and_has_no_stickers(archive: Archive) -> None:
    job = place_job(archive.store, "ask", ("wave", "cry"))
    FakeJob(archive, job)
    archive.decide(job.id, "wave", archive.summary(job.id, "wave").question, StartFrameVerdict(kind="skip"))
    for verdict in (StartFrameVerdict(kind="approve"), RefinementVerdict(kind="approve")):
        archive.decide(job.id, "cry", archive.summary(job.id, "cry").question, verdict)
        FakeJob(archive, job)
    assert archive.summary(job.id, "wave").status is Status.SKIPPED
    planned = make_plan(archive, job)
    assert planned.finished
    assert of(planned, Step.STICKER) == ["sticker cry line-emoji", "sticker cry telegram-emoji"]
    assert finished_actions(archive, job) == {"wave", "cry"}


def test_a_summary_that_lost_a_sticker_is_not_finished(archive: Archive) -> None:
    job = place_job(archive.store, "auto")
    FakeJob(archive, job)
    summary = archive.summary(job.id, "wave")
    left = {name: value for name, value in summary.results.items() if name != "sticker:line-emoji"}
    archive.summarise(job.id, summary.model_copy(update={"results": left}))
    assert finished_actions(archive, job) == set()
    assert make_plan(archive, job).finished, "its files are there all the same"


def test_only_what_is_left_costs(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = {"start_frame": Decimal("0.2"), "take": Decimal("1.5")}
    monkeypatch.setattr(plan_module, "estimated_price", lambda task, _: prices.get(task, Decimal(0)))
    job = place_job(archive.store, "ask", ("wave", "cry"))
    assert make_plan(archive, job).estimate == Decimal("3.4")
    FakeJob(archive, job)
    assert make_plan(archive, job).estimate == Decimal("3.0")
