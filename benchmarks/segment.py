"""Measures the graph segment engine with simulated clicks, beside plain GrabCut, and prints the table.

    python -m benchmarks.segment                  # held-out scenes
    python -m benchmarks.segment --check          # exit code 1 if a figure is missed
    python -m benchmarks.segment --tuning         # the scenes that the engine's weights were found on
    python -m benchmarks.segment --other          # other art and another mosaic
    python -m benchmarks.segment --grabcut 0      # without GrabCut, which takes many minutes

Characters are drawings made up here and glyphs of Debian's Noto Color Emoji, half of them outlined, 30 to 90 % of
480 x 480 px, anywhere. The first click is at the centre of the character (the pixel farthest from its edge), each
next one at the centre of the largest error, jittered by up to 5 px. All clicks are given each time, no previous mask.
Tracks begin with a true mask on the first of 24 frames; marked are frames with a score below 0.5. The rim figures are
the mean error of alpha within 2 px of the true soft edge, from the true hard mask.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: one core is what is measured

import cv2
import numpy as np

from benchmarks.segment_clicks import CAP, Masker, grabcut, iou_of, simulate
from benchmarks.segment_lessons import other_scene
from benchmarks.segment_scenes import BACKGROUNDS, SIDE, Scene, scenes
from benchmarks.segment_tracks import clip
from popcon.editing.mask import apply_mask
from popcon.engines.segment.graph import GraphEngine

GOALS = {"flat": (0.97, 2.0), "texture": (0.97, 1.3), "blocks": (0.90, 8.0)}
"""IoU, and mean clicks to reach it."""
CLICK_MS, ENCODE_MS, TRACK_S = 100.0, 300.0, 3.0


@dataclass(frozen=True)
class Row:
    """One kind of background."""

    kind: str
    clicks: float
    given_up: float
    first: float
    grabcut: float | None
    click_ms: tuple[float, float]
    encode_ms: float

    @property
    def reached(self) -> bool:
        return self.clicks <= GOALS[self.kind][1] and self.click_ms[1] <= CLICK_MS and self.encode_ms <= ENCODE_MS

    def text(self) -> str:
        goal, most = GOALS[self.kind]
        other = "–" if self.grabcut is None else f"{self.grabcut:.1f}"
        return (
            f"| {self.kind} | {goal:.2f} | {other} | {self.clicks:.2f} | {most:g} | {self.given_up:.0%} "
            f"| {self.first:.3f} | {self.click_ms[0]:.0f} / {self.click_ms[1]:.0f} | {self.encode_ms:.0f} |"
        )


HEADER = (
    "| background | IoU | GrabCut | graph | to reach | not reached in 20 | IoU after one | click ms (median / 99 %) "
    "| encode ms |\n|---|---|---|---|---|---|---|---|---|"
)


TRACKS = (
    "\n| tracking 24 frames | mean IoU | at frames 1, 6, 12, 18, 23 | worst frame | IoU < 0.85 that are marked "
    "| IoU >= 0.9 that are marked | seconds (median / most) |\n|---|---|---|---|---|---|---|"
)


def timed(times: list[float], call: Callable[..., Any], *arguments: Any) -> Any:
    """Call, and note the CPU milliseconds it took."""
    start = time.thread_time()
    result = call(*arguments)
    times.append((time.thread_time() - start) * 1e3)
    return result


def clicks_of(kind: str, pictures: Sequence[Scene], with_grabcut: int) -> Row:
    """Click through all scenes of a kind, and with GrabCut through the first `with_grabcut`."""
    engine, goal = GraphEngine(), GOALS[kind][0]
    encode_ms: list[float] = []
    click_ms: list[float] = []
    needed, first, other = [], [], []
    for seed, scene in enumerate(pictures):
        embedding = timed(encode_ms, engine.encode, scene.picture)

        def masker(clicks: Any, _previous: Any, embedding: Any = embedding) -> Any:
            return timed(click_ms, engine.predict, embedding, clicks)[0]

        session = simulate(masker, scene.truth, goal, seed)
        needed.append(session.clicks_to(goal))
        first.append(session.ious[0])
        if seed < with_grabcut:
            plain: Masker = grabcut(scene.picture)
            other.append(simulate(plain, scene.truth, goal, seed).clicks_to(goal))
    return Row(
        kind=kind,
        clicks=float(np.mean(needed)),
        given_up=float(np.mean(np.array(needed) >= CAP)),
        first=float(np.mean(first)),
        grabcut=float(np.mean(other)) if other else None,
        click_ms=(float(np.median(click_ms)), float(np.percentile(click_ms, 99))),
        encode_ms=float(np.median(encode_ms)),
    )


def track_of(kind: str, pictures: Sequence[Scene]) -> tuple[str, float]:
    """Carry a mask through clips of 24 frames: a row of the table, and the longest time, s."""
    seconds, clips, scores = [], [], []
    for seed, scene in enumerate(pictures):
        frames, masks = clip(scene, 24, seed)
        start = time.thread_time()
        given = np.where(masks[0], 255, 0).astype(np.uint8)
        found = {number: (mask > 127, score) for number, mask, score in GraphEngine().track(frames, {0: given})}
        seconds.append(time.thread_time() - start)
        clips.append([iou_of(found[number][0], masks[number]) for number in range(1, 24)])
        scores.append([found[number][1] for number in range(1, 24)])
    ious, marked = np.array(clips), np.array(scores) < 0.5
    along = " ".join(f"{ious[:, number - 1].mean():.2f}" for number in (1, 6, 12, 18, 23))
    wrong, right = ious < 0.85, ious >= 0.9
    caught = f"{marked[wrong].mean():.0%} of {wrong.sum()}" if wrong.any() else "none"
    row = (
        f"| {kind} | {ious.mean():.3f} | {along} | {ious.min():.3f} | {caught} | {marked[right].mean():.0%} "
        f"| {np.median(seconds):.2f} / {max(seconds):.2f} |"
    )
    return row, max(seconds)


def rim_of(kind: str, pictures: Sequence[Scene]) -> tuple[str, float]:
    """Turn true hard masks into alpha: a row of the table, and refined error / hard error."""
    errors: list[list[float]] = []
    milliseconds: list[float] = []
    for scene in pictures:
        hard = np.where(scene.truth, 255, 0).astype(np.uint8)
        opaque = np.dstack([scene.picture, np.full((SIDE, SIDE), 255, np.uint8)])
        backdrop = "#" + bytes(scene.background[0, 0].tolist()).hex() if kind == "flat" else None
        result = timed(milliseconds, apply_mask, scene.picture, opaque, hard, backdrop)
        soft = ((scene.alpha > 0.02) & (scene.alpha < 0.98)).astype(np.uint8)
        rim = cv2.dilate(soft, np.ones((5, 5), np.uint8)) > 0
        errors.append([float(np.abs(a - scene.alpha)[rim].mean()) for a in (hard / 255, result[..., 3] / 255)])
    before, after = np.mean(errors, axis=0)
    return f"| {kind} | {before:.4f} | {after:.4f} | {np.median(milliseconds):.0f} |", float(after / before)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit code 1 if a figure is missed")
    parser.add_argument("--tuning", action="store_true", help="the tuning scenes instead of the held-out ones")
    parser.add_argument("--other", action="store_true", help="other art: glyphs and drawings that nothing was found on")
    parser.add_argument("--grabcut", type=int, default=12, help="scenes that GrabCut is clicked through, too")
    parser.add_argument("--kinds", nargs="+", choices=BACKGROUNDS, default=BACKGROUNDS)
    parser.add_argument("--count", type=int, default=40, help="scenes of each kind of background")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    missed = []
    sets = {
        kind: [other_scene(seed, kind) for seed in range(options.count)]
        if options.other
        else list(scenes(kind, options.count, not options.tuning))
        for kind in options.kinds
    }
    print(HEADER)
    for kind in sets:
        row = clicks_of(kind, sets[kind], options.grabcut)
        print(row.text(), flush=True)
        if not row.reached:
            missed.append(f"clicks on {kind}")
    print(TRACKS)
    for kind in sets:
        text, seconds = track_of(kind, sets[kind][:6])
        print(text, flush=True)
        if seconds > TRACK_S:
            missed.append(f"tracking on {kind}")
    print("\n| alpha error in the rim | hard mask | refined | ms |\n|---|---|---|---|")
    for kind in sets:
        text, ratio = rim_of(kind, sets[kind][:20])
        print(text, flush=True)
        if ratio > 0.6:
            missed.append(f"rim on {kind}")
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
