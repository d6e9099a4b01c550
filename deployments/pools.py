"""Work pools: what a flow run is started in, how many at once, in which order.

Whoever may start a flow run may give values for its pool's variables. So nothing that says what runs, with which
environment, image, volumes or rights is a variable; and a value for what is no variable is refused.
"""

import json
import os
from pathlib import Path
from typing import Any, Literal

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from popcon.models.base import Model

PoolType = Literal["forkserver", "process", "docker", "kubernetes"]
_TEMPLATES = {"forkserver": "process"}
"""Whose templates a type of pool uses, where it has none of its own: both start processes, with the same variables."""

_WORKERS = {"forkserver": "popcon-forkserver"}
"""Prefect's name for the type of worker, where it is another."""

QUEUES = {"interactive": 1, "batch": 10}
"""Priorities; 1 is first. `batch` gets what `interactive` leaves."""


class Pool(Model):
    """A work pool as it should be."""

    name: str
    limit: int
    worker: str
    template: str

    @property
    def base_job_template(self) -> dict[str, Any]:
        return template(self.template)


def pools(kind: PoolType = "process", cpu: int | None = None, gpu: int = 1) -> tuple[Pool, ...]:
    """Return the two pools.

    Arguments:
        kind: what starts flow runs; `forkserver` is PopCon's own worker (`deployments/worker`).
        cpu: runs at the same time on the pool `cpu`; None: two more than this machine has cores, since each run waits
            for the server much of its time.
        gpu: runs at the same time on the pool `gpu`: one per GPU, since an engine fills one.
    """
    worker, files = _WORKERS.get(kind, kind), _TEMPLATES.get(kind, kind)
    return (
        Pool(name="cpu", limit=cpu or (os.cpu_count() or 1) + 2, worker=worker, template=f"{files}-cpu"),
        Pool(name="gpu", limit=gpu, worker=worker, template=f"{files}-gpu"),
    )


def template(name: str) -> dict[str, Any]:
    """Return a base job template of `deployments/pools/`."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "pools" / f"{name}.json").read_text())
    return found


def register_pool(client: SyncPrefectClient, pool: Pool) -> None:
    """Create a pool with its queues, or bring it up to date.

    The limit is the pool's, not a worker's: it counts for all workers, and Prefect's UI changes it.
    """
    try:
        client.read_work_pool(pool.name)
        client.update_work_pool(
            pool.name, WorkPoolUpdate(base_job_template=pool.base_job_template, concurrency_limit=pool.limit)
        )
    except ObjectNotFound:
        client.create_work_pool(
            WorkPoolCreate(
                name=pool.name,
                type=pool.worker,
                base_job_template=pool.base_job_template,
                concurrency_limit=pool.limit,
            )
        )
    for name, priority in QUEUES.items():
        _register_queue(client, pool.name, name, priority)


def _register_queue(client: SyncPrefectClient, pool: str, name: str, priority: int) -> None:
    try:
        queue = client.read_work_queue_by_name(name, work_pool_name=pool)
    except ObjectNotFound:
        client.create_work_queue(name, priority=priority, work_pool_name=pool)
    else:
        if queue.priority != priority:
            client.update_work_queue(queue.id, priority=priority)
