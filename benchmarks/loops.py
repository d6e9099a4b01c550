"""How well loops are found: the seam of what plays, on drawn clips that hold a loop and on clips that hold none.

    python -m benchmarks.loops [--check]

Clips are a figure with an arm, 240x240 at 24 frames a second, on a flat backdrop: noisy or coded as H.264 (4:2:0).
The seam is measured on the frames that `play_order` gives, at full size and away from what found the loop:
d(last, first) / median d(i, i+1), root mean square. --check exits 1 if a clip with a loop does not come out as a cycle
of whole periods (rests may be cut short) with a seam of at most 1.25, or a clip without one is called a cycle.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np

cv2.setNumThreads(1)

from popcon.media.clips.clip import frames  # noqa: E402
from popcon.media.clips.encode import encode_mp4  # noqa: E402
from popcon.media.frames.loop import GOOD_SEAM, find_loop, play_order  # noqa: E402
from popcon.media.frames.motion import watch  # noqa: E402
from popcon.pixels import Rgb  # noqa: E402

SIDE, LEAST = 240, 14
Pose = Callable[[float], tuple[float, float, float]]
"""Turns (0 to 1 is once round) to the arm's x and y and the body's height, about -1 to 1."""


def circle(t: float) -> tuple[float, float, float]:
    return 0.8 * math.sin(2 * math.pi * t), 0.8 * math.cos(2 * math.pi * t), 0.0


def wave(t: float) -> tuple[float, float, float]:
    return 0.9 * math.sin(2 * math.pi * t), 0.2, 0.0


def hop(t: float) -> tuple[float, float, float]:
    return 0.3 * math.sin(2 * math.pi * t), -0.2, abs(math.sin(math.pi * t)) * 1.2


def nod(t: float) -> tuple[float, float, float]:
    """A quick move and a long rest."""
    return 0.2, 0.5, math.sin(math.pi * min(1, (t % 1) * 2)) ** 2


LOOPS: dict[str, Pose] = {"circle": circle, "wave": wave, "hop": hop, "nod": nod}
RESTS = {"nod"}
LENGTHS = ((48, 48.0), (81, 81.0), (75, 30.0), (90, 37.5), (60, 44.0))
"""Frames of the clip and of one period."""
PHASES = (0.0, 0.15, 0.4)
ONE_WAY: dict[str, Pose] = {
    "reach": lambda t: (-0.9 + 1.8 * t, 0.1, 0.0),
    "rise": lambda t: (0.3, -0.8 + 1.4 * t * t, 1.2 * t),
    "spiral": lambda t: (0.9 * t * math.sin(2 * math.pi * t), 0.9 * t * math.cos(2 * math.pi * t), 0.8 * t),
}


def draw(x: float, y: float, up: float) -> Rgb:
    """The figure; positions are exact to a sixteenth of a pixel."""
    picture = np.full((SIDE, SIDE, 3), (0, 212, 90), np.uint8)

    def at(px: float, py: float) -> tuple[int, int]:
        return round(2 * px * 16), round(2 * (py - 12 * up) * 16)

    hand = at(60 + 42 * x, 45 - 22 * y)
    cv2.circle(picture, at(60 + 4 * x, 78), 60 * 16, (240, 160, 60), -1, cv2.LINE_AA, 4)
    cv2.line(picture, at(60, 75), hand, (40, 30, 30), 10, cv2.LINE_AA, 4)
    cv2.circle(picture, hand, 18 * 16, (250, 250, 250), -1, cv2.LINE_AA, 4)
    return picture


def clip(pose: Pose, count: int, period: float, phase: float, coded: bool) -> list[Rgb]:
    """Frames with noise of 1.5 levels, or out of an H.264 file."""
    drawn = [draw(*pose(i / period + phase)) for i in range(count)]
    if coded:
        return list(frames(encode_mp4(drawn, 24)))
    random = np.random.default_rng(11)
    return [np.clip(each + random.normal(0, 1.5, each.shape), 0, 255).astype(np.uint8) for each in drawn]


def seam(played: list[Rgb]) -> float:
    """d(last, first) / median d(i, i+1)."""

    def apart(a: Rgb, b: Rgb) -> float:
        return float(np.sqrt(np.mean((a.astype(np.float32) - b) ** 2)))

    return apart(played[-1], played[0]) / float(np.median([apart(a, b) for a, b in pairwise(played)]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    asked = parser.parse_args()
    print(
        "| motion | clips | kinds | whole periods | seam, median | worst | first frame kept | ms a clip | on target |"
    )
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    missed = 0
    for name, pose in LOOPS.items():
        for coded in (False, True):
            rows = [measure(pose, *length, phase, coded) for length in LENGTHS for phase in PHASES]
            whole = [each.whole for each in rows]
            good = [each.kind == "cycle" and (each.whole or name in RESTS) and each.seam <= GOOD_SEAM for each in rows]
            missed += len(good) - sum(good)
            report(f"{name}{', H.264' if coded else ''}", rows, f"{sum(whole)} of {len(rows)}", good)
    for name, pose in ONE_WAY.items():
        for coded in (False, True):
            rows = [measure(pose, count, count, 0, coded) for count in (36, 60, 96)]
            good = [each.kind != "cycle" for each in rows]
            missed += len(good) - sum(good)
            report(f"{name} (no loop){', H.264' if coded else ''}", rows, "–", good)
    print(f"\n{missed} missed" if missed else "\nnothing missed")
    return 1 if asked.check and missed else 0


class Measured:
    """What was found in one clip."""

    def __init__(self, kind: str, seam: float, whole: bool, first: bool, seconds: float) -> None:
        self.kind, self.seam, self.whole, self.first, self.seconds = kind, seam, whole, first, seconds


def measure(pose: Pose, count: int, period: float, phase: float, coded: bool) -> Measured:
    """Find the loop of one clip."""
    shown = clip(pose, count, period, phase, coded)
    start = time.process_time()
    loop = find_loop(watch(shown, "#00d45a"), LEAST)
    seconds = time.process_time() - start
    order = play_order(loop)
    rounds = len(order) / period
    # Half a frame is the nearest that a period between frames can be met; a turn that shows both halves is whole too.
    whole = abs(rounds - max(1, round(rounds))) * period <= 1.01
    return Measured(loop.kind, seam([shown[index] for index in order]), whole, order[0] == 0, seconds)


def report(name: str, rows: list[Measured], whole: str, good: list[bool]) -> None:
    """One line of the table."""
    seams = [each.seam for each in rows]
    kinds = ", ".join(
        f"{sum(each.kind == kind for each in rows)} {kind.replace('_', '-')}" for kind in sorted({r.kind for r in rows})
    )
    print(
        f"| {name} | {len(rows)} | {kinds} | {whole} | {np.median(seams):.2f} | {max(seams):.2f} | "
        f"{sum(each.first for each in rows)} | {1000 * float(np.median([each.seconds for each in rows])):.0f} | "
        f"{sum(good)} of {len(good)} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
