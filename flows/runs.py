"""The flow runs of jobs on a Prefect server: found by their tags, started once. Used where flows are deployed.

Every run of a job carries `job:<id>`, every run of one action `action:<name>` too. A run is *live* until it ends;
waiting (suspended) counts as live.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import httpx
from prefect import runtime
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.states import Crashed

from flows.wake import wake_workers
from popcon import naming
from popcon.errors import Fault

TAG = "popcon"
"""Tag of all deployments of `prefect.yaml`, and so of their runs."""

ENDED = {StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED}

_PAGE = 200
# `_sync`: in a thread with an event loop `run_deployment` returns a coroutine unless it is told not to.
_NOT_AWAITED: dict[str, Any] = {"timeout": 0, "as_subflow": False, "_sync": True}


class ServerGone(Fault):
    """Prefect's server cannot be reached, which says nothing about the work."""


class DeployedFlow(NamedTuple):
    """A deployment, as `flow name/deployment name`."""

    flow: str
    deployment: str

    @property
    def name(self) -> str:
        return f"{self.flow}/{self.deployment}"


MAKE_PACK = DeployedFlow("make-pack", "make-pack")
MAKE_STICKER = DeployedFlow("make-sticker", "make-sticker")
CUT_OUT = DeployedFlow("cut-out", "cut-out")
ASSEMBLE_PACK = DeployedFlow("assemble-pack", "assemble-pack")
ORDER_PACK = DeployedFlow("order-pack", "order-pack")
UPKEEP = DeployedFlow("upkeep", "upkeep")
DEPLOYMENTS = (MAKE_PACK, MAKE_STICKER, CUT_OUT, ASSEMBLE_PACK, ORDER_PACK, UPKEEP)
"""The deployments of `prefect.yaml`."""
OF_A_JOB = (MAKE_PACK, MAKE_STICKER, CUT_OUT, ASSEMBLE_PACK)
"""Parents before the children that they start."""


@contextmanager
def server() -> Iterator[SyncPrefectClient]:
    """Return a client of the Prefect server in PREFECT_API_URL.

    Raises:
        ServerGone: the server cannot be reached.
        Fault: it refuses.
    """
    with get_client(sync_client=True) as client:
        try:
            yield client
        except (httpx.TransportError, PrefectHTTPStatusError) as error:
            kind = ServerGone if isinstance(error, httpx.TransportError) else Fault
            raise kind(f"The Prefect server at {client.api_url} did not do as asked: {error}.") from error
        except ObjectNotFound as error:  # somebody deleted it there; the error says nothing of its own
            raise Fault(
                f"The Prefect server at {client.api_url} does not have what was asked for (any more)."
            ) from error


def find(client: SyncPrefectClient, child: DeployedFlow, job_id: str, action: str | None = None) -> list[FlowRun]:
    """Return the runs of one flow for a job (and one of its actions), oldest first."""
    tags = [naming.job_tag(job_id), f"flow:{child.flow}"] + ([naming.action_tag(action)] if action else [])
    return _read(client, FlowRunFilter(tags=FlowRunFilterTags(all_=tags)))


def _read(client: SyncPrefectClient, wanted: FlowRunFilter) -> list[FlowRun]:
    found: list[FlowRun] = []
    while True:
        page = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.ID_DESC, limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return sorted(found, key=lambda run: (run.created is None, run.created))


def attempt_key(earlier: Sequence[FlowRun]) -> str:
    """Return the part of the next run's idempotency key that tells it from these.

    Two callers at once see the same runs, so they get the same one; a number alone would come again when somebody has
    deleted a run.
    """
    return f"{len(earlier)}-{earlier[-1].id if earlier else 'first'}"


def is_live(run: FlowRun) -> bool:
    return run.state_type not in ENDED


def waits(run: FlowRun) -> bool:
    return run.state_type is StateType.PAUSED


def succeeded(run: FlowRun) -> bool:
    return run.state_type is StateType.COMPLETED


def own_queue(client: SyncPrefectClient) -> str | None:
    """Return the queue that the current run came from, for its children: what is urgent stays urgent."""
    return client.read_flow_run(UUID(str(runtime.flow_run.id))).work_queue_name


def start(
    child: DeployedFlow,
    parameters: Mapping[str, Any],
    key: str,
    *,
    job_id: str,
    action: str | None = None,
    tags: tuple[str, ...] = (),
    queue: str | None = None,
) -> FlowRun:
    """Start a deployed flow as an independent run; the same key again is the same run.

    Raises:
        Fault: the deployment is not registered on the server.
    """
    about = (naming.job_tag(job_id), f"flow:{child.flow}", *((naming.action_tag(action),) if action else ()), *tags)
    return _run_deployment(
        child,
        parameters=dict(parameters),
        idempotency_key=key,
        tags=about,
        flow_run_name=f"{child.flow.replace('-', ' ')}: {f'{action} for ' if action else ''}{job_id}",
        work_queue_name=queue,
    )


def _run_deployment(child: DeployedFlow, **options: Any) -> FlowRun:
    """Create a flow run of a deployment, and do not wait for it."""
    try:
        run = cast(FlowRun, run_deployment(child.name, **_NOT_AWAITED, **options))
    except ObjectNotFound as error:
        raise Fault(f"The Prefect server has no deployment {child.name}; run `popcon deploy`.") from error
    if "scheduled_time" not in options:
        wake_workers()
    return run


def in_states(client: SyncPrefectClient, *types: StateType, ended_after: datetime | None = None) -> list[FlowRun]:
    """Return all runs of PopCon in these states, oldest first; with a time, only those that ended after it."""
    return _read(
        client,
        FlowRunFilter(
            tags=FlowRunFilterTags(all_=[TAG]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))),
            end_time=FlowRunFilterEndTime(after_=ended_after) if ended_after else None,
        ),
    )


def mark_crashed(client: SyncPrefectClient, run: FlowRun, why: str) -> bool:
    """Mark a run as crashed; False: it is in another state by now than it was when `run` was read."""
    again = client.read_flow_run(run.id)
    if run.state is None or again.state is None or again.state.id != run.state.id:
        return False
    client.set_flow_run_state(run.id, Crashed(message=why), force=True)
    return True


def job_of(run: FlowRun) -> str | None:
    """Return the id of the job that a run is of; None: it is of none, such as upkeep."""
    mark = naming.job_tag("")
    return next((tag.removeprefix(mark) for tag in run.tags if tag.startswith(mark)), None)


def start_job(client: SyncPrefectClient, job_id: str, store_url: str, queue: str | None) -> tuple[FlowRun, bool]:
    """Start make-pack for a job, unless it is live; returns the run, and whether it was there before."""
    earlier = find(client, MAKE_PACK, job_id)
    for run in earlier:
        if is_live(run):
            return run, True
    key = f"{job_id}/make-pack/{attempt_key(earlier)}"
    run = start(MAKE_PACK, {"job_id": job_id, "store_url": store_url}, key, job_id=job_id, queue=queue)
    return run, False


def schedule_deadline(job_id: str, store_url: str, question: str, action: str, deadline: datetime) -> None:
    """Schedule upkeep of a job for a question's deadline; for the same deadline again, nothing happens.

    Raises:
        Fault: the server cannot be reached, or upkeep is not registered there.
    """
    with server():
        _run_deployment(
            UPKEEP,
            parameters={"store_url": store_url, "only_runs": True, "job_ids": [job_id]},
            scheduled_time=deadline + timedelta(seconds=1),
            idempotency_key=f"{job_id}/{action}/{question}/deadline/{deadline:%Y%m%dT%H%M%S}",
            flow_run_name=f"deadline of {action} for {job_id}",
        )


def crashes_in_a_row(found: list[FlowRun]) -> int:
    """Return how many of the latest runs died or failed, oldest first in `found`."""
    count = 0
    for run in reversed(found):
        if run.state_type not in (StateType.CRASHED, StateType.FAILED):
            break
        count += 1
    return count


def server_is_gone(error: BaseException) -> bool:
    """Return whether Prefect's server could not be reached, which says nothing about the work."""
    return isinstance(error, httpx.TransportError | ServerGone) or (
        isinstance(error, RuntimeError) and isinstance(error.__cause__, httpx.TransportError)
    )
