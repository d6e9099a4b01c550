"""How effects move in time: everything is a function of a phase that runs from 0 to 1 and begins again."""

import math
import zlib
from functools import lru_cache

import numpy as np

_STEPS = 1 << 20


def loop_phase(t: float) -> float:
    """Return the phase in [0, 1), on a grid so fine that none sees it: t and t + 1 then give the very same number."""
    return (round(t * _STEPS) % _STEPS) / _STEPS


def since(t: float, start: float, span: float = 1.0) -> float:
    """Progress of something that starts at phase `start` of each loop: 0 to 1 in `span`, beyond 1 after it."""
    return ((t - start) % 1.0) / span


def ease(x: float) -> float:
    """0 to 1, slow at both ends; held outside."""
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)


def ease_out(x: float) -> float:
    """0 to 1, fast at first; held outside."""
    x = min(max(x, 0.0), 1.0)
    return 1 - (1 - x) ** 3


def pop(x: float, overshoot: float = 2.2) -> float:
    """0 to 1 with a swing beyond 1 (about 1.15 by default) and back; held outside. Penner's "back" easing."""
    x = min(max(x, 0.0), 1.0) - 1
    return 1 + (overshoot + 1) * x**3 + overshoot * x**2


def lifetime(x: float, rise: float = 0.16, fall: float = 0.18, overshoot: float = 2.2) -> float:
    """Return the size of something that pops in, stays and shrinks away: 0 outside of 0 < x < 1.

    Arguments:
        rise, fall: the shares of the life in which it comes and goes.
    """
    if not 0 < x < 1:
        return 0.0
    if x < rise:
        return pop(x / rise, overshoot)
    return pop((1 - x) / fall, 1.2) if x > 1 - fall else 1.0


def wave(t: float, turns: int = 1, shift: float = 0.0) -> float:
    """Return a sine of the phase: `turns` whole swings in a loop, so that it closes."""
    return math.sin(2 * math.pi * (turns * t + shift))


@lru_cache(maxsize=512)
def dice(seed: int, name: str, count: int) -> tuple[float, ...]:
    """Numbers from 0 to 1 that are always the same for the same arguments."""
    made = np.random.default_rng((abs(seed), zlib.crc32(name.encode()))).random(count)
    return tuple(float(value) for value in made)
