"""A power cut at every point of a purchase: nothing is bought twice, and nothing that was bought is lost."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from popcon import naming
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import Allowance, ProcessLimits
from popcon.ledger.record import PaidStep, State
from popcon.ledger.settings import LedgerSettings
from popcon.ledger.vendor import LostRequest, Order, Report, Sent
from popcon.storage.store import Store
from tests.popcon.storage.power import PowerCut, VolatileDisk

STEP = PaidStep(key="k1", job="fox-1", action="wave", step="take", job_budget=Decimal(5))
QUICK = LedgerSettings(
    day_budget=Decimal(50), look_up_after=0, poll_first=0.001, poll_every=0.001, backoff=0.001, tries=2
)
CLIP = b"clip" * 1000


class FakeVendor:
    """A service that lists its tasks by the mark in their prompt."""

    name = "fake"
    account = "anywhere in CNY"
    key_id = "ours"

    def __init__(self) -> None:
        self.tasks: dict[str, str] = {}

    def send(self, mark: str) -> Sent:
        task_id = f"task-{len(self.tasks)}"
        self.tasks[task_id] = mark
        return Sent(task_id=task_id)

    def poll(self, task_id: str) -> Report:
        return Report(state="done", urls=("https://results.example/clip",), seconds=2.0)

    def find(self, request: LostRequest) -> str | None:
        return next((task_id for task_id, each in self.tasks.items() if each == request.mark), None)

    def download(self, url: str) -> bytes:
        return CLIP

    def check(self, kind: str, data: bytes) -> str:
        return "video/mp4"

    def cancel(self, task_id: str) -> bool:
        return False

    def failure(self, report: Report) -> Exception:
        return AssertionError(report)


def buy(store: Store, vendor: FakeVendor, send: object = None, lease_term: float = 600) -> Ledger:
    settings = QUICK.model_copy(update={"lease_term": lease_term})
    ledger = Ledger(store, ProcessLimits(lambda model: Allowance(at_once=2, per_second=1000)), settings)
    order = Order(model="m", kind="clip", rate=Decimal(1), units=Decimal(2), send=send or vendor.send)  # type: ignore[arg-type]
    receipt = ledger.buy(STEP, order, vendor)
    assert store.get(receipt.artifact) == CLIP
    return ledger


def volatile(folder: Path, operations: int | None = None) -> tuple[Store, VolatileDisk]:
    folder.mkdir()
    store = Store(str(folder))
    disk = store._disk = VolatileDisk(folder, operations)
    return store, disk


def operations_of_a_purchase(folder: Path) -> int:
    store, disk = volatile(folder)
    buy(store, FakeVendor())
    return disk.count


@pytest.mark.parametrize("names_survive", [False, True])
def test_a_power_cut_at_any_point_costs_nothing(tmp_path: Path, names_survive: bool) -> None:
    total = operations_of_a_purchase(tmp_path / "whole")
    assert total > 60
    for cut in range(total):
        vendor = FakeVendor()
        store, disk = volatile(tmp_path / f"before-{cut}", cut)
        with pytest.raises(PowerCut):
            buy(store, vendor)
        after = tmp_path / f"after-{cut}"
        after.mkdir()
        disk.after_power_cut(after, names_survive)
        ledger = buy(Store(str(after)), vendor, lease_term=0.02)
        assert len(vendor.tasks) == 1, f"cut before operation {cut}"
        for spending in (ledger.spending("fox-1"), ledger.spending_of_day()):
            assert spending.spent == 2, f"cut before operation {cut}"
            assert not spending.open, f"cut before operation {cut}"


def test_a_settled_purchase_survives_without_being_asked_about_again(tmp_path: Path) -> None:
    store, disk = volatile(tmp_path / "before")
    buy(store, FakeVendor())
    after = tmp_path / "after"
    after.mkdir()
    disk.after_power_cut(after, names_survive=False)
    gone = FakeVendor()
    gone.find = gone.poll = gone.download = None  # type: ignore[assignment]
    buy(Store(str(after)), gone, lease_term=0.02)
    assert gone.tasks == {}


def test_the_record_is_synced_before_the_request_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def counted(number: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{number}").readlink()))
        fsync(number)

    monkeypatch.setattr(os, "fsync", counted)
    store, vendor = Store(str(tmp_path)), FakeVendor()
    at_send: list[list[str]] = []

    def send(mark: str) -> Sent:
        at_send.append(list(synced))
        record = store.read_json(naming.paid_record("k1"))
        assert record["state"] == State.SENDING
        return vendor.send(mark)

    buy(store, vendor, send)
    (before,) = at_send
    temporary = str(tmp_path / naming.PAID / ".k1.json.")
    assert sum(each.startswith(temporary) for each in before) == 2, "reserved, then sending"
    assert before[-1] == str(tmp_path / naming.PAID), "the last thing before the request is the folder of the record"
    assert before.count(str(tmp_path / naming.PAID)) >= 2
    artifact_folders = [each for each in synced[len(before) :] if "/artifacts/" in each]
    settled = max(number for number, each in enumerate(synced) if each == str(tmp_path / naming.PAID))
    assert artifact_folders, "the clip"
    assert synced.index(artifact_folders[-1], len(before)) < settled, "before SETTLED is written"
