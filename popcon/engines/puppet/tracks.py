"""Values over one loop: periodic arrays of `FRAMES` samples, made from keys, from other tracks, or by hashing.

Everything here is periodic by construction, which is what makes each clip loop without a seam.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from popcon.engines.puppet.easing import Ease, ease

FRAMES = 60
"""Frames in a loop: 2 s at 30 a second."""

Track = NDArray[np.float64]
"""(FRAMES,) float64: a value in every frame."""

Key = tuple[float, float] | tuple[float, float, Ease]
"""(when in the loop, 0 to 1; value; how it is reached from the key before). Without the last: softly."""


def phase() -> Track:
    """Return when each frame is, 0 up to but not including 1."""
    return np.arange(FRAMES) / FRAMES


def keys(*given: Key, beats: int = 1) -> Track:
    """Sample key poses over the loop; the last eases around into the first.

    Arguments:
        given: keys with times rising within [0, 1).
        beats: how often the whole is played in the loop.
    """
    times = [key[0] for key in given]
    if not given or any(b <= a for a, b in pairwise(times)) or times[0] < 0 or times[-1] >= 1:
        raise ValueError("keys need times that rise within [0, 1)")
    out = np.empty(FRAMES)
    for i in range(FRAMES):
        t = (i * beats / FRAMES) % 1.0
        after = next((n for n, time in enumerate(times) if time > t), 0)
        a, b = given[after - 1], given[after]
        span = (b[0] - a[0]) % 1.0 or 1.0
        curve = b[2] if len(b) == 3 else ease
        out[i] = a[1] + (b[1] - a[1]) * curve(((t - a[0]) % 1.0) / span)
    return out


def wave(beats: int = 1, at: float = 0.0) -> Track:
    """Return a sine: for breathing and drifting, which have no key poses. `at` is where it first crosses zero
    upwards."""
    return np.sin((phase() - at) * math.tau * beats)


def later(track: Track, by: float) -> Track:
    """Return the same, `by` of the loop later (whole frames)."""
    return np.roll(track, round(by * FRAMES))


def sprung(track: Track, hertz: float = 4.0, damping: float = 0.35) -> Track:
    """Return what a mass on a damped spring does when its anchor follows `track`: lag, overshoot and ringing.

    Solved in the frequency domain, where the steady periodic answer is a product, so the loop stays seamless.

    Arguments:
        hertz: the spring's own frequency, for a loop of 2 s. Lower is floppier.
        damping: 0 rings for ever, 1 does not overshoot.
    """
    omega = np.fft.rfftfreq(FRAMES, d=2.0 / FRAMES) / hertz
    response = 1.0 / (1 - omega**2 + 2j * damping * omega)
    return np.fft.irfft(np.fft.rfft(track) * response, n=FRAMES)


def jitter(salt: int, every: int = 2) -> Track:
    """Return a shake: values in [-1, 1] that alternate in sign and never repeat exactly, held for `every` frames."""
    count = FRAMES // every
    sizes = np.random.Generator(np.random.PCG64(salt)).uniform(0.55, 1.0, count)
    signs = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    return np.repeat(sizes * signs, every)[:FRAMES]
