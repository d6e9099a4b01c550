"""Start frames that share one bought picture, through the real SDK and the ledger."""

import functools
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from dashscope_double.process import DoubleProcess

from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.engines.image.exchange import on_stage
from popcon.ledger.bill import Bill, job_bill
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.character import CharacterPicture, make_character
from popcon.media.pictures.png import decode_png, encode_png
from popcon.media.pictures.pose_sheet import Grid, cut_apart, groups
from popcon.models.job import EngineChoice
from popcon.models.results import Box, StartFrame
from popcon.pipeline.steps.payment import Payment
from popcon.pipeline.steps.start_frame import StartFrameInputs, draw_start_frame
from popcon.storage.store import Store

NAMES = ("wave", "laugh", "cry", "love", "angry", "jump", "sleep", "cheer")
BACKDROP = "#f020f0"


@pytest.fixture(autouse=True)
def environment(double: DoubleProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", double.key)
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", double.base_url)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@functools.cache
def character() -> CharacterPicture:
    return make_character(draw_mascot(512), None)


class Order:
    """A job whose start frames are drawn all at once."""

    def __init__(self, store: Store, settings: dict[str, int] | None = None, names: tuple[str, ...] = NAMES) -> None:
        made = character()
        left, top, right, bottom = made.body
        self.store = store
        self.alone = made.rgba[top:bottom, left:right].copy()
        choice = EngineChoice(name="dashscope", settings=dict(settings or {}))
        shots = tuple(
            Shot(action=name, motion=f"does {name} with both arms, slowly", backdrop=BACKDROP, seed=3) for name in names
        )
        self.inputs = [
            StartFrameInputs(
                character=store.put(encode_png(made.rgba), "image/png"),
                body=Box(left=left, top=top, right=right, bottom=bottom),
                shot=shot,
                engine=choice,
                fingerprint=registry.fingerprint("image", choice),
                payment=Payment(job="fox-1", action=shot.action),
                sheet=shots,
            )
            for shot in shots
        ]

    def draw(self) -> list[StartFrame]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda inputs: draw_start_frame(inputs, self.store), self.inputs))

    def bill(self) -> Bill:
        return job_bill(self.store, "fox-1")


def test_a_sheet_of_eight_with_two_bad_cells_costs_one_and_two_pictures(double: DoubleProcess, store: Store) -> None:
    double.play("converse", "sheet", cells={"2": "two", "5": "cut"})
    order = Order(store)
    frames = order.draw()
    calls = double.stats()["conversations"]
    assert len(calls) == 3
    assert [call["parameters"]["size"] for call in calls] == ["2016*2016", "1024*1024", "1024*1024"]
    assert "8 times in a grid of 3 rows and 3 columns" in calls[0]["prompt"]
    assert all(f"{number}) does {name}" in calls[0]["prompt"] for number, name in enumerate(NAMES, 1))
    assert {name for call in calls[1:] for name in NAMES if f"does {name}" in call["prompt"]} == {"cry", "jump"}
    stage = on_stage(order.alone, BACKDROP, 480).astype(int)
    for name, frame in zip(NAMES, frames, strict=True):
        assert frame.problems == ()
        shown = decode_png(store.get(frame.picture), 3).astype(int)
        assert shown.shape == (480, 480, 3)
        assert 0.3 < frame.body.height < 0.95
        if name not in ("cry", "jump"):  # one of the sheet looks like one that was bought alone
            assert np.abs(shown[3, 3] - stage[3, 3]).max() <= 2
            # The double keeps a margin in each cell: the same figure, a little smaller.
            ours, theirs = ((each != each[3, 3]).any(axis=2).sum() for each in (shown, stage))
            assert 0.7 < ours / theirs < 1.05
    bill = order.bill()
    assert bill.spent_text == "0.60 CNY"
    assert bill.saved_text == "1.00 CNY"
    assert [frame.price for frame in frames] == ["0.025"] * 2 + ["0.20"] + ["0.025"] * 2 + ["0.20"] + ["0.025"] * 2


def test_a_sheet_that_is_off_draws_each_alone(double: DoubleProcess, store: Store) -> None:
    order = Order(store, {"sheet": 0}, NAMES[:3])
    order.draw()
    assert len(double.stats()["conversations"]) == 3
    assert order.bill().saved_text == ""


def test_what_is_finished_is_not_drawn_again_for_a_sheet(double: DoubleProcess, store: Store) -> None:
    """Which start frames share a sheet is decided once, so that nothing is bought for a second one."""
    order = Order(store, names=NAMES[:4])
    order.inputs = order.inputs[:2]
    order.draw()
    order = Order(store, names=NAMES[:4])
    order.draw()
    assert len(double.stats()["conversations"]) == 1
    assert order.bill().spent == Decimal("0.20")


@pytest.mark.parametrize(
    ("fault", "says"),
    [("empty", "no figure"), ("two", "2 figures"), ("small", "another scale"), ("colours", "other colours")],
)
def test_each_kind_of_bad_cell_is_found(fault: str, says: str) -> None:
    from dashscope_double.media import draw

    alone = Order.__new__(Order)
    made = character()
    left, top, right, bottom = made.body
    alone.alone = made.rgba[top:bottom, left:right].copy()
    stage = on_stage(alone.alone, BACKDROP, 480)
    prompt = f"6 times in a grid of 2 rows and 3 columns on {BACKDROP}"
    sheet = decode_png(draw(prompt, [encode_png(stage)], (1536, 1024), {"cells": {"4": fault}}, False), 3)
    cells = cut_apart(sheet, 6, Grid(2, 3, 512), 480, stage, BACKDROP)
    assert [bool(cell.problems) for cell in cells] == [False] * 4 + [True, False]
    assert says in cells[4].problems[0]


def test_sheets_are_as_few_as_possible_and_of_one_size() -> None:
    assert groups(8, 9) == [range(0, 8)]
    assert groups(24, 9) == [range(0, 8), range(8, 16), range(16, 24)]
    assert groups(10, 9) == [range(0, 5), range(5, 10)]
    assert groups(3, 1) == [range(0, 1), range(1, 2), range(2, 3)]
    assert (Grid.of(8, 2048, 480), Grid.of(12, 2048, 480)) == (Grid(3, 3, 672), Grid(3, 4, 512))
