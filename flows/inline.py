"""Runs a whole job in this process: no server to start, no worker, no deployment."""

import os
from pathlib import Path

# What an inline run does not need of Prefect's own server, which then starts sooner and leaves more of two cores.
_ENVIRONMENT = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


def run(job_id: str, store_url: str, prefect_home: Path) -> None:
    """Make a job's packs here and now.

    Reports to the server in PREFECT_API_URL where there is one; else Prefect starts one for the time of the run,
    with a database of PopCon's own, so that the user's Prefect (of whatever version) is left alone.

    Raises:
        PopconError: what the job as a whole failed with. An action that fails is told by its summary.
    """
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("PREFECT_HOME", str(prefect_home))
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
    from flows.make_pack import make_pack  # imports Prefect, which reads the environment then

    make_pack(job_id, store_url)
