"""Runs a whole job in this process: no server to start first, no worker, no deployment."""

import os
from pathlib import Path

from blocks.without_server import without_server


def run(job_id: str, store_url: str, prefect_home: Path) -> None:
    """Make a job's packs here and now.

    Reports flow runs and task runs to the server in PREFECT_API_URL where there is one. Else the flows are called as
    plain functions, and their tasks run without a server.

    Arguments:
        prefect_home: see `without_server`.

    Raises:
        PopconError: what the job as a whole failed with. An action that fails is told by its summary.
    """
    if os.environ.get("PREFECT_API_URL"):
        from flows.make_pack import make_pack

        return make_pack(job_id, store_url)
    with without_server(prefect_home):
        from flows.make_pack import make_pack

        make_pack.fn(job_id, store_url)
