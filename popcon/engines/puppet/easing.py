"""How a value travels from one key pose to the next: functions of progress, 0 to 1, that start at 0 and end at 1."""

from collections.abc import Callable

Ease = Callable[[float], float]


def linear(p: float) -> float:
    return p


def hold(p: float) -> float:
    """Stay, then jump at the very end."""
    return 0.0 if p < 1 else 1.0


def slow_in(p: float) -> float:
    """Gather speed: falling, or leaving a pose with weight."""
    return p * p


def slow_out(p: float) -> float:
    """Lose speed: rising, or arriving softly."""
    return p * (2 - p)


def snap(p: float) -> float:
    """Cover most of the way at once, then settle: the opposite of drifting."""
    left = (1 - p) * (1 - p)
    return 1 - left * left


def ease(p: float) -> float:
    """Start and stop softly."""
    return p * p * (3 - 2 * p)


def swift(p: float) -> float:
    """Start and stop softly, fast in between."""
    return p * p * p * (p * (6 * p - 15) + 10)


def over(p: float) -> float:
    """Overshoot by a tenth and come back."""
    q = p - 1
    return 1 + 2.7 * q * q * q + 1.7 * q * q


def back(p: float) -> float:
    """Draw back a little before going."""
    return p * p * (2.7 * p - 1.7)
