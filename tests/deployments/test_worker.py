"""The forkserver worker: forks that are as good as fresh processes, and exit codes that reach Prefect."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.flows import Flow
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from prefect.states import Cancelling
from prefect.types.entrypoint import EntrypointType

from deployments.pools import pools, register_pool
from flows import recovery, runs
from flows.processes import infrastructure_id, lives
from popcon.jobs.archive import Archive
from popcon.storage.store import open_store
from tests.deployments import worker_flows
from tests.deployments.stack import PATIENCE_S, ROOT
from tests.prefect_server import server, wait_until_healthy

pytestmark = pytest.mark.alone

_LOOKED = {"PREFECT_WORKER_QUERY_SECONDS": "0.5", "PREFECT_CLIENT_MAX_RETRIES": "3", "OF_THE_WORKER": "yes"}


def wait(what: str, condition: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < until, what
        time.sleep(0.05)
    return found


class Worker:
    """A worker for the pool `cpu`, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "worker.log"
        self._environment = os.environ | _LOOKED | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        self._environment |= {"PREFECT_API_URL": PREFECT_API_URL.value() or ""}
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "deployments.worker", "--pool", "cpu", "--name", "test"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Prefect server with the pool `cpu` and the flows of `worker_flows`."""
    with server(tmp_path_factory.mktemp("prefect")) as url:
        wait_until_healthy(url)
        with temporary_settings({PREFECT_API_URL: url, PREFECT_API_AUTH_STRING: os.environ["PREFECT_API_AUTH_STRING"]}):
            with runs.server() as client:
                register_pool(client, pools("forkserver")[0])
            for each in (worker_flows.tell, worker_flows.fail, worker_flows.leave, worker_flows.stay):
                _deploy(each)
            yield


def _deploy(flow: Flow[..., Any]) -> None:
    made: Any = flow.to_deployment(
        name=flow.name, tags=["popcon"], work_pool_name="cpu", entrypoint_type=EntrypointType.MODULE_PATH
    )
    made.apply()


@pytest.fixture(scope="module")
def worker(api: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    made = Worker(tmp_path_factory.mktemp("worker"))
    yield made
    made.kill()


def start(flow: str, **parameters: Any) -> FlowRun:
    with runs.server() as client:
        deployment = client.read_deployment_by_name(f"{flow}/{flow}")
        return client.create_flow_run_from_deployment(deployment.id, parameters=parameters)


def read(run: FlowRun) -> FlowRun:
    with runs.server() as client:
        return client.read_flow_run(run.id)


def wait_for(run: FlowRun, state: StateType, worker: Worker) -> FlowRun:
    def there() -> FlowRun | None:
        found = read(run)
        assert found.state_type is state or found.state_type not in runs.ENDED, (found.state, worker.log.read_text())
        return found if found.state_type is state else None

    found: FlowRun = wait(f"{state}", there)
    return found


def _pid(run: FlowRun) -> int:
    return int(str(run.infrastructure_pid).split(":")[1])


def test_a_run_has_its_environment_folder_and_output(worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "told"
    run = wait_for(start("tell", path=str(path)), StateType.COMPLETED, worker)
    told = json.loads(path.read_text())
    assert told["environment"]["OF_THE_WORKER"] == "yes"
    assert told["environment"]["PREFECT__FLOW_RUN_ID"] == str(run.id)
    assert told["api"] == PREFECT_API_URL.value()
    assert told["heartbeats"] is None, "nobody asked for them"
    assert "popcon-run-" in told["folder"]
    wait("the folder is deleted", lambda: not Path(told["folder"]).exists())
    assert told["pid"] == _pid(run) != worker.process.pid
    assert told["preloaded"], "it was forked from a process that had the flows, and one thread"
    wait("its output", lambda: f"output of {run.id}" in worker.log.read_text())
    assert lives(run.infrastructure_pid) is False
    with runs.server() as client:
        states = [state.name for state in client.read_flow_run_states(run.id)]
    assert states == ["Scheduled", "Pending", "Running", "Completed"], "and none of them twice"


def test_exit_codes_reach_prefect(worker: Worker) -> None:
    failed = wait_for(start("fail"), StateType.FAILED, worker)
    assert failed.state is not None
    assert "on purpose" in str(failed.state.message)
    left = wait_for(start("leave"), StateType.CRASHED, worker)
    assert left.state is not None
    assert "status code 7" in str(left.state.message)


def test_a_killed_run_is_crashed_by_the_worker(worker: Worker) -> None:
    run = wait_for(start("stay"), StateType.RUNNING, worker)
    assert run.infrastructure_pid == infrastructure_id(_pid(run)), "recorded before the flow began"
    os.kill(_pid(run), signal.SIGKILL)
    crashed = wait_for(run, StateType.CRASHED, worker)
    assert crashed.state is not None
    assert "-9" in str(crashed.state.message)


def test_a_cancelled_run_is_ended(worker: Worker) -> None:
    run = wait_for(start("stay"), StateType.RUNNING, worker)
    with runs.server() as client:
        client.set_flow_run_state(run.id, Cancelling())
    wait("its end", lambda: not lives(run.infrastructure_pid))
    # Its flow may say with its last breath that it crashed; the worker, which knows why, says the last word.
    wait("its state", lambda: read(run).state_type is StateType.CANCELLED)


def test_runs_die_with_their_worker_and_are_recovered(worker: Worker, tmp_path: Path) -> None:
    run = wait_for(start("stay"), StateType.RUNNING, worker)
    archive = Archive(open_store(str(tmp_path)))
    assert recovery.recover(archive).crashed == ()
    assert read(run).state_type is StateType.RUNNING, "it has a process"
    worker.kill()
    wait("its end", lambda: not lives(run.infrastructure_pid))
    assert recovery.recover(archive).crashed == (run.name,)
    assert read(run).state_type is StateType.CRASHED
    began = datetime.now(UTC)
    later = start("stay")
    worker.start()
    wait_for(later, StateType.RUNNING, worker)
    assert recovery.recover(archive, crashed_after=began).crashed == ()
