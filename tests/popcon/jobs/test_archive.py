"""The archive: orders are kept once, people's decisions are never overwritten."""

from pathlib import Path

import pytest

from popcon import naming
from popcon.errors import BadInput, RecordDamaged, UnknownName
from popcon.jobs import deletion
from popcon.jobs.archive import Archive
from popcon.jobs.unfinished import still_there, unfinished
from popcon.models.action import Action
from popcon.models.job import JobSpec
from popcon.models.step import Step
from popcon.models.summary import ActionSummary
from popcon.models.verdict import StartFrameVerdict, Status
from popcon.pipeline.rebuild import rebuild_summaries
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


@pytest.mark.parametrize("contents", [b'{"id": "pu', b"", b"[]", b'{"id": "x", "later": true}'])
def test_a_cut_off_order_does_not_block_the_same_order(archive: Archive, contents: bytes) -> None:
    job = archive.place(spec(archive))
    path = naming.job_spec(job.id)
    archive.store.write(path, contents)
    with pytest.raises(RecordDamaged, match=path):
        archive.job(job.id)
    assert archive.jobs() == []
    assert archive.place(job.spec).spec == job.spec
    assert archive.store.read(naming.quarantined(path)) == contents


@pytest.mark.parametrize("contents", [b'{"status": "do', b"[]", b'{"action": "wave", "status": "of a later version"}'])
def test_a_damaged_summary_is_made_anew(archive: Archive, contents: bytes) -> None:
    job = archive.place(spec(archive))
    archive.store.write(naming.action_summary(job.id, "wave"), contents)
    archive.store.write(naming.job_summary(job.id), contents)
    assert archive.summary(job.id, "wave").status is Status.QUEUED
    assert archive.job_summary(job.id).packs == ()
    assert rebuild_summaries(archive) == [f"{job.id} wave", f"{job.id} bow"]
    assert archive.has_summary(job.id, "wave")


@pytest.mark.parametrize("place", ["revision", "verdict", "budget", "spec"])
@pytest.mark.parametrize("contents", [b"{", b"[1]", b'{"later": 1}'])
def test_a_damaged_decision_stops_its_job_and_no_other(archive: Archive, place: str, contents: bytes) -> None:
    job, other = archive.place(spec(archive)), archive.place(spec(archive, title="Other"))
    path = {
        "revision": naming.revision(job.id, 0),
        "verdict": naming.verdict(job.id, "wave", naming.question("refinement", 0, 0)),
        "budget": naming.job_budget(job.id),
        "spec": naming.job_spec(job.id),
    }[place]
    archive.store.write(path, contents)
    archive.bump_version(job.id)
    unreadable: dict[str, str] = {}
    assert unfinished(archive, unreadable=unreadable) == [other.id]
    assert path in unreadable[job.id]
    assert still_there(archive, [job.id, other.id]) == [other.id]


def test_what_cannot_be_read_can_be_deleted(archive: Archive) -> None:
    job = archive.place(spec(archive))
    archive.store.write(naming.job_spec(job.id), b"{")
    deletion.delete(archive, job.id)
    assert archive.deleted() == [job.id]
