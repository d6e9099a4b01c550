"""Paid work whose worker is gone: fetched, released or reported, and nothing bought."""

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
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.errors import BudgetExceeded, ServiceFault
from popcon.ledger.bill import bill
from popcon.ledger.ledger import Ledger
from popcon.ledger.purchase import Purchase, read_record
from popcon.ledger.reconcile import LeftBehind, settle_left_behind
from popcon.ledger.record import PaidRecord, PaidStep, State

MakeSettings = Callable[..., DashScopeSettings]
MakeLedger = Callable[..., Ledger]
MakeStep = Callable[..., PaidStep]


class Died(BaseException):
    """Stands for a SIGKILL between two lines: nothing after it runs but what a real one would leave."""


@pytest.fixture
def scene(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> "Scene":  # fmt: skip
    return Scene(double, settings(), ledger, step, lambda engine, at: engine.for_step(at).animate(
        start_frame, character, shot).data)  # fmt: skip


class Scene:
    """A purchase that is cut off at a chosen state, and what upkeep does about it."""

    def __init__(self, double: DoubleProcess, settings: DashScopeSettings, ledger: MakeLedger, step: MakeStep,
                 animate: Callable[[DashScopeVideo, PaidStep], bytes]) -> None:  # fmt: skip
        self.double, self.settings, self._ledger, self._step, self._animate = double, settings, ledger, step, animate

    def die(self, at: State, monkeypatch: pytest.MonkeyPatch, after_writing: bool = True) -> None:
        """Buy, and die right after (or before) the state was written."""
        whole = Purchase.write

        def write(purchase: Purchase, record: PaidRecord, **changes: Any) -> PaidRecord:
            dies = changes.get("state", record.state) is at
            if dies and not after_writing:
                raise Died
            after = whole(purchase, record, **changes)
            if dies:
                raise Died
            return after

        with monkeypatch.context() as patch:
            patch.setattr(Purchase, "write", write)
            with pytest.raises(Died):
                self.buy()

    def buy(self, budget: str | None = None) -> bytes:
        return self._animate(DashScopeVideo(self.settings, self._ledger()), self._step(budget=budget))

    def upkeep(self, older_than: float = 0.0) -> list[LeftBehind]:
        return settle_left_behind(self._ledger(), [DashScopeClient(self.settings)], older_than)

    def record(self) -> PaidRecord:
        found = read_record(self._ledger().store, "key-1")
        assert found is not None
        return found

    def creates(self) -> int:
        return len(self.double.stats()["creates"])

    @property
    def ledger(self) -> Ledger:
        return self._ledger()


@pytest.mark.parametrize("after_writing", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [State.RESERVED, State.SENDING, State.RUNNING, State.SETTLED])
def test_buying_again_after_dying_at_any_line_buys_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, at: State, after_writing: bool
) -> None:
    scene.die(at, monkeypatch, after_writing)
    clip = scene.buy()
    assert clip[4:8] == b"ftyp"
    assert scene.creates() == 1
    assert scene.ledger.spending("fox-1").total == scene.ledger.spending_of_day().total == Decimal("0.50")
    assert scene.ledger.spending("fox-1").open == {}
    assert scene.ledger.store.paths(naming.PAID_OPEN) == []


def test_a_finished_task_is_fetched_while_nobody_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RUNNING, monkeypatch)
    assert [found.outcome for found in scene.upkeep()] == ["waiting"]
    time.sleep(0.5)
    (found,) = scene.upkeep()
    assert (found.outcome, found.job, found.action, found.price) == ("fetched", "fox-1", "wave", Decimal("0.50"))
    assert scene.creates() == 1
    scene.double.forget(str(scene.record().task_id))
    assert scene.buy()[4:8] == b"ftyp"
    assert scene.creates() == 0  # the one there was is forgotten, and there is no other
    assert scene.upkeep() == []


def test_a_task_that_was_never_named_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RUNNING, monkeypatch, after_writing=False)
    (found,) = scene.upkeep()
    assert found.outcome == "fetched"
    assert scene.creates() == 1
    assert scene.record().state is State.SETTLED


def test_what_was_never_sent_gives_its_money_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RESERVED, monkeypatch)
    assert scene.upkeep(older_than=600) == []
    assert scene.ledger.spending("fox-1").total == Decimal("0.50")
    (found,) = scene.upkeep()
    assert (found.outcome, found.price) == ("released", Decimal(0))
    assert scene.ledger.spending("fox-1").total == scene.ledger.spending_of_day().total == 0
    scene.buy()
    assert scene.creates() == 1


def test_money_set_aside_without_an_intent_is_released(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RESERVED, monkeypatch, after_writing=False)
    assert scene.ledger.spending_of_day().total == Decimal("0.50")
    assert scene.upkeep() == []
    assert scene.ledger.spending_of_day().total == scene.ledger.spending("fox-1").total == 0


def test_a_request_that_never_arrived_is_released(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.SENDING, monkeypatch)
    (found,) = scene.upkeep()
    assert found.outcome == "released"
    assert "never reached the service" in found.note
    assert scene.ledger.spending("fox-1").total == 0


def test_another_account_of_the_region_cannot_say_that_a_request_never_arrived(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.die(State.SENDING, monkeypatch)
    record = scene.record()
    assert len(record.key_id) == 12
    assert record.key_id not in str(scene.settings.api_key and scene.settings.api_key.get_secret_value())
    others = record.model_copy(update={"key_id": "0" * 12})
    scene.ledger.store.write_json(naming.paid_record("key-1"), others.model_dump(mode="json"))
    (found,) = scene.upkeep()
    assert found.outcome == "unclear"
    assert "another API key" in found.note
    with pytest.raises(ServiceFault, match="another API key"):
        scene.buy()
    assert scene.creates() == 0
    scene.ledger.store.write_json(naming.paid_record("key-1"), record.model_dump(mode="json"))
    assert [found.outcome for found in scene.upkeep()] == ["released"]


def test_an_expired_task_is_reported_with_its_price(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RUNNING, monkeypatch)
    scene.double.forget(str(scene.record().task_id))
    assert [found.outcome for found in scene.upkeep()] == ["unclear"]
    old = scene.record().model_copy(update={"sent_at": time.time() - 25 * 3600})
    scene.ledger.store.write_json(naming.paid_record("key-1"), old.model_dump(mode="json"))
    (found,) = scene.upkeep()
    assert (found.outcome, found.price) == ("lost", Decimal("0.50"))
    assert "kept for a day only" in found.note
    assert bill(scene.ledger, "fox-1").spent == Decimal("0.50")
    with pytest.raises(BudgetExceeded):
        scene.buy(budget="0.90")
    scene.buy(budget="1.00")
    assert bill(scene.ledger, "fox-1").by_action() == {"wave": Decimal("1.00")}


def test_a_request_of_unknown_fate_that_is_too_old_to_look_up_counts_as_spent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.die(State.SENDING, monkeypatch)
    record = scene.record()
    old = record.model_copy(update={"sent_at": time.time() - 25 * 3600})
    scene.ledger.store.write_json(naming.paid_record("key-1"), old.model_dump(mode="json"))
    (found,) = scene.upkeep()
    assert (found.outcome, found.price) == ("lost", Decimal("0.50"))


def test_a_service_that_is_away_leaves_everything_as_it_is(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RUNNING, monkeypatch)
    before = scene.record()
    scene.double.play("poll", "answer", status=500, code="InternalError")
    (found,) = scene.upkeep()
    assert found.outcome == "unclear"
    assert "500" in found.note
    assert scene.record() == before


def test_a_purchase_that_somebody_drives_is_left_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.die(State.RUNNING, monkeypatch)
    with scene.ledger.leases.hold("key-1", unless=lambda: False) as lease:
        assert lease is not None
        assert scene.upkeep() == []


def test_half_a_record_left_by_a_power_cut_is_looked_up_before_anything_is_sent(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.die(State.RUNNING, monkeypatch)
    scene.ledger.store.write(naming.paid_record("key-1"), b'{"key": "key-')
    scene.buy()
    assert scene.creates() == 1
    assert scene.ledger.spending("fox-1").total == Decimal("0.50")


def test_a_task_that_has_not_begun_can_be_cancelled_and_is_free(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.double.reset(task_seconds=0.3, pending_seconds=30.0, frames=6, clip_side=96, limits=False)
    scene.die(State.RUNNING, monkeypatch)
    client = DashScopeClient(scene.settings)
    assert scene.ledger.cancel("key-1", client) is True
    assert scene.ledger.cancel("key-1", client) is False
    assert scene.ledger.cancel("no-such-key", client) is False
    (found,) = scene.upkeep()
    assert (found.outcome, found.price) == ("released", Decimal(0))
    assert scene.ledger.spending("fox-1").total == 0


def test_money_set_aside_by_a_worker_that_was_suspended_past_its_lease_is_given_back(scene: Scene) -> None:
    """Another worker ended the purchase meanwhile; what it cost must not count twice."""
    scene.buy()
    book = scene.ledger
    record = scene.record()
    book.journals.day(record.day).reserve(record.purchase, record.price, None, "the day's")
    with book.leases.hold("key-1", unless=lambda: False) as lease:
        assert lease is not None
        Purchase(book.store, book.journals, lease, DashScopeClient(scene.settings), book.settings).give_back("key-1")
    assert scene.ledger.spending_of_day().open == {}
    assert scene.ledger.spending_of_day().spent == Decimal("0.50")
