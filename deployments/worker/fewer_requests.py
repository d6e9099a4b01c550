"""Spares Prefect's server requests of flow runs whose answers are known. A run of a job made about 60; this spares 6.

Written for the versions in `PATCHED`; with another version all requests are made.

A token against forged requests is for a client, and each of the ten or so clients of a run asked for its own, which the
server writes to its database. The clients of a process share one. Where results are kept by default was asked for three
times a run, and no flow or task of PopCon keeps a result there. A job's runs send warnings and errors only: what they
did stands in the job's record, and their states in Prefect.
"""

import logging
from typing import Any
from uuid import uuid4

import prefect
import prefect.results
from prefect.client import base

from flows.server_database import PATCHED

_QUIET = ("prefect.flow_runs", "prefect.task_runs")


def share_answers() -> bool:
    """Let all clients of this process use one token, and none ask for the default place of results; once a process.

    Returns:
        Whether it was done: False for a version of Prefect that the patches were not written for.
    """
    if not prefect.__version__.startswith(PATCHED):
        return False
    prefect.results._read_server_default_result_storage_block_id = lambda: None
    for client in (base.PrefectHttpxSyncClient, base.PrefectHttpxAsyncClient):
        known: dict[str, Any] = {"csrf_client_id": uuid4()}
        for name in ("csrf_client_id", "csrf_token", "csrf_token_expiration"):
            setattr(client, name, _shared(known, name))
    return True


def _shared(known: dict[str, Any], name: str) -> property:
    """Return an attribute that all clients of a class have in common; what each of them begins with is passed over."""

    def read(_: Any) -> Any:
        return known.get(name)

    def write(client: Any, value: Any) -> None:
        if name in vars(client):  # it was refused and asks for another, or has got one
            known[name] = value
        vars(client)[name] = True

    return property(read, write)


def send_warnings_only() -> None:
    """Send what a flow run logs to the server from warnings upwards."""
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
