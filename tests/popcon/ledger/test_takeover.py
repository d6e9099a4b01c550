"""A worker whose purchase another worker takes over, at each point before its request: one task is made, not two."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from popcon import naming
from popcon.errors import Fault, ServiceFault
from popcon.ledger import lease as module
from popcon.ledger.lease import Leases
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Allowance, ProcessLimits
from popcon.ledger.record import State
from popcon.ledger.vendor import NotSent, Order, Report, Sent
from popcon.storage.store import Store
from tests.popcon.ledger.test_power_cut import CLIP, QUICK, STEP, FakeVendor


class Stepped(Store):
    """Calls a function once, right before a record with a certain state is written."""

    def __init__(self, url: str, state: State, then: Any) -> None:
        super().__init__(url)
        self._state, self._then = state, [then]

    def write_json(self, path: str, value: Any, durable: bool = False) -> None:
        if path == naming.paid_record(STEP.key) and value["state"] == self._state and self._then:
            self._then.pop()()
        super().write_json(path, value, durable)


def buy(store: Store, vendor: FakeVendor, lease_term: float = 600) -> None:
    settings = QUICK.model_copy(update={"lease_term": lease_term})
    ledger = Ledger(store, ProcessLimits(lambda model: Allowance(at_once=2, per_second=1000)), settings)
    order = Order(model="m", kind="clip", rate=Decimal(1), units=Decimal(2), send=vendor.send)
    assert store.get(ledger.buy(STEP, order, vendor).artifact) == CLIP


class FailsFirst(FakeVendor):
    """A service that fails the first task it is given."""

    def poll(self, task_id: str) -> Report:
        return Report(state="failed", message="It failed.") if task_id == "task-0" else super().poll(task_id)

    def failure(self, report: Report) -> Exception:
        return Fault(report.message)


STATES = [State.RESERVED, State.SENDING, State.RUNNING]


@pytest.mark.parametrize("state", STATES)
def test_taken_over_while_it_writes_a_record(tmp_path: Path, state: State) -> None:
    """The first worker stands still, as on a busy disk, until the second one has bought the same to the end."""
    vendor, store = FakeVendor(), Store(str(tmp_path))
    first = Stepped(str(tmp_path), state, lambda: buy(store, vendor, lease_term=0.05))
    buy(first, vendor)
    assert len(vendor.tasks) == 1
    record = store.read_json(naming.paid_record(STEP.key))
    assert (record["state"], record["task_id"]) == (State.SETTLED, "task-0")


@pytest.mark.parametrize("state", STATES)
def test_taken_over_by_one_that_needed_a_second_attempt(tmp_path: Path, state: State) -> None:
    vendor, store = FailsFirst(), Store(str(tmp_path))
    first = Stepped(str(tmp_path), state, lambda: buy(store, vendor, lease_term=0.05))
    buy(first, vendor)
    assert len(vendor.tasks) == 2, "the one that failed, and the one that was delivered"
    record = store.read_json(naming.paid_record(STEP.key))
    assert (record["state"], record["attempt"], record["task_id"]) == (State.SETTLED, 2, "task-1")


def test_a_request_that_was_refused_leaves_nothing_to_look_up(tmp_path: Path) -> None:
    vendor, store = FakeVendor(), Store(str(tmp_path))

    def refused(mark: str) -> Sent:
        raise NotSent("The connection was refused.")

    impatient = QUICK.model_copy(update={"unreachable": 0.01})
    limits = ProcessLimits(lambda model: Allowance(at_once=2, per_second=1000))
    order = Order(model="m", kind="clip", rate=Decimal(1), units=Decimal(2), send=refused)
    with pytest.raises(ServiceFault):
        Ledger(store, limits, impatient).buy(STEP, order, vendor)
    vendor.find = None  # type: ignore[assignment]
    buy(store, vendor)
    assert len(vendor.tasks) == 1


def test_a_holder_whose_clock_is_behind_keeps_its_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines whose clocks differ by an hour: what the one wrote a moment ago is no hour old."""
    with Leases(Store(str(tmp_path)), term=30.0).hold("key", lambda: False) as held:
        assert held is not None
        now = time.time()
        monkeypatch.setattr(module, "_room", lambda: "another machine")
        monkeypatch.setattr(module.time, "time", lambda: now + 3600)
        with Leases(Store(str(tmp_path)), term=30.0).hold("key", lambda: False, patience=0.1) as other:
            assert other is None
        monkeypatch.undo()


def test_a_lease_that_cannot_be_read_is_not_taken_over_at_once(tmp_path: Path) -> None:
    """A read that delivers other bytes than there are is no sign that the holder has died."""

    class Blind(Store):
        def read_json(self, path: str) -> Any | None:
            return None if path == naming.paid_lease("key", 1) else super().read_json(path)

    with Leases(Store(str(tmp_path)), term=30.0).hold("key", lambda: False) as held:
        assert held is not None
        with Leases(Blind(str(tmp_path)), term=30.0).hold("key", lambda: False, patience=0.1) as other:
            assert other is None
        held.check()
    begun = time.monotonic()
    with Leases(Blind(str(tmp_path)), term=0.2).hold("key", lambda: False) as other:
        assert other is not None, "one that a power cut left unreadable runs out like any other"
    assert time.monotonic() - begun >= 0.2
