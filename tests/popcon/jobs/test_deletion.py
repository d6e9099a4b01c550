"""Deleted jobs: back within a day, gone after it, and never half gone for good."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from popcon import naming
from popcon.actions import action
from popcon.errors import BadInput, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.jobs.deletion import delete, is_deleted, purge, restore
from popcon.models.job import JobSpec
from popcon.pipeline.garbage import sweep
from popcon.storage.store import Store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path)))


def placed(archive: Archive, title: str = "Fox") -> Job:
    picture = archive.store.put(title.encode(), "image/png")
    return archive.place(JobSpec(title=title, picture=picture, actions=(action("wave"),), platforms=("line-emoji",)))


def buried(archive: Archive, job: Job, hours: float) -> None:
    """Delete a job so many hours ago."""
    delete(archive, job.id)
    at = datetime.now(UTC) - timedelta(hours=hours)
    archive.store.write_json(naming.tombstone(job.id), {"at": at.isoformat()})


def files(archive: Archive) -> list[str]:
    return [path for path in archive.store.paths("") if not path.startswith(naming.ARTIFACTS)]


def test_a_deleted_job_is_nowhere_and_comes_back_as_it_was(archive: Archive) -> None:
    fox, owl = placed(archive), placed(archive, "Owl")
    before = files(archive)
    delete(archive, fox.id)
    delete(archive, fox.id)
    assert is_deleted(archive, fox.id)
    assert archive.ids() == [owl.id]
    assert [each.id for each in archive.jobs()] == [owl.id]
    assert {each.id for each in archive.jobs(deleted=True)} == {fox.id, owl.id}
    assert restore(archive, fox.id) == fox
    assert files(archive) == before
    assert restore(archive, fox.id) == fox, "twice is once"


def test_after_a_day_it_cannot_be_brought_back_and_soon_it_is_gone(archive: Archive) -> None:
    fox, owl, cat = placed(archive), placed(archive, "Owl"), placed(archive, "Cat")
    buried(archive, fox, 30)
    buried(archive, owl, 24.5)  # too late to bring it back, too early to be sure that nobody just did
    buried(archive, cat, 2)
    with pytest.raises(BadInput, match="more than a day ago"):
        restore(archive, fox.id)
    assert purge(archive) == [fox.id]
    assert not [path for path in files(archive) if fox.id in path]
    assert not (Path(archive.store.url) / naming.job_folder(fox.id)).exists()
    assert archive.deleted() == sorted([owl.id, cat.id])
    assert restore(archive, cat.id) == cat
    assert purge(archive) == []
    with pytest.raises(UnknownName):
        restore(archive, fox.id)


def test_a_purge_that_died_is_finished_by_the_next_one(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    fox, owl = placed(archive), placed(archive, "Owl")
    archive.redo(fox, "take", "wave")  # type: ignore[arg-type]
    buried(archive, fox, 30)
    whole, left = archive.store.delete, [1]

    def dying(path: str) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        whole(path)

    monkeypatch.setattr(archive.store, "delete", dying)
    with pytest.raises(KeyboardInterrupt):
        purge(archive)
    monkeypatch.undo()
    assert archive.ids() == [owl.id], "what is half gone is not shown"
    assert purge(archive) == [fox.id]
    assert not [path for path in files(archive) if fox.id in path]
    assert purge(archive) == []


def test_ordering_it_again_brings_it_back(archive: Archive) -> None:
    fox = placed(archive)
    buried(archive, fox, 30)
    assert placed(archive) == fox
    assert purge(archive) == []
    assert archive.ids() == [fox.id]


def test_ordering_what_a_purge_left_half_gone_brings_it_back(archive: Archive) -> None:
    fox = placed(archive)
    buried(archive, fox, 30)
    archive.store.delete(naming.job_spec(fox.id))  # here the purge died
    again = placed(archive)
    assert (again.id, is_deleted(archive, fox.id)) == (fox.id, False)
    assert purge(archive) == []
    assert archive.job(fox.id) == again


@pytest.mark.parametrize("name", [".json", "..json", "...json", "Fox.json", ".DS_Store"])
def test_a_strange_file_among_the_tombstones_takes_nothing_with_it(archive: Archive, name: str) -> None:
    fox = placed(archive)
    archive.store.write_json(f"{naming.DELETED}/{name}", {"at": "2020-01-01T00:00:00+00:00"})
    assert archive.deleted() == []
    assert purge(archive) == []
    assert archive.ids() == [fox.id]


@pytest.mark.parametrize("tombstone", [b"", b"{", b"[]", b'{"at": 5}', b'{"at": "yesterday"}'])
def test_a_tombstone_that_nobody_can_read_begins_its_day_anew(archive: Archive, tombstone: bytes) -> None:
    fox = placed(archive)
    archive.store.write(naming.tombstone(fox.id), tombstone)
    assert purge(archive) == []
    assert is_deleted(archive, fox.id)
    assert restore(archive, fox.id) == fox


def test_a_deleted_jobs_artifacts_stay_until_it_is_gone(archive: Archive) -> None:
    fox = placed(archive)
    delete(archive, fox.id)
    assert sweep(archive, timedelta(days=30)).deleted == 0
    kept = archive.store.paths(naming.ARTIFACTS)
    assert len(kept) == 1
    buried(archive, fox, 30)
    purge(archive)
    import os

    for path in Path(archive.store.url).rglob("*"):
        os.utime(path, (1e9, 1e9))
    assert sweep(archive, timedelta(days=30), dry_run=False).deleted == 1
    assert archive.store.paths(naming.ARTIFACTS) == []


def test_two_who_purge_at_once_do_no_harm(archive: Archive) -> None:
    jobs = [placed(archive, f"Fox {number}") for number in range(8)]
    for job in jobs:
        buried(archive, job, 30)
    troubles: list[BaseException] = []

    def work() -> None:
        try:
            purge(archive)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert files(archive) == []
