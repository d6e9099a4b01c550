"""Stickers for previews, made in a process that may be killed, refuse, hang or leave."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from popcon.errors import Fault
from popcon.jobs.archive import Archive, Job
from popcon.models.results import Cutouts, Frames, StartFrame, Sticker
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.steps.sticker import StickerInputs
from popcon.storage.store import Store
from ui.web import sticker_maker
from ui.web.sticker_maker import StickerMaker, answer


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Callable[[StickerMaker], None]:
    """Makes the process of a maker hang, and the maker impatient."""

    def hang(maker: StickerMaker) -> None:
        maker.warm()
        assert maker._process is not None
        os.kill(maker._process.pid, signal.SIGSTOP)
        monkeypatch.setattr(sticker_maker, "LONGEST_S", 0.3)

    return hang


@pytest.fixture
def order(archive: Archive, job: Job) -> tuple[StickerInputs, Sticker]:
    """What a finished sticker was made from, and it."""
    results = archive.summary(job.id, "wave").results
    start, frames = StartFrame.model_validate(results["start_frame"]), Frames.model_validate(results["frames"])
    cutouts = Cutouts.model_validate(results["cutouts"])
    inputs = StepInputsBuilder(archive, job).sticker(job.spec.actions[0], "line-emoji", start, frames, cutouts)
    return inputs, Sticker.model_validate(results["sticker:line-emoji"])


def test_it_makes_what_the_step_makes_also_after_it_was_killed(
    archive: Archive, order: tuple[StickerInputs, Sticker]
) -> None:
    inputs, made = order
    maker = StickerMaker(archive.store.url)
    try:
        maker.warm()
        assert maker._process is not None
        os.kill(maker._process.pid, signal.SIGKILL)
        assert maker.make(inputs, archive.store) == made
        running = maker._process
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        assert maker.make(inputs, archive.store) == made
        assert maker._process.pid != running.pid
    finally:
        maker.close()
    assert maker._process.poll() is not None
    with pytest.raises(Fault, match="closed"):
        maker.make(inputs, archive.store)


def test_what_is_missing_is_told_and_the_process_lives_on(
    archive: Archive, order: tuple[StickerInputs, Sticker], tmp_path: Path
) -> None:
    inputs, _ = order
    maker = StickerMaker(str(tmp_path / "empty"))
    try:
        for _ in range(2):
            with pytest.raises(Fault, match="missing"):
                maker.make(inputs, archive.store)
        process = maker._process
        with pytest.raises(Fault, match="missing"):
            maker.make(inputs, archive.store)
        assert maker._process is process
    finally:
        maker.close()


def test_one_that_hangs_is_given_up(
    archive: Archive,
    order: tuple[StickerInputs, Sticker],
    hanging: Callable[[StickerMaker], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maker = StickerMaker(archive.store.url)
    try:
        hanging(maker)
        with pytest.raises(Fault, match="given up"):
            maker.make(order[0], archive.store)
        monkeypatch.undo()
        assert maker.make(*(order[0], archive.store)) == order[1]
    finally:
        maker.close()


def test_one_that_hangs_before_it_reads_is_given_up(
    tmp_path: Path, order: tuple[StickerInputs, Sticker], hanging: Callable[[StickerMaker], None]
) -> None:
    long = order[0].model_copy(update={"slots": order[0].slots * 200})  # more than a pipe holds
    assert len(long.model_dump_json()) > 100_000
    maker = StickerMaker(str(tmp_path))
    try:
        hanging(maker)
        with pytest.raises(Fault, match="given up"):
            maker.make(long, Store(str(tmp_path)))
    finally:
        maker.close()


def test_where_no_process_can_be_started_only_the_sticker_is_missing(
    tmp_path: Path, order: tuple[StickerInputs, Sticker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    maker = StickerMaker(str(tmp_path))
    maker.warm()
    with pytest.raises(Fault, match="could not be started: Resource temporarily unavailable"):
        maker.make(order[0], Store(str(tmp_path)))
    maker.close()


@pytest.mark.parametrize("line", [b"", b"{", b'{"action": 1}', b"\xff"])
def test_an_order_that_is_none_is_answered(tmp_path: Path, line: bytes) -> None:
    said: dict[str, Any] = answer(line, Store(str(tmp_path)))
    assert list(said) == ["fault"]
    assert said["fault"].strip()
