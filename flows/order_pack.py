"""order_pack: places an order and starts it. Made for schedules: each week its own actions, each week its own pack."""

from datetime import UTC, datetime

from prefect import flow, runtime
from pydantic import Field

from blocks.access import open_named_store
from flows import runs
from popcon.actions import action
from popcon.errors import BadInput
from popcon.jobs.archive import Archive
from popcon.models.action import Action
from popcon.models.job import JobSpec


class OrderTemplate(JobSpec):
    """An order whose actions may be filled in each week."""

    actions: tuple[Action, ...] = Field(default=(), max_length=40)


@flow(name="order-pack")
def order_pack(order: OrderTemplate, store_url: str, weeks: list[list[str]] | None = None) -> str:
    """Place an order for the week that this run was scheduled in, and start it. Returns the job's id.

    Arguments:
        order: what is asked for; without `actions` where `weeks` are given.
        store_url: where it is kept: a folder, s3://bucket/prefix, or `block:NAME`.
        weeks: lists of preset actions, one for each week in turn.

    Raises:
        BadInput: the order cannot be taken.
    """
    when = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    spec = order_of_week(order, weeks, *when.isocalendar()[:2])
    archive = Archive(open_named_store(store_url))
    job = archive.place(spec)
    with runs.server() as client:
        runs.start_job(client, job.id, store_url, runs.own_queue(client) if runtime.deployment.id else None)
    return job.id


def order_of_week(order: OrderTemplate, weeks: list[list[str]] | None, year: int, week: int) -> JobSpec:
    """Return the order for an ISO week; the same week again is the same order.

    Raises:
        BadInput: there are no actions.
    """
    given = order.model_dump()
    if weeks:
        given["actions"] = [action(name) for name in weeks[week % len(weeks)]]
    given["batch"] = order.batch or f"{year}-W{week:02d}"
    try:
        return JobSpec.model_validate(given)
    except ValueError as error:
        raise BadInput(f"The scheduled order cannot be taken: {error}") from error
