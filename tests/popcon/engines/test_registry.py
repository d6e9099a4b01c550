"""The table of engines, and an engine that is added in one file: a class and a row."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from popcon.engines import registry, table
from popcon.engines.abilities import ChecksReadiness, DrawsCharacter, Priced, RedrawsFrame
from popcon.engines.base import PictureReport, Shot
from popcon.engines.table import EngineRow
from popcon.errors import BadInput, EngineUnavailable, UnknownName
from popcon.models.base import Model
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.pixels import Rgb, Rgba


class ToySettings(Model):
    """Settings of the toy."""

    price: str = "0.25"


class Toy:
    """An image engine that fills the frame with its backdrop, and asks money for it."""

    fingerprint = EngineFingerprint(name="toy", version="1")

    def __init__(self, settings: ToySettings) -> None:
        self.settings = settings

    def draw_start_frame(self, character: Rgba, shot: Shot) -> tuple[Rgb, PictureReport]:
        colour = [int(shot.backdrop[i : i + 2], 16) for i in (1, 3, 5)]
        picture = np.full((shot.side, shot.side, 3), colour, np.uint8)
        return picture, PictureReport(notes=("a toy drew this",), price_cny=self.price())

    def price(self) -> Decimal:
        return Decimal(self.settings.price)


def make(settings: Any, purchase: object) -> Toy:
    return Toy(ToySettings.model_validate(settings))


ROW = EngineRow("image", "toy", f"{__name__}:make", settings=f"{__name__}:ToySettings")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineChoice]:
    # pytest imports test files without listing them where importlib looks.
    import sys

    module = type(sys)(__name__)
    module.__dict__.update(globals())
    monkeypatch.setitem(sys.modules, __name__, module)
    table.register(ROW)
    yield EngineChoice(name="toy", settings={"price": "0.40"})
    table.unregister(ROW)


def test_an_engine_is_added_with_one_row(toy: EngineChoice) -> None:
    assert registry.names("image")[-1] == "toy"
    engine = registry.image(toy)
    assert isinstance(engine, Priced)
    assert not isinstance(engine, DrawsCharacter | RedrawsFrame | ChecksReadiness)
    assert registry.price_cny("image", toy) == Decimal("0.40")
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


def test_an_engine_without_settings_refuses_some() -> None:
    with pytest.raises(BadInput, match="The image engine puppet has no settings"):
        registry.image(EngineChoice(name="puppet", settings={"size": 3}))


def test_no_ability_is_asked_for_by_name_of_an_attribute() -> None:
    from tests import where

    for folder in ("popcon/engines", "popcon/pipeline", "popcon/inference", "flows", "tasks"):
        for file in (where.ROOT / folder).rglob("*.py"):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                for ability in ("draw_character", "redraw_frame", "check_ready", "price", "spent", "seconds_on_cpu"):
                    assert f', "{ability}' not in line or "getattr(" not in line, f"{Path(file)}:{number}"
