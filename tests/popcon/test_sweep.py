"""What upkeep deletes and rebuilds: artifacts that nobody needs, summaries that were lost."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from popcon import naming
from popcon.actions import action
from popcon.archive import Archive, Job
from popcon.images.png import encode_png
from popcon.mascot import draw_mascot
from popcon.models.artifact import ArtifactRef
from popcon.models.job import JobSpec
from popcon.models.verdict import Status
from popcon.rebuild import rebuild_summaries
from popcon.recipe import Recipe
from popcon.steps.character import prepare_character
from popcon.store import Store
from popcon.sweep import sweep

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
    inputs = Recipe(archive, job).character()
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
    assert Recipe(archive, job).character().key() in "".join(archive.store.paths(naming.STEPS))


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
    assert archive.summary(job.id, "wave").status is Status.DRAWING
