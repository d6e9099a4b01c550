"""Registers everything that PopCon needs on a Prefect server: pools, queues, blocks, deployments, automations."""

from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.types.entrypoint import EntrypointType

from blocks.access import REGISTERED, ArtifactStore
from blocks.records import StepRecords
from deployments.automations import register_automations
from deployments.pools import Pool, pools, register_pool
from flows import runs
from popcon.engines.download import check_address
from popcon.errors import Fault

MANIFEST = Path(__file__).parent / "prefect.yaml"


def manifest() -> list[dict[str, Any]]:
    """The deployments of `prefect.yaml`.

    Raises:
        Fault: it cannot be read.
    """
    try:
        found: list[dict[str, Any]] = yaml.safe_load(MANIFEST.read_text())["deployments"]
    except OSError as error:
        raise Fault(f"{MANIFEST} cannot be read ({error.strerror}); install PopCon again.") from error
    return found


def register(
    store_url: str, wanted: tuple[Pool, ...] | None = None, webhook: str | None = None, own: bool = False
) -> list[str]:
    """Register everything, or bring it up to date; returns the deployments' names.

    Arguments:
        store_url: what the block `default` points at, where there is no such block yet.
        wanted: the work pools; None: process pools of this machine's size.
        webhook: an address that is told when a job waits for a person.
        own: the server is this machine's own: the block follows a changed `store_url`, unless it holds keys.

    Raises:
        BadInput: the webhook is not public https (and the setting `private_addresses` is off).
        Fault: the server in PREFECT_API_URL cannot be reached, or refuses.
    """
    if webhook is not None:
        check_address(webhook)
    with runs.server() as client:
        for pool in wanted or pools():
            register_pool(client, pool)
        for block in (*REGISTERED, StepRecords):
            block.register_type_and_schema()
        store = ArtifactStore.named("default")
        if store is None or (own and store.url != store_url and store.access_key is None):
            ArtifactStore(url=store_url).save("default", overwrite=True)
        names = [_deploy(entry) for entry in manifest()]
        register_automations(client, webhook)
    return names


def _deploy(entry: dict[str, Any]) -> str:
    module, _, name = entry["entrypoint"].rpartition(".")
    flow: Flow[Any, Any] = getattr(import_module(module), name)
    limit = entry.get("concurrency_limit")
    deployment: RunnerDeployment = flow.to_deployment(  # type: ignore[assignment]
        name=entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        parameters=entry.get("parameters"),
        schedules=[_schedule(each) for each in entry.get("schedules", [])],
        concurrency_limit=ConcurrencyLimitConfig(**limit) if limit else None,
        work_pool_name=entry["work_pool"]["name"],
        work_queue_name=entry["work_pool"]["work_queue_name"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment.apply()
    return f"{flow.name}/{entry['name']}"


def _schedule(entry: dict[str, Any]) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate(
        schedule=CronSchedule(cron=entry["cron"], timezone=entry.get("timezone", "UTC")),
        active=entry.get("active", True),
        parameters=entry.get("parameters", {}),
        slug=entry.get("slug"),
    )
