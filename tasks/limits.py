"""Limits as Prefect global concurrency limits: a vendor's, shared by all workers of a server, and each GPU machine's.

They are seen, and may be changed, in Prefect's UI.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency, rate_limit
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from tenacity import Retrying, retry_if_exception, wait_random

from blocks.without_server import is_without_server
from popcon.errors import Fault
from popcon.ledger.limits import WINDOW, Allowance, Limits

_LEASE_S = 120.0
_PAUSE_S = (0.5, 2.0)

_ready: set[str] = set()
_turn = threading.Lock()


def shared_limits(vendor: str, allowance: Callable[[str], Allowance]) -> Limits | None:
    """Return limits that all workers of the Prefect server in PREFECT_API_URL share.

    None where this run has no server, and therefore shares with this machine only.
    """
    if not os.environ.get("PREFECT_API_URL") or is_without_server():
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
        """Hold a slot while a task of `model` is under way.

        Raises:
            Fault: the server cannot be asked.
        """
        name = self._ensure_limit(f"{self._name(model)}-at-once", self._allowance(model).at_once)
        with _acquired(name):
            yield

    def submit(self, model: str) -> None:
        """Wait until one more request may be sent.

        Raises:
            Fault: the server cannot be asked.
        """
        # One slot that comes back: with more, a whole second's worth could go out twice within one second.
        decay = self._allowance(model).per_second / WINDOW
        name = self._ensure_limit(f"{self._name(model)}-a-second", 1, decay)
        _retry_until_acquired(lambda: rate_limit([name], occupy=1, strict=True))

    def _name(self, model: str) -> str:
        return f"popcon-{self._vendor}-{model}"

    def _ensure_limit(self, name: str, limit: int, decay: float | None = None) -> str:
        known = f"{os.environ.get('PREFECT_API_URL')} {name} {limit} {decay}"
        with _turn:
            if known not in _ready:
                with _limit_client(name) as client, contextlib.suppress(ObjectAlreadyExists):
                    client.upsert_global_concurrency_limit_by_name(name, limit, decay)
                _ready.add(known)
        return name


def gpu_limit() -> str:
    """Return the name of this machine's limit: `gpu:` and its host name, or what POPCON_GPU_HOST says.

    A container has another host name each time. "-" means that each run has a GPU of its own: nothing is shared.
    """
    return f"gpu:{os.environ.get('POPCON_GPU_HOST') or socket.gethostname()}"


def set_gpu_limit(slots: int) -> None:
    """Say how many runs may use this machine's GPU, or its inference host, at the same time.

    Raises:
        Fault: the server cannot be asked.
    """
    with _limit_client(gpu_limit()) as client:
        client.upsert_global_concurrency_limit_by_name(gpu_limit(), slots)


@contextlib.contextmanager
def gpu_slot() -> Iterator[None]:
    """Hold a slot of this machine's limit while a run on the pool `gpu` uses this machine's GPU or its inference host.

    A limit that is not there yet is made, for as many runs as POPCON_GPU_SLOTS says; one that is there is left as
    somebody set it. A run that dies gives its turn back when its lease ends, after two minutes.

    Raises:
        Fault: the server cannot be asked.
    """
    name = gpu_limit()
    if name == "gpu:-":
        yield
        return
    with _limit_client(name) as client:
        try:
            client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            slots = os.environ.get("POPCON_GPU_SLOTS", "1")
            limit = max(1, int(slots)) if slots.isdecimal() else 1  # with 0, runs would wait for ever
            with contextlib.suppress(ObjectAlreadyExists):
                client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=limit))
    with _acquired(name):
        yield


@contextlib.contextmanager
def _limit_client(name: str) -> Iterator[SyncPrefectClient]:
    try:
        with get_client(sync_client=True) as client:
            yield client
    except httpx.HTTPStatusError as error:
        if error.response.status_code != 409:  # else another process made it just now
            raise Fault(f"The Prefect server does not keep the limit {name}: {error}.") from error
    except httpx.TransportError as error:
        raise Fault(f"The Prefect server cannot be reached to wait for a turn: {error}.") from error


@contextlib.contextmanager
def _acquired(name: str) -> Iterator[None]:
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

        _retry_until_acquired(take)
        yield


def _retry_until_acquired(ask: Callable[[], None]) -> None:
    try:
        Retrying(retry=retry_if_exception(_is_taken), wait=wait_random(*_PAUSE_S), reraise=True)(ask)
    except ConcurrencySlotAcquisitionError as error:
        raise Fault(f"The Prefect server does not tell whose turn it is: {error}") from error


def _is_taken(error: BaseException) -> bool:
    """Return whether an error says that all slots are taken."""
    cause = error.__cause__ if isinstance(error, ConcurrencySlotAcquisitionError) else None
    return isinstance(cause, httpx.HTTPStatusError) and cause.response.status_code == 423
