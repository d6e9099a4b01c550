"""How long effects and the mascot take to draw, in CPU time of one thread: python benchmarks/effects.py"""

import statistics
import time

import cv2

from popcon.engines.puppet.effects import EFFECTS
from popcon.engines.puppet.effects.base import Anchors
from popcon.media.mascot import draw_mascot

SIDE = 480
FRAMES = 60


def measure() -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of a frame, ms, for each effect, once its sprites are painted."""
    anchors = Anchors(
        box=(100, 130, 380, 455), crown=(240, 130), face=(240, 250), eyes=((200, 240), (280, 240)), mouth=(240, 290),
        hands=((100, 325), (380, 325)), feet=(240, 455), scale=325,
    )  # fmt: skip
    times = {}
    for name, effect in EFFECTS.items():
        spent: list[float] = []
        for turn in range(2):
            spent.clear()
            for i in range(FRAMES):
                start = time.thread_time()
                effect.draw(i / FRAMES + turn, anchors, SIDE, 1)
                spent.append((time.thread_time() - start) * 1000)
        times[name] = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
    return times


def main() -> None:
    """Print a table, slowest first."""
    cv2.setNumThreads(1)
    print(f"{'effect':14} median  95 %   ms a frame at {SIDE} px")
    for name, (median, high) in sorted(measure().items(), key=lambda item: -item[1][0]):
        print(f"{name:14} {median:6.2f} {high:5.2f}")
    start = time.thread_time()
    draw_mascot(1024)
    print(f"mascot at 1024 px: {(time.thread_time() - start) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
