"""What the puppet costs: CPU milliseconds a frame and a clip, for each preset and two kinds of body.

    python -m benchmarks.puppet [--side 480] [--every 3]

Times are of one thread, without encoding; the median over the frames measured.
"""

import argparse
import statistics
import time

import cv2
import numpy as np

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.direction import direct
from popcon.engines.puppet.figure import figure
from popcon.engines.puppet.fit import fitted
from popcon.engines.puppet.render import Painter
from popcon.engines.puppet.tracks import FRAMES
from popcon.pixels import Rgba

BACKDROP = "#1e90ff"


def characters() -> dict[str, Rgba]:
    """A face (gets floating hands) and a figure with arms of its own."""
    face = np.zeros((480, 480, 4), np.uint8)
    cv2.circle(face, (240, 240), 232, (250, 200, 60, 255), -1)
    for x in (160, 320):
        cv2.ellipse(face, (x, 190), (26, 38), 0, 0, 360, (40, 30, 60, 255), -1)
    body = np.zeros((640, 460, 4), np.uint8)
    for start, stop in (((150, 350), (60, 450)), ((310, 350), (400, 450))):
        cv2.line(body, start, stop, (250, 170, 70, 255), 46)
    cv2.rectangle(body, (130, 300), (330, 630), (90, 160, 230, 255), -1)
    cv2.circle(body, (230, 170), 160, (250, 170, 70, 255), -1)
    for x in (180, 280):
        cv2.ellipse(body, (x, 165), (20, 28), 0, 0, 360, (40, 30, 60, 255), -1)
    return {"face": face, "figure": body}


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--side", type=int, default=480, help="frame side, px")
    arguments.add_argument("--every", type=int, default=3, help="measure each n-th frame")
    given = arguments.parse_args()
    cv2.setNumThreads(1)
    print(f"{'preset':12} {'body':8} {'prepare ms':>10} {'frame ms':>9} {'worst ms':>9} {'clip s':>7}")
    medians = []
    for body, picture in characters().items():
        for name, preset in PRESETS.items():
            shot = Shot(action=name, motion=preset.motion, effect=preset.effect, backdrop=BACKDROP, side=given.side)
            begun = time.thread_time()
            actor, plan = figure(picture, shot.side), direct(shot)
            fitted(actor, plan.score)
            painter = Painter(actor, plan, shot.backdrop)
            prepared = (time.thread_time() - begun) * 1e3
            painter.paint(0)
            times = []
            for n in range(0, FRAMES, given.every):
                begun = time.thread_time()
                painter.paint(n)
                times.append((time.thread_time() - begun) * 1e3)
            median = statistics.median(times)
            medians.append(median)
            clip = (prepared + median * FRAMES) / 1e3
            print(f"{name:12} {body:8} {prepared:10.1f} {median:9.1f} {max(times):9.1f} {clip:7.2f}")
    print(f"\nall: {statistics.mean(medians):.1f} ms a frame, {max(medians):.1f} at most")


if __name__ == "__main__":
    main()
