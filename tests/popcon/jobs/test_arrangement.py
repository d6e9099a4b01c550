"""The order of a pack's stickers and its cover, as a person arranged them."""

from pathlib import Path

import pytest

from popcon import naming
from popcon.errors import BadInput, UnknownName
from popcon.jobs.archive import Archive, Job
from popcon.jobs.arrangement import Arrangement, arrange, arrangement
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.job import find_character
from popcon.storage.store import Store
from tests.popcon.pipeline.fake_job import FakeJob, place_job

ACTIONS = ("wave", "cry", "bow")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Store(str(tmp_path)))


@pytest.fixture
def job(archive: Archive) -> Job:
    return place_job(archive.store, "auto", ACTIONS)


def keep(archive: Archive, job: Job, order: tuple[str, ...], cover: str = "") -> None:
    arrange(archive.store, job.id, job.spec, order, cover, "Mia")


def test_the_last_arrangement_counts_and_the_others_stay_on_record(archive: Archive, job: Job) -> None:
    assert arrangement(archive.store, job.id) == Arrangement()
    keep(archive, job, ("bow", "wave", "cry"), "cry")
    keep(archive, job, (), "bow")
    last = arrangement(archive.store, job.id)
    assert (last.order, last.cover, last.by) == ((), "bow", "Mia")
    assert len(archive.store.paths(naming.arrangements(job.id))) == 2


@pytest.mark.parametrize(
    ("order", "cover", "kind"),
    [
        (("wave", "cry"), "", BadInput),
        (("wave", "cry", "cry"), "", BadInput),
        (("wave", "cry", "fly"), "", UnknownName),
        ((), "fly", UnknownName),
    ],
)
def test_what_is_no_arrangement_is_refused(
    archive: Archive, job: Job, order: tuple[str, ...], cover: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        keep(archive, job, order, cover)
    assert arrangement(archive.store, job.id) == Arrangement()


def test_only_the_packs_are_made_again(archive: Archive, job: Job) -> None:
    FakeJob(archive, job)
    keep(archive, job, ("bow", "wave", "cry"), "cry")
    again = FakeJob(archive, job)
    assert {label.split()[0] for label in again.ran} == {"pack", "contact"}
    inputs = StepInputsBuilder(archive, job)
    character = find_character(inputs)
    assert character is not None
    stickers = archive.stickers(job, "line-emoji")
    pack = inputs.pack("line-emoji", character, stickers)
    assert [each.action for each in pack.stickers] == ["bow", "wave", "cry"]
    assert pack.cover == "cry"
    keep(archive, job, ())
    assert FakeJob(archive, job).ran == [], "what was made in the first order is found again"
