"""The store: whole, hashed, created once."""

import errno
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from popcon import naming
from popcon.errors import ArtifactDamaged, BadInput, Fault
from popcon.settings import private_folder, settings
from popcon.storage.store import Store, ref_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def artifact_file(store: Store, sha256: str) -> Path:
    return Path(store.url) / naming.artifact(sha256)


def test_an_artifact_is_named_by_its_bytes_and_kept_once(store: Store) -> None:
    first = store.put(b"pixels", "image/png")
    written = artifact_file(store, first.sha256).stat().st_mtime_ns
    assert store.put(b"pixels", "image/png") == first == ref_of(b"pixels", "image/png")
    assert artifact_file(store, first.sha256).stat().st_mtime_ns == written
    assert store.get(first) == b"pixels"


def test_a_damaged_artifact_is_noticed_and_removed(store: Store) -> None:
    ref = store.put(b"pixels", "image/png")
    artifact_file(store, ref.sha256).write_bytes(b"pixelz")
    assert not store.holds(ref)
    with pytest.raises(ArtifactDamaged, match="damaged"):
        store.get(ref)
    with pytest.raises(ArtifactDamaged, match="missing"):
        store.get(ref)
    assert store.get(store.put(b"pixels", "image/png")) == b"pixels"


def test_putting_again_mends_a_damaged_artifact(store: Store) -> None:
    ref = store.put(b"pixels", "image/png")
    artifact_file(store, ref.sha256).write_bytes(b"")
    store.put(b"pixels", "image/png")
    assert store.get(ref) == b"pixels"


def test_only_one_of_many_creates_a_record(store: Store) -> None:
    won: list[int] = []

    def create(number: int) -> None:
        if store.create_json("jobs/a/spec.json", {"by": number}):
            won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert store.read_json("jobs/a/spec.json") == {"by": won[0]}


def test_half_written_records_read_as_absent_and_leave_no_listing(store: Store) -> None:
    store.write_json("a/b.json", {"x": 1})
    folder = Path(store.url) / "a"
    (folder / "c.json").write_bytes(b'{"x": ')
    (folder / ".b.json.0123.tmp").write_bytes(b"left by a killed writer")
    assert store.read_json("a/c.json") is None
    assert store.read_json("a/none.json") is None
    assert store.paths("a") == ["a/b.json", "a/c.json"]


def test_folders_and_missing_places(store: Store) -> None:
    assert store.folders("jobs") == []
    assert store.paths("jobs") == []
    store.write_json("jobs/b/spec.json", {})
    store.write_json("jobs/a/spec.json", {})
    assert store.folders("jobs") == ["a", "b"]
    store.delete("jobs/a/spec.json")
    store.delete("jobs/a/spec.json")
    assert store.paths("jobs") == ["jobs/b/spec.json"]


def test_a_store_that_is_no_place_is_refused() -> None:
    with pytest.raises(BadInput, match="not a store"):
        Store("nowhere://bucket")


def test_versions_tell_what_was_written_since(store: Store) -> None:
    assert store.versions("marks") == {}
    assert store.version("marks/a") == ""
    store.write("marks/a", b"1")
    store.write("marks/b", b"1")
    store.write("marks/under/c", b"1")
    before = store.versions("marks")
    assert set(before) == {"a", "b"}
    assert store.version("marks/a") == before["a"]
    store.write("marks/a", b"2")
    after = store.versions("marks")
    assert after["a"] != before["a"]
    assert after["b"] == before["b"]


def test_a_folder_goes_as_a_whole(store: Store) -> None:
    for path in ("jobs/a/spec.json", "jobs/a/actions/wave/summary.json", "jobs/ab/spec.json"):
        store.write(path, b"{}")
    store.delete_folder("jobs/a")
    store.delete_folder("jobs/a")
    assert store.folders("jobs") == ["ab"]
    assert store.paths("") == ["jobs/ab/spec.json"]


def test_a_full_disk_is_told_as_such_and_leaves_nothing_half_done(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        with pytest.raises(Fault, match="No space left"):
            store.create_json("jobs/a.json", {})
        patch.setattr(Path, "replace", full)
        with pytest.raises(Fault, match="No space left"):
            store.write_json("jobs/a.json", {})
        patch.setattr(store._fs, "ls", full)
        with pytest.raises(Fault, match="could not be listed"):
            store.folders("jobs")
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
    assert store.create_json("jobs/a.json", {})


def test_one_wrong_read_costs_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory, cables and network disks deliver wrong bytes of files that are right."""
    ref = store.put(b"an upload", "image/png")
    read, wrong = store.read, [True]

    def flaky(path: str) -> bytes | None:
        data = read(path)
        return b"?" + (data or b"")[1:] if wrong and wrong.pop() else data

    monkeypatch.setattr(store, "read", flaky)
    assert store.get(ref) == b"an upload"
    wrong.append(True)
    assert store.holds(ref)
    assert artifact_file(store, ref.sha256).read_bytes() == b"an upload"


def test_wrong_reads_that_last_lose_nothing_either(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = store.put(b"an upload", "image/png")
    with monkeypatch.context() as patch:
        patch.setattr(store, "read", lambda path: b"?")
        with pytest.raises(ArtifactDamaged):
            store.get(ref)
    assert (Path(store.url) / naming.quarantined(naming.artifact(ref.sha256))).read_bytes() == b"an upload"
    assert store.holds(ref), "what was quarantined wrongly comes back"
    assert store.get(ref) == b"an upload"


def test_a_damaged_artifact_is_kept_for_a_person(store: Store) -> None:
    ref = store.put(b"a bought clip", "video/mp4")
    artifact_file(store, ref.sha256).write_bytes(b"a bought cli")
    with pytest.raises(ArtifactDamaged):
        store.get(ref)
    assert not store.holds(ref)
    assert (Path(store.url) / naming.quarantined(naming.artifact(ref.sha256))).read_bytes() == b"a bought cli"


def test_other_users_cannot_read_a_store_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPCON_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    try:
        store = Store(str(tmp_path / "home" / "store"))
        before = os.umask(0)
        store.put(b"a", "image/png")
        store.create_json("jobs/a/spec.json", {})
        os.umask(before)
        modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "home").rglob("*")}
        assert modes == {0o600, 0o700}
    finally:
        settings.cache_clear()


def test_a_private_folder_is_this_users_alone(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir(mode=0o755)
    assert private_folder(loose).stat().st_mode & 0o777 == 0o700
    assert private_folder(tmp_path / "new").stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(loose)
    (tmp_path / "file").write_bytes(b"")
    for name in ("link", "file"):
        with pytest.raises(OSError, match=name):
            private_folder(tmp_path / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fstat", lambda number: SimpleNamespace(st_uid=os.geteuid() + 1, st_mode=0o700))
        with pytest.raises(PermissionError, match="another user"):
            private_folder(loose)


def test_files_that_go_while_they_are_listed_hide_no_others(store: Store) -> None:
    names = [f"jobs/a/{number}.json" for number in range(20)]
    for name in names:
        store.write_json(name, {})
    over = threading.Event()

    def keep_writing() -> None:
        while not over.is_set():
            store.write_json(names[0], {})

    writers = [threading.Thread(target=keep_writing) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(300):
            assert store.paths("jobs") == sorted(names)
            assert {path for path, _, _ in store.details("")} >= set(names)
    finally:
        over.set()
        for writer in writers:
            writer.join()
