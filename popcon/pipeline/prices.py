"""What a task is expected to cost before it runs."""

from decimal import Decimal

from popcon.engines import registry
from popcon.media.pictures.pose_sheet import groups
from popcon.models.job import JobSpec


def estimated_price(task: str, spec: JobSpec) -> Decimal:
    """Estimate what one such task of a job costs, in the currency of the account that buys it."""
    match task:
        case "character" if spec.description:
            return registry.price_of_character(spec.engines.image, spec.reference is not None)
        case "start_frame":
            return _start_frame(spec)
        case "redraw":
            return registry.price("image", spec.engines.image)
        case "take":
            return registry.price("video", spec.engines.video)
        case _:
            return Decimal(0)


def _start_frame(spec: JobSpec) -> Decimal:
    """Return a start frame's share of the pictures that all are bought in."""
    price, count = registry.price("image", spec.engines.image), len(spec.actions)
    if not price:
        return price
    pictures = len(groups(count, registry.sheet_cells(spec.engines.image, spec.side)))
    return price if pictures == count else (price * pictures / count).quantize(Decimal("0.0001")).normalize()
