"""Registers everything that PopCon needs on a Prefect server: pools, queues, blocks, deployments, automations."""

import os
import subprocess
import sys
from pathlib import Path

from blocks.access import REGISTERED, ArtifactStore
from blocks.records import StepRecords
from deployments.automations import register_automations
from deployments.pools import Pool, pools, register_pool
from flows import runs
from popcon.engines.download import check_address
from popcon.errors import Fault

MANIFEST = Path(__file__).parent / "prefect.yaml"
"""The deployments. Prefect reads it, and nobody else."""


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
        register_deployments()
        register_automations(client, webhook)
    return [child.name for child in runs.DEPLOYMENTS]


def register_deployments() -> None:
    """Register the deployments of `prefect.yaml` on the server in PREFECT_API_URL, with Prefect's own command.

    Raises:
        Fault: the command fails.
    """
    root = MANIFEST.parents[1]
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(MANIFEST)],
        cwd=root,  # flows are imported by their names
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())[-600:]
        raise Fault(f"`prefect deploy` does not register the deployments of {MANIFEST}: {said}")
