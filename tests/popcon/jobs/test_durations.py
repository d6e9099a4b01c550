"""How long a job will take, as finished ones did."""

from pathlib import Path

from popcon.jobs.archive import Job
from popcon.jobs.durations import Durations, learned
from popcon.models.step import Step
from popcon.models.summary import ActionSummary, StepLog
from popcon.models.verdict import Status
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import place_job

SECONDS = {Step.START_FRAME: 2.0, Step.TAKE: 10.0, Step.FRAMES: 1.0, Step.CUTOUTS: 20.0, Step.STICKER: 4.0}


def logs(factor: float = 1.0, cached: bool = False) -> tuple[StepLog, ...]:
    return tuple(StepLog(step=step, label=step, seconds=factor * s, cached=cached) for step, s in SECONDS.items())


def finished(job: Job, factor: float, minutes: int = 0) -> tuple[Job, list[ActionSummary]]:
    made = job.model_copy(update={"created_at": "2026-11-28T10:00:00+00:00"})
    at = f"2026-11-28T10:{minutes:02d}:30+00:00"
    return made, [ActionSummary(action="wave", status=Status.DONE, steps=logs(factor), updated_at=at)]


def test_the_median_of_what_was_computed_is_learned(tmp_path: Path) -> None:
    job = place_job(Store(str(tmp_path)), "auto")
    found = learned([finished(job, 1), finished(job, 3), finished(job, 100, minutes=30)])
    assert found.seconds[f"take:{job.spec.engines.video.name}"] == 30
    assert found.seconds["sticker"] == 12
    again = [ActionSummary(action="wave", steps=logs(50, cached=True))]
    assert learned([(job, again)]) == Durations()


def test_what_is_left_is_what_a_run_still_does(tmp_path: Path) -> None:
    job = place_job(Store(str(tmp_path)), "auto")
    spec = job.spec.model_copy(update={"platforms": ("line-emoji", "gif")})
    known = learned([finished(job, 1, minutes=5)])
    begun = ActionSummary(action="wave", status=Status.ANIMATING, steps=logs()[:2])
    queued = ActionSummary(action="cry")
    assert known.left(spec, [begun]) == 1 + 20 + 2 * 4
    assert known.left(spec, [begun, queued]) == 29 + 2 + 10 + 1 + 20 + 2 * 4
    assert known.left(spec, [ActionSummary(action="wave", status=Status.DONE)]) is None
    asked = spec.model_copy(update={"review": "ask"})
    assert known.left(asked, [queued]) == 2
    assert known.left(asked, [begun]) == 21
    assert Durations().left(spec, [queued]) is None


def test_what_runs_at_the_same_time_is_not_added_up(tmp_path: Path) -> None:
    job = place_job(Store(str(tmp_path)), "auto")
    found = learned([finished(job, 3)])  # 111 s of computing in 30 s
    assert found.overlap == 111 / 30
    left = found.left(job.spec, [ActionSummary(action="wave")])
    assert left is not None
    computing = 111 + 12 * (len(job.spec.editions) - 1)
    assert round(left, 6) == round(computing / found.overlap, 6)
