"""The unknown is no licence to buy: what cannot be told stays open, is told, and is asked again."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from dashscope_double.process import DoubleProcess

from popcon import naming
from popcon.engines.base import Shot
from popcon.engines.dashscope.client import DashScopeClient
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.image.dashscope import DashScopeImage
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.errors import ServiceFault
from popcon.ledger.ledger import Ledger
from popcon.ledger.purchase import read_record
from popcon.ledger.reconcile import LeftBehind, settle_left_behind
from popcon.ledger.record import PaidStep, State

SECOND = 0.15
"""A task of the double takes this long."""

Hidden: dict[str, Any] = {
    "no prompt": {"shows_prompt": False},
    "half a prompt": {"prompt_cut": 60},
}


class Account:
    """Buys one clip, as often as a person tries, and counts what the service was asked to make."""

    def __init__(
        self, double: DoubleProcess, settings: DashScopeSettings, ledger: Ledger, step: Callable[..., PaidStep],
        shot: Shot, start_frame: Any, character: Any,
    ) -> None:  # fmt: skip
        self.double, self.settings, self.ledger, self._step = double, settings, ledger, step
        self._inputs = start_frame, character, shot

    def reset(self, **how: Any) -> None:
        self.double.reset(task_seconds=SECOND, pending_seconds=0.02, frames=6, clip_side=96, limits=False, **how)

    def buy(self, key: str = "key-1") -> bytes:
        return DashScopeVideo(self.settings, self.ledger).for_step(self._step(key)).animate(*self._inputs).data

    def upkeep(self) -> list[LeftBehind]:
        return settle_left_behind(self.ledger, [DashScopeClient(self.settings)], 0.0)

    def creates(self) -> int:
        return len(self.double.stats()["creates"])

    def state(self, key: str = "key-1") -> State:
        record = read_record(self.ledger.store, key)
        assert record is not None
        return record.state

    def age(self, hours: float, key: str = "key-1") -> None:
        """Let `hours` pass since the request was sent."""
        record = read_record(self.ledger.store, key)
        assert record is not None
        old = record.model_copy(update={"sent_at": time.time() - hours * 3600})
        self.ledger.store.write_json(naming.paid_record(key), old.model_dump(mode="json"))


@pytest.fixture
def account(
    double: DoubleProcess, settings: Callable[..., DashScopeSettings], ledger: Callable[..., Ledger],
    step: Callable[..., PaidStep], shot: Shot, start_frame: Any, character: Any,
) -> Account:  # fmt: skip
    return Account(double, settings(), ledger(unreachable=0.3, patience=2.0), step, shot, start_frame, character)


@pytest.mark.parametrize("how", Hidden.values(), ids=Hidden)
def test_a_finished_task_that_does_not_show_whose_it_is_stays_unknown(account: Account, how: dict[str, Any]) -> None:
    account.reset(**how)
    account.double.play("create", "reset_after")
    for _ in range(2):
        with pytest.raises(ServiceFault, match="not known whether the last request reached the service"):
            account.buy()
    (found,) = account.upkeep()
    assert (found.outcome, found.price) == ("unclear", Decimal("0.50"))
    assert account.creates() == 1
    assert account.state() is State.SENDING
    assert account.ledger.spending("fox-1").open == {"key-1#1": Decimal("0.50")}


def test_what_the_service_shows_later_is_found_by_upkeep(account: Account) -> None:
    account.reset(shows_prompt=False)
    account.double.play("create", "reset_after")
    with pytest.raises(ServiceFault):
        account.buy()
    account.double.change(shows_prompt=True)
    assert [found.outcome for found in account.upkeep()] == ["fetched"]
    assert account.buy()[4:8] == b"ftyp"
    assert account.creates() == 1


def test_tasks_that_our_own_ledger_names_are_not_taken_for_the_lost_one(account: Account) -> None:
    account.reset(shows_prompt=False)
    account.buy("other-1")
    account.buy("other-2")
    account.double.play("create", "reset_before")
    assert account.buy()[4:8] == b"ftyp"
    assert account.creates() == 3


def test_a_prompt_of_another_program_that_is_shown_is_not_ours(account: Account) -> None:
    account.reset()
    account.double.put_task("wan2.2-i2v-flash", "a dragon flies over the sea")
    account.double.play("create", "reset_before")
    account.buy()
    assert account.creates() == 2


@pytest.mark.parametrize("status", ["UNKNOWN", "QUEUED_ELSEWHERE"])
def test_a_candidate_of_unknown_status_is_no_proof(account: Account, status: str) -> None:
    account.reset()
    account.double.play("create", "reset_after")
    account.double.play("poll", "status", status=status, times=10_000)
    with pytest.raises(ServiceFault, match="not known whether the last request"):
        account.buy()
    account.double.clear("poll")
    assert account.buy()[4:8] == b"ftyp"
    assert account.creates() == 1


def test_a_task_that_the_service_does_not_know_is_asked_about_again_and_not_bought_again(account: Account) -> None:
    account.reset()
    account.double.play("poll", "status", status="UNKNOWN", times=10_000)
    with pytest.raises(ServiceFault, match="does not know the task"):
        account.buy()
    (found,) = account.upkeep()
    assert found.outcome == "unclear"
    assert account.state() is State.RUNNING
    account.double.clear("poll")
    assert account.buy()[4:8] == b"ftyp"
    assert account.creates() == 1


def test_after_a_day_an_unknown_task_is_money_lost_and_said_so(account: Account) -> None:
    account.reset()
    account.double.play("poll", "status", status="UNKNOWN", times=10_000)
    with pytest.raises(ServiceFault):
        account.buy()
    account.age(25)
    (found,) = account.upkeep()
    assert (found.outcome, found.price) == ("lost", Decimal("0.50"))
    assert "kept for a day only" in found.note


@pytest.mark.parametrize("tells_total", [True, False], ids=["with a total", "without a total"])
def test_a_task_on_a_later_page_of_the_list_is_found(account: Account, tells_total: bool) -> None:
    account.reset(page_size=2, tells_total=tells_total)
    account.double.play("create", "reset_after")
    account.double.play("list", "answer", status=500, code="SystemError", times=10_000)
    with pytest.raises(ServiceFault):
        account.buy()
    account.double.clear("list")
    for number in range(5):
        account.double.put_task("wan2.2-i2v-flash", f"somebody else's number {number}")
    account.buy()
    assert account.creates() == 6


def test_a_list_whose_pages_are_cut_is_no_proof(account: Account) -> None:
    account.reset()
    account.double.play("create", "reset_after")
    account.double.play("list", "cut", times=10_000)
    with pytest.raises(ServiceFault, match="not known whether the last request"):
        account.buy()
    account.double.clear("list")
    account.buy()
    assert account.creates() == 1


def test_an_error_after_the_check_of_content_does_not_say_that_nothing_was_taken(account: Account) -> None:
    account.reset()
    account.double.play("create", "answer_after", status=500, code="InternalError.DataInspection")
    assert account.buy()[4:8] == b"ftyp"
    assert account.creates() == 1


def test_a_picture_gone_from_the_store_is_fetched_again_from_its_address(
    account: Account, settings: Callable[..., DashScopeSettings], step: Callable[..., PaidStep], shot: Shot,
    character: Any,
) -> None:  # fmt: skip
    engine = DashScopeImage(settings(), account.ledger)
    picture, _ = engine.for_step(step()).draw_start_frame(character, shot)
    record = read_record(account.ledger.store, "key-1")
    assert record is not None
    assert record.artifact is not None
    account.ledger.store.write(naming.artifact(record.artifact.sha256), b"rot")
    again, _ = engine.for_step(step()).draw_start_frame(character, shot)
    assert (again == picture).all()
    assert len(account.double.stats()["conversations"]) == 1
    assert account.ledger.spending("fox-1").total == Decimal("0.20")
