"""Finding the best quality step whose coding keeps to a limit, with few codings."""

from collections.abc import Callable

from popcon.stickers.timing import Schedule


def first_fit(
    count: int, size: Callable[[int], int], limit: int | None, estimate: Callable[[int], float] | None = None
) -> int | None:
    """Return the first step whose size is at most the limit; sizes fall from step to step.

    Arguments:
        size: codes a step in full: bytes.
        estimate: what `size` would say, roughly and much more cheaply; None: there is no such way.

    Returns:
        a step that `size` was asked about; None if none fits.
    """
    if limit is None:
        size(0)
        return 0
    if (estimate is None or estimate(0) <= 1.1 * limit) and size(0) <= limit:
        return 0
    low, high, fitting = 1, count - 1, None
    measure = estimate or size
    while low <= high:
        middle = (low + high) // 2
        if measure(middle) <= limit:
            fitting, high = middle, middle - 1
        else:
            low = middle + 1
    if estimate is None:
        return fitting
    for step in range(count - 1 if fitting is None else fitting, count):
        if size(step) <= limit:
            return step
    return None


class Part:
    """The first frames of a showing, to estimate the size of all of them.

    Arguments:
        pixels: of one frame.
    """

    _SHARE, _LEAST_PIXELS = 3, 2_500_000

    def __init__(self, schedule: Schedule, pixels: int) -> None:
        count = len(schedule.frames)
        self._few = max(3, -(-count // self._SHARE))
        self._schedule = schedule
        self.worth_it = count > self._few + 2 and count * pixels > self._LEAST_PIXELS

    def _first(self, count: int) -> Schedule:
        return Schedule(self._schedule.frames[:count], self._schedule.durations_ms[:count], self._schedule.plays)

    def estimate(self, size: Callable[[Schedule], int]) -> float:
        """Bytes of the whole. The first frame is whole and the others are differences, so it counts once."""
        first, few = size(self._first(1)), size(self._first(self._few))
        return first + (few - first) * (len(self._schedule.frames) - 1) / (self._few - 1)
