"""The process of a flow run: how it is forked, and what it does."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from uuid import UUID

from deployments.supervisor import die_with_parent

CONTEXT = multiprocessing.get_context("forkserver")
_PRELOAD = "deployments.worker.preload"
_HEARTBEATS = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
_NOT_ITS_PARENT = 1


def start_forkserver() -> None:
    """Start this process's forkserver, where there is none. It and all its forks die with the thread that starts it."""
    CONTEXT.set_forkserver_preload([_PRELOAD])
    forkserver.ensure_running()


def wait_for_forkserver() -> None:
    """Wait until the forkserver has imported everything: until then, it does not fork."""
    first = CONTEXT.Process(target=os.getpid)
    first.start()
    first.join()


def run_flow_process(folder: str, environment: dict[str, str], output: bool, recorded: Connection) -> None:
    """Run the flow run that the environment names. The target of a forked process.

    It sends heartbeats where the environment says how often.

    Arguments:
        folder: working directory.
        environment: all variables.
        output: whether stdout and stderr go where the worker's go; else they are discarded.
        recorded: gives a message as soon as the server knows this process. Nothing of the flow runs before, so a run
            that Prefect takes for running belongs to the process that is recorded for it.
    """
    _leave_forkserver()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if not output:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    from prefect.context import refresh_global_settings_context

    from popcon.settings import settings

    settings.cache_clear()
    refresh_global_settings_context()
    try:
        recorded.recv_bytes()
    except EOFError:
        sys.exit("The worker has not recorded this process.")
    # Heartbeats are for machines that vanish; of this one it is known which processes live. Prefect's default of 180 s
    # is longer than the silence that our automation takes for death.
    with nullcontext() if _HEARTBEATS in environment else without_heartbeats():
        _run(UUID(environment["PREFECT__FLOW_RUN_ID"]))


@contextmanager
def without_heartbeats() -> Iterator[None]:
    """Let flow runs send no heartbeats, where it is known without them which processes live.

    With heartbeats each flow run waits at its end, up to a second, for a thread that sleeps (Prefect 3.9).
    """
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def _leave_forkserver() -> None:
    from deployments.worker import preload

    die_with_parent(signal.SIGKILL)
    if os.getppid() != preload.FORKSERVER:  # it died before that
        os._exit(_NOT_ITS_PARENT)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _run(flow_run_id: UUID) -> None:
    """Do what `python -m prefect.engine` does. A flow that fails has told the server so, and is no failed process."""
    from prefect.engine import handle_engine_signals
    from prefect.flow_engine import load_flow, load_flow_run, run_flow
    from prefect.logging.loggers import flow_run_logger

    from deployments.worker.fewer_requests import send_warnings_only, share_answers
    from flows.runs import job_of

    share_answers()
    with handle_engine_signals(flow_run_id):
        flow_run = load_flow_run(flow_run_id=flow_run_id)
        if job_of(flow_run) is not None:
            send_warnings_only()
        try:
            flow = load_flow(flow_run)
        except Exception:
            flow_run_logger(flow_run=flow_run).exception("The flow of this run could not be loaded.")
            raise
        if flow_run.run_count:  # it has had its name since it began for the first time
            flow.flow_run_name = None
        run_flow(flow, flow_run=flow_run, return_type="state")
