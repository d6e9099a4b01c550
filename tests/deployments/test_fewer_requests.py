"""What flow runs spare the server: a token for each client, a question about a place that nothing is kept in."""

from datetime import UTC, datetime, timedelta

import httpx
import prefect.results
import pytest
from prefect.client import base

from deployments.worker.fewer_requests import share_answers

CLIENTS = (base.PrefectHttpxSyncClient, base.PrefectHttpxAsyncClient)


class Server:
    """Answers changes that carry its token; a new token makes the last one worthless."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.changes = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/csrf-token":
            self.tokens.append(f"token {len(self.tokens)}")
            until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
            said = {"token": self.tokens[-1], "client": request.url.params["client"], "expiration": until}
            return httpx.Response(200, json=said, request=request)
        if request.headers.get("Prefect-Csrf-Token") != self.tokens[-1]:
            return httpx.Response(403, text="Invalid CSRF token", headers={"Retry-After": "0"}, request=request)
        self.changes += 1
        return httpx.Response(200, json={}, request=request)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patches, for the length of a test."""
    for client in CLIENTS:
        for name in ("csrf_client_id", "csrf_token", "csrf_token_expiration"):
            monkeypatch.setattr(client, name, None, raising=False)
    name = "_read_server_default_result_storage_block_id"
    monkeypatch.setattr(prefect.results, name, getattr(prefect.results, name))
    assert share_answers()


@pytest.mark.usefixtures("shared")
def test_clients_of_a_run_share_one_token_and_ask_again_when_it_is_refused() -> None:
    server = Server()
    clients = [
        base.PrefectHttpxSyncClient(
            base_url="http://server/api", transport=httpx.MockTransport(server), enable_csrf_support=True
        )
        for _ in range(3)
    ]
    for client in clients:
        client.post("/flow_runs/")
    assert (len(server.tokens), server.changes) == (1, 3)
    server.tokens.append("another process asked")
    for client in clients:
        client.post("/flow_runs/")
    assert (len(server.tokens), server.changes) == (3, 6)


@pytest.mark.usefixtures("shared")
def test_where_results_are_kept_by_default_is_not_asked_for() -> None:
    assert prefect.results._read_server_default_result_storage_block_id() is None
