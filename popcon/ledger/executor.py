"""Takes a purchase from wherever it is to its end, sending at most what is certain not to have been sent."""

import time

from popcon import naming
from popcon.errors import BadInput, Fault, PaidResultLost, ServiceFault
from popcon.ledger.budget import today
from popcon.ledger.limits import Limits
from popcon.ledger.purchase import EXPIRES, NOT_KNOWN, Purchase, read_record, still_kept
from popcon.ledger.record import PaidRecord, PaidStep, Receipt, State, receipt_of
from popcon.ledger.vendor import NotSent, Order, OutcomeUnknown, Report, Throttled


class PurchaseExecutor:
    """Takes one purchase from wherever it is to its end."""

    def __init__(self, purchase: Purchase, limits: Limits, step: PaidStep, order: Order) -> None:
        self._purchase, self._limits, self._step, self._order = purchase, limits, step, order
        self._store, self._lease, self._vendor, self._settings = (
            purchase.store,
            purchase.lease,
            purchase.vendor,
            purchase.settings,
        )

    def run_to_end(self) -> Receipt:
        failures = 0
        while True:
            record, report = self._reserved(), None
            if record.state is State.SETTLED:
                self._purchase.close(record)
                return receipt_of(record)
            if record.state is State.SENDING:
                record = self._purchase.look_up(record)
            if record.state is State.RUNNING:
                report = self._ended(record)
            if report is None and record.state is not State.FREE:
                with self._limits.slot(self._order.model):
                    if record.state is State.RESERVED:
                        record, report = self._send(record)
                    if record.state is State.RUNNING and report is None:
                        report = self._wait(record)
            settled = self._finish(record, report) if report is not None else None
            if settled is not None:
                return receipt_of(settled)
            failures += 1
            if failures >= min(3, self._settings.tries):
                raise self._enough(failures)

    def _reserved(self) -> PaidRecord:
        """Return the record, with its money set aside."""
        record = self._purchase.current(self._step.key)
        if record is not None and record.state is State.SETTLED:
            record = self._with_result(record)
        if record is not None and record.state is State.SETTLED:
            return record
        if record is not None and record.state in (State.SENDING, State.RUNNING):
            if record.account and record.account != self._vendor.account:
                raise ServiceFault(
                    f"It was ordered with the account of {record.account}, and this one is of {self._vendor.account}; "
                    "run again with that account to fetch it."
                )
            return record
        if record is not None and record.state is State.FREE:
            self._purchase.close(record)
        intent = self._intent()
        if record is not None:
            again = {"attempt": record.attempt + (record.state is State.FREE), "losses": record.losses}
            day = record.day if record.state is State.RESERVED else intent.day
            intent = intent.model_copy(update={**again, "day": day})
        elif self._store.exists(naming.paid_record(self._step.key)):
            # A power cut left half a record. It may have been sent, up to a day ago: it is looked up first.
            attempt, sent_at = self._purchase.last_attempt(self._step.key)
            intent = intent.model_copy(update={"attempt": attempt})
            self._purchase.reserve(intent, self._step.job_budget, self._settings.day_budget)
            return self._purchase.write(intent, state=State.SENDING, sent_at=sent_at)
        return self._purchase.reserve(intent, self._step.job_budget, self._settings.day_budget)

    def _intent(self) -> PaidRecord:
        order, step = self._order, self._step
        return PaidRecord(
            key=step.key,
            job=step.job,
            action=step.action,
            step=step.step,
            vendor=self._vendor.name,
            model=order.model,
            kind=order.kind,
            account=self._vendor.account,
            key_id=self._vendor.key_id,
            currency=order.currency,
            stands_for=step.stands_for,
            rate=order.rate,
            units=order.units,
            listed=order.listed,
            prompt=order.prompt,
            state=State.RESERVED,
            attempt=1,
            price=order.price,
            day=today(),
            reserved_at=time.time(),
        )

    def _with_result(self, record: PaidRecord) -> PaidRecord:
        """Return a settled record whose artifact is in the store; else one from which it can be had again."""
        if record.artifact is not None and self._store.holds(record.artifact):
            return record
        if (record.task_id is not None or record.urls) and time.time() - (record.sent_at or 0) < EXPIRES - 600:
            return self._purchase.write(record, state=State.RUNNING, paid=None)
        return self._purchase.lose(
            record.model_copy(update={"price": record.paid or record.price, "paid": None}),
            "It was paid for, but is gone from the store, and the service keeps results for a day only.",
        )

    def _send(self, record: PaidRecord) -> tuple[PaidRecord, Report | None]:
        """Send until the vendor has it: running, or with a report; free when it got lost."""
        begun, reached = time.monotonic(), False
        for tries in range(10**6):
            self._limits.submit(self._order.model)
            self._lease.check()
            self._purchase.note_request(record)
            record = self._purchase.write(record, state=State.SENDING, sent_at=time.time())
            self._lease.check()  # again: bringing the record onto a busy disk takes seconds
            try:
                sent = self._order.send(record.mark)
            except (NotSent, Throttled) as error:
                record = self._purchase.unsent(record)
                reached = reached or isinstance(error, Throttled)
                patience = self._settings.patience if reached else self._settings.unreachable
                if time.monotonic() - begun > patience:
                    raise ServiceFault(str(error)) from None
                time.sleep(self._settings.pause(tries))
                continue
            except OutcomeUnknown as error:
                reached = True
                record = self._purchase.look_up(record)
                if record.state is not State.RESERVED:
                    return record, None
                if time.monotonic() - begun > self._settings.patience:
                    raise ServiceFault(str(error)) from None
                continue
            except BadInput as error:
                self._purchase.free(record, str(error))
                raise
            if sent.report is not None:
                return self._purchase.write(record, state=State.RUNNING, urls=sent.report.urls), sent.report
            return self._purchase.write(record, state=State.RUNNING, task_id=sent.task_id), None
        raise AssertionError("patience ends first")

    def _ended(self, record: PaidRecord) -> Report | None:
        """Return the report of a task that ended while nobody looked; None when it is still under way, or cannot be
        asked about just now."""
        if record.task_id is None:
            return Report(state="done", urls=record.urls)
        try:
            report = self._vendor.poll(record.task_id)
        except Fault:
            return None
        return None if report.state == "waiting" or still_kept(record, report) else report

    def _wait(self, record: PaidRecord) -> Report:
        """Look at the task until it has ended."""
        assert record.task_id is not None
        assert record.sent_at is not None
        heard, failures = time.monotonic(), 0
        while True:
            age = time.time() - record.sent_at
            time.sleep(self._settings.pause(failures) if failures else self._settings.poll_pause(age))
            try:
                report = self._vendor.poll(record.task_id)
            except Fault as error:
                failures += 1
                if time.monotonic() - heard > self._settings.patience:
                    raise ServiceFault(str(error)) from None
                continue
            if still_kept(record, report):
                failures += 1
                if time.monotonic() - heard > self._settings.patience:
                    raise ServiceFault(f"{self._vendor.name} {NOT_KNOWN}; run again to ask about it. Nothing is sent "
                                       "again before it is clear.")  # fmt: skip
                continue
            heard, failures = time.monotonic(), 0
            if report.state != "waiting":
                return report
            if age > self._settings.longest_task:
                raise ServiceFault(
                    f"The task {record.task_id} has been running for {age / 60:.0f} minutes; run again to look at it."
                )

    def _finish(self, record: PaidRecord, report: Report) -> PaidRecord | None:
        """Return the settled record; None when there is to be another attempt."""
        if report.state == "done":
            try:
                return self._purchase.settle(record, report)
            except Fault as trouble:
                if time.time() - (record.sent_at or 0) < EXPIRES:
                    raise
                self._purchase.lose(record, f"It could not be downloaded within a day: {trouble}")
                return None
        if report.state == "unknown":
            self._purchase.lose(record, "The service no longer knows the task; results are kept for a day only.")
            return None
        if report.state == "canceled":
            self._purchase.free(record, "It was cancelled at the service.")
            raise ServiceFault(
                "The task was cancelled at the service; nothing was charged. Run again to order it anew."
            )
        error = self._vendor.failure(report)
        self._purchase.free(record, str(error))
        if isinstance(error, BadInput):
            raise error
        return None

    def _enough(self, failures: int) -> Fault:
        record = read_record(self._store, self._step.key)
        if record is not None and record.losses and record.losses[-1].attempt == record.attempt:
            return PaidResultLost(f"{record.losses[-1].reason} It cost {record.losses[-1].price} {record.currency}.")
        return ServiceFault(f"{record.note if record else 'The service failed.'} Tried {failures} times.")
