"""Cancels the runs of a deleted job on a Prefect server."""

import contextlib

from popcon.errors import Fault


def stop_runs(job_id: str) -> int:
    """Cancel all live runs of a job; return how many were cancelled.

    A server that cannot be reached is ignored: recovery starts no run of a deleted job again.
    """
    from prefect.client.schemas.objects import FlowRun
    from prefect.states import Cancelling

    from flows import runs

    stopped = 0
    for child in runs.OF_A_JOB:  # parents first, so that none of them starts another child
        live: list[FlowRun] = []
        with contextlib.suppress(Fault), runs.server() as client:
            live = [run for run in runs.find(client, child, job_id) if runs.is_live(run)]
        for run in live:
            with contextlib.suppress(Fault), runs.server() as client:  # a refusal must not keep the other runs alive
                client.set_flow_run_state(run.id, Cancelling(message="The job was deleted."))
                stopped += 1
    return stopped
