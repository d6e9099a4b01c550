"""cut_out: the frames of one action without their backdrop, fanned out over chunks, on the pool `gpu`."""

from uuid import UUID

from prefect import flow

from flows.context import JobContext
from flows.driver import CutOutDriver, chunk_runner
from flows.gpu import resume_waiting
from popcon.pipeline.job import find_character


@flow(name="cut-out", flow_run_name="cut out {action_name} for {job_id}", task_runner=chunk_runner())
def cut_out(job_id: str, store_url: str, action_name: str, waiting: UUID | None = None) -> None:
    """Cut out the frames that an action has come to: those of its timeline, or those that a person picked.

    Arguments:
        job_id: an order that is in the archive.
        store_url: the store that holds it.
        action_name: one of the job's actions.
        waiting: id of the suspended flow run that wants them, where this one is deployed.
    """
    try:
        driver = CutOutDriver(JobContext(job_id, store_url), action_name)
        if (character := find_character(driver.inputs)) is not None:
            driver.follow(character)
        driver.check()
    finally:
        if waiting is not None:
            resume_waiting(waiting)
