"""The ledger on a store that is not a folder."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dashscope_double.process import DoubleProcess

from popcon.engines.base import Shot
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.ledger.bill import bill
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import ProcessLimits
from popcon.ledger.record import PaidStep
from popcon.storage.store import Store


def test_a_purchase_in_an_object_store(
    double: DoubleProcess, settings: Callable[..., DashScopeSettings], ledger: Callable[..., Ledger],
    step: Callable[..., PaidStep], shot: Shot, start_frame: Any, character: Any,
) -> None:  # fmt: skip
    store = Store(f"memory://{uuid.uuid4().hex}")
    double.play("create", "reset_after")
    for _ in range(2):
        book = Ledger(store, ProcessLimits(settings().catalogue.allowance), ledger().settings)
        DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 1
    assert bill(book, "fox-1").spent == book.spending_of_day().total == Decimal("0.50")
    assert [path for path in store.paths("") if path.startswith("paid-open")] == []
