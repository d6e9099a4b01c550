"""A Prefect worker type: flow runs are forks of a process that has imported everything."""

import contextlib
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio
import anyio.abc
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import InfrastructureNotAvailable, InfrastructureNotFound
from prefect.states import Cancelled
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from pydantic import Field

from deployments.worker.flow_process import CONTEXT, run_flow_process, start_forkserver
from flows.processes import infrastructure_id, lives

TYPE = "popcon-forkserver"
"""The type of work pools that this worker serves."""

_CANCEL_S = 3.0
_GRACE_S = 30
_SOON_S = 0.005
"""How long further datagrams are waited for before a woken worker looks."""
_logger = logging.getLogger(__name__)


class ForkserverVariables(BaseVariables):
    """What may be chosen for one flow run: nothing of what is executed."""

    stream_output: bool = Field(default=True, description="whether the output of flow runs goes to the worker's")


class ForkserverJobConfiguration(BaseJobConfiguration):
    """A flow run's process, as the pool's base job template and the run describe it."""

    stream_output: bool = True


class ForkserverResult(BaseWorkerResult):
    """How a flow run's process ended."""


@dataclass(frozen=True)
class _Forked:
    process: BaseProcess
    infrastructure_pid: str


class ForkserverWorker(BaseWorker[ForkserverJobConfiguration, ForkserverVariables, ForkserverResult]):
    """Worker that forks a process for each flow run.

    A forked process runs the flow only after the server knows it by its host, number and start. It dies with this
    worker. Exit codes other than 0 reach Prefect as Crashed.
    """

    type = TYPE
    job_configuration = ForkserverJobConfiguration
    job_configuration_variables = ForkserverVariables
    _display_name = "PopCon forkserver"
    _description = "Fork flow runs from a process that has imported everything: they start within milliseconds."

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._forked: dict[UUID, _Forked] = {}

    async def start(self, *args: Any, **options: Any) -> None:
        """Work until the task is cancelled."""
        start_forkserver()
        async with anyio.create_task_group() as beside:
            beside.start_soon(self._end_cancelled)
            await super().start(*args, **options)
            beside.cancel_scope.cancel()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: ForkserverJobConfiguration,
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> ForkserverResult:
        """Fork a process for a flow run, and wait for its end."""
        environment = os.environ | {name: value for name, value in configuration.env.items() if value is not None}
        receiver, sender = CONTEXT.Pipe(duplex=False)
        with sender, tempfile.TemporaryDirectory(prefix="popcon-run-") as folder:
            arguments = (folder, environment, configuration.stream_output, receiver)
            process = CONTEXT.Process(target=run_flow_process, args=arguments, name=f"flow run {flow_run.id}")
            with receiver:
                process.start()
            assert process.pid is not None
            forked = _Forked(process, infrastructure_id(process.pid))
            self._forked[flow_run.id] = forked
            try:
                await self.client.update_flow_run(flow_run.id, infrastructure_pid=forked.infrastructure_pid)
                with contextlib.suppress(BrokenPipeError):  # it was killed already; its exit code says so
                    sender.send_bytes(b"recorded")
                if task_status is not None:
                    task_status.started(forked.infrastructure_pid)
                await anyio.wait_readable(process.sentinel)
            except BaseException:
                process.kill()
                raise
            finally:
                process.join()
                del self._forked[flow_run.id]
            code = process.exitcode
        return ForkserverResult(status_code=1 if code is None else code, identifier=forked.infrastructure_pid)

    # The next three are Prefect's own, and are left out: a run's states tell what it does, and each of them costs the
    # server a transaction or events.

    async def _propose_submitting_state(self, flow_run: FlowRun) -> None:
        """Leave the run Pending until its process says that it runs."""

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """Give no labels: `infrastructure_pid` names the machine and the process."""

    def _emit_flow_run_submitted_event(self, configuration: BaseJobConfiguration) -> None:
        """Send no event, and so none when the process has ended."""

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: ForkserverJobConfiguration, grace_seconds: int = _GRACE_S
    ) -> None:
        """End a process of this worker, at first politely."""
        if lives(infrastructure_pid) is None:
            raise InfrastructureNotAvailable(f"{infrastructure_pid} is no process of this machine.")
        found = next((id for id, each in self._forked.items() if each.infrastructure_pid == infrastructure_pid), None)
        if found is None:
            raise InfrastructureNotFound(f"{infrastructure_pid} is no process of this worker.")
        await self._end(found, grace_seconds)

    async def _end(self, flow_run_id: UUID, grace_s: float) -> None:
        forked = self._forked[flow_run_id]
        forked.process.terminate()
        with anyio.move_on_after(grace_s):
            while self._forked.get(flow_run_id) is forked:
                await anyio.sleep(0.1)
        if self._forked.get(flow_run_id) is forked:
            forked.process.kill()

    async def _end_cancelled(self) -> None:
        """End the processes of runs that somebody cancels. Prefect's own workers ask each run's server connection."""
        cancelling = FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CANCELLING]))
        while True:
            await anyio.sleep(_CANCEL_S)
            if not self._forked:
                continue
            try:
                own = FlowRunFilterId(any_=list(self._forked))
                for run in await self.client.read_flow_runs(flow_run_filter=FlowRunFilter(id=own, state=cancelling)):
                    # At first, or the end of its process would count as a crash, and the job would be started again.
                    state: State[Any] = Cancelled(message="Its process was ended.")
                    await self.client.set_flow_run_state(run.id, state, force=True)
                    if run.id in self._forked:
                        await self._end(run.id, _GRACE_S)
                    # Told to end, Prefect's engine says that its flow crashed, whatever state the run has.
                    if (await self.client.read_flow_run(run.id)).state_type is not StateType.CANCELLED:
                        await self.client.set_flow_run_state(run.id, state, force=True)
            except Exception:  # the server is away for a moment; the runs go on
                self._logger.warning("Cancelled runs were not looked for.", exc_info=True)


async def look_when_woken(workers: Sequence[ForkserverWorker], path: Path) -> None:
    """Let workers look for runs as soon as a datagram comes; those that come while they look count as one."""
    path.unlink(missing_ok=True)  # of a worker that was killed
    async with await anyio.create_unix_datagram_socket(local_path=path, local_mode=0o600) as woken:
        while True:
            await woken.receive()
            with anyio.move_on_after(_SOON_S):
                while True:
                    await woken.receive()
            for worker in workers:
                try:
                    await worker.get_and_submit_flow_runs()
                except Exception:  # the server is away for a moment; they ask again by themselves
                    _logger.warning("Runs were not looked for when a worker was woken.", exc_info=True)
