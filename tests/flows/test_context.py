"""How far an action is, as runs of it say one after another."""

from pathlib import Path

from flows.context import JobContext
from popcon.actions import action
from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.verdict import Status
from popcon.storage.store import Store

QUESTION = "start_frame_review-r00-a000"


def test_a_run_that_is_started_again_has_waited_since_it_asked_first(tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))
    picture = archive.store.put(encode_png(draw_mascot(64)), "image/png")
    job = archive.place(JobSpec(title="Puff", picture=picture, actions=(action("wave"),), platforms=("line-emoji",)))
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
