"""Resuming flow runs that wait for a person: a refusal that passes by itself is asked again."""

import time
from collections.abc import Callable, Mapping
from itertools import cycle
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.states import Crashed
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from flows.forms import ELSEWHERE
from flows.runs import is_live, waits
from flows.wake import wake_workers

_REFUSED_S = 3.0
"""How long a resume may be refused: the question's form is saved just after the run says that it waits."""

_ABOUT_TO_WAIT_S = 3.0
"""How long a run may take from asking to waiting."""


def resume_run(client: SyncPrefectClient, run: FlowRun, form: Mapping[str, Any] | None = None) -> bool:
    """Resume a run that waits. False: it does not wait any more.

    Arguments:
        form: the fields of the question's form, where the answer is not in the store.
    """
    # A form of before 0.2 knows no such decision, and may be left empty.
    inputs = cycle([dict(form)] if form else [{"decision": ELSEWHERE}, None])
    tries = Retrying(
        retry=retry_if_result(lambda answer: answer.status not in (SetStateStatus.ACCEPT, SetStateStatus.ABORT)),
        wait=wait_fixed(0.2),
        stop=stop_after_delay(_REFUSED_S),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    answer = tries(lambda: client.resume_flow_run(run.id, run_input=next(inputs)))
    if answer.status is SetStateStatus.REJECT and "schema not found" in (getattr(answer.details, "reason", "") or ""):
        why = "Its process died between suspending and saving its question."  # the form will never be there
        client.set_flow_run_state(run.id, Crashed(message=why), force=True)
    if answer.status is not SetStateStatus.ACCEPT:
        return False
    wake_workers()
    return True


def resume_soon(client: SyncPrefectClient, run: FlowRun, asks: Callable[[], bool]) -> bool:
    """Resume a run that waits, or is just about to: it says what it asks before it says that it waits.

    Arguments:
        asks: whether it (still) asks what was answered.

    Returns:
        False if it goes on by itself: it found the answer before it came to waiting, or it asks something else by now.
    """
    until = time.monotonic() + _ABOUT_TO_WAIT_S
    while is_live(run) and asks():
        if waits(run):
            return resume_run(client, run)
        if run.state_type is not StateType.RUNNING or time.monotonic() > until:
            return False
        time.sleep(0.1)
        run = client.read_flow_run(run.id)
    return False
