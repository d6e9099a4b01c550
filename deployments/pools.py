"""Work pools: what a flow run is started in, how many at once, in which order.

Whoever may start a flow run may give values for its pool's variables. So nothing that says what runs, with which
environment, image, volumes or rights is a variable; and a value for what is no variable is refused.
"""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any, Literal

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from popcon.models.base import Model

PoolType = Literal["process", "docker", "kubernetes"]

QUEUES = {"interactive": 1, "batch": 10}
"""Priorities; 1 is first. `batch` gets what `interactive` leaves."""


class Pool(Model):
    """A work pool as it should be."""

    name: str
    limit: int
    template: str
    command: str | None = None

    @property
    def base_job_template(self) -> dict[str, Any]:
        made = template(self.template)
        if self.command is not None:
            made["job_configuration"]["command"] = self.command
        return made


def own_command() -> str:
    """What starts a flow run on this machine: through its launcher where it has one (see `deployments.launch`).

    Without a command, Prefect's process worker starts a process that looks for the flow's workspace and then another
    one for the flow; our flows are modules of an installed package and need none.
    """
    return shlex.join([sys.executable, "-m", "deployments.launch"])


def pools(
    kind: PoolType = "process", cpu: int | None = None, gpu: int = 1, command: str | None = None
) -> tuple[Pool, ...]:
    """The two pools.

    Arguments:
        kind: what starts flow runs.
        cpu: runs at the same time on the pool `cpu`; None: two more than this machine has cores, since each run waits
            for the server much of its time.
        gpu: runs at the same time on the pool `gpu`: one per GPU, since an engine fills one.
        command: what starts a flow run; None: what Prefect's worker uses, on whatever machine it runs.
    """
    return (
        Pool(name="cpu", limit=cpu or (os.cpu_count() or 1) + 2, template=f"{kind}-cpu", command=command),
        Pool(name="gpu", limit=gpu, template=f"{kind}-gpu", command=command),
    )


def template(name: str) -> dict[str, Any]:
    """A base job template of `deployments/pools/`."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "pools" / f"{name}.json").read_text())
    return found


def register_pool(client: SyncPrefectClient, pool: Pool) -> None:
    """Create a pool with its queues, or bring it up to date.

    The limit is the pool's, not the worker's: a worker started with --limit dies when a run is resumed while its
    first process is still leaving (Prefect 3.8).
    """
    kind = pool.template.partition("-")[0]
    try:
        client.read_work_pool(pool.name)
        client.update_work_pool(
            pool.name, WorkPoolUpdate(base_job_template=pool.base_job_template, concurrency_limit=pool.limit)
        )
    except ObjectNotFound:
        client.create_work_pool(
            WorkPoolCreate(
                name=pool.name, type=kind, base_job_template=pool.base_job_template, concurrency_limit=pool.limit
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
