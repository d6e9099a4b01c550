"""The index of jobs: right whoever writes, whatever became of it, and read no more than has changed."""

import gzip
import time
from pathlib import Path

import pytest

import popcon.jobs.index as index_module
from popcon import naming
from popcon.actions import action
from popcon.jobs.archive import Archive, Job
from popcon.jobs.deletion import delete, restore
from popcon.jobs.index import JobIndex, read_overviews
from popcon.jobs.overview import read_overview
from popcon.models.job import JobSpec
from popcon.models.step import Step
from popcon.models.summary import ActionSummary, StepLog
from popcon.models.verdict import Status
from popcon.storage.store import Store


class Counting(Archive):
    """An archive that counts what is read of jobs."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reads: list[str] = []
        whole = store.read_json

        def counted(path: str) -> object:
            self.reads.append(path)
            return whole(path)

        store.read_json = counted  # type: ignore[method-assign]


@pytest.fixture
def other(tmp_path: Path) -> Archive:
    """Another process."""
    return Archive(Store(str(tmp_path)))


@pytest.fixture
def archive(tmp_path: Path) -> Counting:
    return Counting(Store(str(tmp_path)))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "FRESH_S", 0.0)
    monkeypatch.setattr(index_module, "SAVE_S", 0.0)


def placed(archive: Archive, title: str) -> Job:
    picture = archive.store.put(b"picture", "image/png")
    actions = (action("wave"), action("cry"))
    return archive.place(JobSpec(title=title, picture=picture, actions=actions, platforms=("line-emoji",)))


def told(archive: Archive, job: Job, status: Status, price: str = "0") -> None:
    log = StepLog(step=Step.TAKE, label="animate wave", seconds=1, cached=False, price=price)
    archive.summarise(job.id, ActionSummary(action="wave", status=status, steps=(log,)))


def statuses(index: JobIndex) -> dict[str, list[str]]:
    return {each.title: [state.status for state in each.actions] for each in index.overviews()[0]}


def test_what_another_process_writes_is_seen_and_nothing_else_is_read(archive: Counting, other: Archive) -> None:
    fox, owl = placed(other, "Fox"), placed(other, "Owl")
    index = JobIndex(archive)
    assert statuses(index) == {"Fox": ["queued", "queued"], "Owl": ["queued", "queued"]}
    archive.reads.clear()
    assert len(statuses(index)) == 2
    assert archive.reads == []
    told(other, fox, Status.DONE, "1.5")
    assert statuses(index) == {"Fox": ["done", "queued"], "Owl": ["queued", "queued"]}
    assert not [path for path in archive.reads if owl.id in path]
    (seen,) = [each for each in index.overviews()[0] if each.id == fox.id]
    assert (seen.cost, seen.actions[0].step) == ("1.50 CNY", "take")
    delete(other, owl.id)
    assert [each.title for each in index.overviews()[0] if not each.deleted_at] == ["Fox"]
    restore(other, owl.id)
    assert [each.title for each in index.overviews()[0] if each.deleted_at] == []


def test_a_new_process_begins_with_what_the_last_one_knew(archive: Counting, other: Archive) -> None:
    fox, owl = placed(other, "Fox"), placed(other, "Owl")
    told(other, fox, Status.DONE)
    first = JobIndex(Archive(Store(archive.store.url)))
    first.overviews()
    first.close()
    told(other, owl, Status.FAILED)
    again = JobIndex(archive)
    assert statuses(again) == {"Fox": ["done", "queued"], "Owl": ["failed", "queued"]}
    assert not [path for path in archive.reads if fox.id in path], "only what has changed since is read"


def test_a_store_that_no_web_app_has_read_is_listed_from_the_index_that_upkeep_keeps(
    archive: Counting, other: Archive
) -> None:
    fox, _ = placed(other, "Fox"), placed(other, "Owl")
    assert len(read_overviews(other)) == 2
    told(other, fox, Status.DONE)
    assert len(read_overviews(other)) == 2
    assert statuses(JobIndex(archive)) == {"Fox": ["done", "queued"], "Owl": ["queued", "queued"]}
    assert archive.reads == []


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"{}", b'{"seen": [{"mark": 1}]}'], ids=["empty", "junk", "no entries", "a broken entry"]
)
def test_a_damaged_index_is_made_anew(archive: Counting, other: Archive, content: bytes) -> None:
    placed(other, "Fox")
    packed = gzip.compress(content) if content.startswith(b"{") else content
    other.store.write(naming.card_index(), packed)
    index = JobIndex(archive)
    assert list(statuses(index)) == ["Fox"]
    index.close()
    assert list(statuses(JobIndex(other))) == ["Fox"]


def test_a_job_whose_writer_died_before_its_mark_is_found(
    archive: Counting, other: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fox = placed(other, "Fox")
    other.store.delete(naming.changed(fox.id))
    index = JobIndex(archive)
    assert list(statuses(index)) == ["Fox"]
    record = ActionSummary(action="wave", status=Status.ANIMATING).model_dump(mode="json")
    other.store.write_json(naming.action_summary(fox.id, "wave"), record)  # and died
    monkeypatch.setattr(index_module, "DOUBT_S", 0.0)
    assert statuses(index) == {"Fox": ["animating", "queued"]}


def test_an_answer_does_not_wait_for_a_slow_store(archive: Counting, other: Archive) -> None:
    placed(other, "Fox")
    index = JobIndex(archive)
    index.overviews()
    listing = archive.store.versions

    def slow(prefix: str) -> dict[str, str]:
        time.sleep(0.6)
        return listing(prefix)

    archive.store.versions = slow  # type: ignore[method-assign]
    placed(other, "Owl")
    began = time.monotonic()
    known, _ = index.overviews(0.05)
    assert time.monotonic() - began < 0.4
    assert [each.title for each in known] == ["Fox"]
    assert {each.title for each in index.overviews()[0]} == {"Fox", "Owl"}, "the next one has it"


def test_what_one_has_just_changed_is_not_undone_by_an_older_look(archive: Counting, other: Archive) -> None:
    fox = placed(other, "Fox")
    index = JobIndex(archive)
    index.overviews()
    older = read_overview(other, fox.id)
    began = time.monotonic()
    told(other, fox, Status.DONE)
    index.look(fox.id)
    index._keep(fox.id, "older", older, began)
    assert [each.actions[0].status for each in index.overviews()[0]] == ["done"]


def test_what_is_no_job_is_left_out(archive: Counting, other: Archive) -> None:
    placed(other, "Fox")
    other.store.write_json(naming.job_spec("broken-1"), {"id": "broken-1"})
    other.bump_version("broken-1")
    other.bump_version("ghost-1")
    index = JobIndex(archive)
    assert list(statuses(index)) == ["Fox"]
    assert index.look("ghost-1") is None


def test_records_of_versions_without_currencies_are_read(other: Archive) -> None:
    archive, job = other, placed(other, "Fox")
    old = {"step": "take", "label": "animate wave", "seconds": 1, "cached": False, "price_cny": "1.5"}
    log = StepLog.model_validate(old)
    assert (log.price, log.currency) == ("1.5", "CNY")
    summary = ActionSummary(action="wave", status=Status.DONE).model_dump(mode="json") | {"steps": [old]}
    archive.store.write_json(naming.action_summary(job.id, "wave"), summary)
    found = read_overview(archive, job.id)
    assert found is not None
    assert found.cost == "1.50 CNY"
    log = log.model_copy(update={"price": "0.04", "currency": "USD"})
    archive.summarise(
        job.id, ActionSummary(action="wave", status=Status.DONE, steps=(StepLog.model_validate(old), log))
    )
    found = read_overview(archive, job.id)
    assert found is not None
    assert found.cost == "1.50 CNY + 0.04 USD"
