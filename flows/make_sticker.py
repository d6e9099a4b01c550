"""make_sticker: one action, from start frame to stickers. A flow run of its own, so that it can wait alone.

The action's workflow stands in `popcon.pipeline.action`.
"""

from prefect import flow

from flows import child_runs
from flows.context import JobContext
from flows.driver import PrefectDriver, chunk_runner
from flows.runs import server_is_gone
from popcon.errors import PopconError
from popcon.models.verdict import Status
from popcon.pipeline.action import make_action
from popcon.pipeline.job import find_character, prepare_character


@flow(name="make-sticker", flow_run_name="make {action_name} for {job_id}", task_runner=chunk_runner())
def make_sticker(job_id: str, store_url: str, action_name: str) -> None:
    """Make one action's stickers, for all platforms of the job.

    Arguments:
        job_id: an order that is in the archive.
        store_url: the store that holds it.
        action_name: one of the job's actions.
    """
    while True:
        context = JobContext(job_id, store_url)
        driver = PrefectDriver(context, action_name)
        inputs = context.step_inputs
        try:
            character = find_character(inputs) or prepare_character(driver, inputs)
            make_action(driver, inputs, context.action(action_name), character)
        except Exception as error:
            if not server_is_gone(error):  # else nothing is wrong with the action: it goes on with the server
                message = str(error) if isinstance(error, PopconError) else f"{type(error).__name__}: {error}"
                driver.enter(Status.FAILED, message)
            child_runs.start_assembly_if_settled(context)
            raise
        if not context.outdated:
            return child_runs.start_assembly_if_settled(context)
