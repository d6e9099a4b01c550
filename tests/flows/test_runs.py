"""Talking to Prefect's server about runs that somebody may delete at any moment."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateRejectDetails
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Completed, Crashed, Pending, Running, Suspended

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


class _Server:
    """What `end_dead` asks of Prefect's client."""

    def __init__(self, found: list[FlowRun], ends: str = "") -> None:
        self._runs, self._ends, self.crashed = {str(run.id): run for run in found}, ends, list[str]()

    def read_flow_runs(self, **_: Any) -> list[FlowRun]:
        return list(self._runs.values())

    def read_flow_run(self, run_id: UUID) -> FlowRun:
        run = self._runs[str(run_id)]
        return run.model_copy(update={"state": Completed()}) if run.name == self._ends else run

    def set_flow_run_state(self, run_id: UUID, state: State[Any], force: bool) -> None:
        assert (state.type, force) == (StateType.CRASHED, True)
        self.crashed.append(self._runs[str(run_id)].name)


def _run(name: str, state: State[Any], deployed: bool = True) -> FlowRun:
    tags = ["popcon"] if name == "upkeep" else ["popcon", "job:fox-1"]
    run = FlowRun(name=name, flow_id=uuid4(), state=state, deployment_id=uuid4() if deployed else None, tags=tags)
    return run.model_copy(update={"created": datetime.now(UTC)})


def test_only_runs_that_surely_have_no_process_are_ended() -> None:
    alive, dead, ended, inline = (
        _run(name, Running(), name != "inline") for name in ("alive", "dead", "ended meanwhile", "inline")
    )
    fresh, old = _run("fresh", Pending()), _run("old", Pending())
    assert old.state is not None
    old.state.timestamp = datetime.now(UTC) - timedelta(minutes=5)
    before = datetime.now(UTC) - timedelta(minutes=1)
    upkeep = _run("upkeep", Running())
    server = _Server([alive, dead, ended, inline, fresh, old, upkeep], ends="ended meanwhile")
    client: Any = server
    assert runs.end_dead(client, lambda: {str(alive.id)}, before) == ["dead", "old"]
    assert server.crashed == ["dead", "old", "upkeep"]
    assert runs.end_dead(client, lambda: None, before) == [], "nobody knows which live"


def test_an_upkeep_that_died_is_no_reason_for_another() -> None:
    upkeep, dead = _run("upkeep", Crashed()), _run("dead", Crashed())
    client: Any = _Server([upkeep])
    assert not runs.crashed_since(client, datetime.now(UTC))
    client = _Server([upkeep, dead])
    assert runs.crashed_since(client, datetime.now(UTC))


def test_the_key_of_a_run_that_was_deleted_comes_not_again() -> None:
    first, second = _run("first", Crashed()), _run("second", Completed())
    keys = [runs.attempt(earlier) for earlier in ([], [first], [first, second], [second])]
    assert len(set(keys)) == 4
    assert runs.attempt([first]) == keys[1], "two callers at once start the same run"


def test_a_run_whose_question_was_never_saved_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_REFUSED_S", 0.0)
    run = _run("asks", Suspended())
    server: Any = _Server([run])
    refusal = StateRejectDetails(reason="Cannot resume flow run: Run input schema not found.")
    server.resume_flow_run = lambda *_, **__: OrchestrationResult(
        state=None, status=SetStateStatus.REJECT, details=refusal
    )
    assert not runs.resume(server, run)
    assert server.crashed == ["asks"]
    refusal.reason = "Cannot resume a flow run that is not paused."
    assert not runs.resume(server, run)
    assert server.crashed == ["asks"]
