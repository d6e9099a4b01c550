"""Pictures through the real SDK against the double."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from dashscope_double.process import DoubleProcess

from popcon.engines.base import Shot
from popcon.engines.dashscope.models import Price
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.image.dashscope import DashScopeImage
from popcon.errors import BadInput, BudgetExceeded, PromptDeclined
from popcon.ledger.bill import bill
from popcon.ledger.ledger import Ledger
from popcon.ledger.record import PaidStep

MakeSettings = Callable[..., DashScopeSettings]
MakeLedger = Callable[..., Ledger]
MakeStep = Callable[..., PaidStep]


def test_a_start_frame_is_an_edit_of_the_character_on_its_backdrop(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any
) -> None:
    engine = DashScopeImage(settings(), ledger())
    frame, said = engine.for_step(step()).draw_start_frame(character, shot)
    assert frame.shape == (256, 256, 3)
    assert frame.dtype == np.uint8
    assert said.problems == ()
    assert said.body is not None
    assert said.body.bottom == pytest.approx(0.865, abs=0.02)  # the character's own lower margin is transparent
    assert np.abs(frame[2, 2].astype(int) - (0, 212, 90)).max() <= 2
    (call,) = double.stats()["conversations"]
    assert (call["model"], call["pictures"]) == ("qwen-image-edit-plus", 1)
    assert call["parameters"]["seed"] == 7
    assert call["parameters"]["size"] == "512*512"
    assert "first moment of this motion: raises the right arm" in call["prompt"]
    assert "checkerboard" in call["parameters"]["negative_prompt"]
    again, _ = engine.for_step(step()).draw_start_frame(character, shot)
    assert np.array_equal(again, frame)
    assert engine.ledger.spending("fox-1").total == Decimal("0.20")


def test_native_alpha_needs_no_backdrop_and_is_composed_exactly(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any
) -> None:
    """What is drawn is half transparent green: no key could take its backdrop away."""
    sold = settings().catalogue.image_model("qwen-image-2.1")
    sold = sold.model_copy(update={"prices": (Price(price=Decimal("0.30")),)})
    engine = DashScopeImage(
        settings(edit_model="qwen-image-2.1", draw_model="", image_models={"qwen-image-2.1": sold}), ledger()
    )
    double.play("converse", "draws", drawing="ghost", times=2)
    frame, said = engine.for_step(step("a")).draw_start_frame(character, shot)
    assert said.alone is not None
    part = said.alone[..., 3:] / 255
    over = said.alone[..., :3] * part + np.array((0, 212, 90)) * (1 - part)
    assert np.abs(over - frame).max() < 1.5  # twice rounded to 8 bits
    assert ((said.alone[..., 3] > 100) & (said.alone[..., 3] < 160)).sum() > 1000
    assert set(np.unique(said.alone[:8, :8, 3])) == {0}
    alone, _ = engine.for_step(step("b")).draw_character("a green ghost", "#00d45a")
    assert alone.shape == (512, 512, 4)
    assert set(np.unique(alone[0, :, 3])) == {0}
    calls = double.stats()["conversations"]
    assert [call["model"] for call in calls] == ["qwen-image-2.1"] * 2
    assert all("fully transparent" in call["prompt"] for call in calls)
    assert not any(shot.backdrop in call["prompt"] for call in calls)


def test_a_character_from_words_and_one_from_a_reference(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, character: Any
) -> None:
    engine = DashScopeImage(settings(), ledger())
    picture, said = engine.for_step(step("a")).draw_character("a round yellow bird", "#f020f0", seed=3)
    assert picture.shape == (512, 512, 3)
    assert said.problems == ()
    assert np.abs(picture[3, 3].astype(int) - (240, 32, 240)).max() <= 2
    engine.for_step(step("b")).draw_character("the same, older", "#f020f0", reference=character)
    calls = double.stats()["conversations"]
    assert [(call["model"], call["pictures"]) for call in calls] == [
        ("qwen-image-plus", 0),
        ("qwen-image-edit-plus", 1),
    ]
    assert engine.price_of_character(reference=False) == engine.price() == Decimal("0.20")


@pytest.mark.parametrize(("what", "says"), [("two", "2 figures"), ("cut", "feet"), ("shaded", "shadow")])
def test_what_is_wrong_with_a_picture_comes_with_it(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any,
    what: str, says: str,
) -> None:  # fmt: skip
    double.play("converse", "drawing", drawing=what)
    _, said = DashScopeImage(settings(), ledger()).for_step(step()).draw_start_frame(character, shot)
    assert len(said.problems) == 1
    assert says in said.problems[0]


def test_a_frame_is_redrawn_at_its_own_size(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, start_frame: Any
) -> None:
    wide = np.concatenate([start_frame, start_frame], axis=1)
    redrawn, _ = DashScopeImage(settings(), ledger()).for_step(step()).redraw_frame(wide, "open the mouth", "#00d45a")
    assert redrawn.shape == wide.shape
    (call,) = double.stats()["conversations"]
    assert call["prompt"].startswith("Edit this picture: open the mouth. The backdrop stays")


def test_a_picture_lost_on_the_way_is_on_the_bill(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any
) -> None:
    """A model that answers at once keeps no copy: the double counts two, and so does the bill."""
    double.play("converse", "reset_after")
    book = ledger()
    DashScopeImage(settings(), book).for_step(step()).draw_start_frame(character, shot)
    assert len(double.stats()["conversations"]) == 2
    lines = bill(book, "fox-1").lines
    assert [(line.state, line.price) for line in lines] == [("lost", Decimal("0.20")), ("settled", Decimal("0.20"))]
    assert "keeps no copy" in lines[0].what
    assert book.spending("fox-1").total == Decimal("0.40")


def test_a_lost_picture_is_not_bought_again_past_the_budget(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any
) -> None:
    double.play("converse", "reset_after")
    with pytest.raises(BudgetExceeded):
        DashScopeImage(settings(), ledger()).for_step(step(budget="0.30")).draw_start_frame(character, shot)
    assert len(double.stats()["conversations"]) == 1


def test_a_model_that_makes_a_task_of_it_loses_nothing(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any
) -> None:
    further = {"wan2.5-i2i-preview": {"wire": "synthesis", "price": "0.20", "edits": True, "sizes": False}}
    engine = DashScopeImage(
        settings(edit_model="wan2.5-i2i-preview", draw_model="wan2.2-t2i-flash", image_models=further), ledger()
    )
    engine.ledger._limits = _Free()  # type: ignore[assignment]
    double.play("create", "reset_after")
    _, said = engine.for_step(step("a")).draw_start_frame(character, shot)
    assert said.problems == ()
    double.play("create", "reset_after")
    engine.for_step(step("b")).draw_character("a round yellow bird", "#f020f0")
    creates = double.stats()["creates"]
    assert [create["path"] for create in creates] == ["image2image/image-synthesis", "text2image/image-synthesis"]
    assert engine.ledger.spending("fox-1").total == Decimal("0.34")


def test_bad_input(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, character: Any,
    start_frame: Any,
) -> None:  # fmt: skip
    with pytest.raises(BadInput, match="qwen-image takes no pictures"):
        DashScopeImage(settings(edit_model="qwen-image"), ledger())
    with pytest.raises(BadInput, match="no DashScope image model named 'dall-e'"):
        DashScopeImage(settings(draw_model="dall-e"), ledger())
    engine = DashScopeImage(settings(), ledger())
    with pytest.raises(BadInput, match="set DASHSCOPE_API_KEY"):
        DashScopeImage(settings(api_key=None), ledger()).for_step(step()).draw_start_frame(character, shot)
    with pytest.raises(BadInput, match="The description is too long for this model"):
        engine.for_step(step()).draw_character("very " * 200, "#f020f0")
    with pytest.raises(PromptDeclined, match="the service declined this prompt: Input data may contain"):
        engine.for_step(step()).redraw_frame(start_frame, "add gore", "#00d45a")
    with pytest.raises(BadInput, match="too long for DashScope"):
        engine.for_step(step()).redraw_frame(np.zeros((16, 9000, 3), np.uint8), "x", "#00d45a")
    assert double.stats()["conversations"] == []
    assert engine.ledger.spending("fox-1").total == 0


class _Free:
    def slot(self, model: str) -> Any:
        import contextlib

        return contextlib.nullcontext()

    def submit(self, model: str) -> None:
        """Always."""
