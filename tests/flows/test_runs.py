"""Talking to Prefect's server about runs that somebody may delete at any moment."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateRejectDetails
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Completed, Crashed, Pending, Running, Suspended

from flows import recovery, resume, runs
from flows.processes import infrastructure_id
from popcon.errors import Fault
from popcon.jobs.archive import Archive
from popcon.storage.store import open_store
from tests import event_loop


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


def test_a_run_is_started_at_once_also_where_an_event_loop_runs() -> None:
    """Prefect's function would return a coroutine there, and no run would be started."""

    async def start() -> None:
        with pytest.raises(Fault, match="did not do as asked"), runs.server():
            runs.start(runs.MAKE_PACK, {"job_id": "puff", "store_url": "file"}, "key", job_id="puff")

    event_loop.run(start())


class _Server:
    """What is asked of Prefect's client."""

    def __init__(self, found: list[FlowRun], ends: str = "") -> None:
        self._runs, self._ends, self.crashed = {str(run.id): run for run in found}, ends, list[str]()

    def read_flow_runs(self, flow_run_filter: FlowRunFilter, **_: Any) -> list[FlowRun]:
        assert flow_run_filter.tags is not None
        assert flow_run_filter.tags.all_ == ["popcon"], "other people's runs are left alone"
        assert flow_run_filter.state is not None
        assert flow_run_filter.state.type is not None
        types = flow_run_filter.state.type.any_ or []
        return [run for run in self._runs.values() if run.state_type in types]

    def read_flow_run(self, run_id: UUID) -> FlowRun:
        run = self._runs[str(run_id)]
        return run.model_copy(update={"state": Completed()}) if run.name == self._ends else run

    def set_flow_run_state(self, run_id: UUID, state: State[Any], force: bool) -> None:
        assert (state.type, force) == (StateType.CRASHED, True)
        self.crashed.append(self._runs[str(run_id)].name)


def _run(name: str, state: State[Any], process: str = "") -> FlowRun:
    tags = ["popcon"] if name == "upkeep" else ["popcon", f"job:{name}"]
    run = FlowRun(name=name, flow_id=uuid4(), state=state, deployment_id=uuid4(), tags=tags)
    made = {"created": datetime.now(UTC), "state_type": state.type, "infrastructure_pid": process or None}
    return run.model_copy(update=made)


@pytest.fixture
def recovering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs on a server that are recovered; gives the names of those marked as crashed, and the jobs looked at."""

    def recovered(found: list[FlowRun], ends: str = "", **options: Any) -> tuple[list[str], list[str]]:
        server, looked_at = _Server(found, ends), list[str]()
        monkeypatch.setattr(runs, "server", lambda: nullcontext(server))
        monkeypatch.setattr(recovery, "still_there", lambda _, job_ids: looked_at.extend(job_ids) or [])
        done = recovery.recover(Archive(open_store(str(tmp_path))), **options)
        assert list(done.crashed) == server.crashed
        return server.crashed, looked_at

    return recovered


def test_only_runs_that_surely_have_no_process_are_marked_as_crashed(recovering: Any) -> None:
    own = infrastructure_id(os.getpid())
    before_it = own.rpartition(":")[0] + ":1"
    found = [
        _run("alive", Running(), own),
        _run("dead", Running(), before_it),
        _run("number of another process", Running(), f"{own}0"),
        _run("ended meanwhile", Running(), before_it),
        _run("elsewhere", Running(), "another-host:1:1"),
        _run("of another worker", Running(), "4711"),
        _run("inline", Running()),
        _run("waits", Suspended(), before_it),
        _run("upkeep", Running(), before_it),
    ]
    marked = ["dead", "number of another process", "upkeep"]
    assert recovering(found, ends="ended meanwhile") == (marked, marked[:2])


def test_runs_that_were_pending_for_long_never_got_a_process(recovering: Any) -> None:
    own = infrastructure_id(os.getpid())
    fresh, old, begins, resumed = (
        _run(name, Pending(), process)
        for name, process in (("fresh", ""), ("old", ""), ("begins", own), ("resumed", f"{own}0"))
    )
    for run in (old, begins):
        assert run.state is not None
        run.state.timestamp = datetime.now(UTC) - timedelta(minutes=5)
    assert recovering([fresh, old, begins, resumed]) == (["old"], ["old"])
    assert recovering([fresh, old, begins, resumed], pending_before=datetime.now(UTC))[0] == ["fresh", "old", "resumed"]


def test_jobs_of_runs_that_a_worker_reported_as_crashed_are_looked_at_and_upkeep_is_not(recovering: Any) -> None:
    upkeep, dead = _run("upkeep", Crashed()), _run("dead", Crashed())
    assert recovering([upkeep, dead], crashed_after=datetime.now(UTC)) == ([], ["dead"])
    assert recovering([upkeep, dead]) == ([], [])


def test_the_key_of_a_run_that_was_deleted_comes_not_again() -> None:
    first, second = _run("first", Crashed()), _run("second", Completed())
    keys = [runs.attempt_key(earlier) for earlier in ([], [first], [first, second], [second])]
    assert len(set(keys)) == 4
    assert runs.attempt_key([first]) == keys[1], "two callers at once start the same run"


def test_a_run_whose_question_was_never_saved_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "_REFUSED_S", 0.0)
    run = _run("asks", Suspended())
    server: Any = _Server([run])
    refusal = StateRejectDetails(reason="Cannot resume flow run: Run input schema not found.")
    server.resume_flow_run = lambda *_, **__: OrchestrationResult(
        state=None, status=SetStateStatus.REJECT, details=refusal
    )
    assert not resume.resume_run(server, run)
    assert server.crashed == ["asks"]
    refusal.reason = "Cannot resume a flow run that is not paused."
    assert not resume.resume_run(server, run)
    assert server.crashed == ["asks"]


def test_a_resume_that_comes_before_the_form_is_sent_again() -> None:
    """Prefect saves the form's schema just after the run becomes Suspended, and refuses until then."""
    refusal = StateRejectDetails(reason="Cannot resume flow run: Run input schema not found.")
    run, answers = _run("asks", Suspended()), [SetStateStatus.ACCEPT, SetStateStatus.REJECT]
    server: Any = _Server([run])
    server.resume_flow_run = lambda *_, **__: OrchestrationResult(state=None, status=answers.pop(), details=refusal)
    assert resume.resume_run(server, run)
    assert answers == []
    assert server.crashed == []
