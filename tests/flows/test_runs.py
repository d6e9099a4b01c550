"""Talking to Prefect's server about runs that somebody may delete at any moment."""

from collections.abc import Iterator

import httpx
import pytest
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import runs
from popcon.errors import Fault


@pytest.fixture(autouse=True)
def _address() -> Iterator[None]:
    """An address that nobody asks: no server is started beside the test."""
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        yield


def test_what_was_deleted_on_the_server_is_a_fault_with_its_address() -> None:
    with pytest.raises(Fault, match=r"127\.0\.0\.1:9.*does not have what was asked for"), runs.server():
        raise ObjectNotFound(http_exc=RuntimeError("404"))


def test_a_server_that_is_away_is_told_apart_from_work_that_failed() -> None:
    with pytest.raises(Fault, match="refused") as away, runs.server():
        raise httpx.ConnectError("refused")
    assert runs.server_is_gone(away.value), "an action that asked it has not failed"
    assert not runs.server_is_gone(Fault("The vendor did not answer."))
