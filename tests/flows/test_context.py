"""How far an action is, as runs of it say one after another."""

from pathlib import Path

import pytest

from flows import artifacts
from flows.context import JobContext
from flows.driver import PrefectDriver
from popcon.actions import action
from popcon.jobs.archive import Archive, Job
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.results import StartFrame
from popcon.models.stage import Body
from popcon.models.verdict import Status
from popcon.storage.store import Store

QUESTION = "start_frame_review-r00-a000"


def _placed(folder: Path) -> tuple[Archive, Job]:
    archive = Archive(Store(str(folder)))
    picture = archive.store.put(encode_png(draw_mascot(64)), "image/png")
    spec = JobSpec(title="Puff", picture=picture, actions=(action("wave"),), platforms=("line-emoji",))
    return archive, archive.place(spec)


def test_a_run_that_is_started_again_has_waited_since_it_asked_first(tmp_path: Path) -> None:
    archive, job = _placed(tmp_path)
    at = JobContext(job.id, str(tmp_path)).progress("wave")
    at.enter(Status.DRAWING)
    at.ask(Status.AWAITING_START_FRAME, QUESTION)
    first = archive.summary(job.id, "wave").model_copy(update={"asked_at": "2020-01-01T00:00:00.000+00:00"})
    archive.summarise(job.id, first)

    again = JobContext(job.id, str(tmp_path)).progress("wave")
    again.enter(Status.DRAWING)
    assert archive.summary(job.id, "wave").question == ""
    again.ask(Status.AWAITING_START_FRAME, QUESTION)
    assert archive.summary(job.id, "wave").asked_at == first.asked_at
    again.ask(Status.AWAITING_START_FRAME, QUESTION, "choose one")
    assert archive.summary(job.id, "wave").asked_at == first.asked_at
    again.ask(Status.AWAITING_START_FRAME, "start_frame_review-r00-a001")
    assert archive.summary(job.id, "wave").asked_at > first.asked_at


def test_a_start_frame_is_shown_once_and_again_when_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[StartFrame] = []
    monkeypatch.setattr(artifacts, "start_frame", lambda context, action, drawn: shown.append(drawn))
    _, job = _placed(tmp_path)
    body = Body(left=0.1, top=0.1, right=0.9, bottom=0.9)
    first = StartFrame(picture=job.spec.picture, body=body)
    other = first.model_copy(update={"notes": ("drawn anew",)})
    for drawn in (first, first, other, other):
        driver = PrefectDriver(JobContext(job.id, str(tmp_path)), "wave")
        driver.enter(Status.DRAWING)
        driver.keep("start_frame", drawn)
        driver.enter(Status.AWAITING_START_FRAME)
    assert shown == [first, other]
