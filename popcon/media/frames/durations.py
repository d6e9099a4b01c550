"""Shares a number of milliseconds out over slots."""

from collections.abc import Sequence

GRID_MS = 10
"""GIF counts hundredths of a second, and so everything here does."""


def share_out(weights: Sequence[float], total_ms: int, min_ms: int = 20) -> list[int]:
    """Give each slot its share of the time, on a grid of 10 ms, summing exactly to the total.

    Slots whose share would be under the minimum get the minimum, and the others a little less. What rounding leaves
    goes to those that lost most by it, the earlier first.

    Arguments:
        weights: one a slot, above 0.
        total_ms: multiple of 10.
        min_ms: multiple of 10, above 0.

    Returns:
        Milliseconds, each a multiple of 10 and at least `min_ms`.

    Raises:
        ValueError: times that are off the grid, weights that are not positive, or too many slots for the time.
    """
    if total_ms % GRID_MS or min_ms % GRID_MS or min_ms <= 0:
        raise ValueError(f"times are multiples of {GRID_MS} ms, not {total_ms} and {min_ms}")
    if not weights or min(weights) <= 0:
        raise ValueError("every slot needs a weight above 0")
    if len(weights) * min_ms > total_ms:
        raise ValueError(f"{len(weights)} slots of at least {min_ms} ms do not fit into {total_ms} ms")
    ticks, least = total_ms // GRID_MS, min_ms // GRID_MS
    at_least: set[int] = set()
    while True:
        free = [at for at in range(len(weights)) if at not in at_least]
        whole = sum(weights[at] for at in free)
        left = ticks - least * len(at_least)
        exact = {at: left * weights[at] / whole for at in free}
        short = {at for at in free if exact[at] < least}
        if not short:
            break
        at_least |= short
    given = dict.fromkeys(at_least, least) | {at: int(exact[at]) for at in free}
    lost = sorted(free, key=lambda at: (given[at] - exact[at], at))
    for at in lost[: ticks - sum(given.values())]:
        given[at] += 1
    return [given[at] * GRID_MS for at in range(len(weights))]
