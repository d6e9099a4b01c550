"""make_pack: a whole job."""

from prefect import flow

from flows import dispatch
from flows.context import JobContext
from tasks import steps


@flow(name="make-pack", flow_run_name="make {job_id}", validate_parameters=False)
def make_pack(job_id: str, store_url: str) -> None:
    """Prepare the character, make every action's stickers at the same time, then put the packs together.

    A deployed run ends as soon as every action has a run of its own.

    Arguments:
        job_id: an order that is in the archive.
        store_url: the store that holds it.
    """
    context = JobContext(job_id, store_url)
    character = steps.character(context.step_inputs.character(), context.store, "prepare the character")
    dispatch.make_stickers(context, character.result)
    dispatch.pack_up(context, character.result)
