"""The table of engines, and an engine that is added in one file (`toy.py`: a class and a row)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from popcon.actions.choose import action
from popcon.engines import registry, table
from popcon.engines.abilities import ChecksReadiness, DrawsCharacter, Priced, RedrawsFrame
from popcon.engines.table import EngineRow
from popcon.errors import BadInput, EngineUnavailable, UnknownName
from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.action import Action
from popcon.models.base import Model
from popcon.models.job import EngineChoice, Engines, JobSpec
from popcon.storage.store import Store
from tests.popcon.engines.toy import ROW, Toy

ROOT = Path(__file__).parents[3]


@pytest.fixture
def toy() -> Iterator[EngineChoice]:
    table.register(ROW)
    yield EngineChoice(name="toy", settings={"price": "0.40"})
    table.unregister(ROW)


def test_an_engine_is_added_with_one_row(toy: EngineChoice) -> None:
    assert registry.names("image")[-1] == "toy"
    engine = registry.image(toy)
    assert isinstance(engine, Priced)
    assert not isinstance(engine, DrawsCharacter | RedrawsFrame | ChecksReadiness)
    assert registry.price("image", toy) == Decimal("0.40")
    assert registry.price_of_character(toy, reference=False) == 0
    assert registry.fingerprint("image", toy) == Toy.fingerprint
    registry.check_ready("image", toy)
    with pytest.raises(UnknownName, match="no video engine named 'toy'; choose from puppet, dashscope"):
        registry.video(toy)


def test_a_row_that_names_nothing_is_an_engine_that_cannot_be_loaded() -> None:
    row = EngineRow("matte", "broken", "popcon.engines.matte.no_such_module:make")
    table.register(row)
    try:
        with pytest.raises(EngineUnavailable, match="The matte engine broken cannot be loaded: No module named"):
            registry.matte(EngineChoice(name="broken"))
    finally:
        table.unregister(row)


def test_every_row_names_what_is_there() -> None:
    for row in table.rows():
        assert callable(table.load(row, row.maker)), row
        if row.settings:
            assert issubclass(table.settings_model(row), Model), row
        if row.local:
            assert row.settings, row
            assert callable(table.load(row, row.local)), row


def test_colours_of_effects_are_the_engines_own_or_the_defaults(toy: EngineChoice) -> None:
    puppet = registry.effect_colours(EngineChoice(name="puppet"), action("love"))
    assert puppet
    assert registry.effect_colours(toy, action("love")) == puppet
    assert registry.effect_colours(toy, Action(name="stand", title="Stand", motion="stands", effect="")) == ()


def test_an_engine_without_settings_refuses_some() -> None:
    with pytest.raises(BadInput, match="The image engine puppet has no settings"):
        registry.image(EngineChoice(name="puppet", settings={"size": 3}))


def test_no_ability_is_asked_for_by_the_name_of_an_attribute() -> None:
    for folder in ("popcon/engines", "popcon/pipeline", "popcon/inference", "flows", "tasks"):
        for file in (ROOT / folder).rglob("*.py"):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                asked = "getattr(" in line or "hasattr(" in line
                for ability in ("draw_character", "redraw_frame", "check_ready", "spent_cny", "seconds_on_cpu"):
                    assert not (asked and f'"{ability}"' in line), f"{file}:{number}"


@pytest.mark.alone
def test_a_job_is_made_with_the_engine_and_its_price_is_kept(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    archive = Archive(store)
    picture = store.put(encode_png(draw_mascot(240)), "image/png")
    image = EngineChoice(name="toy", settings={"price": "0.40"})
    spec = JobSpec(
        title="Toy", picture=picture, actions=(action("wave"),), platforms=("gif",), engines=Engines(image=image)
    )
    job = archive.place(spec)
    done = subprocess.run(
        [sys.executable, "-m", "tests.popcon.engines.toy", job.id, store.url, str(tmp_path / "home")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = archive.summary(job.id, "wave")
    assert summary.status.value == "done"
    assert [step.price for step in summary.steps if step.step == "start_frame"] == ["0.40"]
    assert archive.is_packed(job)
