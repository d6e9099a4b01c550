"""Every reader against the corpus of hostile files: a sentence or a result, soon, and in little memory."""

import json
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from popcon import naming
from popcon.check.checker import check_bytes
from popcon.editing.refinements import Refinements
from popcon.editing.verdicts import read_verdict, stored_picture
from popcon.errors import PopconError
from popcon.jobs.archive import Archive
from popcon.jobs.unfinished import unfinished
from popcon.ledger.purchase import read_record as read_purchase
from popcon.media.clips.clip import probe, rgba_frames
from popcon.media.pictures.picture import load_picture
from popcon.models.results import Take
from popcon.pipeline.garbage import sweep
from popcon.storage.records import result_of
from popcon.storage.store import Store
from tests.data.hostile import corpus

MOST_CPU_S = 20.0
MOST_MEMORY_MB = 1500


def _record(path: str, read: Callable[[Store], Any]) -> Callable[[bytes, Path], Any]:
    def reader(data: bytes, folder: Path) -> Any:
        store = Store(str(folder))
        store.write(path, data)
        return read(store)

    return reader


def _clip(data: bytes, folder: Path) -> None:
    path = folder / "clip"
    path.write_bytes(data)
    probe(path)
    for number, _ in enumerate(rgba_frames(path)):
        if number > 200:
            break


def _verdict(data: bytes, folder: Path) -> Any:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return read_verdict("refinement", value, Store(str(folder)))


def _stored(data: bytes, folder: Path) -> Any:
    store = Store(str(folder))
    return stored_picture(store, store.put(data, "application/octet-stream").sha256)


READERS: dict[str, Callable[[bytes, Path], Any]] = {
    "a picture": lambda data, folder: load_picture(data),
    "a picture that is only looked through": lambda data, folder: load_picture(data, enough_px=512, draft=True),
    "a frame": lambda data, folder: load_picture(data, is_frame=True),
    "a picture in the store": _stored,
    "a clip": _clip,
    "the check of a sticker": lambda data, folder: check_bytes(data, "a.png", "line-emoji"),
    "the check of a pack": lambda data, folder: check_bytes(data, "a.zip", "telegram"),
    "a verdict": _verdict,
    "an order": _record(naming.job_spec("fox-1"), lambda store: Archive(store).job("fox-1")),
    "all orders": _record(naming.job_spec("fox-1"), lambda store: unfinished(Archive(store))),
    "a summary": _record(naming.action_summary("fox-1", "wave"), lambda store: Archive(store).summary("fox-1", "wave")),
    "a refinement": _record(
        naming.refinement("fox-1", "wave", 0), lambda store: Refinements(store, "fox-1", "wave").current()
    ),
    "a purchase": _record(naming.paid_record("k"), lambda store: read_purchase(store, "k")),
    "a step": _record(naming.step_record("k"), lambda store: result_of(store, "k", Take)),
    "the sweep": _record(naming.paid_record("k"), lambda store: sweep(Archive(store), timedelta(days=9))),
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return corpus()


def test_the_corpus_is_the_same_each_time(files: dict[str, bytes]) -> None:
    assert corpus() == files
    assert len(files) > 150


@pytest.mark.parametrize("name", READERS)
def test_a_reader_survives_every_file(name: str, files: dict[str, bytes], tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sentences = {}
    for number, (what, data) in enumerate(files.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        begun = time.process_time()
        try:
            READERS[name](data, folder)
        except PopconError as error:
            sentences[what] = str(error)
        except Exception as error:
            raise AssertionError(f"{name} and {what}: {type(error).__name__}: {error}") from error
        assert time.process_time() - begun < MOST_CPU_S, what
    assert [what for what, said in sentences.items() if len(said) > 2000 or "Traceback" in said] == []
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MOST_MEMORY_MB
    assert not Path("/tmp/popcon-escaped.png").exists()
