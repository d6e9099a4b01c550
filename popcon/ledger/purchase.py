"""One purchase while its lease is held: every change of its record, in the order that survives a crash."""

import time
from decimal import Decimal

from popcon import naming
from popcon.errors import BudgetExceeded, DamagedResult, Fault, RecordDamaged, ServiceFault
from popcon.ledger.budget import Journals
from popcon.ledger.lease import Lease
from popcon.ledger.record import Loss, PaidRecord, State
from popcon.ledger.settings import LedgerSettings
from popcon.ledger.vendor import LostRequest, Report, Vendor
from popcon.models.artifact import ArtifactRef
from popcon.storage.store import Store

EXPIRES = 24 * 3600.0
"""Seconds that vendors keep a finished task and its result."""


NOT_KNOWN = "says at the moment that it does not know the task, which it has taken less than a day ago"


def still_kept(record: PaidRecord, report: Report) -> bool:
    """Tell whether a task that the vendor calls unknown is one that it should still have: then it is asked again."""
    return report.state == "unknown" and time.time() - (record.sent_at or 0) < EXPIRES


def read_record(store: Store, key: str) -> PaidRecord | None:
    """Return the record of a purchase; None where there is none, or where a power cut left half of one.

    Raises:
        RecordDamaged: it is whole, but of another shape: another version knows what was bought.
    """
    path = naming.paid_record(key)
    try:
        return store.read_model(path, PaidRecord)
    except RecordDamaged:
        if store.read_json(path) is None:
            return None
        raise


class Purchase:
    """One purchase: its record and its money in the journals.

    Arguments:
        lease: held by the caller; looked at before every change.
    """

    def __init__(
        self, store: Store, journals: Journals, lease: Lease, vendor: Vendor, settings: LedgerSettings
    ) -> None:
        self.store, self.lease, self.vendor, self.settings = store, lease, vendor, settings
        self._journals = journals

    def write(self, record: PaidRecord, **changes: object) -> PaidRecord:
        """Replace the record by one with these changes; it is on the disk when this returns."""
        after = PaidRecord.model_validate({**record.model_dump(), **changes})
        self.store.write_json(naming.paid_record(record.key), after.model_dump(mode="json"), durable=True)
        return after

    def reserve(self, record: PaidRecord, job_budget: Decimal | None, day_budget: Decimal | None) -> PaidRecord:
        """Set the money aside, then write the intent.

        Raises:
            BudgetExceeded: nothing is set aside or written.
        """
        self.lease.check()
        marker = self.store.read_json(naming.paid_open(record.key))
        if isinstance(marker, dict) and marker.get("day") not in (None, record.day):
            # A process died on another day between setting aside and writing: that day's money is free again.
            self._journals.day(str(marker["day"]), record.currency).close(record.purchase, Decimal(0))
        marker = {"job": record.job, "day": record.day, "currency": record.currency, "at": time.time()}
        self.store.write_json(naming.paid_open(record.key), marker, durable=True)
        if record.currency != "CNY":
            self.store.create_json(naming.known_currency(record.currency), {})
        job, day = self._journals.job(record.job, record.currency), self._journals.day(record.day, record.currency)
        try:
            job.reserve(record.purchase, record.price, job_budget, "the job's")
            day.reserve(record.purchase, record.price, day_budget, "the day's")
        except BudgetExceeded:
            job.close(record.purchase, Decimal(0))
            self.store.delete(naming.paid_open(record.key))
            raise
        self.lease.check()
        return self.write(record)

    def close(self, record: PaidRecord) -> None:
        """Bring the journals up to a record that is settled or free. Again: nothing happens.

        The marker of an open purchase goes last. Where it is gone, all was closed, and money that is set aside under
        this name was set aside by a worker that had lost its lease without knowing yet: it is given back.
        """
        owed = record.owed if self.store.exists(naming.paid_open(record.key)) else Decimal(0)
        self._journals.job(record.job, record.currency).close(record.purchase, owed)
        self._journals.day(record.day, record.currency).close(record.purchase, owed)
        self.store.delete(naming.paid_open(record.key))

    def give_back(self, key: str) -> None:
        """After losing the lease: give back what was set aside since another worker ended the purchase."""
        record = read_record(self.store, key)
        ended = record is not None and record.state in (State.SETTLED, State.FREE)
        if record is not None and ended and not self.store.exists(naming.paid_open(key)):
            self.close(record)

    def current(self, key: str) -> PaidRecord | None:
        """Return the record, corrected where a worker that had lost its lease without knowing wrote over a later one's.

        Each request leaves a note under a name of its own. A record that cannot have come after the note, because it
        says that nothing was sent, or names an earlier attempt, is taken as sent: it is looked up before anything else.
        """
        record, noted = read_record(self.store, key), self._noted(key)
        if record is None or not noted:
            return record
        attempt, path = max(noted)
        if attempt < record.attempt or (attempt == record.attempt and record.state is not State.RESERVED):
            return record
        return self.write(
            record, attempt=attempt, state=State.SENDING, sent_at=self._noted_at(path), task_id=None, urls=(), paid=None
        )

    def last_attempt(self, key: str) -> tuple[int, float]:
        """Return the last attempt whose request left a note, and when, in seconds since 1970; without any, the first
        one, as long ago as may still be looked up."""
        attempt, path = max(self._noted(key), default=(1, ""))
        return attempt, self._noted_at(path)

    def note_request(self, record: PaidRecord) -> None:
        """Note that a request of this attempt may leave now; the note is on the disk when this returns."""
        path = naming.paid_request(record.key, record.attempt, self.lease.number)
        self.store.create_json(path, {"at": time.time()})

    def unsent(self, record: PaidRecord) -> PaidRecord:
        """Return the record, reserved again, after it turned out that the vendor has no request of this attempt.

        Raises:
            LeaseLost: another worker may have sent one meanwhile.
        """
        for attempt, path in self._noted(record.key):
            _, generation = naming.attempt_and_generation(path) or (0, 0)
            if attempt == record.attempt and generation <= self.lease.number:
                self.store.delete(path)
        self.lease.check()
        return self.write(record, state=State.RESERVED)

    def _noted(self, key: str) -> list[tuple[int, str]]:
        """Attempts whose requests may have left, with the notes' paths."""
        found = ((naming.attempt_and_generation(path), path) for path in self.store.paths(naming.paid_leases(key)))
        return [(named[0], path) for named, path in found if named is not None]

    def _noted_at(self, path: str) -> float:
        note = self.store.read_json(path) if path else None
        at = note.get("at") if isinstance(note, dict) else None
        return float(at) if isinstance(at, int | float) else time.time() - EXPIRES + 1200

    def free(self, record: PaidRecord, note: str) -> PaidRecord:
        """Nothing is owed for this attempt."""
        after = self.write(record, state=State.FREE, note=note)
        self.close(after)
        return after

    def lose(self, record: PaidRecord, reason: str) -> PaidRecord:
        """Money that was, or has to be taken to be, spent for nothing."""
        loss = Loss(attempt=record.attempt, price=record.price, task_id=record.task_id, reason=reason, at=time.time())
        after = self.write(record, state=State.FREE, note=reason, losses=(*record.losses, loss))
        self.close(after)
        return after

    def look_up(self, record: PaidRecord) -> PaidRecord:
        """Find out what became of a request whose answer is not known: running, reserved again, or lost."""
        assert record.sent_at is not None
        if not record.listed:
            return self.lose(record, "The answer was lost on the way, and the service keeps no copy of it.")
        if time.time() - record.sent_at > EXPIRES - 600:
            return self.lose(record, "It was sent over a day ago, and the service no longer tells what became of it.")
        # A request may still be on its way into the vendor's list when our side of the connection is gone.
        time.sleep(
            max(0.0, min(self.settings.look_up_after, record.sent_at + self.settings.look_up_after - time.time()))
        )
        task_id = self._find(record)
        if task_id is None and record.key_id not in ("", self.vendor.key_id):
            raise ServiceFault(
                "It was sent with another API key, whose account alone can tell whether it arrived; run again with "
                "that key. After a day it counts as lost."
            )
        if task_id is None:
            return self.unsent(record)
        return self.write(record, state=State.RUNNING, task_id=task_id)

    def _find(self, record: PaidRecord) -> str | None:
        begun = time.monotonic()
        request = LostRequest(
            model=record.model,
            mark=record.mark,
            prompt=record.prompt,
            since=record.sent_at or 0.0,
            others=lambda: self._other_tasks(record),
        )
        for tries in range(10**6):
            try:
                return self.vendor.find(request)
            except Fault as error:
                if time.monotonic() - begun > self.settings.unreachable:
                    raise ServiceFault(
                        f"It is not known whether the last request reached the service ({error}) Nothing is sent "
                        "again before it is; run again when the service can be reached."
                    ) from None
                time.sleep(self.settings.pause(tries))
        raise AssertionError("patience ends first")

    def _other_tasks(self, record: PaidRecord) -> frozenset[str]:
        """Return ids of the tasks that other purchases in this store are known to have, earlier attempts included."""
        found: set[str] = set()
        for path in self.store.paths(naming.PAID):
            other = self.store.read_json(path)
            if not isinstance(other, dict):
                continue
            tasks = [loss.get("task_id") for loss in other.get("losses") or ()]
            if other.get("key") != record.key:
                tasks.append(other.get("task_id"))
            found.update(str(task) for task in tasks if task)
        return frozenset(found)

    def settle(self, record: PaidRecord, report: Report) -> PaidRecord:
        """Download what was bought, keep it, and write down what it cost.

        Raises:
            Fault: it cannot be downloaded now. The record stays as it is, so that the next run tries again.
        """
        ref = self._fetch(record, report.urls)
        seconds = report.seconds if record.kind == "clip" else None
        units = record.units
        if seconds:
            units = Decimal(int(seconds)) if seconds.is_integer() else Decimal(str(seconds))
        after = self.write(
            record, state=State.SETTLED, settled_at=time.time(), seconds=seconds, paid=record.rate * units, artifact=ref
        )
        self.close(after)
        return after

    def _fetch(self, record: PaidRecord, urls: tuple[str, ...]) -> ArtifactRef:
        if not urls:
            raise DamagedResult("The service says that the result is done, but not where it is.")
        for tries in range(self.settings.tries):
            try:
                data = self.vendor.download(urls[0])
                return self.store.put(data, self.vendor.check(record.kind, data), durable=True)
            except Fault:
                if tries + 1 == self.settings.tries:
                    raise
                time.sleep(self.settings.pause(tries))
        raise AssertionError("tries is at least 1")
