"""Records count only while every artifact they name is whole."""

import json
from pathlib import Path

import pytest

from popcon import naming
from popcon.models.results import Take
from popcon.storage.records import read_record, refs_in, result_of
from popcon.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


def write_record(store: Store, key: str, result: object) -> None:
    store.write(naming.step_record(key), json.dumps({"metadata": {}, "result": json.dumps(result)}).encode())


def take(store: Store) -> Take:
    return Take(clip=store.put(b"clip", "video/mp4"), width=480, height=480, fps=30, frames=60)


def test_a_whole_record_is_found(store: Store) -> None:
    made = take(store)
    write_record(store, "k", made.model_dump(mode="json"))
    assert result_of(store, "k", Take) == made
    assert result_of(store, "other", Take) is None


@pytest.mark.parametrize("damage", ["change", "remove"])
def test_a_record_whose_artifact_is_damaged_is_dropped(store: Store, damage: str) -> None:
    made = take(store)
    write_record(store, "k", made.model_dump(mode="json"))
    path = Path(store.url) / naming.artifact(made.clip.sha256)
    path.write_bytes(b"clop") if damage == "change" else path.unlink()
    assert read_record(store, "k") is None
    assert not store.exists(naming.step_record("k"))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"metadata": {}}', b'{"result": "not json"}', b'{"result": 4}'])
def test_a_damaged_record_is_dropped(store: Store, data: bytes) -> None:
    store.write(naming.step_record("k"), data)
    assert read_record(store, "k") is None
    assert not store.exists(naming.step_record("k"))


def test_a_record_of_another_shape_is_dropped(store: Store) -> None:
    write_record(store, "k", {"clip": None})
    assert result_of(store, "k", Take) is None
    assert not store.exists(naming.step_record("k"))


def test_refs_are_found_at_any_depth(store: Store) -> None:
    ref = store.put(b"x", "image/png")
    value = {"a": [{"b": ref.model_dump()}], "c": "text", "d": {"e": [ref.model_dump()]}}
    assert list(refs_in(value)) == [ref, ref]
