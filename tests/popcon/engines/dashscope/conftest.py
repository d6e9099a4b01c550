"""One double and one process-wide address for all tests of the DashScope engines."""

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from dashscope_double.process import DoubleProcess

from popcon.engines.base import Shot
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import ProcessLimits
from popcon.ledger.record import PaidStep
from popcon.ledger.settings import LedgerSettings
from popcon.storage.store import Store

FAST = {
    "poll_every": 0.1,
    "poll_first": 0.03,
    "look_up_after": 0.1,
    "patience": 4.0,
    "unreachable": 1.0,
    "lease_term": 2.0,
    "backoff": 0.03,
    "backoff_most": 0.15,
}


@pytest.fixture(scope="session")
def running_double() -> Iterator[DoubleProcess]:
    with DoubleProcess() as double:
        yield double


@pytest.fixture
def double(running_double: DoubleProcess) -> DoubleProcess:
    running_double.reset(task_seconds=0.15, pending_seconds=0.05, frames=6, clip_side=96, limits=False)
    return running_double


@pytest.fixture
def settings(double: DoubleProcess) -> Callable[..., DashScopeSettings]:
    def make(**given: Any) -> DashScopeSettings:
        return DashScopeSettings.model_validate(
            {
                "api_key": double.key,
                "base_url": double.base_url,
                "look_every": 0.1,
                "create_timeout": 5.0,
                "picture_side": 512,
                "video_model": "wan2.2-i2v-flash",
                "edit_model": "qwen-image-edit-plus",
                "draw_model": "qwen-image-plus",
                **given,
            }
        )

    return make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def ledger(store: Store, settings: Callable[..., DashScopeSettings]) -> Callable[..., Ledger]:
    def make(**how: Any) -> Ledger:
        limits = ProcessLimits(settings().catalogue.allowance)
        return Ledger(store, limits, LedgerSettings.model_validate({**FAST, **how}))

    return make


@pytest.fixture
def step() -> Callable[..., PaidStep]:
    def make(key: str = "key-1", action: str = "wave", budget: str | None = None, job: str = "fox-1") -> PaidStep:
        return PaidStep(
            key=key, job=job, action=action, step="take", job_budget=None if budget is None else Decimal(budget)
        )

    return make


@pytest.fixture
def shot() -> Shot:
    return Shot(action="wave", motion="raises the right arm and waves it twice", effect="two motion lines",
                backdrop="#00d45a", seed=7, side=256)  # fmt: skip


@pytest.fixture
def start_frame() -> Any:
    frame = np.full((256, 256, 3), (0, 212, 90), np.uint8)
    frame[60:230, 80:176] = (250, 214, 90)
    return frame


@pytest.fixture
def character() -> Any:
    picture = np.zeros((200, 120, 4), np.uint8)
    picture[10:190, 20:100] = (250, 214, 90, 255)
    return picture
