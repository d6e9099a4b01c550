"""The engines as jobs name them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dashscope_double.process import DoubleProcess

from popcon.engines import registry
from popcon.engines.base import Shot
from popcon.errors import BadInput, BudgetExceeded
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Allowance, ProcessLimits
from popcon.models.job import EngineChoice
from popcon.storage.store import Store


@pytest.fixture(autouse=True)
def environment(double: DoubleProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", double.key)
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", double.base_url)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def purchase(store: Store, **details: Any) -> registry.Purchase:
    return registry.Purchase(store, "fox-1", details.pop("key", "key-1"), **details)


def test_a_job_buys_through_the_registry(
    double: DoubleProcess, store: Store, shot: Shot, start_frame: Any, character: Any
) -> None:
    choice = EngineChoice(name="dashscope", settings={"video_model": "wan2.2-kf2v-flash"})
    assert registry.price("video", choice) == Decimal("0.50")
    assert "wan2.2-kf2v-flash 480P 5s" in registry.fingerprint("video", choice).version
    clip = registry.video(choice, purchase(store, action="wave")).animate(start_frame, character, shot).data
    assert clip[4:8] == b"ftyp"
    picture, _ = registry.image(EngineChoice(name="dashscope"), purchase(store, key="key-2")).draw_start_frame(
        character, shot
    )
    assert picture.shape == (256, 256, 3)
    ledger = Ledger(store, ProcessLimits(lambda model: Allowance(at_once=1, per_second=1)))
    assert ledger.spending("fox-1").spent == Decimal("0.70")


def test_budgets_of_the_job_and_of_the_day_stop_it(
    double: DoubleProcess, store: Store, shot: Shot, start_frame: Any, character: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def animate(**details: Any) -> bytes:
        return (
            registry.video(EngineChoice(name="dashscope"), purchase(store, **details))
            .animate(start_frame, character, shot)
            .data
        )

    with pytest.raises(BudgetExceeded, match=r"the job's budget of 0\.49 CNY"):
        animate(job_budget=Decimal("0.49"))
    monkeypatch.setenv("POPCON_DAY_BUDGET", "0.49")
    with pytest.raises(BudgetExceeded, match=r"the day's budget of 0\.49 CNY"):
        animate(job_budget=Decimal("5"))
    monkeypatch.setenv("POPCON_DAY_BUDGET", "much")
    with pytest.raises(BadInput, match="POPCON_DAY_BUDGET is 'much'; give CNY a day"):
        animate()
    assert double.stats()["calls"] == []


def test_a_key_is_not_taken_from_a_jobs_settings() -> None:
    choice = EngineChoice(name="dashscope", settings={"api_key": "sk-in-a-job"})
    with pytest.raises(BadInput, match="set DASHSCOPE_API_KEY") as caught:
        registry.video(choice)
    assert "sk-in-a-job" not in str(caught.value)
