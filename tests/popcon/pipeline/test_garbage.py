"""What upkeep deletes and rebuilds: artifacts that nobody needs, summaries that were lost."""

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from popcon import naming
from popcon.actions import action
from popcon.errors import RecordDamaged
from popcon.jobs import deletion
from popcon.jobs.archive import Archive, Job
from popcon.jobs.unfinished import still_there, unfinished
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.job import JobSpec
from popcon.models.summary import ActionSummary, JobSummary
from popcon.models.verdict import Status
from popcon.pipeline.garbage import Swept, sweep
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


@pytest.mark.parametrize("folder", ["jobs", "paid"])
@pytest.mark.parametrize("contents", [b'{"artifact": {"sha', b"", b"\xff\xfe"])
def test_an_unreadable_record_ends_the_sweep_and_is_named(
    archive: Archive, job: Job, folder: str, contents: bytes
) -> None:
    archive.store.put(b"nobody's", "image/png")
    path = f"{folder}/{job.id}/spec.json"
    archive.store.write(path, contents)
    age(archive, 40)
    before = archive.store.paths("")
    with pytest.raises(RecordDamaged, match=path):
        sweep(archive, MONTH, dry_run=False)
    assert archive.store.paths("") == before


def test_an_order_of_another_version_ends_the_sweep(archive: Archive, job: Job) -> None:
    record = archive.store.read_json(naming.job_spec(job.id))
    archive.store.write_json(naming.job_spec(job.id), record | {"later": 1})
    age(archive, 40)
    with pytest.raises(RecordDamaged):
        sweep(archive, MONTH, dry_run=False)
    assert archive.store.holds(job.spec.picture)


def test_what_a_record_of_another_shape_names_is_kept(archive: Archive, job: Job) -> None:
    named = archive.store.put(b"of a later version", "image/png")
    archive.store.write_json(f"jobs/{job.id}/later.json", {"clips": [f"sha256:{named.sha256}"]})
    age(archive, 40)
    sweep(archive, MONTH, dry_run=False)
    assert archive.store.holds(named)


def test_temporary_files_of_dead_writers_go_and_young_ones_stay(archive: Archive, job: Job) -> None:
    left = [Path(archive.store.url) / folder / ".a.json.0123.tmp" for folder in ("jobs", "paid", "artifacts/ab")]
    for each in left:
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_bytes(b"half")
    assert sweep(archive, MONTH, dry_run=False).temporary == 0
    age(archive, 1)
    assert sweep(archive, MONTH, dry_run=True).temporary == 3
    assert all(each.exists() for each in left)
    assert sweep(archive, MONTH, dry_run=False).temporary == 3
    assert not any(each.exists() for each in left)


def test_what_is_put_again_counts_as_young(archive: Archive, job: Job) -> None:
    """A step that runs just now may have put again what is there since long, and its record is not written yet."""
    made = archive.store.put(b"a step's", "image/png")
    age(archive, 40)
    archive.store.put(b"a step's", "image/png")
    sweep(archive, MONTH, dry_run=False)
    assert archive.store.holds(made)


def test_sweeping_while_a_job_runs_takes_nothing_from_it(tmp_path: Path) -> None:
    """A real job that puts again what lies there since long, named by nothing else, while sweep after sweep runs."""
    home = {"POPCON_HOME": str(tmp_path / "home"), "POPCON_STORE": str(tmp_path / "store")}
    picture = tmp_path / "puff.png"
    picture.write_bytes(encode_png(draw_mascot(240)))
    command = [sys.executable, "-m", "ui.cli", "make", str(picture), "--actions", "wave", "--json"]
    environment = os.environ | home | {"OMP_NUM_THREADS": "1"}

    def make(out: str) -> dict[str, bytes]:
        subprocess.run([*command, "--out", str(tmp_path / out)], env=environment, check=True, timeout=120)
        found = (tmp_path / out).rglob("*")
        return {each.name: each.read_bytes() for each in found if each.suffix in (".png", ".zip")}

    first = make("first")
    archive = Archive(Store(home["POPCON_STORE"]))
    (job_id,) = archive.ids()
    archive.store.delete_folder(naming.job_folder(job_id))
    archive.store.delete_folder(naming.STEPS)
    for path in (tmp_path / "store").rglob("*"):
        os.utime(path, (0, 0))
    over = threading.Event()
    swept: list[Swept] = []

    def keep_sweeping() -> None:
        while not over.is_set():
            swept.append(sweep(archive, timedelta(0), dry_run=False))
            over.wait(0.1)

    sweeper = threading.Thread(target=keep_sweeping)
    again: dict[str, bytes] = {}
    orphan = archive.store.put(b"nobody's", "image/png")
    os.utime(tmp_path / "store" / naming.artifact(orphan.sha256), (0, 0))
    runner = threading.Thread(target=lambda: again.update(make("again")))
    runner.start()
    while runner.is_alive() and not archive.ids():  # its picture was put before its order was
        time.sleep(0.02)
    sweeper.start()
    runner.join()
    over.set()
    sweeper.join()
    assert first
    assert again == first
    assert sum(each.deleted for each in swept) > 0, "there was something to sweep"
    assert not archive.store.holds(orphan)


def test_what_was_moved_to_damaged_goes_when_nothing_can_need_it(archive: Archive, job: Job) -> None:
    store = archive.store
    nobodys, needed = store.put(b"named by nobody", "image/png"), job.spec.picture
    assert needed is not None
    original = store.get(needed)
    for ref in (nobodys, needed):
        store.quarantine(naming.artifact(ref.sha256))
    kept = [naming.quarantined(naming.artifact(ref.sha256)) for ref in (nobodys, needed)]
    assert sweep(archive, MONTH, dry_run=False).quarantined == 0, "too young"
    age(archive, 40)
    assert sweep(archive, MONTH, dry_run=True).quarantined == 1
    assert sweep(archive, MONTH, dry_run=False).quarantined == 1
    assert [store.exists(path) for path in kept] == [False, True], "the picture may have been read wrongly"
    store.put(original, needed.media_type)
    assert sweep(archive, MONTH, dry_run=False).quarantined == 1
    assert not store.exists(kept[1])
    assert store.get(needed) == original
