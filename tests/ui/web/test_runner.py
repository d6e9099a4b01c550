"""Jobs in processes of this machine: queued, watched, stopped, whatever the store does meanwhile."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from popcon import naming
from popcon.actions import action
from popcon.errors import Fault
from popcon.jobs.archive import Archive, Job
from popcon.models.job import JobSpec
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate, StartFrameVerdict, Status
from popcon.storage.store import Store
from ui.web import inline_runner
from ui.web.inline_runner import MAX_PROCESSES, InlineRunner

WORK = "import sys; sys.stdin.read()"
"""A job that goes on until it is told to leave."""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path / "store")))


@pytest.fixture
def inline(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InlineRunner]:
    """A runner whose jobs do nothing but run."""

    def spawn(self: InlineRunner, job: Job) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", WORK], stdin=subprocess.PIPE)

    monkeypatch.setattr(InlineRunner, "_spawn", spawn)
    running = InlineRunner(archive, tmp_path / "logs")
    yield running
    running.close()


def placed(archive: Archive, title: str) -> Job:
    picture = archive.store.put(b"picture", "image/png")
    return archive.place(JobSpec(title=title, picture=picture, actions=(action("wave"),), platforms=("line-emoji",)))


def eventually(look: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_job_that_is_stopped_leaves_its_place_to_the_next(archive: Archive, inline: InlineRunner) -> None:
    jobs = [placed(archive, f"Fox {number}") for number in range(MAX_PROCESSES + 2)]
    for job in jobs:
        inline.start(job)
        inline.start(job)
    assert [inline.state(job.id) for job in jobs] == ["running"] * MAX_PROCESSES + ["queued"] * 2
    first = inline._running[jobs[0].id]
    inline.stop(jobs[-1].id)
    assert inline.state(jobs[-1].id) == "stopped"
    inline.stop(jobs[0].id)
    assert first.poll() is not None
    eventually(lambda: inline.state(jobs[-2].id) == "running")
    assert inline.state(jobs[0].id) == "stopped"
    inline.stop(jobs[0].id)  # again: nothing more


def asks(archive: Archive, job: Job) -> str:
    """Let the job's action wait at a gate; returns its question."""
    question = "start_frame_review-r00-a000"
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.AWAITING_START_FRAME, question=question))
    return question


def test_a_job_that_waits_for_people_gives_its_slot_to_another(archive: Archive, inline: InlineRunner) -> None:
    jobs = [placed(archive, f"Owl {number}") for number in range(MAX_PROCESSES + 1)]
    for job in jobs:
        inline.start(job)
    assert inline.state(jobs[-1].id) == "queued"
    asks(archive, jobs[0])
    eventually(lambda: inline.state(jobs[-1].id) == "running")
    assert inline.state(jobs[0].id) == "waiting"


def test_forty_waiting_jobs_hold_no_process(
    archive: Archive, inline: InlineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_runner, "IDLE_S", 0.0)
    monkeypatch.setattr(inline_runner, "POLL_S", 0.02)
    started: list[subprocess.Popen[bytes]] = []
    spawn = InlineRunner._spawn

    def counted(self: InlineRunner, job: Job) -> "subprocess.Popen[bytes]":
        started.append(spawn(self, job))
        assert sum(each.poll() is None for each in started) <= MAX_PROCESSES
        return started[-1]

    monkeypatch.setattr(InlineRunner, "_spawn", counted)
    jobs = [placed(archive, f"Owl {number}") for number in range(40)]
    for job in jobs:
        inline.start(job)
        question = asks(archive, job)
    eventually(lambda: all(inline.state(job.id) == "waiting" for job in jobs), 120)
    eventually(lambda: all(each.poll() is not None for each in started))
    assert len(started) == len(jobs), "each was started once"
    archive.summarise(jobs[7].id, ActionSummary(action="wave", status=Status.DRAWING))  # as its run would
    asks(archive, jobs[7])
    assert inline.answer(jobs[7], "wave", Gate.START_FRAME_REVIEW, {"kind": "approve"}, "web", question).stored
    eventually(lambda: inline.state(jobs[7].id) == "running")
    assert len(started) == len(jobs) + 1
    assert inline.state(jobs[8].id) == "waiting"


def test_an_answer_through_another_program_continues_a_waiting_job(
    archive: Archive, inline: InlineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_runner, "IDLE_S", 0.0)
    monkeypatch.setattr(inline_runner, "WAIT_TTL_S", 0.0)
    job = placed(archive, "Fox")
    question = asks(archive, job)
    inline.start(job)
    eventually(lambda: inline.state(job.id) == "waiting")
    archive.decide(job.id, "wave", question, StartFrameVerdict(kind="approve"))
    eventually(lambda: inline.state(job.id) == "running")


def test_an_answer_while_a_process_is_being_ended_is_not_lost(
    archive: Archive, inline: InlineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_runner, "IDLE_S", 0.0)
    job = placed(archive, "Fox")
    question, only_waits = asks(archive, job), inline_runner.only_waits

    def answered_just_after(given: Archive, looked_at: Job) -> bool:
        waits = only_waits(given, looked_at)
        if waits:  # what was read is out of date before the runner acts on it
            inline.answer(job, "wave", Gate.START_FRAME_REVIEW, {"kind": "approve"}, "web", question)
        return waits

    monkeypatch.setattr(inline_runner, "only_waits", answered_just_after)
    inline.start(job)
    process = inline._running[job.id]
    eventually(lambda: archive.verdict(job.id, "wave", question) is not None)
    time.sleep(1.2)  # the runner has looked twice
    assert inline._running[job.id] is process
    assert process.poll() is None


def test_one_that_has_just_left_is_started_again(archive: Archive, inline: InlineRunner) -> None:
    job = placed(archive, "Fox")
    inline.start(job)
    with inline._lock:  # before anybody notices
        left = inline._running[job.id]
        inline_runner.end(left)
        inline.start(job)
        assert inline._running[job.id] is not left
    assert inline.state(job.id) == "running"


def test_an_answer_that_was_kept_before_the_app_died_is_acted_on_when_it_is_given_again(
    archive: Archive, inline: InlineRunner
) -> None:
    job, question = placed(archive, "Fox"), "start_frame_review-r00-a000"
    asks = ActionSummary(action="wave", status=Status.AWAITING_START_FRAME, question=question)
    archive.summarise(job.id, asks)
    archive.decide(job.id, "wave", question, StartFrameVerdict(kind="approve"))
    said = inline.answer(job, "wave", Gate.START_FRAME_REVIEW, {"kind": "skip"}, "web", question)
    assert (said.stored, said.verdict and said.verdict["kind"]) == (False, "approve")
    assert inline.state(job.id) == "running"
    inline.stop(job.id)
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.DONE))
    inline.answer(job, "wave", Gate.START_FRAME_REVIEW, {"kind": "skip"}, "web", question)
    assert inline.state(job.id) == "stopped", "what is not asked any more starts nothing"


def test_what_failed_is_tried_again_as_soon_as_the_rest_only_waits(archive: Archive, inline: InlineRunner) -> None:
    job = placed(archive, "Fox")
    inline.start(job)
    first = inline._running[job.id]
    inline.resume(job)
    time.sleep(1.2)
    assert inline._running[job.id] is first, "it computes, and is not interrupted"
    asks = ActionSummary(action="wave", status=Status.AWAITING_START_FRAME, question="start_frame_review-r00-a000")
    archive.summarise(job.id, asks)
    eventually(lambda: inline._running.get(job.id, first) is not first)
    assert inline.state(job.id) == "running"
    assert inline.problem(job.id) == ""


def test_one_that_cannot_be_started_or_leaves_no_word_stops_no_others(
    archive: Archive, inline: InlineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    fox, owl, cat = (placed(archive, title) for title in ("Fox", "Owl", "Cat"))
    spawn = InlineRunner._spawn

    def failing(self: InlineRunner, job: Job) -> "subprocess.Popen[bytes]":
        if job.id == fox.id:
            raise OSError(12, "Cannot allocate memory")
        return spawn(self, job)

    monkeypatch.setattr(InlineRunner, "_spawn", failing)
    monkeypatch.setattr(sys.modules[__name__], "WORK", "raise SystemExit(3)")
    inline.start(fox)
    assert inline.problem(fox.id) == "It could not be started here: Cannot allocate memory."
    inline.start(owl)
    eventually(lambda: inline.state(owl.id) == "stopped")
    assert inline.problem(owl.id) == "It ended without a word."
    inline.start(cat)
    eventually(lambda: inline.problem(cat.id) != "")


def test_a_record_that_cannot_be_read_stops_nothing(archive: Archive, inline: InlineRunner) -> None:
    fox, owl = placed(archive, "Fox"), placed(archive, "Owl")
    inline.start(fox)
    archive.store.write(naming.action_summary(fox.id, "wave"), b'{"action": 5}')
    archive.bump_version(fox.id)
    time.sleep(1.2)  # it was looked at
    inline.start(owl)
    inline_runner.end(inline._running[owl.id])
    eventually(lambda: inline.state(owl.id) == "stopped")


def test_a_store_that_fails_stops_nothing(
    archive: Archive, inline: InlineRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inline_runner, "WAIT_TTL_S", 0.0)
    first, second = placed(archive, "Fox"), placed(archive, "Owl")
    inline.start(first)
    asked: list[str] = []

    def gone(path: str) -> str:
        asked.append(path)
        raise Fault("The store could not be read.")

    monkeypatch.setattr(archive.store, "version", gone)
    eventually(lambda: len(asked) >= 2)
    inline.start(second)
    process = inline._running[second.id]
    assert process.stdin is not None
    process.stdin.close()
    eventually(lambda: inline.state(second.id) == "stopped")
    assert inline.problem(second.id) == ""
