"""The archive: orders are kept once, people's decisions are never overwritten."""

from pathlib import Path

import pytest

from popcon import naming
from popcon.errors import BadInput, UnknownName
from popcon.jobs.archive import ActionSummary, Archive
from popcon.models.action import Action
from popcon.models.job import JobSpec
from popcon.models.verdict import StartFrameVerdict, Status
from popcon.pipeline.keys import Step
from popcon.storage.store import Store

WAVE = Action(name="wave", title="Wave", motion="raises an arm")
BOW = Action(name="bow", title="Bow", motion="bows")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path)))


def spec(archive: Archive, **changes: object) -> JobSpec:
    picture = archive.store.put(b"picture", "image/png")
    values = {"title": "Fox", "picture": picture, "actions": (WAVE, BOW), "platforms": ("line-emoji",), **changes}
    return JobSpec.model_validate(values)


def test_the_same_order_is_the_same_job(archive: Archive) -> None:
    job = archive.place(spec(archive))
    assert archive.place(spec(archive)) == job
    assert archive.place(spec(archive, seed=1)).id != job.id
    assert job.id.startswith("fox-")
    assert {each.id for each in archive.jobs()} == set(archive.ids())
    assert len(archive.ids()) == 2


@pytest.mark.parametrize("name", ["fox-00000000", "../../etc/passwd", "", "a/b", "Fox", "."])
def test_an_unknown_job_is_named(archive: Archive, name: str) -> None:
    archive.place(spec(archive))
    with pytest.raises(UnknownName, match="no job named"):
        archive.job(name)


def test_a_redo_counts_for_its_step_and_action_only(archive: Archive) -> None:
    job = archive.place(spec(archive))
    archive.redo(job, Step.TAKE, "wave")
    archive.redo(job, Step.TAKE)
    revisions = archive.revisions(job.id)
    assert revisions.of(Step.TAKE, "wave") == 2
    assert revisions.of(Step.TAKE, "bow") == 1
    assert revisions.of(Step.FRAMES, "wave") == 0


def test_a_redo_of_what_is_not_there_is_refused(archive: Archive) -> None:
    job = archive.place(spec(archive))
    with pytest.raises(UnknownName, match="action"):
        archive.redo(job, Step.TAKE, "sing")
    with pytest.raises(BadInput, match="whole job"):
        archive.redo(job, Step.PACK, "wave")
    assert archive.revisions(job.id).of(Step.PACK) == 0


def test_the_first_verdict_counts(archive: Archive) -> None:
    job = archive.place(spec(archive))
    question = "start_frame_review-r00-a000"
    assert archive.verdict(job.id, "wave", question) is None
    assert archive.decide(job.id, "wave", question, StartFrameVerdict(kind="regenerate", prompt="higher"), by="web")
    assert not archive.decide(job.id, "wave", question, StartFrameVerdict(kind="skip"), by="prefect")
    answer = archive.verdict(job.id, "wave", question)
    assert answer is not None
    assert StartFrameVerdict.model_validate(answer).prompt == "higher"


def test_a_question_is_asked_until_somebody_answers(archive: Archive) -> None:
    job = archive.place(spec(archive))
    question = "start_frame_review-r00-a000"
    waiting = ActionSummary(action="wave", status=Status.AWAITING_START_FRAME, question=question)
    assert archive.asks(job.id, waiting)
    assert not archive.asks(job.id, ActionSummary(action="wave", status=Status.DRAWING, question=question))
    seen = archive.store.version(naming.changed(job.id))
    archive.decide(job.id, "wave", question, StartFrameVerdict(kind="approve"))
    assert not archive.asks(job.id, waiting)
    assert archive.store.version(naming.changed(job.id)) != seen, "who looks at the job is to see the answer"


def test_summaries_can_be_lost(archive: Archive) -> None:
    job = archive.place(spec(archive))
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.DONE))
    assert archive.summary(job.id, "wave").status is Status.DONE
    assert archive.summary(job.id, "bow").status is Status.QUEUED
    assert archive.missing(job) == {"bow": "queued"}


@pytest.mark.parametrize(
    "changes",
    [{"actions": (WAVE, WAVE)}, {"actions": ()}, {"description": "a cat"}, {"picture": None}, {"side": 481}],
)
def test_an_order_that_makes_no_sense_is_refused(archive: Archive, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  pydantic's own
        spec(archive, **changes)
