"""What upkeep deletes and rebuilds: artifacts that nobody needs, summaries that were lost."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from popcon import naming
from popcon.actions import action
from popcon.jobs import deletion
from popcon.jobs.archive import ActionSummary, Archive, Job, JobSummary
from popcon.jobs.garbage import sweep
from popcon.jobs.unfinished import still_there, unfinished
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.job import JobSpec
from popcon.models.verdict import Status
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.rebuild import rebuild_summaries
from popcon.pipeline.steps.character import prepare_character
from popcon.storage.store import Store

MONTH = timedelta(days=30)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path)))


@pytest.fixture
def job(archive: Archive) -> Job:
    picture = archive.store.put(encode_png(draw_mascot(240)), "image/png")
    return archive.place(JobSpec(title="Puff", picture=picture, actions=(action("wave"),), platforms=("line-emoji",)))


def finish_character(archive: Archive, job: Job) -> ArtifactRef:
    """Do the first step by hand, as its task would keep it."""
    inputs = StepInputsBuilder(archive, job).character()
    made = prepare_character(inputs, archive.store)
    record = {"result": json.dumps(made.model_dump(mode="json"))}
    archive.store.write_json(naming.step_record(inputs.key()), record)
    return made.picture


def age(archive: Archive, days: float) -> None:
    when = time.time() - days * 24 * 3600
    for path in Path(archive.store.url).rglob("*"):
        os.utime(path, (when, when))


def test_only_what_no_job_names_is_deleted(archive: Archive, job: Job) -> None:
    character = finish_character(archive, job)
    orphan = archive.store.put(b"nobody's", "image/png")
    stale = naming.step_record("f" * 64)
    archive.store.write_json(stale, {"result": json.dumps({"picture": orphan.model_dump()})})
    age(archive, 40)
    said = sweep(archive, MONTH)
    assert (said.dry_run, said.deleted, said.bytes, said.kept) == (True, 1, 8, 2)
    assert archive.store.holds(orphan), "a dry run deletes nothing"
    assert sweep(archive, MONTH, dry_run=False).deleted == 1
    assert not archive.store.holds(orphan)
    assert not archive.store.exists(stale)
    assert archive.store.holds(character)
    assert job.spec.picture is not None
    assert archive.store.holds(job.spec.picture)
    assert StepInputsBuilder(archive, job).character().key() in "".join(archive.store.paths(naming.STEPS))


def test_nothing_younger_than_a_day_is_deleted_whatever_is_asked(archive: Archive) -> None:
    orphan = archive.store.put(b"just made", "image/png")
    assert sweep(archive, timedelta(0), dry_run=False).deleted == 0
    age(archive, 0.9)
    assert sweep(archive, timedelta(0), dry_run=False).deleted == 0
    age(archive, 1.1)
    assert sweep(archive, timedelta(0), dry_run=False).deleted == 1
    assert not archive.store.holds(orphan)


def test_lost_summaries_come_back_from_the_steps(archive: Archive, job: Job) -> None:
    assert rebuild_summaries(archive) == [f"{job.id} wave"]
    assert archive.summary(job.id, "wave").status is Status.QUEUED
    assert rebuild_summaries(archive) == []
    finish_character(archive, job)
    (Path(archive.store.url) / naming.action_summary(job.id, "wave")).unlink()
    rebuild_summaries(archive)
    assert archive.summary(job.id, "wave").status is Status.QUEUED, "the character is not the action's"


def test_a_finished_job_is_not_read_again_until_it_changes(
    archive: Archive, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unfinished(archive) == [job.id]
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.SKIPPED))
    assert unfinished(archive) == [job.id], "settled, and not packed"
    archive.summarise_job(job.id, JobSummary(missing={"wave": "skipped"}))
    assert unfinished(archive) == []
    with monkeypatch.context() as patch:
        patch.setattr(Archive, "summary", lambda *_: pytest.fail("read again"))
        assert unfinished(archive) == []
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.DRAWING))
    assert unfinished(archive) == [job.id]


def test_a_lost_summary_is_found_by_a_thorough_look(archive: Archive, job: Job) -> None:
    archive.summarise(job.id, ActionSummary(action="wave", status=Status.SKIPPED))
    archive.summarise_job(job.id, JobSummary(missing={"wave": "skipped"}))
    assert unfinished(archive) == []
    (Path(archive.store.url) / naming.action_summary(job.id, "wave")).unlink()
    assert unfinished(archive) == []
    assert unfinished(archive, thorough=True) == [job.id]
    assert unfinished(archive) == [job.id], "and is not forgotten"


def test_jobs_that_nobody_can_go_on_with_stop_no_round(archive: Archive, job: Job) -> None:
    archive.summarise("purged-1234", ActionSummary(action="wave"))  # a run that outlived its job wrote this
    archive.store.write_json(naming.job_spec("damaged-1234"), {"id": "damaged-1234", "spec": {"title": 7}})
    assert unfinished(archive) == [job.id]
    assert rebuild_summaries(archive, unfinished(archive)) == [f"{job.id} wave"]


def test_a_deadline_of_a_deleted_job_brings_nothing_back(archive: Archive, job: Job) -> None:
    assert still_there(archive, [job.id, "gone-1234"]) == [job.id]
    deletion.delete(archive, job.id)
    assert still_there(archive, [job.id]) == []
