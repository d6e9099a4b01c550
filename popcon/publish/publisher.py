"""Sends a pack's stickers one after the other, exactly once.

A record says `sending` before a request leaves and `sent` after its answer; a process may die between any two lines.
Whoever finds `sending` looks at the platform first: a sticker that is there, was not there before this publication
began and belongs to no other record, is the one. Of several processes, the holder of the lease sends.

What this does not protect from: a platform whose list does not show yet what it took (the list is read again after a
pause), and a person who adds stickers to the same set by hand at the same time.
"""

import hashlib
import time
from collections.abc import Callable, Sequence

from popcon import naming
from popcon.errors import BadInput, ServiceFault, ServiceRefused
from popcon.ledger.lease import Lease, Leases
from popcon.publish.model import Baseline, OutcomeUnknown, Publication, PublishItem, Remote, Sent, Target
from popcon.storage.store import Store

_TRIES = 5


class Publisher:
    """Publishes packs from a store.

    Arguments:
        settle_s: seconds to wait before a request of unknown outcome is looked up.
        term_s: seconds without a sign of life after which another publisher is taken to be dead.
        sleep: waits for that many seconds.
    """

    def __init__(
        self, store: Store, settle_s: float = 3.0, term_s: float = 60.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._store, self._settle_s, self._sleep = store, settle_s, sleep
        self._leases = Leases(store, term_s)

    def plan(self, name: str, target: Target, items: Sequence[PublishItem]) -> Publication:
        """Say what `publish` would do, after the same checks. Sends nothing, writes nothing."""
        target.check(items)
        done = [item.name for n, item in enumerate(items) if self._is_sent(self._key(name, target), n, item)]
        left = tuple(item.name for item in items if item.name not in done)
        return Publication(
            kind=target.kind,
            destination=target.destination,
            link=target.link(),
            sent=(),
            already=tuple(done),
            left=left,
        )

    def publish(
        self,
        name: str,
        target: Target,
        items: Sequence[PublishItem],
        progress: Callable[[int, str], None] | None = None,
    ) -> Publication:
        """Send what is not sent yet.

        Arguments:
            name: under which it is written down what was sent (`publication_name`).
            progress: is told how many are done, and the name of the last.

        Raises:
            BadInput: something of the same name is there that is not of this publication.
            ServiceRefused: the platform will not have one; those before it are kept and not sent again.
            ServiceFault: the platform cannot be reached; run again to go on.
        """
        key = self._key(name, target)
        with self._leases.hold(f"publish-{key}", unless=lambda: False) as lease:
            assert lease is not None
            target.check(items)
            baseline = self._baseline(key, target)
            sent: list[str] = []
            already: list[str] = []
            for number, item in enumerate(items):
                known = self._is_sent(key, number, item)
                if not known:
                    self._bring(key, number, item, target, baseline, lease)
                (already if known else sent).append(item.name)
                if progress is not None:
                    progress(number + 1, item.name)
        return Publication(
            kind=target.kind,
            destination=target.destination,
            link=target.link(),
            sent=tuple(sent),
            already=tuple(already),
        )

    def _key(self, name: str, target: Target) -> str:
        return naming.publication(name, target.kind, target.destination)

    def _is_sent(self, key: str, number: int, item: PublishItem) -> bool:
        found = self._record(key, number)
        if found is not None and found.sha256 != _digest(item):
            raise BadInput(
                f"{found.name} was sent there from an older version of this pack; publish to a new place (--set), or "
                "remove it by hand and delete the records of this publication."
            )
        return found is not None and found.state == "sent"

    def _record(self, key: str, number: int) -> Sent | None:
        return self._store.read_model(naming.published_item(key, number), Sent)

    def _write(self, key: str, number: int, record: Sent) -> None:
        self._store.write_json(naming.published_item(key, number), record.model_dump(mode="json"), durable=True)

    def _baseline(self, key: str, target: Target) -> Baseline:
        path = naming.published_baseline(key)
        found = self._store.read_model(path, Baseline)
        if found is None:
            ids = tuple(each.id for each in target.existing())
            found = Baseline(kind=target.kind, destination=target.destination, ids=ids)
            self._store.write_json(path, found.model_dump(mode="json"), durable=True)
        return found

    def _bring(
        self, key: str, number: int, item: PublishItem, target: Target, baseline: Baseline, lease: Lease
    ) -> None:
        """Send one sticker, or find that it is there."""
        record = Sent(name=item.name, sha256=_digest(item), state="sending")
        open_before = self._record(key, number) is not None
        last: Exception | None = None
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(self._settle_s)
            there = self._found(key, number, item, target, baseline)
            if there is not None and not (open_before or attempt):
                raise BadInput(
                    f"{target.destination} has a sticker named {item.name} already that this publication did not send; "
                    "rename or remove it first."
                )
            if there is None:
                lease.check()
                self._write(key, number, record)
                try:
                    there = target.send(item, first=number == 0)
                except OutcomeUnknown as error:
                    last = error
                    continue
                except ServiceRefused:
                    self._store.delete(naming.published_item(key, number))
                    raise
                there = there or self._listed(key, number, item, target, baseline)
            self._write(key, number, record.model_copy(update={"state": "sent", "id": there.id}))
            return
        raise ServiceFault(f"{target.destination} did not answer for {item.name} after {_TRIES} tries: {last}")

    def _listed(self, key: str, number: int, item: PublishItem, target: Target, baseline: Baseline) -> Remote:
        """Wait until the platform lists what it said it took: sending it again would double it."""
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(self._settle_s)
            there = self._found(key, number, item, target, baseline)
            if there is not None:
                return there
        raise ServiceFault(f"{target.destination} took {item.name} and does not list it yet; run again in a while.")

    def _found(self, key: str, number: int, item: PublishItem, target: Target, baseline: Baseline) -> Remote | None:
        """Return the platform's sticker that can only be this one."""
        records = (self._record(key, other) for other in range(number))
        taken = {record.id for record in records if record is not None} | set(baseline.ids)
        named = target.existing()
        old = [each for each in named if each.id in baseline.ids and each.name == item.name and each.name is not None]
        fresh = [each for each in named if each.id not in taken and each.name in (None, item.name)]
        if old and not fresh:
            raise BadInput(
                f"{target.destination} had a sticker named {item.name} before this publication; rename or remove it."
            )
        return fresh[0] if fresh else None


def _digest(item: PublishItem) -> str:
    return hashlib.sha256(item.data).hexdigest()
