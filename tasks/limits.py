"""A vendor's limits as Prefect global concurrency limits: shared by all workers of a server, seen in its UI."""

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator

import httpx
from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.exceptions import ObjectAlreadyExists

from popcon.errors import Fault
from popcon.ledger.limits import WINDOW, Allowance, Limits

OWN_SERVER = "POPCON_OWN_SERVER"
"""Environment: the URL of the server that an inline run started for itself. Nobody else waits there."""

_LEASE_S = 120.0
_PAUSE_S = (0.5, 2.0)

_ready: set[str] = set()
_turn = threading.Lock()


def shared_limits(vendor: str, allowance: Callable[[str], Allowance]) -> Limits | None:
    """Limits that all workers of the Prefect server in PREFECT_API_URL share; None where this run has its own server
    or none, and therefore shares with this machine only."""
    url = os.environ.get("PREFECT_API_URL")
    if not url or url == os.environ.get(OWN_SERVER):
        return None
    return PrefectLimits(vendor, allowance)


class PrefectLimits:
    """Waits at a Prefect server. A worker that dies gives its slots back when their lease runs out.

    The limits are made, and brought up to date, by the first request of a process. Prefect's own waiting sleeps up
    to half a minute after a refusal; tasks of a minute would leave their slots empty for as long, so we ask again
    sooner.

    Arguments:
        vendor: names the limits, together with the model.
        allowance: what is allowed for a model.
    """

    def __init__(self, vendor: str, allowance: Callable[[str], Allowance]) -> None:
        self._vendor, self._allowance = vendor, allowance

    @contextlib.contextmanager
    def slot(self, model: str) -> Iterator[None]:
        """Held while a task of `model` is under way.

        Raises:
            Fault: the server cannot be asked.
        """
        name = self._made(f"{self._name(model)}-at-once", self._allowance(model).at_once)
        with contextlib.ExitStack() as held:

            def take() -> None:
                # A slot that cannot be renewed is no reason to give up a task that is being paid for.
                held.enter_context(
                    concurrency(
                        [name],
                        occupy=1,
                        strict=True,
                        max_retries=0,
                        lease_duration=_LEASE_S,
                        raise_on_lease_renewal_failure=False,
                    )
                )

            _until_free(take)
            yield

    def submit(self, model: str) -> None:
        """Returns when one more request may be sent.

        Raises:
            Fault: the server cannot be asked.
        """
        # One slot that comes back: with more, a whole second's worth could go out twice within one second.
        decay = self._allowance(model).per_second / WINDOW
        name = self._made(f"{self._name(model)}-a-second", 1, decay)
        _until_free(lambda: rate_limit([name], occupy=1, strict=True))

    def _name(self, model: str) -> str:
        return f"popcon-{self._vendor}-{model}"

    def _made(self, name: str, limit: int, decay: float | None = None) -> str:
        known = f"{os.environ.get('PREFECT_API_URL')} {name} {limit} {decay}"
        with _turn:
            if known not in _ready:
                try:
                    with get_client(sync_client=True) as client, contextlib.suppress(ObjectAlreadyExists):
                        client.upsert_global_concurrency_limit_by_name(name, limit, decay)
                except httpx.HTTPStatusError as error:
                    if error.response.status_code != 409:  # else another process made it just now
                        raise Fault(f"The Prefect server does not keep the limit {name}: {error}.") from error
                except httpx.TransportError as error:
                    raise Fault(f"The Prefect server cannot be reached to wait for a turn: {error}.") from error
                _ready.add(known)
        return name


def _until_free(ask: Callable[[], None]) -> None:
    while True:
        try:
            return ask()
        except ConcurrencySlotAcquisitionError as error:
            cause = error.__cause__
            if not (isinstance(cause, httpx.HTTPStatusError) and cause.response.status_code == 423):
                raise Fault(f"The Prefect server does not tell whose turn it is: {error}") from error
        time.sleep(random.uniform(*_PAUSE_S))
