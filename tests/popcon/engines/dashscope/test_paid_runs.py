"""The benchmark of paid work, small: real processes, SIGKILL, wire faults, limits and a budget that ends."""

from decimal import Decimal
from typing import Any

import pytest
from dashscope_double.process import DoubleProcess

from popcon.engines.dashscope.client import DashScopeClient
from tests import paid_runs as paid


@pytest.mark.parametrize("seed", [2, 3])
def test_random_deaths_and_faults_never_buy_twice_or_lose_anything(double: DoubleProcess, seed: int) -> None:
    said: list[str] = []
    counts = paid.random_runs(double, 5, seed, said.append)
    assert said == []
    assert counts["runs"] == 5
    assert counts.get("wrong", 0) == 0


def test_many_actions_in_two_processes_stay_within_the_limits(double: DoubleProcess) -> None:
    found = paid.rush(double, 6, 0.05, processes=2)
    assert found["wrong"] == 0
    assert found["at once"] == 2
    assert found["submits a second"] <= 2


def test_a_budget_that_ends_stops_two_workers_and_goes_on_when_raised(double: DoubleProcess) -> None:
    found = paid.short_money(double, 7, Decimal("1.70"))
    assert found == {
        "budget": Decimal("1.70"),
        "spent": Decimal("1.50"),
        "bought": 3,
        "after raising it": 7,
        "wrong": 0,
    }


def test_the_sdk_by_itself_would_have_bought_twice(double: DoubleProcess, settings: Any) -> None:
    """Why every create goes through our session: this is what happens without it."""
    import dashscope

    DashScopeClient(settings())._sdk()
    double.play("create", "reset_after")
    answer = dashscope.VideoSynthesis.async_call(
        "wan2.2-i2v-flash",
        "a ball",
        api_key=double.key,
        img_url=_ball(),
        resolution="480P",
        duration=5,
        base_address=double.base_url,
    )
    assert answer.status_code == 200
    assert len(double.stats()["creates"]) == 2


def _ball() -> str:
    import base64

    import numpy as np

    from popcon.media.pictures.png import encode_png

    return "data:image/png;base64," + base64.b64encode(encode_png(np.zeros((240, 240, 3), np.uint8))).decode()
