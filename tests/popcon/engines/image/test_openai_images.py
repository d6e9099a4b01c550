"""Pictures through an OpenAI-compatible service, against a double of its own, with the ledger and its budgets."""

import io
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from popcon.engines import registry
from popcon.engines.abilities import DrawsCharacter
from popcon.engines.base import Shot
from popcon.errors import BadInput, BudgetExceeded, EngineCannot, PromptDeclined, ServiceRefused
from popcon.ledger.bill import job_bill
from popcon.models.job import EngineChoice
from popcon.settings import settings
from popcon.storage.store import Store
from tests.openai_double import KEY, OpenAIDouble


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenAIDouble]:
    double = OpenAIDouble()
    threading.Thread(target=double.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("POPCON_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("POPCON_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("POPCON_OPENAI_BASE_URL", double.base_url)
    monkeypatch.setenv("POPCON_OPENAI_MODEL", "painter-1")
    monkeypatch.setenv("POPCON_OPENAI_PRICE", "0.04")
    monkeypatch.setenv("POPCON_OPENAI_SIDE", "512")
    settings.cache_clear()
    yield double
    double.shutdown()
    double.server_close()
    settings.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def shot() -> Shot:
    return Shot(action="wave", motion="raises one hand", effect="sparks", backdrop="#f020f0", side=256)


@pytest.fixture
def character() -> Any:
    picture = np.zeros((200, 120, 4), np.uint8)
    picture[10:190, 20:100] = (250, 214, 90, 255)
    return picture


def engine(store: Store, key: str = "key-1", budget: str | None = None, **given: Any) -> Any:
    limit = None if budget is None else Decimal(budget)
    purchase = registry.Purchase(store, "fox-1", key, action="wave", job_budget=limit)
    return registry.image(EngineChoice(name="openai", settings=given), purchase)


def test_a_start_frame_is_bought_once_and_billed_in_dollars(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any
) -> None:
    picture, report = engine(store).draw_start_frame(character, shot)
    again, _ = engine(store).draw_start_frame(character, shot)
    assert (again == picture).all()
    assert picture.shape == (256, 256, 3)
    assert (report.problems, report.price) == ((), Decimal("0.04"))
    (made,) = service.made
    assert (made["path"], made["pictures"], made["size"]) == ("/v1/images/edits", 1, "512x512")
    assert "first moment of this motion: raises one hand" in made["prompt"]
    assert "no shadow, no ground" in made["prompt"]
    assert "background" not in made
    assert job_bill(store, "fox-1").spent_text == "0.04 USD"


def test_a_transparent_character_and_start_frame_are_composed_exactly(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any
) -> None:
    drawing = engine(store, "a", transparent=True)
    assert isinstance(drawing, DrawsCharacter)
    alone, report = drawing.draw_character("a yellow bird", "#00d45a")
    assert alone.shape == (512, 512, 4)
    assert set(np.unique(alone[0, :, 3])) == {0}
    assert report.problems == ()
    frame, report = engine(store, "b", transparent=True).draw_start_frame(character, shot)
    assert (frame[0, 0] == (0xF0, 0x20, 0xF0)).all()
    assert report.problems == ()
    assert report.alone is not None
    over = composite(report.alone, (0xF0, 0x20, 0xF0))
    assert np.abs(over - frame).max() < 1.5  # twice rounded to 8 bits
    assert [made["path"] for made in service.made] == ["/v1/images/generations", "/v1/images/edits"]
    assert all(made["background"] == "transparent" for made in service.made)


def composite(alone: Any, backdrop: tuple[int, int, int]) -> Any:
    """What lies on a backdrop, by the definition of straight alpha."""
    part = alone[..., 3:].astype(np.float64) / 255
    return alone[..., :3] * part + np.array(backdrop) * (1 - part)


def die_before_it_is_settled(monkeypatch: pytest.MonkeyPatch, buy: Callable[[], object]) -> None:
    """Buy in a process that dies after the answer was written down."""
    from popcon.ledger.purchase import Purchase as Buying

    class Died(BaseException):
        pass

    def die(*_: Any) -> Any:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Buying, "settle", die)
        with pytest.raises(Died):
            buy()


def test_a_picture_in_the_answer_is_kept_before_anything_else(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies after the answer was written down fetches the picture from the store."""
    die_before_it_is_settled(monkeypatch, lambda: engine(store).draw_start_frame(character, shot))
    engine(store).draw_start_frame(character, shot)
    assert len(service.made) == 1
    assert job_bill(store, "fox-1").spent_text == "0.04 USD"


def test_upkeep_fetches_what_a_dead_process_left(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from popcon.engines.vendors import settle

    die_before_it_is_settled(monkeypatch, lambda: engine(store).draw_start_frame(character, shot))
    (found,) = settle(store)
    assert (found.outcome, found.price) == ("fetched", Decimal("0.04"))
    assert settle(store) == []
    assert len(service.made) == 1


def test_a_plan_names_the_model_and_its_price(service: OpenAIDouble) -> None:
    choice = EngineChoice(name="openai")
    (offer,) = registry.offers("image", choice)
    assert (offer.model, offer.price, offer.currency, offer.chosen) == ("painter-1", Decimal("0.04"), "USD", True)
    assert registry.currency("image", choice) == "USD"


def test_a_block_sets_what_the_engine_reads(service: OpenAIDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    from blocks.access import OpenAIImages
    from popcon.engines.image.openai_settings import read_settings

    for name in ("API_KEY", "MODEL", "PRICE", "BASE_URL", "SIDE"):
        monkeypatch.delenv(f"POPCON_OPENAI_{name}")
    block = OpenAIImages(api_key=KEY, model="painter-2", price="0.19", currency="EUR", settings={"transparent": "true"})  # type: ignore[arg-type]
    for name, value in block.environment().items():
        monkeypatch.setenv(name, value)
    read = read_settings({})
    assert (read.model, read.price, read.currency, read.transparent) == ("painter-2", Decimal("0.19"), "EUR", True)
    assert read.key() == KEY
    assert KEY not in repr(block)


def test_a_lost_answer_is_on_the_bill_and_stays_within_the_budget(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any
) -> None:
    service.faults = ["reset_after"]
    with pytest.raises(BudgetExceeded, match=r"0\.04 USD"):
        engine(store, budget="0.07").draw_start_frame(character, shot)
    assert len(service.made) == 1
    assert [line.state for line in job_bill(store, "fox-1").lines] == ["lost"]


def test_a_busy_service_is_waited_for(service: OpenAIDouble, store: Store, shot: Shot, character: Any) -> None:
    service.faults = [(429, "rate_limit_exceeded")]
    engine(store).draw_start_frame(character, shot)
    assert len(service.made) == 1
    assert job_bill(store, "fox-1").spent_text == "0.04 USD"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ((401, "invalid_api_key"), "does not accept this key"),
        ((429, "insufficient_quota"), "refused the request"),
        ((404, "model_not_found"), "has no model named painter-1"),
    ],
)
def test_refusals_say_what_to_do_and_never_the_key(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any, fault: tuple[int, str], says: str
) -> None:
    service.faults = [fault]
    with pytest.raises(ServiceRefused, match=says) as caught:
        engine(store).draw_start_frame(character, shot)
    assert KEY not in str(caught.value)
    assert job_bill(store, "fox-1").spent == 0
    for path in store.paths(""):
        assert KEY.encode() not in (store.read(path) or b"")


def test_bad_input(
    service: OpenAIDouble, store: Store, shot: Shot, character: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PromptDeclined):
        engine(store).redraw_frame(np.zeros((256, 256, 3), np.uint8), "add gore", "#f020f0")
    with pytest.raises(EngineCannot, match="takes no pictures"):
        engine(store, edits=False).draw_start_frame(character, shot)
    with pytest.raises(BadInput, match="A key does not belong into a job's settings") as caught:
        engine(store, api_key="sk-in-a-job")
    assert "sk-in-a-job" not in str(caught.value)
    monkeypatch.delenv("POPCON_OPENAI_API_KEY")
    with pytest.raises(BadInput, match="set POPCON_OPENAI_API_KEY"):
        engine(store).draw_start_frame(character, shot)
    monkeypatch.delenv("POPCON_OPENAI_PRICE")
    with pytest.raises(BadInput, match="needs the setting `price`"):
        engine(store)
    assert service.made == []


def test_what_comes_is_a_picture(service: OpenAIDouble, store: Store, shot: Shot, character: Any) -> None:
    picture, _ = engine(store).draw_start_frame(character, shot)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    assert out.tell() > 100
