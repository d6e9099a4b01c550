"""Prefect's tasks in a process that talks to no Prefect server.

Tasks decide in their own process what is found, tried again and kept; a server only records them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOWHERE = "http://server.invalid/api"
"""The address that Prefect is given: a request that is sent nevertheless fails at once."""


def is_without_server() -> bool:
    """Return whether this process talks to no server."""
    return os.environ.get("PREFECT_API_URL") == NOWHERE


@contextmanager
def without_server(prefect_home: Path) -> Iterator[None]:
    """Let tasks run without a server: no request, no events, no logs.

    Arguments:
        prefect_home: where Prefect looks for its settings, so that the user's own Prefect (of whatever version) is left
            alone.
    """
    given = {
        "PREFECT_API_URL": NOWHERE,
        "PREFECT_HOME": str(prefect_home),
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)  # read when Prefect is imported
    try:
        with _one_client():
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _one_client() -> Iterator[None]:
    from prefect.context import SyncClientContext
    from prefect.events.clients import NullEventsClient
    from prefect.events.worker import EventsWorker
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED,
        PREFECT_LOGGING_TO_API_ENABLED,
        temporary_settings,
    )

    # Where Prefect was imported before, it has read its settings.
    settings = {
        PREFECT_API_URL: NOWHERE,
        PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED: False,
        PREFECT_LOGGING_TO_API_ENABLED: False,
    }
    EventsWorker.set_client_override(NullEventsClient)
    try:
        # One client for all tasks: each would make its own, with a TLS context of its own.
        with temporary_settings(settings), SyncClientContext.get_or_create():
            yield
    finally:
        EventsWorker.set_client_override(None)
