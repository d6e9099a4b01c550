"""What a step is expected to cost before it runs."""

from decimal import Decimal

from popcon.engines import registry
from popcon.models.job import JobSpec
from popcon.pipeline.keys import Step


def estimate(step: Step, spec: JobSpec) -> Decimal:
    """The expected price of one such step of a job, in CNY."""
    match step:
        case Step.CHARACTER if spec.description:
            return registry.price_of_character(spec.engines.image, spec.reference is not None)
        case Step.START_FRAME:
            return registry.price_cny("image", spec.engines.image)
        case Step.TAKE:
            return registry.price_cny("video", spec.engines.video)
        case _:
            return Decimal(0)
