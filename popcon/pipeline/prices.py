"""What a task is expected to cost before it runs."""

from decimal import Decimal

from popcon.engines import registry
from popcon.models.job import JobSpec


def estimate(task: str, spec: JobSpec) -> Decimal:
    """The expected price of one such task of a job, in CNY."""
    match task:
        case "character" if spec.description:
            return registry.price_of_character(spec.engines.image, spec.reference is not None)
        case "start_frame" | "redraw":
            return registry.price_cny("image", spec.engines.image)
        case "take":
            return registry.price_cny("video", spec.engines.video)
        case _:
            return Decimal(0)
