"""Paid work whose worker is gone: fetched before the vendor throws it away, and otherwise reported with its price."""

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from popcon import naming
from popcon.errors import Fault, RecordDamaged
from popcon.ledger.lease import Lease
from popcon.ledger.ledger import Ledger
from popcon.ledger.purchase import NOT_KNOWN, Purchase, read_record, still_kept
from popcon.ledger.record import PaidRecord, State
from popcon.ledger.vendor import Report, Vendor
from popcon.models.base import Model


class LeftBehind(Model):
    """What became of a purchase that nobody was driving."""

    key: str
    job: str
    action: str
    step: str
    outcome: Literal["fetched", "released", "lost", "waiting", "unclear"]
    price: Decimal
    note: str


def settle_left_behind(ledger: Ledger, vendors: Sequence[Vendor], older_than: float = 600.0) -> list[LeftBehind]:
    """Bring every open purchase that nobody drives as far as it can be brought without buying anything.

    Arguments:
        vendors: one for each account. Each record is asked about with the account that ordered it.
        older_than: seconds; a purchase whose money was set aside more recently and that was never sent is left to
            its job.
    """
    found: list[LeftBehind | None] = []
    for path in ledger.store.paths(naming.PAID_OPEN):
        key = path.rsplit("/", 1)[-1].removesuffix(".json")
        with ledger.leases.hold(key, unless=lambda: False, patience=0) as lease:
            if lease is None:
                continue  # somebody is driving it
            try:
                record = read_record(ledger.store, key)
            except RecordDamaged as error:
                found.append(_unreadable(key, error))
                continue
            if record is None:
                _forget(ledger, key, path, older_than)
            elif (vendor := _vendor_of(record, vendors)) is not None:
                found.append(_settle(ledger, lease, record, vendor, older_than))
    return [what for what in found if what is not None]


def _vendor_of(record: PaidRecord, vendors: Sequence[Vendor]) -> Vendor | None:
    """Find the vendor to ask about a record: the one of its key, else of its region, else any, which says so."""
    named = [vendor for vendor in vendors if vendor.name == record.vendor]
    named.sort(key=lambda vendor: (vendor.account != record.account, vendor.key_id != record.key_id))
    return named[0] if named else None


def _forget(ledger: Ledger, key: str, path: str, older_than: float) -> None:
    """A process died while setting money aside: the intent was never written, so nothing was sent."""
    found = ledger.store.read_json(path)
    marker = found if isinstance(found, dict) else {}
    if time.time() - float(marker.get("at", 0)) > older_than:
        money = str(marker.get("currency", "CNY"))
        for journal in (
            ledger.journals.job(str(marker.get("job")), money),
            ledger.journals.day(str(marker.get("day")), money),
        ):
            journal.close(f"{key}#1", Decimal(0))
        ledger.store.delete(path)


def _unreadable(key: str, error: RecordDamaged) -> LeftBehind:
    return LeftBehind(key=key, job="", action="", step="", outcome="unclear", price=Decimal(0), note=str(error))


def _settle(ledger: Ledger, lease: Lease, record: PaidRecord, vendor: Vendor, older_than: float) -> LeftBehind | None:
    purchase = Purchase(ledger.store, ledger.journals, lease, vendor, ledger.settings)
    record = purchase.current(record.key) or record
    try:
        if record.account not in ("", vendor.account) and record.state in (State.SENDING, State.RUNNING):
            note = f"It was ordered with the account of {record.account}, and this one is of {vendor.account}."
            return _report(record, "unclear", note)
        if record.state in (State.SETTLED, State.FREE):
            purchase.close(record)
            return None
        if record.state is State.RESERVED:
            if time.time() - record.reserved_at < older_than:
                return None
            record = purchase.free(record, "It was never sent.")
            return _report(record, "released", record.note)
        if record.state is State.SENDING:
            record = purchase.look_up(record)
        if record.state is State.RESERVED:
            record = purchase.free(record, "It never reached the service.")
            return _report(record, "released", record.note)
        if record.state is State.RUNNING:
            report = vendor.poll(record.task_id) if record.task_id else Report(state="done", urls=record.urls)
            if report.state == "waiting":
                return _report(record, "waiting", "It is still being made.")
            if report.state == "done":
                record = purchase.settle(record, report)
                return _report(record, "fetched", "It was finished while nobody was waiting, and has been fetched.")
            if still_kept(record, report):
                return _report(record, "unclear", f"The service {NOT_KNOWN}. It will be asked again.")
            if report.state == "unknown":
                record = purchase.lose(record, "The service no longer knows the task; results are kept for a day only.")
            else:
                record = purchase.free(record, str(vendor.failure(report)))
                return _report(record, "released", record.note)
        return _report(record, "lost", record.note)
    except Fault as error:
        return _report(record, "unclear", str(error))


def _report(record: PaidRecord, outcome: str, note: str) -> LeftBehind:
    return LeftBehind.model_validate(
        {
            "key": record.key,
            "job": record.job,
            "action": record.action,
            "step": record.step,
            "outcome": outcome,
            "price": record.price if outcome in ("waiting", "unclear") else record.owed,
            "note": note,
        }
    )
