"""Runs a whole job in this process: no server to start first, no worker, no deployment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.server import server, wait_until_healthy

_QUIET = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_API_REQUEST_TIMEOUT": "600",  # a busy machine slows a run and never fails it
}


def run(job_id: str, store_url: str, prefect_home: Path) -> None:
    """Make a job's packs here and now.

    Reports to the server in PREFECT_API_URL where there is one; else one runs for as long as the job does, with a
    database of PopCon's own, so that the user's Prefect (of whatever version) is left alone.

    Raises:
        PopconError: what the job as a whole failed with. An action that fails is told by its summary.
    """
    if os.environ.get("PREFECT_API_URL"):
        return _run(job_id, store_url)
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["PREFECT_HOME"] = str(prefect_home)
    with server(prefect_home) as api_url:
        os.environ["PREFECT_API_URL"] = os.environ["POPCON_OWN_SERVER"] = api_url  # see tasks/limits.py
        try:
            from flows import make_pack  # noqa: F401  imports Prefect while the server starts

            wait_until_healthy(api_url)
            with without_heartbeats():
                _run(job_id, store_url)
        finally:
            del os.environ["PREFECT_API_URL"], os.environ["POPCON_OWN_SERVER"]


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Let flow runs send no heartbeats, where it is known without them which processes live.

    With heartbeats each flow run waits at its end, up to a second, for a thread that sleeps (Prefect 3.9).
    """
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def _run(job_id: str, store_url: str) -> None:
    from flows.make_pack import make_pack

    make_pack(job_id, store_url)
