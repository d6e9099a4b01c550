"""Ends the runs of a deleted job on a Prefect server."""

import contextlib

from popcon.errors import Fault


def stop_runs(job_id: str) -> int:
    """Cancel whatever of a job runs or waits; returns how many runs. A server that cannot be reached is left alone:
    nobody brings the runs of a deleted job back."""
    from prefect.client.schemas.objects import FlowRun
    from prefect.states import Cancelling

    from flows import runs

    stopped = 0
    for child in runs.OF_A_JOB:  # parents first, so that none of them starts another child
        live: list[FlowRun] = []
        with contextlib.suppress(Fault), runs.server() as client:
            live = [run for run in runs.find(client, child, job_id) if runs.is_live(run)]
        for run in live:
            with contextlib.suppress(Fault), runs.server() as client:  # one that is refused leaves the others to stop
                client.set_flow_run_state(run.id, Cancelling(message="The job was deleted."))
                stopped += 1
    return stopped
