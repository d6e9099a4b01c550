"""Fits the rim model of the keyed matte engine to drawn clips with true alpha, and writes its weights.

    python -m tools.cutout_train saturated --out popcon/engines/matte/rim_saturated.npz
    python -m tools.cutout_train neutral --clips 110 --hidden 128 64 --epochs 10 \\
        --out popcon/engines/matte/rim_neutral.npz
    python -m tools.cutout_train blurred --clips 90 --epochs 5.7 --out popcon/engines/matte/rim_blurred.npz

"blurred" goes on from the weights of "saturated", on clips of which a third have motion blur.
Seeds from 10000 on are for fitting; the benchmark and the tests use others, and other art.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from popcon.engines.matte import rim
from popcon.engines.matte import trimap as trimaps
from popcon.engines.matte.planes import TO_YCC, block_view
from tests.cutout_set import (
    KINDS,
    Art,
    Canvas,
    Colour,
    FloatImage,
    Kind,
    curve,
    drop,
    ellipse,
    hsv,
    pick_backdrop,
    star,
    through_codec,
)  # fmt: skip
from tools.cutout_fit import fit

FloatArray = NDArray[np.float32]
FIRST_SEED = 10_000


@dataclass(frozen=True)
class Shape:
    """One of many: a filled outline, or a line; lengths in pixels."""

    points: NDArray[np.float64]
    line: bool
    width: float
    colour: Colour
    rim: Colour
    outline: float
    move: NDArray[np.float64]
    phase: float


class RandomShapes:
    """Shapes of all sizes and colours, with and without outlines, drifting: no character, so that none is learned."""

    def __init__(self, r: np.random.Generator, side: int, on_white: bool) -> None:
        self.side, self.r = side, r
        palette: list[Colour] = [
            (255, 255, 255), (255, 220, 50), (20, 20, 25), (60, 40, 30), (240, 240, 235),
            *[hsv(r.uniform(), r.uniform(0, 1), r.uniform(0.1, 1)) for _ in range(5)],
        ]  # fmt: skip
        self.colours = [palette[i] for i in r.choice(len(palette), 5, replace=False)]
        if on_white:
            self.colours = [c for c in self.colours if min(c) < 150] or [(30, 20, 20)]
        self.shapes = [self._shape() for _ in range(int(r.integers(30, 70)))]

    def _shape(self) -> "Shape":
        r, s = self.r, self.side
        size = float(np.exp(r.uniform(np.log(1.5), np.log(60))))
        x, y = (float(v) for v in r.uniform(0.05, 0.95, 2) * s)
        kind = int(r.integers(0, 5))
        turn = float(r.uniform(0, 6.3))
        if kind == 0:
            p = star(x, y, size * 1.3, turn, int(r.integers(3, 7)), float(r.uniform(0.25, 0.8)))
        elif kind == 1:
            p = ellipse(x, y, size, size * float(r.uniform(0.4, 1)), r.normal(0, 0.04, (4, 2)))
        elif kind == 2:
            p = drop(x, y, size, turn)
        else:
            p = curve(np.array([x, y]) + r.normal(0, size * 1.5, (3, 2)))
        return Shape(
            points=p,
            line=kind >= 3,
            width=float(r.uniform(1, 3.5) if r.uniform() < 0.7 else r.uniform(3, 16)),
            colour=self.colours[int(r.integers(len(self.colours)))],
            rim=self.colours[int(r.integers(len(self.colours)))],
            outline=float(r.uniform(1.5, 5)) if r.uniform() < 0.5 else 0.0,
            move=r.normal(0, 25, 2),
            phase=float(r.uniform(0, 6.3)),
        )

    def draw(self, t: float) -> tuple[FloatImage, FloatImage, FloatImage]:
        c = Canvas(self.side)
        for s in self.shapes:
            p = s.points + s.move * np.sin(2 * np.pi * t + s.phase)
            if s.line:
                if s.outline:
                    c.stroke(p, s.width + 2 * s.outline, s.rim)
                c.stroke(p, s.width, s.colour)
            else:
                c.fill(p, s.colour)
                if s.outline:
                    c.stroke(p, s.outline, s.rim, closed=True)
        return c.shrink()


def sample(
    seed: int, side: int, kinds: tuple[Kind, ...], blurred: bool = False
) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Return one short clip as (features, targets): targets are (n, 4, 4): alpha and the true Y, C1, C2 of each pixel,
    relative to the backdrop. `blurred`: a third of the clips have motion blur."""
    r = np.random.default_rng(seed)
    kind = kinds[int(r.integers(len(kinds)))]
    art: Art | RandomShapes
    if kind == "white" or r.uniform() < 0.5:  # white insides need more than a rim
        art = RandomShapes(r, side, kind == "white")
    else:
        art = Art(seed, side, on_white=False)
        art.unit *= float(r.uniform(0.6, 1.3)) if art.glyph is None else 1
    backdrop = pick_backdrop(kind, r, art.colours, int(r.choice([3, 6, 12, 24])))
    if kind == "white" and r.uniform() < 0.3:
        greys = r.integers(0, 250, 12)
        gaps = [min(float(np.linalg.norm(np.array(c) - g)) for c in art.colours) for g in greys]
        grey = int(greys[int(np.argmax(gaps))])
        backdrop = (grey, grey, grey)
    crf, noise = int(r.integers(16, 26)), float(r.uniform(0, 1.6))
    blur = float(r.uniform(0.4, 1.2)) if r.uniform() < 0.15 else 0.0
    smear = None
    if blurred:
        length, angle = float(np.exp(r.uniform(0.4, 2.1))), float(r.uniform(0, np.pi))
        smear = _smear(length, angle) if r.uniform() < 0.35 else None
    preset = str(r.choice(["medium", "veryfast", "fast", "slow"]))
    start, count = int(r.integers(24)), 10
    puffs = [
        (*r.uniform(0.1, 0.9, 2) * side, float(r.uniform(4, 22)), float(r.uniform(0.3, 0.9)), float(r.uniform(-3, 3)))
        for _ in range(int(r.integers(1, 5)) if r.uniform() < 0.15 else 0)
    ]
    frames, truths = [], []
    for i in range(count):
        colour, alpha, _ = art.draw((start + i) / 24)
        for x, y, size, opacity, drift in puffs:
            colour, alpha = _add_puff(colour, alpha, (x + drift * i, y), size, opacity)
        if blur:
            colour = np.asarray(cv2.GaussianBlur(colour, (0, 0), blur), np.float32)
            alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), blur), np.float32)
        if smear is not None:
            colour = np.asarray(cv2.filter2D(colour, -1, smear), np.float32)
            alpha = np.asarray(cv2.filter2D(alpha, -1, smear), np.float32)
        behind = np.array(backdrop) + r.normal(0, noise, (side, side, 3))
        frames.append(np.clip(np.round(colour * 255 + behind * (1 - alpha[..., None])), 0, 255).astype(np.uint8))
        truths.append((alpha, colour + (1 - alpha[..., None]) * np.array(backdrop, np.float32) / 255))
    decoded = through_codec(np.stack(frames), crf, preset)
    shared = bool(r.uniform() < 0.8)
    if not shared:
        decoded = np.stack([interpolate_colour(f) for f in decoded])
    xs, ts = [], []
    for i in (1, 4, 6, 8):
        padded, _, _ = trimaps.Grid().pad(decoded[i])
        empty = (truths[i][0] == 0) & (cv2.dilate(truths[i][0], np.ones((25, 25))) == 0)
        level = decoded[i][empty].reshape(-1, 3).mean(0) if empty.sum() > 500 else np.array(backdrop)
        backdrop_colour = trimaps.BackdropColour.of(level.astype(np.float32))
        empty_frame = np.full_like(padded, np.clip(np.round(level), 0, 255))
        b = trimaps.find_trimap(trimaps.block_difference(padded, empty_frame), padded, backdrop_colour)
        x = trimaps.observe(padded, b, backdrop_colour, shared).features
        alpha = trimaps.Grid().pad(truths[i][0])[0]
        ycc = (trimaps.Grid().pad(truths[i][1])[0].reshape(-1, 3) @ TO_YCC.T).reshape(*alpha.shape, 3)
        ycc[..., 0] -= backdrop_colour.y
        ycc[..., 1:] = (ycc[..., 1:] - backdrop_colour.c) @ backdrop_colour.turn.T
        t = np.concatenate([alpha[..., None], ycc], -1).astype(np.float32)
        keep = r.permutation(len(x))[:2500]
        xs.append(x[keep].astype(np.float16))
        ts.append(block_view(t)[b.rows, b.columns][keep].astype(np.float16))
    return np.concatenate(xs), np.concatenate(ts)


def _smear(length: float, angle: float) -> FloatImage:
    """Return the kernel of a straight motion blur, its length in pixels."""
    side = 2 * round(length / 2 + 1) + 1
    fine = np.zeros((8 * side, 8 * side), np.float32)
    reach = 4 * length * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(round(float(v)) for v in 4 * side + sign * reach) for sign in (-1, 1)]
    cv2.line(fine, ends[0], ends[1], 1.0, 8)
    kernel = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _add_puff(
    colour: FloatImage, alpha: FloatImage, at: tuple[float, float], size: float, opacity: float
) -> tuple[FloatImage, FloatImage]:
    """Add white steam, see-through and soft, over what is there."""
    h, w = alpha.shape
    y, x = np.mgrid[:h, :w].astype(np.float32)
    puff = opacity * np.exp(-((((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * size * size)) ** 2))
    puff = np.where(puff < 0.01, 0, puff).astype(np.float32)
    return colour * (1 - puff[..., None]) + puff[..., None], alpha * (1 - puff) + puff


def interpolate_colour(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a frame as a decoder shows it that interpolates colour instead of repeating it."""
    h, w = frame.shape[:2]
    ycc = frame.astype(np.float32) @ TO_YCC.T
    small = ycc[..., 1:].reshape(h // 2, 2, w // 2, 2, 2).mean((1, 3))
    ycc[..., 1:] = cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.round(ycc @ np.linalg.inv(TO_YCC).T), 0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("saturated", "neutral", "blurred"), help="backdrops with a colour or not")
    parser.add_argument("--clips", type=int, default=480)
    parser.add_argument("--hidden", type=int, nargs=2, default=(192, 96))
    parser.add_argument("--epochs", type=float, default=12)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    blurred = chosen.kind == "blurred"
    kinds: tuple[Kind, ...] = ("white",) if chosen.kind == "neutral" else KINDS[:3]
    first = {"saturated": FIRST_SEED, "blurred": FIRST_SEED + 2000, "neutral": 2 * FIRST_SEED}[chosen.kind]
    samples = []
    for seed in range(first, first + chosen.clips):
        samples.append(sample(seed, 480, kinds, blurred))
        if len(samples) % 10 == 0:
            print(f"{len(samples)} of {chosen.clips} clips drawn", flush=True)
    features, truths = np.concatenate([s[0] for s in samples]), np.concatenate([s[1] for s in samples])
    del samples
    start = [each.copy() for each in rim.load("saturated")] if blurred else None
    layers = fit(features, truths, tuple(chosen.hidden), chosen.epochs, start, 1e-3 if blurred else 3e-3)
    np.savez(chosen.out, **{f"layer{i}": w.astype(np.float16) for i, w in enumerate(layers)})  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
