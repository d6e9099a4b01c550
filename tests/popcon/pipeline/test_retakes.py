"""A faulty take in a job that nobody reviews: one more within the budget, and the better one plays."""

from pathlib import Path
from typing import Any

import pytest

from popcon.errors import BudgetExceeded
from popcon.jobs.archive import Archive
from popcon.models.results import Cutouts, Take
from popcon.models.verdict import Status
from popcon.pipeline.plan import make_plan
from popcon.storage.store import Store
from tests.popcon.pipeline import fake_job
from tests.popcon.pipeline.fake_job import FakeJob, place_job


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, review: str, *found: Any) -> tuple[FakeJob, Any, Archive, Any]:
    """Run a job whose takes have the given problems, by their seed; an error is raised instead."""

    def take(inputs: Any, store: Store, mark: bytes) -> Take:
        told = found[min(inputs.shot.seed, len(found) - 1)]
        if isinstance(told, Exception):
            raise told
        return Take(
            clip=store.put(mark, "video/mp4"), width=48, height=48, fps=12, frames=12, problems=told,
            price=str(inputs.shot.seed),
        )  # fmt: skip

    monkeypatch.setitem(fake_job._FAKES, "take", take)
    archive = Archive(Store(str(tmp_path)))
    job = place_job(archive.store, review)
    return FakeJob(archive, job), archive.summary(job.id, "wave"), archive, job


STILL, TWO = "Nothing moves.", "There are 2 figures instead of 1."


@pytest.mark.parametrize(
    ("first", "second", "plays"),
    [((STILL,), (), 1), ((STILL, TWO), (TWO,), 1), ((STILL,), (TWO,), 0), ((), (TWO,), 0)],
    ids=["mended", "better", "no better: the first", "no fault"],
)
def test_the_take_with_fewer_problems_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: Any, second: Any, plays: int
) -> None:
    ran, summary, archive, job = run(tmp_path, monkeypatch, "auto", first, second, ("a third take",))
    assert Take.model_validate(summary.results["take"]).price == str(plays)
    made = [label for label in ran.ran if label.startswith("animate")]
    assert made == ["animate wave", "animate wave again"][: 1 + bool(first)]
    problems = (first, second)[plays]
    notes = Cutouts.model_validate(summary.results["cutouts"]).notes
    assert tuple(each for each in notes if each.startswith("The take:")) == tuple(f"The take: {e}" for e in problems)
    assert summary.status is Status.DONE
    assert make_plan(archive, job).finished


def test_a_budget_that_does_not_hold_the_retake_ends_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = BudgetExceeded("The budget is used up.")
    _, summary, archive, job = run(tmp_path, monkeypatch, "auto", (STILL,), spent)
    assert summary.status is Status.DONE
    assert Take.model_validate(summary.results["take"]).problems == (STILL,)
    assert make_plan(archive, job).finished
    assert [label for label in FakeJob(archive, job).ran if "animate" in label] == []


def test_a_person_who_reviews_is_told_and_nothing_is_bought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("popcon.pipeline.action._ActionWorkflow._start_frame", _approved)
    ran, summary, _, _ = run(tmp_path, monkeypatch, "ask", (STILL,), ())
    assert [label for label in ran.ran if "animate" in label] == ["animate wave"]
    assert summary.status is Status.AWAITING_REFINEMENT
    assert f"The take: {STILL}" in Cutouts.model_validate(summary.results["cutouts"]).notes


def _approved(course: Any) -> Any:
    inputs = course._inputs.start_frame(course._action, course._character, [])
    return course._driver.run(fake_job_task(), inputs, "draw wave"), []


def fake_job_task() -> Any:
    from popcon.pipeline.tasks import START_FRAME

    return START_FRAME
