"""The store on a real S3 endpoint behind a network that fails: nothing is lost, nothing half-written is seen."""

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from popcon import naming
from popcon.actions import action
from popcon.errors import ArtifactDamaged, Fault
from popcon.jobs.archive import Archive
from popcon.jobs.deletion import delete, purge
from popcon.jobs.index import JobIndex
from popcon.models.artifact import ArtifactRef
from popcon.models.job import JobSpec
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Status
from popcon.storage import object_store
from popcon.storage.object_store import Access
from popcon.storage.store import Store, set_access
from tests.popcon.storage.s3.endpoint import FAULTS, FaultProxy

pytestmark = pytest.mark.alone


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "_FIRST_WAIT_S", 0.02)


def test_artifacts_records_and_listings(store: Store, folder: Path) -> None:
    ref = store.put(b"pixels", "image/png")
    assert store.get(ref) == b"pixels"
    assert (folder / naming.artifact(ref.sha256)).read_bytes() == b"pixels"
    assert store.holds(ref)
    assert not store.holds(ref.model_copy(update={"size": 5}))
    assert store.create_json("jobs/fox/spec.json", {"id": "fox"})
    assert not store.create_json("jobs/fox/spec.json", {"id": "other"})
    assert store.read_json("jobs/fox/spec.json") == {"id": "fox"}
    store.write_json("jobs/owl/summary.json", {"n": 1})
    assert store.folders("jobs") == ["fox", "owl"]
    assert store.paths("jobs") == ["jobs/fox/spec.json", "jobs/owl/summary.json"]
    [(path, size, _)] = store.details("artifacts")
    assert (path, size) == (naming.artifact(ref.sha256), 6)
    store.delete("jobs/owl/summary.json")
    assert store.read_json("jobs/owl/summary.json") is None
    assert not store.exists("jobs/owl/summary.json")
    assert store.folders("nothing") == []


def test_marks_tell_what_another_process_wrote(store: Store, folder: Path) -> None:
    other = Store(store.url)
    assert store.versions("changes") == {}
    assert store.version("changes/fox") == ""
    store.write("changes/fox", b"1")
    store.write("changes/owl", b"1")
    store.write("changes/under/cat", b"1")
    before = other.versions("changes")
    assert set(before) == {"fox", "owl"}
    store.write("changes/fox", b"2")  # the same length, within the same second
    after = other.versions("changes")
    assert after["fox"] != before["fox"]
    assert after["owl"] == before["owl"]
    assert other.version("changes/fox") == after["fox"]
    store.delete_folder("changes")
    assert other.versions("changes") == {}
    assert list((folder / "changes").rglob("*.*")) == []


def test_the_index_of_jobs_is_right_on_s3_too(store: Store) -> None:
    """Two processes: one writes, the other shows."""
    writer, reader = Archive(Store(store.url)), JobIndex(Archive(store))
    picture = store.put(b"picture", "image/png")
    job = writer.place(JobSpec(title="Fox", picture=picture, actions=(action("wave"),), platforms=("line-emoji",)))
    assert [each.id for each in reader.overviews()[0]] == [job.id]
    writer.summarise(job.id, ActionSummary(action="wave", status=Status.DONE))
    reader._listed_at = None
    assert [each.actions[0].status for each in reader.overviews()[0]] == ["done"]
    reader.close()
    later = JobIndex(Archive(Store(store.url)))
    delete(writer, job.id)
    assert [bool(each.deleted_at) for each in later.overviews()[0]] == [True]
    writer.store.write_json(naming.tombstone(job.id), {"at": "2020-01-01T00:00:00+00:00"})
    assert purge(writer) == [job.id]
    later._listed_at = None
    assert later.overviews()[0] == []
    assert [path for path in store.paths("") if job.id in path] == []
    later.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_survived_in_each_call(fault: str, store: Store, proxy: FaultProxy) -> None:
    data = os.urandom(50_000)
    proxy.next.extend(["", fault, fault])
    ref = store.put(data, "video/mp4")
    proxy.next.extend([fault, fault])
    assert store.get(ref) == data
    proxy.next.append(fault)
    assert store.create_json("jobs/a/verdict.json", {"kind": "approve"}), "the lost answer of a create was ours"
    proxy.next.append(fault)
    assert store.read_json("jobs/a/verdict.json") == {"kind": "approve"}
    proxy.next.append(fault)
    assert store.paths("jobs") == ["jobs/a/verdict.json"]
    assert proxy.played.count(fault) >= 5


def test_nothing_half_written_is_ever_seen(store: Store, proxy: FaultProxy, folder: Path) -> None:
    contents = [bytes([number]) * 40_000 for number in range(14)]
    refs = [ArtifactRef(sha256=hashlib.sha256(each).hexdigest(), size=len(each), media_type="x/y") for each in contents]
    seen: list[bytes] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for ref in refs:
                data = store.read(naming.artifact(ref.sha256))
                if data is not None:
                    seen.append(data)

    proxy.share = 0.3
    watcher = threading.Thread(target=watch)
    watcher.start()
    for each in contents:
        store.put(each, "x/y")
    until = time.monotonic() + 60
    while not seen and time.monotonic() < until:
        time.sleep(0.05)
    over.set()
    watcher.join()
    assert set(seen) <= set(contents)
    assert seen
    assert [store.get(ref) for ref in refs] == contents
    assert len(proxy.played) > 5


def test_a_damaged_object_is_told_from_a_damaged_transfer(store: Store, proxy: FaultProxy, folder: Path) -> None:
    ref = store.put(b"x" * 20_000, "image/png")
    file = folder / naming.artifact(ref.sha256)
    proxy.next.append("truncate")
    assert store.get(ref) == b"x" * 20_000
    file.write_bytes(b"y" * 20_000)
    with pytest.raises(ArtifactDamaged, match="damaged"):
        store.get(ref)
    assert not store.exists(naming.artifact(ref.sha256)), "so that its step runs again"


def test_a_service_that_stays_away_is_a_fault_that_names_the_store(store: Store, proxy: FaultProxy) -> None:
    ref = store.put(b"kept", "image/png")
    proxy.share, proxy.next = 1.0, type(proxy.next)(["503"] * 200)
    with pytest.raises(Fault, match=r"s3://team/.* could not be read; it failed 6 times"):
        store.get(ref)
    with pytest.raises(Fault, match="written"):
        store.write_json("jobs/x.json", {})
    proxy.next.clear()
    proxy.share = 0.0
    assert store.get(ref) == b"kept"


def test_wrong_keys_are_refused_at_once(store: Store, proxy: FaultProxy) -> None:
    url = store.url + "-locked"
    set_access(url, Access(endpoint_url=proxy.url, key="popcon-test", secret="wrong"))
    with pytest.raises(Fault, match="not allowed"):
        Store(url).put(b"x", "image/png")
    assert "wrong" not in repr(Access(secret="wrong"))


def test_the_endpoint_comes_from_the_environment(
    store: Store, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "popcon-test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "popcon-test-secret")
    other = Store(store.url + "-env")
    assert other.get(other.put(b"data", "image/png")) == b"data"
