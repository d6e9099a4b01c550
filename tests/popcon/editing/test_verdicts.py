"""Answers at gates: what is refused, what counts, what is told."""

from pathlib import Path

import pytest

from popcon.actions import action
from popcon.editing.verdicts import read_verdict, record_verdict
from popcon.errors import BadInput, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate, StartFrameVerdict, Status
from popcon.storage.store import Store

ASKED = "start_frame_review-r00-a000"
APPROVE = StartFrameVerdict(kind="approve")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path)))


@pytest.fixture
def job(archive: Archive) -> Job:
    picture = archive.store.put(b"character", "image/png")
    made = archive.place(
        JobSpec(title="Fox", picture=picture, actions=(action("wave"),), platforms=("line-emoji",), review="ask")
    )
    waits = ActionSummary(action="wave", status=Status.AWAITING_START_FRAME, question=ASKED)
    archive.summarise(made.id, waits)
    return made


def test_the_first_answer_counts_and_the_second_is_told(archive: Archive, job: Job) -> None:
    first = record_verdict(archive, job, "wave", Gate.START_FRAME_REVIEW, APPROVE, "one")
    assert first.stored
    assert first.question == ASKED
    second = record_verdict(archive, job, "wave", Gate.START_FRAME_REVIEW, StartFrameVerdict(kind="skip"), "two")
    assert not second.stored
    assert second.verdict is not None
    assert second.verdict["kind"] == "approve"
    assert "answered before: approve" in second.message
    stored = archive.verdict(job.id, "wave", ASKED)
    assert stored is not None
    assert stored["kind"] == "approve"


def test_an_answer_to_a_question_that_is_no_longer_asked(archive: Archive, job: Job) -> None:
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.ANIMATING))
    late = record_verdict(archive, job, "wave", Gate.START_FRAME_REVIEW, APPROVE, "late")
    assert (late.stored, late.verdict) == (False, None)
    assert "it is animating" in late.message
    moved = record_verdict(archive, job, "wave", Gate.START_FRAME_REVIEW, APPROVE, "late", question=ASKED)
    assert not moved.stored
    assert "moved on" in moved.message
    assert archive.verdict(job.id, "wave", ASKED) is None


@pytest.mark.parametrize(
    "question", ["../../../etc/passwd", "refinement-r00-a000", "start_frame_review-r00-a001", "start_frame_review"]
)
def test_no_other_question_can_be_answered(question: str, archive: Archive, job: Job) -> None:
    told = record_verdict(archive, job, "wave", Gate.START_FRAME_REVIEW, APPROVE, "x", question=question)
    assert not told.stored
    assert archive.store.paths(f"jobs/{job.id}/actions/wave/verdicts") == []


def test_an_unknown_action_is_refused(archive: Archive, job: Job) -> None:
    with pytest.raises(UnknownName, match="fly"):
        record_verdict(archive, job, "fly", Gate.START_FRAME_REVIEW, APPROVE, "x")


@pytest.mark.parametrize(
    ("gate", "value", "says"),
    [
        ("door", {"kind": "approve"}, "no gate named 'door'"),
        ("start_frame_review", {"kind": "another_take"}, "kind"),
        ("start_frame_review", {}, "kind"),
        ("start_frame_review", {"kind": "regenerate", "prompt": "x" * 801}, "prompt"),
        ("start_frame_review", {"kind": "approve", "extra": 1}, "extra"),
        ("start_frame_review", {"kind": "replace"}, "name a picture"),
        ("refinement", {"kind": "redo_frame"}, "slot"),
        ("refinement", {"kind": "redo_frame", "slot": -1}, "slot"),
    ],
)
def test_what_is_no_verdict(gate: str, value: dict[str, object], says: str, archive: Archive) -> None:
    with pytest.raises(BadInput, match=says):
        read_verdict(gate, value, archive.store)


def test_a_replacing_picture_has_to_be_a_picture_in_the_store(archive: Archive) -> None:
    def replace(sha256: str) -> object:
        picture = {"sha256": sha256, "size": 1, "media_type": "image/png"}
        return read_verdict("start_frame_review", {"kind": "replace", "picture": picture}, archive.store)

    with pytest.raises(BadInput, match="holds nothing"):
        replace("0" * 64)
    text = archive.store.put(b"not a picture", "image/png")
    with pytest.raises(BadInput, match="cannot be a start frame"):
        replace(text.sha256)
    good = archive.store.put(encode_png(draw_mascot(64)), "image/png")
    taken = replace(good.sha256)
    assert isinstance(taken, StartFrameVerdict)
    assert taken.picture == good, "size and type are the store's, not the caller's"
